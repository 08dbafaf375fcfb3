package client

import (
	"strings"
	"testing"
	"time"

	"gmosh/client/tty"
	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
)

// What happens while the terminal is away, or just before all of it is drawn again,
// is delivered, and once.
func TestADrawingOfEverythingDeliversWhatHappened(t *testing.T) {
	dialect, err := render.ForTerm("xterm-256color", "")
	if err != nil {
		t.Fatal(err)
	}
	d := newDisplay(nil, dialect, false)
	e := terminal.New(10, 2, terminal.Options{})
	draw := func() string {
		d.draw(e.Frame())
		out := string(<-d.writes)
		d.finished(nil)
		return out
	}
	draw()
	e.Write([]byte("\x1b]52;c;YQ==\a\x1b]9;done\a\x1b]4;1;#123456\a"))
	d.repaint = true
	first := draw()
	d.repaint = true
	second := draw()
	for _, event := range []string{"\x1b]52;", "\x1b]9;done", "\x1b]4;1;"} {
		if a, b := strings.Count(first, event), strings.Count(second, event); a != 1 || b != 0 {
			t.Errorf("%q is written %d times, then %d times", event, a, b)
		}
	}
}

// hasty is a terminal that takes a few bytes at once, and the others later.
type hasty struct {
	*fakeTerminal
	most int
}

func (h *hasty) TryWrite(p []byte) (n int, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = min(len(p), h.most)
	h.emulator.Write(p[:n])
	return n, n == len(p)
}

func TestATerminalThatTakesEverythingAtOnceIsGivenBackAtOnce(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.opts.Terminal = &hasty{w.user, 1 << 20}
		w.start()
		w.pass(6400 * time.Millisecond)
		w.user.typeText("\x1e\x1a")
		w.pass(time.Millisecond)
		if got, want := w.user.called(), "raw restore suspend"; got != want {
			t.Errorf("done to the terminal: %s, want %s", got, want)
		}
		w.user.events <- tty.Continued
		w.pass(time.Second)
		w.quit()
	})
}

func TestWhatATerminalTakesAtOnceIsNotLeftToTheWriter(t *testing.T) {
	inWorld(t, near, func(w *world) {
		quick := &hasty{w.user, 1 << 20}
		w.opts.Terminal = quick
		w.start()
		w.pass(time.Second)
		w.server.print("all at once")
		w.pass(time.Second)
		w.wantLine(0, "all at once")
		if n := w.user.written(); n > 0 {
			t.Errorf("%d frames were left to the writer", n)
		}
		w.server.do(func() { quick.most = 5 })
		w.server.print("\x1b[H\x1b[2Kin parts\r\nand more")
		w.pass(time.Second)
		w.wantLine(0, "in parts")
		w.wantLine(1, "and more")
		if n := w.user.written(); n == 0 {
			t.Error("nobody wrote the rest")
		}
		w.quit()
	})
}
