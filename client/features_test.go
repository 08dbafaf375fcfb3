package client

import (
	"slices"
	"testing"

	"gmosh/protocol/render"
	"gmosh/protocol/wire"
)

// A server is told what of an xterm the user's terminal has not.
func TestTheServerIsToldWhatTheTerminalHasNot(t *testing.T) {
	for term, want := range map[string][]string{
		"vt100": {
			wire.CapabilityNoColors, wire.CapabilityNoUnderlineStyles, wire.CapabilityNoOverline, wire.CapabilityNoStrike,
			wire.CapabilityNoCursorShape, wire.CapabilityNoPalette, wire.CapabilityNoClipboard,
			wire.CapabilityNoBracketedPaste, wire.CapabilityNoFocusEvents, wire.CapabilityNoMouse, wire.CapabilityNoMousePixels,
		},
		"linux": {
			wire.CapabilityNoUnderlineStyles, wire.CapabilityNoOverline, wire.CapabilityNoStrike, wire.CapabilityNoCursorShape,
			wire.CapabilityNoPalette, wire.CapabilityNoClipboard, wire.CapabilityNoFocusEvents, wire.CapabilityNoMousePixels,
		},
		"foot": {wire.CapabilityNoOverline, wire.CapabilityNoMousePixels},
	} {
		d, err := render.ForTerm(term, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := capabilities(d); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", term, got, want)
		}
	}
	if got := capabilities(render.Full()); slices.ContainsFunc(got, func(s string) bool { return s[:3] == "no-" }) {
		t.Errorf("our own emulator has not %q", got)
	}
}
