package client

import (
	"testing"
	"time"

	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
)

// A gmosh is repeated to as often as the loss demands, a mosh three times for two keys at
// most; and is told what comes of its packets, if it says that it wants that.
func TestWhoSaysHelloIsRepeatedToAndToldOfLosses(t *testing.T) {
	for name, c := range map[string]struct {
		stock       bool
		features    []string
		least, most float64 // repeats ahead of a timeout, for each key
		told        bool
	}{
		"a gmosh":        {false, []string{ssp.FeatureDelivery}, 2.5, 8, true},
		"an older gmosh": {false, nil, 2.5, 8, false},
		"a mosh":         {true, nil, 0.5, 1.6, false},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, simnet.Conditions{Delay: 50 * time.Millisecond}, func(w *world) {
				w.server.do(func() { w.server.stock, w.server.features = c.stock, c.features })
				w.start()
				w.pass(time.Second)
				w.wire.setConditions(simnet.Conditions{Delay: 50 * time.Millisecond, Loss: 0.29})
				const keys = 60
				for range keys {
					w.user.typeText("k")
					w.pass(250 * time.Millisecond)
				}
				w.wire.setConditions(simnet.Conditions{Delay: 50 * time.Millisecond})
				w.pass(10 * time.Second)
				w.server.do(func() {
					if _, out := w.server.transport.Lost(now()); out.Known != c.told {
						t.Errorf("the server knows of its packets: %+v", out)
					}
				})
				covers := float64(w.quit().Counters.Transport.Covers) / keys
				if covers < c.least || covers > c.most {
					t.Errorf("%.1f repeats a key, want %.1f to %.1f", covers, c.least, c.most)
				}
			})
		})
	}
}
