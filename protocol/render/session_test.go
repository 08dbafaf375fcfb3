package render

import (
	"testing"

	"gmosh/protocol/terminal"
)

// Where there is no screen to go back to, what the session left stays, and the user's
// next line is right behind it.
func TestWithoutAnAlternateScreenTheCursorIsLeftBehindWhatIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		row    int
		first  string // what is in the first row then
	}{
		"nothing":                 {"", 0, ""},
		"a prompt":                {"$ ls\r\na b\r\n$ ", 3, "$ ls"},
		"the end of a shell":      {"$ exit\r\nlogout\r\n", 2, "$ exit"},
		"below some blank lines":  {"a\r\n\r\n\r\n", 3, "a"},
		"the cursor far above":    {"a\r\nb\r\nc\x1b[H", 3, "a"},
		"a background":            {"a\r\n\x1b[44m\x1b[K\x1b[m\x1b[H", 2, "a"},
		"a full screen":           {"a\r\nb\r\nc\r\nd\r\ne", 4, "b"},
		"one that scrolled":       {"a\r\nb\r\nc\r\nd\r\ne\r\nf\r\n", 4, "c"},
		"the end of the last row": {"\x1b[5;10Hx", 4, ""},
	} {
		for _, term := range []string{"linux", "vt220", "xterm"} {
			d, err := ForTerm(term, "")
			if err != nil {
				t.Fatal(err)
			}
			e := terminal.New(10, 5, terminal.Options{})
			e.Write([]byte(c.output))
			f := e.Frame()
			user := terminal.New(10, 5, terminal.Options{})
			user.Write(Repaint(nil, &f, d))
			user.Write(Close(nil, &f, d, term != "xterm")) // it has one, and is told not to use it
			got := user.Frame()
			if got.Cursor.Row != c.row || got.Cursor.Col != 0 || got.Text()[0] != c.first {
				t.Errorf("%s on %s: the cursor is at %d, %d, the first row is %q", name, term, got.Cursor.Row, got.Cursor.Col, got.Text()[0])
			}
		}
	}
}
