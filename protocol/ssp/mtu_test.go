package ssp_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"gmosh/protocol/simnet"
)

// newProbingWorld is two gmosh halves whose packets are not fragmented on the way.
func newProbingWorld(t *testing.T, seed uint64, c simnet.Conditions) *textWorld {
	w := newWorld(t, seed, c, c)
	w.client.SetProbing()
	w.server.SetProbing()
	w.run(5*time.Second, func() bool { return false })
	return w
}

// paint prints text that does not compress, and returns how long it takes to be seen.
func (w *textWorld) paint(bytes int) time.Duration {
	w.t.Helper()
	w.print(randomText(rand.New(rand.NewPCG(uint64(len(w.screen)), 7)), bytes))
	start := w.now
	if !w.run(time.Minute, func() bool { return w.client.Remote().Equal(w.screen) }) {
		w.t.Fatalf("%d bytes never arrive", bytes)
	}
	return w.now.Sub(start)
}

func TestAPathThatSwallowsLargeDatagramsGetsSmallOnes(t *testing.T) {
	for _, hole := range []int{1199, 1000, 501} {
		for seed := range uint64(4) {
			w := newProbingWorld(t, seed, simnet.Conditions{Delay: 50 * ms, MTU: hole})
			for range 6 { // lost, and again in small datagrams
				if took := w.paint(3000); took > 1500*ms {
					t.Errorf("hole above %d, seed %d: 3000 bytes take %v", hole, seed, took)
				}
			}

			if took := w.paint(3000); took > 400*ms {
				t.Errorf("hole above %d, seed %d: the next 3000 bytes take %v", hole, seed, took)
			}
			if n := w.server.Stats().Falls; n != 1 {
				t.Errorf("hole above %d, seed %d: %d falls", hole, seed, n)
			}
		}
	}
}

// Over a link of 16 or 32 kbit/s a flood's first frames are late, but all arrive.
func TestAThinLinkIsNotTakenForAHole(t *testing.T) {
	for _, rate := range []int{2_000, 4_000} {
		for _, rtt := range []time.Duration{50 * ms, 500 * ms} {
			if r := floodScreen(t, 1, base64Line, rate, 256<<10, rtt/2); r.falls > 0 {
				t.Errorf("%d bytes a second, %v: %d falls", rate, rtt, r.falls)
			}
		}
	}
}

func TestAHoleThatOpensInTheMiddleOfASessionIsFound(t *testing.T) {
	w := newProbingWorld(t, 1, simnet.Conditions{Delay: 50 * ms})
	w.paint(5000)
	w.down.SetConditions(simnet.Conditions{Delay: 50 * ms, MTU: 1000})
	if took := w.paint(5000); took > 1500*ms {
		t.Errorf("5000 bytes take %v", took)
	}
	// The hole closes; the next probes find that out.
	w.down.SetConditions(simnet.Conditions{Delay: 50 * ms})
	w.run(3*time.Minute, func() bool { return false })
	before := w.server.Stats().PacketsOut
	w.paint(12000)
	if n := w.server.Stats().PacketsOut - before; n > 14 {
		t.Errorf("12000 bytes take %d packets: the path is still taken to be small", n)
	}
}

func TestAPathIsAskedForMoreInSparePackets(t *testing.T) {
	w := newProbingWorld(t, 1, simnet.Conditions{Delay: 50 * ms})
	w.run(time.Minute, func() bool { return false })
	before := w.server.Stats().PacketsOut
	w.paint(12500)
	if n := w.server.Stats().PacketsOut - before; n > 10 {
		t.Errorf("12500 bytes take %d packets, want 1400 bytes each", n)
	}
	narrow := newProbingWorld(t, 1, simnet.Conditions{Delay: 50 * ms, MTU: 1300})
	narrow.run(10*time.Minute, func() bool { return false })
	if n := narrow.server.Stats().Falls; n > 0 || narrow.down.Counts().TooLarge > 3 {
		t.Errorf("%d falls, %d probes into the hole", n, narrow.down.Counts().TooLarge)
	}
	if took := narrow.paint(12000); took > 400*ms {
		t.Errorf("12000 bytes take %v", took)
	}
}

// Loss is not a hole: what is lost at random comes through the second time.
func TestALossyPathStaysALargeOne(t *testing.T) {
	falls := uint64(0)
	for seed := range uint64(20) {
		w := newProbingWorld(t, seed, simnet.Conditions{Delay: 50 * ms, Loss: 0.1})
		for range 20 {
			w.paint(3000)
		}
		falls += w.server.Stats().Falls
	}
	if falls > 10 { // each costs some datagrams more, for a minute
		t.Errorf("%d of 20 sessions took loss for a hole", falls)
	}
}

func TestAHoleOnALossyPathIsGotThroughAndFound(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		w := newProbingWorld(t, seed, simnet.Conditions{Delay: 50 * ms, Loss: .2})
		for range 30 { // both see that it loses
			w.press("k")
			w.run(300*ms, func() bool { return false })
		}
		hole := simnet.Conditions{Delay: 50 * ms, Loss: .2, MTU: 800}
		w.up.SetConditions(hole)
		w.down.SetConditions(hole)
		var most time.Duration
		for range 10 {
			most = max(most, w.paint(1500))
		}
		if most > 20*time.Second {
			t.Errorf("seed %d: a screen takes %v", seed, most)
		}
		if w.server.Stats().Falls > 0 {
			found++
		}
	}
	if found < 30 { // the others get through in every third try, until they find it
		t.Errorf("%d of 60 sessions have found the hole", found)
	}
}

// TestWhatIsLargeArrivesWhereAFifthIsLost is a paste: each part of it is several
// datagrams, which have to arrive together.
func TestWhatIsLargeArrivesWhereAFifthIsLost(t *testing.T) {
	var all time.Duration
	for seed := range uint64(20) {
		w := newProbingWorld(t, seed, simnet.Conditions{Delay: 50 * ms, Loss: .2, Jitter: 10 * ms})
		start := w.now
		for range 50 {
			w.press(randomText(rand.New(rand.NewPCG(seed, 5)), 2000))
			w.run(time.Minute, func() bool { return w.client.Acked().Equal(w.input) })
		}
		all += w.now.Sub(start)
	}
	if mean := all / 20; mean > 30*time.Second {
		t.Errorf("100 kB take %v", mean)
	}
}
