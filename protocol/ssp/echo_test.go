package ssp_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
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

// typed types keys at a person's pace, sixty to a line, and returns how long each took
// to be seen, in order: what the benchmark of real programs does.
func (w *screenWorld) typed(seed uint64, keys int) (took []time.Duration) {
	w.t.Helper()
	rng := rand.New(rand.NewPCG(seed, 6))
	var waiting []time.Time
	seen := 0
	w.look = func() {
		for ; len(waiting) > 0 && w.client.Remote().Frame.Cursor.Col > seen; seen++ {
			took = append(took, w.now.Sub(waiting[0]))
			waiting = waiting[1:]
		}
	}
	defer func() { w.look = nil }()
	await := func(what string, done func() bool) {
		if !w.run(30*time.Second, done) {
			w.t.Fatalf("seed %d: %s does not come", seed, what)
		}
	}
	for i := range keys {
		if i%60 == 0 {
			await("the end of a line", func() bool { return len(waiting) == 0 })
			w.press(string(rune(killLine)))
			await("an empty line", func() bool { return w.client.Remote().Frame.Cursor.Col == 0 })
			seen = 0
		}
		w.run(time.Duration(100+rng.IntN(300))*ms, func() bool { return false })
		waiting = append(waiting, w.now)
		w.press("k")
	}
	await("the last echo", func() bool { return len(waiting) == 0 })
	return took
}

// setConditions changes the path both ways.
func (w *world[S]) setConditions(c simnet.Conditions) {
	w.up.SetConditions(c)
	w.down.SetConditions(c)
}

// perKey is how many packets both sides have sent since the given counts, for each key.
func (w *world[S]) perKey(client, server ssp.Stats, keys int) (up, down float64) {
	return float64(w.client.Stats().PacketsOut-client.PacketsOut) / float64(keys), float64(w.server.Stats().PacketsOut-server.PacketsOut) / float64(keys)
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

// The loss begins from one key to the next, as in the benchmark: the first keys are lost
// before anybody knows that anything is.
func TestConfirmedEchoFromTheBeginningOfLoss(t *testing.T) {
	const n, keys, early = 30, 200, 30
	clean := simnet.Conditions{Delay: 50 * ms}
	var all, first []time.Duration
	for seed := range uint64(n) {
		w := newScreenWorld(t, seed, true, clean, clean)
		w.typed(seed, 10)
		w.setConditions(simnet.Conditions{Delay: 50 * ms, Loss: 0.29})
		took := w.typed(seed, keys)
		all, first = append(all, took...), append(first, took[:early]...)
	}
	for name, c := range map[string]struct {
		took                []time.Duration
		p50, p90, p99, mean time.Duration
	}{
		"all keys":      {all, 104 * ms, 120 * ms, 160 * ms, 105 * ms},
		"the first few": {first, 104 * ms, 120 * ms, 230 * ms, 106 * ms},
	} {
		slices.Sort(c.took)
		t.Logf("%s: p50 %v p90 %v p99 %v mean %v", name, percentile(c.took, .5), percentile(c.took, .9), percentile(c.took, .99), mean(c.took))
		for share, most := range map[float64]time.Duration{.5: c.p50, .9: c.p90, .99: c.p99} {
			if p := percentile(c.took, share); p > most {
				t.Errorf("%s: %.0f %% take up to %v, want %v", name, share*100, p, most)
			}
		}
		if m := mean(c.took); m > c.mean {
			t.Errorf("%s: the mean is %v, want %v", name, m, c.mean)
		}
	}
}

func TestALoneLostKeyIsRepeatedWhenItsEchoIsOverdue(t *testing.T) {
	for _, rtt := range []time.Duration{20 * ms, 100 * ms, 300 * ms} {
		clean := simnet.Conditions{Delay: rtt / 2}
		w := newScreenWorld(t, 1, true, clean, clean)
		w.typed(1, 20)
		w.run(5*time.Second, func() bool { return false })
		w.up.SetDown(true)
		w.press("x")
		start, before := w.now, w.client.Remote().Frame.Cursor.Col
		w.send()
		w.up.SetDown(false)
		w.run(5*time.Second, func() bool { return w.client.Remote().Frame.Cursor.Col > before })
		if d, most := w.now.Sub(start), rtt*9/4+10*ms; d > most {
			t.Errorf("%v: the echo took %v, want %v", rtt, d, most)
		}
	}
}

// A program that shows nothing of what is typed has the peer acknowledge late: that is
// soon known, and no reason to repeat.
func TestKeysThatAreNotEchoedAreNotRepeated(t *testing.T) {
	for _, delay := range []time.Duration{100 * time.Microsecond, 10 * ms, 50 * ms} {
		clean := simnet.Conditions{Delay: delay}
		w := newScreenWorld(t, 1, true, clean, clean)
		w.typed(1, 60)
		hello := w.apply
		w.apply = func(e userinput.Event) {
			if e.Kind != wire.ClientKeys {
				hello(e)
			}
		}
		const keys = 200
		before := w.client.Stats()
		rng := rand.New(rand.NewPCG(1, 6))
		for range keys {
			w.press("k")
			w.run(time.Duration(100+rng.IntN(300))*ms, func() bool { return false })
		}
		if n := w.client.Stats().Resends - before.Resends; n > keys/10 {
			t.Errorf("%v each way: %d repeats of %d keys", delay, n, keys)
		}
	}
}

func TestTheRepeatsEndWithTheLoss(t *testing.T) {
	clean := simnet.Conditions{Delay: 50 * ms}
	w := newScreenWorld(t, 1, true, clean, clean)
	const keys = 120
	measured := func() (up, down float64) {
		client, server := w.client.Stats(), w.server.Stats()
		w.typed(1, keys)
		return w.perKey(client, server, keys)
	}
	up, down := measured()
	w.setConditions(simnet.Conditions{Delay: 50 * ms, Loss: .29})
	lossyUp, lossyDown := measured()
	w.setConditions(clean)
	w.typed(1, 80) // it gets known within 20 seconds
	laterUp, laterDown := measured()
	t.Logf("before %.2f up, %.2f down; at 29 %% loss %.2f, %.2f; afterwards %.2f, %.2f", up, down, lossyUp, lossyDown, laterUp, laterDown)
	if lossyUp < 2*up || lossyDown < 2*down {
		t.Errorf("at 29 %% loss only %.2f and %.2f packets a key", lossyUp, lossyDown)
	}
	if laterUp > 1.05*up || laterDown > 1.05*down {
		t.Errorf("after the loss %.2f and %.2f packets a key, before it %.2f and %.2f", laterUp, laterDown, up, down)
	}
}

func TestWhatNobodyWaitsForDoesNotEndTheRepeatsOfWhatSomebodyDoes(t *testing.T) {
	path := simnet.Conditions{Delay: 50 * ms, Loss: .29}
	w := newWorld(t, 1, path, path)
	for range 50 {
		w.press("k")
		w.run(250*ms, func() bool { return false })
	}
	w.run(3*time.Second, w.converged)
	before := w.server.Stats().Covers
	w.print("output")
	w.run(2*ms, func() bool { return false })
	w.screen += "!"
	w.server.TouchQuietly(w.now)
	w.run(50*ms, func() bool { return false })
	if n := w.server.Stats().Covers - before; n < 3 {
		t.Errorf("%d repeats in 50ms", n)
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
