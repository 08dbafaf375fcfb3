package client

import (
	"strings"
	"testing"
	"time"

	"gmosh/client/outer"
	"gmosh/protocol/wire"
)

// told are the capabilities that the server was told, in order.
func (w *world) told() (all []wire.Capabilities) {
	w.server.do(func() {
		for _, e := range w.server.events {
			if e.Kind == wire.ClientCapabilities {
				all = append(all, *e.Capabilities)
			}
		}
	})
	return all
}

func TestTerminalsAnswersReachNobodyButTheServersKnowledge(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Outer = new(outer.Filter)
		w.start()
		w.pass(100 * time.Millisecond)
		w.user.typeText("a\x1bP>|kitty(0.40)\x1b\\b\x1b[?2026;2$")
		w.pass(10 * time.Millisecond)
		w.user.typeText("yc\x1b]11;rgb:12/34/56\x07")
		w.user.typeText("\x1b[?62c")
		w.pass(time.Second)
		if got := w.server.typed(); got != "abc" {
			t.Errorf("the server got %q", got)
		}
		all := w.told()
		if len(all) != 2 || all[0].TrueColor || all[0].Version != "" {
			t.Fatalf("the server was told %+v", all)
		}
		if last := all[1]; !last.TrueColor || last.Version != "kitty(0.40)" || last.Background != wire.KnownColor(0x12, 0x34, 0x56) {
			t.Errorf("at last the server was told %+v", last)
		}
		w.wantLine(0, "abc")
		w.quit()
	})
}

func TestSilentTerminalDelaysNothing(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Outer = new(outer.Filter)
		w.start()
		w.pass(time.Second)
		w.user.typeText("x")
		w.pass(time.Millisecond)
		w.user.typeText("\x1b") // may begin an answer
		w.pass(49 * time.Millisecond)
		if got := w.server.typed(); got != "x" {
			t.Errorf("the server got %q", got)
		}
		w.pass(20 * time.Millisecond)
		if got := w.server.typed(); got != "x\x1b" {
			t.Errorf("the server got %q", got)
		}
		if n := len(w.told()); n != 1 {
			t.Errorf("the server was told %d times of a terminal that said nothing", n)
		}
		w.quit()
	})
}

func TestTerminalThatWasAskedBeforeIsNotAskedAgain(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Outer = new(outer.Filter)
		w.opts.Outer.Asked(now())
		w.opts.Outer.Feed(now(), []byte("\x1bP>|WezTerm 1\x1b\\\x1b[?62c"))
		w.start()
		w.pass(time.Second)
		if all := w.told(); len(all) != 1 || !all[0].TrueColor || !strings.HasPrefix(all[0].Version, "WezTerm") {
			t.Errorf("the server was told %+v", all)
		}
		w.quit()
	})
}

func TestTheSizeOfACharacterIsToldAndToldAgainWhenItChanges(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.user.cell = [2]int{9, 18}
		w.start()
		w.pass(time.Second)
		w.user.mu.Lock()
		w.user.cell = [2]int{12, 24}
		w.user.mu.Unlock()
		w.user.resize(60, 18)
		w.pass(time.Second)
		w.user.resize(70, 18) // the same characters
		w.pass(time.Second)
		told := w.told()
		if len(told) != 2 || told[0].CellWidth != 9 || told[0].CellHeight != 18 || told[1].CellWidth != 12 || told[1].CellHeight != 24 {
			t.Errorf("told: %+v", told)
		}
	})
}
