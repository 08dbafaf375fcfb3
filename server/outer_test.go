package server

import (
	"strings"
	"testing"
	"testing/synctest"

	"gmosh/protocol/screen"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/wire"
)

// What a client tells of its terminal is what applications are answered.
func TestQueriesAreAnsweredWithWhatTheClientTold(t *testing.T) {
	e := terminal.New(80, 24, terminal.Options{})
	const ask = "\x1b]11;?\a\x1b]4;1;?\a\x1b[>q\x1b[16t\x1b[?u\x1b[?4m\x1b[?2027$p"
	e.Write([]byte(ask))
	if got, want := string(e.TakeAnswers()), "\x1bP>|gmosh\x1b\\\x1b[?2027;4$y"; got != want {
		t.Errorf("before the client told: %q, want %q", got, want)
	}
	e.SetOuter(outer(&wire.Capabilities{
		Version: "foot(1.16)", Background: wire.KnownColor(0, 0, 0), Palette: []wire.Color{0, wire.KnownColor(200, 0, 16)},
		CellWidth: 8, CellHeight: 1 << 31, Features: []string{wire.CapabilityKittyKeys, wire.CapabilityOtherKeys, wire.CapabilityClusters},
	}))
	e.Write([]byte(ask))
	want := "\x1b]11;rgb:0000/0000/0000\a\x1b]4;1;rgb:c8c8/0000/1010\a\x1bP>|foot(1.16)\x1b\\\x1b[6;1024;8t\x1b[?0u\x1b[>4;0m\x1b[?2027;2$y"
	if got := string(e.TakeAnswers()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// What would break out of an answer is not told.
	e.SetOuter(outer(&wire.Capabilities{Version: "x\x1b\\rm -rf\r"}))
	e.Write([]byte("\x1b[>q"))
	if got := string(e.TakeAnswers()); got != "\x1bP>|gmosh\x1b\\" {
		t.Errorf("%q", got)
	}
}

// What the user's terminal has not, queries do not promise.
func TestNoQueryPromisesWhatTheClientsTerminalHasNot(t *testing.T) {
	const ask = "\x1b[c\x1b]11;#102030\a\x1b]11;?\a\x1b[?2004$p\x1b[?1004$p\x1b[?1000$p\x1b[?1006$p\x1b[?1016$p" +
		"\x1bP+q4D73;536D756C78;536D6F6C;736D7878;5373;4245;436F\x1b\\"
	all := func(features ...string) string {
		e := terminal.New(80, 24, terminal.Options{})
		e.SetOuter(outer(&wire.Capabilities{Features: features}))
		e.Write([]byte(ask))
		return string(e.TakeAnswers())
	}
	has := all()
	for feature, change := range map[string][]string{
		wire.CapabilityNoColors:          {"22;28", "28", "\x1bP1+r436F=323536", "\x1bP0+r436F"},
		wire.CapabilityNoUnderlineStyles: {"\x1bP1+r536D756C78=1B5B343A25703125646D", "\x1bP0+r536D756C78"},
		wire.CapabilityNoOverline:        {"\x1bP1+r536D6F6C=1B5B35336D", "\x1bP0+r536D6F6C"},
		wire.CapabilityNoStrike:          {"\x1bP1+r736D7878=1B5B396D", "\x1bP0+r736D7878"},
		wire.CapabilityNoCursorShape:     {"\x1bP1+r5373=1B5B25703125642071", "\x1bP0+r5373"},
		wire.CapabilityNoPalette:         {"\x1b]11;rgb:1010/2020/3030\a", ""},
		wire.CapabilityNoClipboard:       {"28;52", "28", "\x1bP1+r4D73=1B5D35323B25703125733B257032257307", "\x1bP0+r4D73"},
		wire.CapabilityNoBracketedPaste:  {"?2004;2", "?2004;4", "\x1bP1+r4245=1B5B3F3230303468", "\x1bP0+r4245"},
		wire.CapabilityNoFocusEvents:     {"?1004;2", "?1004;4"},
		wire.CapabilityNoMouse:           {"?1000;2", "?1000;4", "?1006;2", "?1006;4", "?1016;2", "?1016;4"},
		wire.CapabilityNoMousePixels:     {"?1016;2", "?1016;4"},
	} {
		want := has
		for i := 0; i < len(change); i += 2 {
			if !strings.Contains(want, change[i]) {
				t.Fatalf("%q is not answered: %q", change[i], has)
			}
			want = strings.Replace(want, change[i], change[i+1], 1)
		}
		if got := all(feature); got != want {
			t.Errorf("%s: %q, want %q", feature, got, want)
		}
	}
	if len(lacking) != 11 {
		t.Error("something else can be lacking")
	}
}

// Behind a mosh there is what mosh shows; a gmosh that has not told yet may be an xterm.
func TestUnderlineStylesAreNotPromisedBehindAMosh(t *testing.T) {
	for hello, want := range map[bool]string{true: "\x1bP1+r5375\x1b\\", false: "\x1bP0+r5375\x1b\\"} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, 0, nil)
			if hello {
				b.client.hello(nil)
			}
			b.client.resize(80, 24)
			b.client.until("the program", func(screen.State) bool { return b.term.command() != nil })
			b.term.print("\x1bP+q5375\x1b\\asked")
			b.client.untilText("asked")
			if got := b.term.typed(); got != want {
				t.Errorf("hello %v: %q, want %q", hello, got, want)
			}
			b.finish()
		})
	}
}

func TestBothHalvesUseTheNewestWidthsThatBothKnow(t *testing.T) {
	for theirs, want := range map[uint32]width.Version{
		0: width.Latest, 236: width.Glibc236, 241: width.Glibc241, 999: width.Latest, 100: width.Latest,
	} {
		if got := widths(&wire.Hello{Widths: theirs}); got != want {
			t.Errorf("a client with %d: %d, want %d", theirs, got, want)
		}
	}
}
