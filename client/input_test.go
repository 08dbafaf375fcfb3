package client

import (
	"testing"

	"gmosh/protocol/ssp"
)

// The share that a mosh is known to lose fades and never ends.
func TestALossLongAgoDoesNotNarrowAPaste(t *testing.T) {
	in := input{window: firstWindow}
	in.add(make([]byte, 4*maxWindow))
	for lost := 0.04; lost > 1e-300; lost -= lost / 24 {
		in.adapt(maxWindow, ssp.Way{Lost: lost})
	}
	if in.window != maxWindow {
		t.Errorf("the window is %d bytes, want %d", in.window, maxWindow)
	}
}
