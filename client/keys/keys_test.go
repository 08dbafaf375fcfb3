package keys

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// at is a time that long after the beginning.
func at(d time.Duration) time.Time { return time.Unix(1, 0).Add(d) }

// transcript writes events as text: sent bytes quoted, the rest by name.
func transcript(events []Event) string {
	var out []string
	for _, e := range events {
		switch e.Kind {
		case Send:
			out = append(out, fmt.Sprintf("%q", e.Keys))
		case Quit:
			out = append(out, "QUIT")
		case Suspend:
			out = append(out, "SUSPEND")
		case Repaint:
			out = append(out, "REPAINT")
		case Panel:
			out = append(out, "PANEL")
		case Dismiss:
			out = append(out, "DISMISS")
		}
	}
	return strings.Join(out, " ")
}

func TestEscapeKeyCommands(t *testing.T) {
	tests := []struct {
		name, key, typed, want string
		waiting                bool
	}{
		{"plain keys pass", "\x1e", "abc\r\x03", `"abc\r\x03"`, false},
		{"quit", "\x1e", "\x1e.", "QUIT", false},
		{"quit keeps what was typed before", "\x1e", "ab\x1e.", `"ab" QUIT`, false},
		{"what follows quit stays in order", "\x1e", "\x1e.cd", `QUIT "cd"`, false},
		{"suspend", "\x1e", "ab\x1e\x1acd", `"ab" SUSPEND "cd"`, false},
		{"literal", "\x1e", "\x1e^x", `"\x1e" "x"`, false},
		{"an unknown key passes both", "\x1e", "\x1ex", `"\x1ex"`, false},
		{"the escape key twice passes both", "\x1e", "\x1e\x1e.", `"\x1e\x1e" "."`, false},
		{"nothing is sent while waiting", "\x1e", "a\x1e", `"a"`, true},
		{"Ctrl-L repaints and is sent", "\x1e", "a\x0cb", `"a" REPAINT "\fb"`, false},
		{"Ctrl-L after the escape key is just passed", "\x1e", "\x1e\x0c", `"\x1e\f"`, false},

		{"the panel", "\x1e", "a\x1e?b", `"a" PANEL "b"`, false},
		{"repaint without a key", "\x1e", "a\x1erb", `"a" REPAINT "b"`, false},
		{"the literal wins over the panel", "?", "\r??", `"\r" "?"`, false},
		{"the literal wins over repaint", "\x12", "\x12r", `"\x12"`, false},

		{"a control key is passed by its letter", "\x01", "\x01A", `"\x01"`, false},
		{"or by the small letter", "\x01", "\x01a", `"\x01"`, false},
		{"Ctrl-[ is passed by [", "\x1b", "\x1b[", `"\x1b"`, false},
		{"but not by {", "\x1b", "\x1b{", `"\x1b{"`, false},

		{"a printable key is no escape key as the first of all", "~", "~.", `"~."`, false},
		{"nor within a line", "~", "a~.", `"a~."`, false},
		{"but after CR", "~", "\r~.", `"\r" QUIT`, false},
		{"and after LF", "~", "\n~.", `"\n" QUIT`, false},
		{"it passes by itself", "~", "\r~~", `"\r" "~"`, false},
		{"and the line is not new then", "~", "\r~~~.", `"\r" "~" "~."`, false},
		{"CR as the second key begins no line", "~", "\r~\r~.", `"\r" "~\r" "~."`, false},
		{"DEL counts after CR", "\x7f", "\r\x7f.", `"\r" QUIT`, false},
		{"DEL passes by itself", "\x7f", "\r\x7f\x7f", `"\r" "\x7f"`, false},
		{"a command wins over the literal", ".", "\r..", `"\r" QUIT`, false},

		{"no escape key", "", "\x1e.\r\x1e\x1a", `"\x1e.\r\x1e\x1a"`, false},
		{"no escape key, still Ctrl-L", "", "\x0c", `REPAINT "\f"`, false},
		{"a NUL is only a key", "", "\x00.", `"\x00."`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := New(Parse(tt.key))
			if got := transcript(m.Feed(nil, at(0), []byte(tt.typed))); got != tt.want {
				t.Errorf("typing %q gives %s, want %s", tt.typed, got, tt.want)
			}
			if m.Waiting() != tt.waiting {
				t.Errorf("waiting is %v after %q", m.Waiting(), tt.typed)
			}
		})
	}
}

