package client

import (
	"testing"
	"time"
)

func TestHeaderTakesTheTopRowFromTheSession(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.user.resize(40, 10)
		line := "the header"
		w.opts.Header = func() string { return line }
		w.start()
		w.pass(time.Second)
		w.server.do(func() {
			for _, e := range w.server.events {
				if e.Rows != 0 && (e.Cols != 40 || e.Rows != 9) {
					t.Errorf("the server was told %dx%d", e.Cols, e.Rows)
				}
			}
		})
		w.server.print("first\r\nsecond")
		w.pass(100 * time.Millisecond)
		w.wantLine(0, "the header")
		w.wantLine(1, "first")
		w.wantLine(2, "second")
		f := w.user.frame()
		if f.Cursor.Row != 2 || f.Cursor.Col != len("second") || !f.Cursor.Visible {
			t.Errorf("the cursor is at %+v", f.Cursor)
		}
		line = "another"
		w.user.typeText("") // a read that returns nothing
		w.pass(10 * time.Millisecond)
		w.wantLine(0, "another")
		if got := w.server.typed(); got != "" {
			t.Errorf("the server got %q", got)
		}
		w.user.resize(40, 1) // no room for both
		w.pass(100 * time.Millisecond)
		w.wantLine(0, "first")
		w.user.resize(40, 5)
		w.pass(100 * time.Millisecond)
		w.wantLine(0, "another")
		w.quit()
	})
}

func TestBarAndHeaderDoNotCoverEachOther(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Header = func() string { return "the header" }
		w.start()
		w.pass(time.Second)
		w.wire.setDown(true, true)
		w.pass(8 * time.Second)
		w.wantLine(0, "the header")
		if got := w.user.lines()[1]; len(got) < 5 || got[:5] != "mosh:" {
			t.Errorf("below it is %q", got)
		}
		w.wire.setDown(false, false)
		w.pass(5 * time.Second)
		w.quit()
	})
}
