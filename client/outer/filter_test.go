package outer

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// answers are all the kinds, as xterm and others send them.
var answers = []string{
	"\x1b[?64;1;2c", "\x1b[>41;390;0c", "\x1b[?2026;2$y", "\x1bP>|XTerm(390)\x1b\\", "\x1bP>|foot(1.2)\x07",
	"\x1bP1+r524742=38\x1b\\", "\x1bP0+r536D756C78\x1b\\", "\x1b]10;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:00/80/ff\x07",
	"\x1b]4;1;rgb:ffff/0000/0000\x1b\\", "\x1b[?5u",
}

// keystrokes are what begins like an answer and is none.
var keystrokes = []string{
	"a", "\r", "\x1b[A", "\x1bOP", "\x1b[15~", "\x1b[<0;1;2M", "\x1b[M !!", "\x1b[I", "\x1bx", "\x1b[1;5C", "ä", "\x1b[27;5;9~",
	"\x1b[200~pasted \x1b[?1c text\x1b[201~", "\x1b\x1b[A", "\x1bPx", "\x1b]x", "\x1b[?x",
	"\x1b[54:94;6:1u", "\x1b[97u", "\x1b[>1u",
}

func asking() *Filter {
	f := new(Filter)
	f.Asked(start)
	return f
}

func TestAnswersAreTakenOutOfWhatIsTyped(t *testing.T) {
	for _, answer := range answers {
		f := new(Filter) // not asked: an answer that comes late is none the less one
		if got := f.Feed(start, []byte("a"+answer+"b")); string(got) != "ab" {
			t.Errorf("%q leaves %q", answer, got)
		}
	}
	for _, key := range keystrokes {
		f := new(Filter)
		if got := f.Feed(start, []byte("a"+key+"b")); string(got) != "a"+key+"b" {
			t.Errorf("%q became %q", key, got)
		}
	}
}

// TestNoAnswerGetsThroughHoweverItIsCut types keys among answers, in pieces.
func TestNoAnswerGetsThroughHoweverItIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all, want strings.Builder
		for range rapid.IntRange(1, 8).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "answer") {
				all.WriteString(rapid.SampledFrom(answers[1:]).Draw(t, "which")) // without the last, DA
			} else {
				key := rapid.SampledFrom(keystrokes).Draw(t, "key")
				all.WriteString(key)
				want.WriteString(key)
			}
		}
		f := asking()
		var got []byte
		for rest := []byte(all.String()); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
			got = append(got, f.Feed(start, bytes.Clone(rest[:n]))...)
			rest = rest[n:]
		}
		got = append(got, f.Release(start.Add(time.Minute))...)
		// A paste that is cut where it begins is not known as one.
		if !strings.Contains(want.String(), "pasted") && string(got) != want.String() {
			t.Errorf("typed %q, left %q, want %q", all.String(), got, want.String())
		}
	})
}

func TestEscapeKeyIsKeptBackOnlyWhileAnswersAreDue(t *testing.T) {
	for _, key := range []string{"\x1b", "\x1b[", "\x1bP", "\x1b]"} {
		f := new(Filter)
		if got := f.Feed(start, []byte(key)); string(got) != key {
			t.Errorf("%q is kept back though nobody asked", key)
		}
		f = asking()
		if got := f.Feed(start, []byte(key)); len(got) != 0 {
			t.Errorf("%q is not kept back: %q", key, got)
		}
		at := f.Next()
		if at != start.Add(briefly) || f.Release(start) != nil {
			t.Errorf("%q is kept back until %v", key, at.Sub(start))
		}
		if got := f.Release(at); string(got) != key || !f.Next().IsZero() {
			t.Errorf("%q was released as %q", key, got)
		}
		f.Feed(start, []byte("\x1b[?1c"))
		if got := f.Feed(start, []byte(key)); !f.Finished() || string(got) != key {
			t.Errorf("%q is kept back after the last answer", key)
		}
		f = asking()
		if got := f.Feed(start.Add(due), []byte(key)); string(got) != key {
			t.Errorf("%q is kept back for a terminal that never answers", key)
		}
	}
}

