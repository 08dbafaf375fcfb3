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

// capabilities are the names of what the user's terminal can do beside colours.
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
	return names
}
