package userinput

import "testing"

func TestCursorKeysFollowTheApplicationsMode(t *testing.T) {
	for _, c := range []struct {
		name string
		app  bool
		in   []string
		want string
	}{
		{"normal mode", false, []string{"\x1bOA\x1bOD"}, "\x1b[A\x1b[D"},
		{"application mode", true, []string{"\x1bOA"}, "\x1bOA"},
		{"function keys stay", false, []string{"\x1bOP\x1bOF"}, "\x1bOP\x1bOF"},
		{"across calls", false, []string{"\x1b", "O", "B"}, "\x1b[B"},
		{"escape goes through at once", false, []string{"\x1b"}, "\x1b"},
		{"O is held back", false, []string{"\x1bO"}, "\x1b"},
		{"a lone O", false, []string{"O", "A"}, "OA"},
		{"escape after escape", false, []string{"\x1b\x1bOC"}, "\x1b\x1b[C"},
		{"escape instead of the letter", false, []string{"\x1bO\x1bOA"}, "\x1bO\x1b[A"},
		{"CSI is left alone", false, []string{"\x1b[A"}, "\x1b[A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tr Translator
			var got []byte
			for _, in := range c.in {
				got = tr.Translate(got, []byte(in), c.app)
			}
			if string(got) != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
