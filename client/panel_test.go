package client

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gmosh/client/predict"
)

func (w *world) shows(text string) bool { return strings.Contains(w.user.text(), text) }

func TestPanelOpensAndClosesWithoutATrace(t *testing.T) {
	inWorld(t, far, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.print("some text\r\non two lines")
		w.pass(time.Second)
		before := w.user.lines()
		w.user.typeText("\x1e?")
		w.pass(100 * time.Millisecond)
		for _, want := range []string{"fake server", "192.0.2.1, UDP port 60001", "round trip  20", "0 % on the way in", "Ctrl-^ . quits"} {
			if !w.shows(want) {
				t.Errorf("no %q on\n%s", want, w.user.text())
			}
		}
		w.user.typeText("x") // goes where keys go
		w.pass(time.Second)
		if !w.shows("fake server") || w.server.typed() != "x" {
			t.Errorf("a key was not sent, or closed the panel: %q", w.server.typed())
		}
		w.user.typeText("\x7f\x1e?")
		w.pass(time.Second)
		if after := w.user.lines(); !slices.Equal(before, after) && w.shows("fake server") {
			t.Errorf("it left a trace:\n%s", w.user.text())
		}
		w.quit()
	})
}

func TestEscClosesThePanelAndIsNotSent(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.typeText("\x1e?")
		w.pass(100 * time.Millisecond)
		w.user.typeText("\x1b[A") // a key that begins with the same byte
		w.pass(100 * time.Millisecond)
		if !w.shows("fake server") {
			t.Error("an arrow closed the panel")
		}
		w.user.typeText("\x1b")
		w.pass(100 * time.Millisecond)
		if w.shows("fake server") {
			t.Error("the panel is still there")
		}
		w.user.typeText("\x1b")
		w.pass(time.Second)
		if got := w.server.typed(); got != "\x1b[A\x1b" {
			t.Errorf("the server got %q", got)
		}
		w.quit()
	})
}

func TestPanelIsAliveAndCostsNothingWhenClosed(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.user.typeText("\x1e?")
		w.pass(time.Second)
		w.wire.setDown(true, true)
		w.pass(70 * time.Second)
		if !w.shows("nothing came in the last minute") {
			t.Errorf("it does not say that nothing comes:\n%s", w.user.text())
		}
		w.wire.setDown(false, false)
		w.pass(20 * time.Second)
		w.user.typeText("\x1e?")
		w.pass(time.Second)
		written := w.user.written()
		w.pass(20 * time.Second)
		if more := w.user.written() - written; more != 0 {
			t.Errorf("the screen was drawn %d times for a closed panel", more)
		}
		w.quit()
	})
}

func TestRepaintCommandDrawsEverythingAndSendsNothing(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.print("some text")
		w.pass(time.Second)
		written := w.user.written()
		w.user.typeText("\x1er")
		w.pass(100 * time.Millisecond)
		if more := w.user.written() - written; more != 1 {
			t.Errorf("the screen was drawn %d times", more)
		}
		if got := w.server.typed(); got != "" {
			t.Errorf("the server got %q", got)
		}
		w.quit()
	})
}

// counting is a predictor that says it has guessed.
type counting struct{ fakePredictor }

func (*counting) Stats() predict.Stats {
	return predict.Stats{Typed: 9, AtOnce: 6, Confirmed: 5, Wrong: 4, Seen: 1}
}

func TestPanelCallsWrongWhatWasShown(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Predictor = new(counting)
		w.start()
		w.pass(time.Second)
		w.user.typeText("\x1e?")
		w.pass(100 * time.Millisecond)
		if want := "6 shown at once, 5 confirmed, 1 wrong"; !w.shows(want) {
			t.Errorf("no %q on\n%s", want, w.user.text())
		}
		w.quit()
	})
}

func TestKeysTypedBeforeTheFirstFrameAreNotGuessed(t *testing.T) {
	inWorld(t, far, func(w *world) {
		p, err := NewPredictor("always", false)
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Predictor = p
		w.server.emulator.Write([]byte("Welcome to this machine\r\n$ "))
		w.start()
		w.user.typeText("echo\r")
		w.pass(5 * time.Second)
		w.user.typeText("x")
		w.pass(5 * time.Second)
		w.quit()
		if got := p.Stats(); got.Typed != 1 || got.Wrong != 0 {
			t.Errorf("%+v", got)
		}
	})
}
