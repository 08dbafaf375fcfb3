package ssp_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"gmosh/protocol/simnet"
)

// What changes and changes back while the client is away is, once it is back, what the
// client shows: the state in between was sent, and may have arrived or yet arrive.
func TestAScreenThatChangedBackDuringAnOutageIsShown(t *testing.T) {
	path := simnet.Conditions{Delay: 20 * ms}
	w := newWorld(t, 1, path, path)
	w.print("A")
	w.run(2*time.Second, func() bool { return false })
	w.up.SetDown(true)
	w.down.SetDown(true)
	w.print("B")
	w.run(15*time.Second, func() bool { return false })
	w.screen = "A"
	w.server.Touch(w.now)
	w.run(3*time.Second, func() bool { return false })
	w.up.SetDown(false)
	w.down.SetDown(false)
	w.run(time.Minute, func() bool { return false })
	if got := w.client.Remote(); got != w.screen {
		t.Errorf("a minute later the client shows %q, the screen is %q", got, w.screen)
	}
}

// Both sides must mean the same by a large diff, whose acknowledgement comes sooner:
// random bytes, which do not get smaller on the way.
func TestNothingIsRepeatedWhereNothingIsLost(t *testing.T) {
	path := simnet.Conditions{Delay: 5 * ms}
	for _, size := range []int{300, 500, 520, 540, 560, 580, 590, 620, 700} {
		w := newWorld(t, 1, path, path)
		w.run(5*time.Second, func() bool { return false })
		rng := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			b := make([]byte, size)
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			w.print(string(b))
			w.run(time.Second, func() bool { return false })
		}
		if s := w.server.Stats(); s.Resends > 0 {
			t.Errorf("%d bytes: %d repeats, %d of them ahead of a timeout", size, s.Resends, s.Covers)
		}
	}
}
