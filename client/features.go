package client

import (
	"gmosh/protocol/render"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/wire"
)

// features are what this client offers a server; what both name is used.
func features() []string {
	return []string{screen.FeatureDiscipline, screen.FeatureCounts, screen.FeatureHeartbeat, screen.FeatureAddresses, ssp.FeatureDelivery}
}

// capabilities are the names of what the user's terminal can do beyond an xterm, and of
// what it cannot do.
func capabilities(d render.Dialect) (names []string) {
	if d.Clusters {
		names = append(names, wire.CapabilityClusters)
	}
	if d.KittyKeys {
		names = append(names, wire.CapabilityKittyKeys)
	}
	if d.OtherKeys {
		names = append(names, wire.CapabilityOtherKeys)
	}
	for _, l := range []struct {
		has  bool
		name string
	}{
		{d.Colors > render.Monochrome, wire.CapabilityNoColors},
		{d.UnderlineStyles, wire.CapabilityNoUnderlineStyles},
		{d.Overline, wire.CapabilityNoOverline},
		{d.Strike, wire.CapabilityNoStrike},
		{d.CursorShape, wire.CapabilityNoCursorShape},
		{d.Palette, wire.CapabilityNoPalette},
		{d.Clipboard, wire.CapabilityNoClipboard},
		{d.BracketedPaste, wire.CapabilityNoBracketedPaste},
		{d.FocusEvents, wire.CapabilityNoFocusEvents},
		{d.Mouse, wire.CapabilityNoMouse},
		{d.MousePixels, wire.CapabilityNoMousePixels},
	} {
		if !l.has {
			names = append(names, l.name)
		}
	}
	return names
}
