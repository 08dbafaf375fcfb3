package ssp_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gmosh/protocol/simnet"
)

// confirmed types keys at a person's pace and returns, sorted, how long each took to
// be echoed, and the bytes on the wire per key.
func confirmed(t *testing.T, seed uint64, keys int, path simnet.Conditions) (took []time.Duration, bytes float64) {
	w := newWorld(t, seed, path, path)
	before := w.up.Counts().Bytes + w.down.Counts().Bytes
	took = w.confirmed(seed, keys, func() int { return len(w.client.Remote()) })
	return took, float64(w.up.Counts().Bytes+w.down.Counts().Bytes-before) / float64(keys)
}

// confirmed does that in a world, where shown is how many keys the client has the echo
// of.
func (w *world[S]) confirmed(seed uint64, keys int, shown func() int) (took []time.Duration) {
	rng := rand.New(rand.NewPCG(seed, 6))
	w.run(5*time.Second, func() bool { return false })
	type wait struct {
		length int
		since  time.Time
	}
	var waiting []wait
	w.look = func() {
		for len(waiting) > 0 && shown() >= waiting[0].length {
			took = append(took, w.now.Sub(waiting[0].since))
			waiting = waiting[1:]
		}
	}
	for i := range keys {
		w.press("k")
		waiting = append(waiting, wait{i + 1, w.now})
		w.run(time.Duration(100+rng.IntN(300))*ms, func() bool { return false })
	}
	w.run(30*time.Second, func() bool { return len(waiting) == 0 })
	if len(waiting) > 0 {
		w.t.Fatalf("seed %d: %d keys were never echoed", seed, len(waiting))
	}
	slices.Sort(took)
	return took
}

func percentile(d []time.Duration, p float64) time.Duration {
	return d[min(int(p*float64(len(d))), len(d)-1)].Round(100 * time.Microsecond)
}

func mean(d []time.Duration) (m time.Duration) {
	for _, x := range d {
		m += x
	}
	return (m / time.Duration(len(d))).Round(100 * time.Microsecond)
}

func TestConfirmedEchoOnALossyPath(t *testing.T) {
	var all []time.Duration
	clean, cleanBytes := confirmed(t, 1, 300, simnet.Conditions{Delay: 50 * ms})
	var bytes float64
	const n = 6
	for seed := range uint64(n) {
		took, b := confirmed(t, seed, 300, simnet.Conditions{Delay: 50 * ms, Loss: 0.29})
		all = append(all, took...)
		bytes += b / n
	}
	slices.Sort(all)
	t.Logf("no loss: p50 %v p99 %v, %.0f bytes a key", percentile(clean, .5), percentile(clean, .99), cleanBytes)
	t.Logf("29%% each way: p50 %v p90 %v p99 %v mean %v, %.0f bytes a key", percentile(all, .5), percentile(all, .9), percentile(all, .99), mean(all), bytes)
	if cleanBytes > 600 || percentile(clean, .99) > 115*ms {
		t.Errorf("without loss: %.0f bytes a key, p99 %v", cleanBytes, percentile(clean, .99))
	}
	for share, most := range map[float64]time.Duration{.5: 104 * ms, .9: 130 * ms, .99: 230 * ms, .995: 260 * ms} {
		if p := percentile(all, share); p > most {
			t.Errorf("%.1f %% of the keys take up to %v, want %v", share*100, p, most)
		}
	}
	if m := mean(all); m > 112*ms {
		t.Errorf("the mean is %v", m)
	}
}

// A mosh sends as much over a path that loses as over one that does not, within a few
// percent (docs/link.md, packets a key).
func TestAMoshIsNotSentTwiceThePacketsHoweverMuchIsLost(t *testing.T) {
	const keys = 300
	sent := func(loss float64) (up, down float64, took []time.Duration) {
		path := simnet.Conditions{Delay: 50 * ms, Loss: loss}
		w := newScreenWorld(t, 1, false, path, path)
		took = w.confirmed(1, keys, func() int {
			at := w.client.Remote().Frame.Cursor
			return at.Row*80 + at.Col
		})
		return float64(w.client.Stats().PacketsOut) / keys, float64(w.server.Stats().PacketsOut) / keys, took
	}
	wantUp, wantDown, _ := sent(0)
	for _, loss := range []float64{.05, .1, .29, .5} {
		up, down, took := sent(loss)
		t.Logf("%2.0f %% lost: %.2f packets a key up, %.2f down (none lost: %.2f, %.2f), p50 %v p90 %v mean %v", loss*100, up, down, wantUp, wantDown,
			percentile(took, .5), percentile(took, .9), mean(took))
		if up > 2*wantUp || down > 2*wantDown {
			t.Errorf("%.0f %% lost: %.2f packets a key up, %.2f down; none lost: %.2f, %.2f", loss*100, up, down, wantUp, wantDown)
		}
		if p := percentile(took, .5); loss < .3 && p > 110*ms {
			t.Errorf("%.0f %% lost: half of the keys take more than %v", loss*100, p)
		}
	}
}
