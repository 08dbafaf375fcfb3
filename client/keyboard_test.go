package client

import (
	"testing"
	"time"

	"gmosh/client/outer"
	"gmosh/client/tty"
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// inKeyboardWorld is inWorld with a terminal that says it is an xterm with the kitty
// keyboard, and that the user's shell has left with flags of its own.
func inKeyboardWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	inWorld(t, near, func(w *world) {
		w.startWithKeyboard()
		test(w)
	})
}

func (w *world) startWithKeyboard() {
	w.user.otherProgram("\x1b[=5u")
	w.opts.Outer = new(outer.Filter)
	w.start()
	w.pass(100 * time.Millisecond)
	w.user.typeText("\x1bP>|XTerm(379)\x1b\\\x1b[?5u\x1b[?65c")
	w.pass(time.Second)
}

func (w *world) wantKeyboard(when string, kitty, other uint8) {
	w.t.Helper()
	f := w.user.frame()
	if want := (terminal.Keyboard{Kitty: kitty, ModifyOtherKeys: other}); f.Keyboard != want {
		w.t.Errorf("%s the keyboard is %+v, want %+v", when, f.Keyboard, want)
	}
}

func TestApplicationGetsTheKeyboardThatItAsksFor(t *testing.T) {
	inKeyboardWorld(t, func(w *world) {
		w.wantKeyboard("at first", 0, 0) // the alternate screen's
		w.server.print("\x1b[>5u\x1b[>4;2m")
		w.pass(time.Second)
		w.wantKeyboard("set,", 5, 2)
		w.server.print("\x1b[=8;2u\x1b[>4;1m")
		w.pass(time.Second)
		w.wantKeyboard("changed,", 13, 1)
		w.server.print("\x1b[<u\x1b[>4m")
		w.pass(time.Second)
		w.wantKeyboard("given back,", 0, 0)
		told := w.told()
		if last := told[len(told)-1]; !last.Has(wire.CapabilityKittyKeys) || !last.Has(wire.CapabilityOtherKeys) {
			t.Errorf("the server was told %v", last.Features)
		}
		w.quit()
		w.wantKeyboard("at last", 5, 0)
	})
}

func TestKeyboardThatTheTerminalHasNotIsNotSet(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Outer = new(outer.Filter)
		w.start()
		w.pass(100 * time.Millisecond)
		w.user.typeText("\x1bP>|VTE(7600)\x1b\\\x1b[?65c")
		w.server.print("\x1b[>5u\x1b[>4;2m")
		w.pass(time.Second)
		w.wantKeyboard("never asked for,", 0, 0)
		for _, told := range w.told() {
			if told.Has(wire.CapabilityKittyKeys) || told.Has(wire.CapabilityOtherKeys) {
				t.Errorf("the server was told %v", told.Features)
			}
		}
		w.quit()
	})
}

func TestKeyboardIsSetWhenTheTerminalIsKnownLate(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Outer = new(outer.Filter)
		w.start()
		w.server.print("\x1b[>5u\x1b[>4;2m")
		w.pass(time.Second)
		w.wantKeyboard("not known yet,", 0, 0)
		w.user.typeText("\x1bP>|XTerm(379)\x1b\\\x1b[?5u\x1b[?65c")
		w.pass(time.Second)
		w.wantKeyboard("known,", 5, 2)
		w.quit()
		w.wantKeyboard("at last", 0, 0)
	})
}

func TestEveryWayOutGivesTheKeyboardBack(t *testing.T) {
	for name, leave := range map[string]func(w *world){
		"the escape key":     func(w *world) { w.user.typeText("\x1b[54;6u\x1b[46u") },
		"the command's end":  func(w *world) { w.server.exit(0) },
		"a signal":           func(w *world) { w.user.events <- tty.EndAsked },
		"a hangup":           func(w *world) { close(w.user.gone); w.user.events <- tty.EndAsked },
		"cancelled":          func(w *world) { w.cancel() },
		"a server that died": func(w *world) { w.wire.setDown(true, true); w.user.typeText("\x1e.") },
		"a panic": func(w *world) {
			w.opts.Predictor.(*fakePredictor).panic.Store(true)
			w.server.print("x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, near, func(w *world) {
				w.opts.Predictor = new(fakePredictor)
				w.startWithKeyboard()
				w.server.print("\x1b[>31u\x1b[>4;2m")
				w.pass(time.Second)
				w.wantKeyboard("during the session", 31, 2)
				leave(w)
				<-w.done
				w.wantKeyboard("at last", 5, 0)
			})
		})
	}
}

