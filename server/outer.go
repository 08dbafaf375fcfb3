package server

import (
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/wire"
)

// features are what this attachment offers a client; what both name is used. An
// impatient one has a network timeout that leaves no room for slow heartbeats.
func (a *Attachment) features() []string {
	names := []string{screen.FeatureDiscipline, screen.FeatureCounts, screen.FeatureAddresses, ssp.FeatureDelivery}
	if !a.impatient {
		names = append(names, screen.FeatureHeartbeat)
	}
	return names
}

// widths returns the newest table of character widths that both halves know.
func widths(theirs *wire.Hello) width.Version {
	if v := width.Version(min(theirs.Widths, uint32(width.Latest))); v != 0 && v.Known() {
		return v
	}
	return width.Latest
}

// outer is what the client told of its user's terminal, for the emulator's answers.
func outer(c *wire.Capabilities) terminal.Outer {
	o := terminal.Outer{
		Version:    c.Version,
		Foreground: outerColor(c.Foreground),
		Background: outerColor(c.Background),
		Cursor:     outerColor(c.Cursor),
		CellWidth:  int(min(c.CellWidth, maxCell)),
		CellHeight: int(min(c.CellHeight, maxCell)),
		Colors:     int(min(c.Colors, 256)),
		TrueColor:  c.TrueColor,
		Kitty:      c.Has(wire.CapabilityKittyKeys),
		OtherKeys:  c.Has(wire.CapabilityOtherKeys),
		Clusters:   c.Has(wire.CapabilityClusters),
	}
	for name, l := range lacking {
		if c.Has(name) {
			o.Lacks |= l
		}
	}
	for _, p := range c.Palette {
		o.Palette = append(o.Palette, outerColor(p))
	}
	return o
}

// lacking is what a client may tell that its terminal has not.
var lacking = map[string]terminal.Lacking{
	wire.CapabilityNoColors:          terminal.NoColors,
	wire.CapabilityNoUnderlineStyles: terminal.NoUnderlineStyles,
	wire.CapabilityNoOverline:        terminal.NoOverline,
	wire.CapabilityNoStrike:          terminal.NoStrike,
	wire.CapabilityNoCursorShape:     terminal.NoCursorShape,
	wire.CapabilityNoPalette:         terminal.NoPalette,
	wire.CapabilityNoClipboard:       terminal.NoClipboard,
	wire.CapabilityNoBracketedPaste:  terminal.NoBracketedPaste,
	wire.CapabilityNoFocusEvents:     terminal.NoFocusEvents,
	wire.CapabilityNoMouse:           terminal.NoMouse,
	wire.CapabilityNoMousePixels:     terminal.NoMousePixels,
}

// stockOuter is a terminal behind a mosh client, which shows what mosh does.
func stockOuter() terminal.Outer {
	return terminal.Outer{Lacks: terminal.NoUnderlineStyles | terminal.NoOverline | terminal.NoStrike |
		terminal.NoCursorShape | terminal.NoPalette | terminal.NoMousePixels}
}

// maxCell bounds a character's size in pixels: a client may tell anything.
const maxCell = 1 << 10

func outerColor(c wire.Color) terminal.Color {
	if r, g, b, ok := c.RGB(); ok {
		return terminal.RGB(r, g, b)
	}
	return 0
}