func TestParseEscapeKey(t *testing.T) {
	tests := []struct {
		value string
		want  Escape
	}{
		{"", Escape{}},
		{"\x1e", Default()},
		{"~", Escape{'~'}},
		{"\x01", Escape{1}},
		{"\x7f", Escape{0x7f}},
		{"\x03", Default()}, {"\x04", Default()}, {"\n", Default()}, {"\x0c", Default()}, {"\r", Default()},
		{"ab", Default()}, {"\x80", Default()}, {"ä", Default()}, {"\x00", Default()},
	}
	for _, tt := range tests {
		if got := Parse(tt.value); got != tt.want {
			t.Errorf("Parse(%q) = %#v, want %#v", tt.value, got, tt.want)
		}
	}
}

func TestTextsNameTheKey(t *testing.T) {
	type texts struct{ Name, Quit, Help string }
	tests := map[string]texts{
		"\x1e": {"Ctrl-^", "Ctrl-^ .", `Ctrl-Z suspends, "." quits, "?" status, "r" repaints, "^" literal Ctrl-^`},
		"~":    {`"~"`, `"~" .`, `Ctrl-Z suspends, "." quits, "?" status, "r" repaints, "~" literal "~"`},
		"\x7f": {"DEL", "DEL .", `Ctrl-Z suspends, "." quits, "?" status, "r" repaints, DEL literal DEL`},
		" ":    {"Space", "Space .", `Ctrl-Z suspends, "." quits, "?" status, "r" repaints, Space literal Space`},
	}
	for value, want := range tests {
		e := Parse(value)
		if diff := cmp.Diff(want, texts{e.String(), e.Quit(), e.Help()}); diff != "" {
			t.Errorf("key %q: %s", value, diff)
		}
	}
	if e := (Escape{}); e.String() != "" || e.Quit() != "" {
		t.Errorf("a disabled escape key is called %q, its quit hint %q", e.String(), e.Quit())
	}
}

// merge joins neighbouring sent bytes: where a read ends must not matter.
func merge(events []Event) string {
	var out []Event
	for _, e := range events {
		if n := len(out); n > 0 && e.Kind == Send && out[n-1].Kind == Send {
			out[n-1].Keys = append(append([]byte(nil), out[n-1].Keys...), e.Keys...)
			continue
		}
		out = append(out, e)
	}
	return transcript(out)
}

func TestWhereAReadEndsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		escape := Parse(rapid.SampledFrom([]string{"", "\x1e", "~", "\x01", "."}).Draw(t, "key"))
		alphabet := []byte{'a', 'A', '~', '.', '^', '\r', '\n', ctrlL, ctrlZ, 0x1e, 1}
		typed := rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "typed")
		cut := rapid.IntRange(0, len(typed)).Draw(t, "cut")

		whole := New(escape).Feed(nil, at(0), typed)
		m := New(escape)
		parts := m.Feed(m.Feed(nil, at(0), typed[:cut]), at(0), typed[cut:])
		if a, b := merge(whole), merge(parts); a != b {
			t.Fatalf("in one read %s, cut at %d %s", a, cut, b)
		}
	})
}

func TestNoKeyIsLostWithoutAnEscapeKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.SliceOf(rapid.Byte()).Draw(t, "typed")
		var sent []byte
		m := New(Escape{})
		for _, e := range m.Release(m.Feed(nil, at(0), typed), at(time.Second)) {
			sent = append(sent, e.Keys...)
		}
		if string(sent) != string(typed) {
			t.Fatalf("typed %q, sent %q", typed, sent)
		}
	})
}
