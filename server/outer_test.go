package server

import (
	"testing"

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

func TestBothHalvesUseTheNewestWidthsThatBothKnow(t *testing.T) {
	for theirs, want := range map[uint32]width.Version{
		0: width.Latest, 236: width.Glibc236, 241: width.Glibc241, 999: width.Latest, 100: width.Latest,
	} {
		if got := widths(&wire.Hello{Widths: theirs}); got != want {
			t.Errorf("a client with %d: %d, want %d", theirs, got, want)
		}
	}
}
