package client

import (
	"strings"
	"testing"

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
	d := newDisplay(dialect, false)
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