func TestHalfAnAnswerIsNeverTyped(t *testing.T) {
	for _, half := range []string{"\x1b[?64;1", "\x1bP>|XTer", "\x1b]11;rgb:0", "\x1bP1+r52\x1b"} {
		f := new(Filter)
		if got := f.Feed(start, []byte("a"+half)); string(got) != "a" {
			t.Errorf("%q leaves %q", half, got)
		}
		if at := f.Next(); f.Release(at) != nil || !f.Next().IsZero() {
			t.Errorf("%q was released", half)
		}
		if got := f.Feed(start, []byte("b")); string(got) != "b" {
			t.Errorf("after %q, b became %q", half, got)
		}
	}
}

func TestEndlessAnswerDoesNotPileUp(t *testing.T) {
	f := asking()
	f.Feed(start, []byte("\x1bP>|"))
	for range 100 {
		f.Feed(start, bytes.Repeat([]byte("x"), 1000))
		if len(f.held) > 2*maxAnswer {
			t.Fatalf("%d bytes are kept", len(f.held))
		}
	}
}

func TestWhatIsLearnt(t *testing.T) {
	f := asking()
	for _, answer := range answers {
		f.Feed(start, []byte(answer))
	}
	want := Knowledge{
		Version: "foot(1.2)", Sync: true, TrueColor: true, Kitty: true,
		Foreground: wire.KnownColor(255, 255, 255), Background: wire.KnownColor(0, 128, 255),
	}
	want.Palette[1] = wire.KnownColor(255, 0, 0)
	if got := f.Known(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	f = asking()
	for _, answer := range []string{"\x1b]4;0;rgb:00/00/00\x1b\\", "\x1b]4;15;rgb:ffff/8080/0000\a", "\x1b]4;16;rgb:1/1/1\a", "\x1b]4;x\a", "\x1b[?2027;2$y", "\x1b]12;rgb:0/f/0\a"} {
		f.Feed(start, []byte(answer))
	}
	want = Knowledge{Clusters: true, Cursor: wire.KnownColor(0, 255, 0)}
	want.Palette[0], want.Palette[15] = wire.KnownColor(0, 0, 0), wire.KnownColor(255, 128, 0)
	if got := f.Known(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	f = new(Filter)
	f.Feed(start, []byte("\x1bP>|evil\x1b[31m\x1b\\\x1b]10;rgb:fffff/0/0\x1b\\\x1b]10;red\x1b\\\x1bP1+rzz\x1b\\"))
	if got := f.Known(); got.Foreground != 0 || strings.Contains(got.Version, "\x1b") {
		t.Errorf("%+v", got)
	}
}

func TestDialectFollowsWhatTheTerminalSays(t *testing.T) {
	dialect := func(term string) render.Dialect {
		d, err := render.ForTerm(term, "")
		if err != nil {
			t.Fatal(err)
		}
		d.TitlePrefix = "[x] "
		return d
	}
	xterm := dialect("xterm-256color")
	withKeys := xterm
	withKeys.OtherKeys = true
	if got := (Knowledge{Version: "XTerm(390)"}).Improve(xterm, "xterm-256color", ""); got != withKeys {
		t.Errorf("an xterm that is one became %+v", got)
	}
	if got := (Knowledge{Sync: true, TrueColor: true, UnderlineStyles: true}).Improve(xterm, "xterm-256color", ""); !got.SyncOutput ||
		got.Colors != render.TrueColor || !got.UnderlineStyles || got.UnderlineColors || got.TitlePrefix != "[x] " {
		t.Errorf("what it says it has is not used: %+v", got)
	}
	kitty := (Knowledge{Version: "kitty(0.40)", Sync: true}).Improve(xterm, "xterm-256color", "")
	if want := dialect("xterm-kitty"); kitty != want {
		t.Errorf("a kitty that calls itself xterm is %+v, want %+v", kitty, want)
	}
	if got := (Knowledge{}).Improve(dialect("foot"), "foot", ""); got.SyncOutput {
		t.Error("synchronized output is used that the terminal denies")
	}
	if got := (Knowledge{Version: "kitty(1)"}).Improve(dialect("tmux-256color"), "tmux-256color", ""); got.BCE != dialect("tmux-256color").BCE {
		t.Error("what is around a tmux counts for what is inside")
	}
}

// What a terminal does with keys is written only to those that are known to have it.
func TestKeyboardsAreThoseThatTerminalsHave(t *testing.T) {
	for _, c := range []struct {
		version      string
		flags        bool // it answers the question for the flags of the kitty keyboard
		kitty, other bool
	}{
		{"", false, false, false},
		{"XTerm(379)", false, false, true},
		{"kitty(0.40.1)", true, true, false},
		{"foot(1.16.2)", true, true, true},
		{"WezTerm 20240203-110809-5046fc22", false, false, true},
		{"ghostty 1.0.0", true, true, true},
		{"mintty 3.6.4", false, false, true},
		{"iTerm2 3.5.0", true, true, true},
		{"tmux 3.3a", false, false, true},
		{"VTE(7600)", false, false, false},
		{"Konsole 24.02.1", false, false, false},
		{"xterm.js(5.5.0)", false, false, false},
	} {
		f := asking()
		if c.version != "" {
			f.Feed(start, []byte("\x1bP>|"+c.version+"\x1b\\"))
		}
		if c.flags {
			f.Feed(start, []byte("\x1b[?0u"))
		}
		d, err := render.ForTerm("xterm-256color", "")
		if err != nil || d.KittyKeys || d.OtherKeys {
			t.Fatalf("before it is asked: %+v, %v", d, err)
		}
		if d = f.Known().Improve(d, "xterm-256color", ""); d.KittyKeys != c.kitty || d.OtherKeys != c.other {
			t.Errorf("%q: kitty %v, modifyOtherKeys %v", c.version, d.KittyKeys, d.OtherKeys)
		}
	}
}

func TestOnlyTerminalsThatSkipStringsAreSentAny(t *testing.T) {
	for term, want := range map[string]bool{"xterm-256color": true, "tmux-256color": true, "screen-256color": false, "linux": false, "vt220": false, "rxvt": false} {
		q := string(Questions(term))
		if got := strings.Contains(q, "\x1bP") || strings.Contains(q, "\x1b]"); got != want {
			t.Errorf("%s is sent strings: %v", term, got)
		}
		if !strings.HasSuffix(q, "\x1b[c") {
			t.Errorf("%s is not asked last what everybody answers: %q", term, q)
		}
	}
}

func TestQuestionsLeaveTheCursorWhereSomeTakeThemForSCORC(t *testing.T) {
	e := terminal.New(40, 5, terminal.Options{})
	e.Write([]byte("\x1b[sa line\r\nand another"))
	before := e.Frame().Cursor
	e.Write(bytes.ReplaceAll(QuestionsAnywhere("xterm"), []byte("\x1b[?u"), []byte("\x1b[u")))
	if after := e.Frame().Cursor; after != before {
		t.Errorf("the cursor moves from %+v to %+v", before, after)
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range append(answers, keystrokes...) {
		f.Add([]byte(s), []byte("x"), true)
	}
	f.Fuzz(func(t *testing.T, a, b []byte, waits bool) {
		filter := new(Filter)
		if waits {
			filter.Asked(start)
		}
		n := len(filter.Feed(start, bytes.Clone(a)))
		n += len(filter.Feed(start, bytes.Clone(b)))
		n += len(filter.Release(start.Add(time.Hour)))
		if n > len(a)+len(b) {
			t.Errorf("%d bytes became %d", len(a)+len(b), n)
		}
		if !bytes.ContainsRune(a, esc) && !bytes.ContainsRune(b, esc) && n != len(a)+len(b) {
			t.Errorf("of %d bytes without an ESC %d are left", len(a)+len(b), n)
		}
	})
}