func TestKeyboardIsTheShellsWhileTheSessionIsSuspended(t *testing.T) {
	inKeyboardWorld(t, func(w *world) {
		w.server.print("\x1b[>5u\x1b[>4;2m\x1b]4;1;#123456\a")
		w.pass(time.Second)
		w.user.typeText("\x1b[54;6u\x1b[122;5u")
		w.pass(time.Millisecond)
		if got, want := w.user.called(), "raw restore suspend"; got != want {
			t.Fatalf("done to the terminal: %s, want %s", got, want)
		}
		w.wantKeyboard("suspended,", 5, 0)
		if f := w.user.frame(); len(f.Palette.All()) != 0 {
			t.Error("the colours are the session's still")
		}
		for range 2 { // the second time it goes on without having been stopped by us
			w.user.events <- tty.Continued
			w.pass(time.Second)
			w.wantKeyboard("back,", 5, 2)
			if f := w.user.frame(); len(f.Palette.All()) != 1 {
				t.Error("the colours are not set again")
			}
		}
		w.quit()
		w.wantKeyboard("at last", 5, 0)
		w.user.otherProgram("\x1b[?47h")
		w.wantKeyboard("on the alternate screen, whose flags were pushed as often as they were popped,", 0, 0)
	})
}

// Who went on without having been stopped by us may find the main screen, where the
// flags are the shell's.
func TestFlagsAreTakenBackOnTheScreenTheyWereSetOn(t *testing.T) {
	inKeyboardWorld(t, func(w *world) {
		w.server.print("\x1b[>5u")
		w.pass(time.Second)
		w.user.otherProgram("\x1b[?1049h\x1b[?1049l")
		w.user.events <- tty.Continued
		w.pass(time.Second)
		w.wantKeyboard("back,", 5, 0)
		w.quit()
		w.wantKeyboard("at last", 5, 0)
		w.user.otherProgram("\x1b[?1049h")
		w.wantKeyboard("for the next program", 0, 0)
	})
}

func TestEscapeKeyAndPanelWorkWithEncodedKeys(t *testing.T) {
	inKeyboardWorld(t, func(w *world) {
		w.server.do(func() { w.server.quiet = true })
		w.server.print("\x1b[>31u")
		w.pass(time.Second)
		type step struct {
			typed string
			panel bool
		}
		for _, s := range []step{
			{"\x1b[54:94;6u\x1b[54:94;6:3u\x1b[47:63;2;63u\x1b[47:63;2:3u", true},
			{"\x1b[120;;120u", true}, // goes where keys go
			{"\x1b[27u\x1b[27;1:3u", false},
			{"\x1b[54:94;6u\x1b[47:63;2;63u", true},
			{"\x1b", true}, // may begin a sequence
		} {
			w.user.typeText(s.typed)
			w.pass(20 * time.Millisecond)
			if w.shows("fake server") != s.panel {
				t.Errorf("after %q the panel is shown: %v", s.typed, !s.panel)
			}
		}
		w.pass(50 * time.Millisecond)
		if w.shows("fake server") {
			t.Error("an ESC that nothing follows does not close the panel")
		}
		if got := w.server.typed(); got != "\x1b[120;;120u" {
			t.Errorf("the server got %q", got)
		}
		w.user.typeText("\x1b[54:94;6u")
		w.pass(time.Second)
		if !w.shows("Ctrl-Z suspends") {
			t.Error("the choices are not shown")
		}
		w.user.typeText("\x1b[46u")
		if r := w.finish(10 * time.Second); !r.Clean {
			t.Error("it did not end cleanly")
		}
	})
}

func TestLoneEscWaitsOnlyWhereItMayBeginASequence(t *testing.T) {
	inKeyboardWorld(t, func(w *world) {
		w.user.typeText("\x1b")
		w.pass(20 * time.Millisecond)
		if got := w.server.typed(); got != "\x1b" {
			t.Errorf("the server got %q", got)
		}
		w.server.print("\x1b[>1u")
		w.pass(time.Second)
		w.user.typeText("\x1b")
		w.pass(49 * time.Millisecond)
		if got := w.server.typed(); got != "\x1b" {
			t.Errorf("the server got %q", got)
		}
		w.pass(50 * time.Millisecond)
		if got := w.server.typed(); got != "\x1b\x1b" {
			t.Errorf("the server got %q in the end", got)
		}
		w.quit()
	})
}
