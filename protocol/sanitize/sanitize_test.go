package sanitize

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLineShowsWhatItWillNotPrint(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text", "Permission denied (publickey).", "Permission denied (publickey)."},
		{"letters of the world", "¡Añádelo! Größe 日本語 עברית 🙂", "¡Añádelo! Größe 日本語 עברית 🙂"},
		{"combining marks", "e\u0301a\u0308", "e\u0301a\u0308"},
		{"backslash", `C:\Users`, `C:\Users`},
		{"escape sequence", "\x1b[2J\x1b]0;owned\a", `\x1b[2J\x1b]0;owned\x07`},
		{"C1 in UTF-8", "\u009b31m", `\x9b31m`},
		{"C1 as a byte", "\x9b31m", `\x9b31m`},
		{"DEL and NUL", "a\x7fb\x00c", `a\x7fb\x00c`},
		{"carriage return hides a line", "real\rfake", `real\x0dfake`},
		{"line feed", "a\nb", `a\x0ab`},
		{"trailing line end", "a \r\n", "a"},
		{"tab", "a\tb", "a b"},
		{"bidi override", "evil\u202egpj.exe", `evil\u202egpj.exe`},
		{"bidi isolate", "\u2066x\u2069", `\u2066x\u2069`},
		{"zero width space and joiner", "a\u200bb\u200dc", `a\u200bb\u200dc`},
		{"byte order mark", "\ufeffa", `\ufeffa`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"tag character", "a\U000e0041", `a\U000e0041`},
		{"private use", "\ue000", `\ue000`},
		{"Hangul filler", "a\u3164b", `a\u3164b`},
		{"bad UTF-8", "a\xc3\x28\xff", `a\xc3(\xff`},
		{"mark at the start", "\u0301a", `\u0301a`},
		{"pile of marks", "a" + strings.Repeat("\u0301", 6), "a" + strings.Repeat("\u0301", 4) + `\u0301\u0301`},
	} {
		if got := Line(c.in, DefaultLimit); got != c.want {
			t.Errorf("%s: Line(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestTextKeepsLinesOnly(t *testing.T) {
	in := "Welcome\r\n\x1b[1mto\tus\x1b[m\n\u0301end\r\n\n"
	want := "Welcome\n\\x1b[1mto us\\x1b[m\n\\u0301end"
	if got := Text(in, DefaultLimit); got != want {
		t.Errorf("Text(%q) = %q, want %q", in, got, want)
	}
}

func TestLimitCutsBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abc…"},
		{"日本語", 9, "日本語"},
		{"日本語x", 9, "日本…"},
		{"日本語", 8, "日…"},
		{"ab\x1b\x1b", 8, "ab…"}, // an escape is not cut in two
		{"abc", 0, "abc"},
		{"abcd", 0, "…"},
	} {
		if got := Line(c.in, c.limit); got != c.want {
			t.Errorf("Line(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("plain", 80)
	f.Add("\x1b]52;c;?\a\u202e\xff\u0301", 7)
	f.Add(strings.Repeat("\u0301", 40), 20)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = limit & 0xfff
		for _, got := range []string{Line(s, limit), Text(s, limit)} {
			if len(got) > max(limit, len(ellipsis)) {
				t.Fatalf("%d bytes, limit %d", len(got), limit)
			}
			if !utf8.ValidString(got) {
				t.Fatalf("not UTF-8: %q", got)
			}
			for _, r := range got {
				if !unicode.IsGraphic(r) && r != '\n' {
					t.Fatalf("%U in %q", r, got)
				}
			}
		}
		if strings.Contains(Line(s, limit), "\n") {
			t.Fatal("a line feed in a line")
		}
	})
}
