package ssp_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
)

// sweep is how many seeds each scenario runs: dozens by default, a hundred in make test,
// thousands in make test-long.
var sweep = flag.Int("seeds", 24, "seeds per simulated scenario")

// scenario is a path with something wrong with it, and what a session may cost there.
type scenario struct {
	name     string
	up, down simnet.Conditions
	event    func(w *textWorld, at int) // called before each keystroke, by number
	packets  int                        // at most, both directions, per keystroke
	settle   time.Duration              // virtual time until all is equal after the last key
}

var mobile = simnet.Conditions{Delay: 150 * ms, Jitter: 40 * ms}

// with returns conditions changed by f.
func with(c simnet.Conditions, f func(*simnet.Conditions)) simnet.Conditions {
	f(&c)
	return c
}

func both(c simnet.Conditions) (up, down simnet.Conditions) { return c, c }

// scenarios are the bad paths of the sweep.
func scenarios() []scenario {
	var out []scenario
	add := func(name string, c simnet.Conditions, packets int, settle time.Duration, event func(*textWorld, int)) {
		up, down := both(c)
		out = append(out, scenario{name, up, down, event, packets, settle})
	}
	at := func(n int, f func(*textWorld)) func(*textWorld, int) {
		return func(w *textWorld, i int) {
			if i == n {
				f(w)
			}
		}
	}
	for _, loss := range []float64{0, .1, .2, .3, .4, .5} {
		add(fmt.Sprintf("loss %.0f%%", loss*100), with(mobile, func(c *simnet.Conditions) { c.Loss = loss }), 8+int(loss*28), 20*time.Second, nil)
	}
	add("bursts", with(mobile, func(c *simnet.Conditions) { c.Burst = simnet.Burst{Enter: .06, Leave: .2} }), 26, 20*time.Second, nil)
	add("reorder", with(mobile, func(c *simnet.Conditions) { c.Reorder, c.HoldBack = .3, 200*ms }), 16, 5*time.Second, nil)
	add("duplicates", with(mobile, func(c *simnet.Conditions) { c.Duplicate = .5 }), 9, 5*time.Second, nil)
	add("corruption", with(mobile, func(c *simnet.Conditions) { c.Corrupt = .2 }), 18, 10*time.Second, nil)
	add("all at once", with(mobile, func(c *simnet.Conditions) {
		c.Loss, c.Reorder, c.Duplicate, c.Corrupt, c.Rate, c.Queue = .2, .1, .1, .05, 8000, 16<<10
	}), 18, 20*time.Second, nil)
	add("outage of ten minutes", mobile, 26, 10*time.Second, func(w *textWorld, i int) {
		switch i {
		case 20:
			w.up.SetDown(true)
			w.down.SetDown(true)
		case 40:
			w.run(10*time.Minute, func() bool { return false })
			w.up.SetDown(false)
			w.down.SetDown(false)
		}
	})
	add("NAT rebind", mobile, 9, 5*time.Second, at(30, func(w *textWorld) { w.nat.Rebind() }))
	add("address change", mobile, 9, 5*time.Second, at(30, func(w *textWorld) {
		w.nat.Rebind()
		w.socket++
		w.client.SetPath(w.now, 2)
	}))
	add("MTU hole above 1280", with(mobile, func(c *simnet.Conditions) { c.MTU = 1280 - 28 }), 9, 5*time.Second, func(w *textWorld, i int) {
		if i%20 == 0 {
			w.print(randomText(rand.New(rand.NewPCG(uint64(i), 5)), 6000))
		}
	})
	add("sleep of a day", mobile, 9, 5*time.Second, at(30, func(w *textWorld) {
		w.asleep(24 * time.Hour)
	}))
	return out
}

// asleep stops the client for a while: it neither sends nor receives, and its address
// has changed when it wakes.
func (w *textWorld) asleep(d time.Duration) {
	w.up.SetDown(true)
	w.down.SetDown(true)
	w.now = w.now.Add(d)
	w.nat.Rebind()
	w.up.SetDown(false)
	w.down.SetDown(false)
}

func randomText(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(' ' + rng.IntN(94))
	}
	return string(b)
}

// seeds yields the fixed seeds of a sweep and a fresh one, which it prints.
func seeds(t *testing.T) []uint64 {
	fresh := rand.Uint64N(1 << 32)
	t.Logf("fresh seed %d", fresh)
	out := []uint64{fresh}
	for i := range *sweep {
		out = append(out, uint64(i))
	}
	return out
}

func TestEveryKeystrokeArrivesOnceAndInOrderOnBadPaths(t *testing.T) {
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			for _, seed := range seeds(t) {
				runScenario(t, sc, seed)
			}
		})
	}
}

// runScenario types a hundred keys as a person does, and checks what arrived.
func runScenario(t *testing.T, sc scenario, seed uint64) {
	w := newWorld(t, seed, sc.up, sc.down)
	rng := rand.New(rand.NewPCG(seed, 4))
	var typed []byte
	const keys = 100
	for i := range keys {
		w.run(time.Duration(30+rng.IntN(370))*ms, func() bool { return false })
		if sc.event != nil {
			sc.event(w, i)
		}
		key := byte(' ' + rng.IntN(95))
		typed = append(typed, key)
		w.press(string(key))
	}
	quiet := sc.up // the end of it is without loss: what is measured is recovery
	quiet.Loss, quiet.Burst = 0, simnet.Burst{}
	w.up.SetConditions(quiet)
	w.down.SetConditions(quiet)
	start := w.now
	if !w.run(time.Minute, w.converged) {
		t.Fatalf("seed %d: not equal a minute after the last key: got %q, typed %q", seed, w.received, typed)
	}
	if d := w.now.Sub(start); d > sc.settle {
		t.Errorf("seed %d: equal only %v after the last key", seed, d)
	}
	if string(w.received) != string(typed) {
		t.Errorf("seed %d: got %q, typed %q", seed, w.received, typed)
	}
	if n := w.client.Stats().PacketsOut + w.server.Stats().PacketsOut; n > uint64(keys*sc.packets) {
		t.Errorf("seed %d: %d packets for %d keys", seed, n, keys)
	}
	if w.t.Failed() {
		t.FailNow()
	}
}

// TestEachSideKnowsExactlyWhatIsLostEachWay compares what both halves say with what the
// network did.
func TestEachSideKnowsExactlyWhatIsLostEachWay(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{Delay: 50 * ms, Loss: .4}, simnet.Conditions{Delay: 50 * ms, Loss: .1})
	w.client.SetReporting()
	w.server.SetReporting()
	for range 100 {
		w.press("k")
		w.run(250*ms, func() bool { return false })
	}
	w.up.SetConditions(simnet.Conditions{Delay: 50 * ms})
	w.down.SetConditions(simnet.Conditions{Delay: 50 * ms})
	w.run(10*time.Second, func() bool { return false }) // heartbeats take the last reports along
	up, down := w.up.Counts(), w.down.Counts()
	clientIn, clientOut := w.client.Lost(w.now)
	serverIn, serverOut := w.server.Lost(w.now)
	for _, c := range []struct {
		what      string
		got       ssp.Share
		sent, off int // what was sent before the first that was heard is not known
		lost      int
	}{
		{"up, by the server", serverIn, up.Sent, 3, up.Lost},
		{"up, by the client", clientOut, up.Sent, 3, up.Lost},
		{"down, by the client", clientIn, down.Sent, 3, down.Lost},
		{"down, by the server", serverOut, down.Sent, 3, down.Lost},
	} {
		t.Logf("%s: %+v of %d sent, %d lost", c.what, c.got, c.sent, c.lost)
		if !c.got.Known || int(c.got.Sent) > c.sent || int(c.got.Sent) < c.sent-c.off || int(c.got.Lost) > c.lost || int(c.got.Lost) < c.lost-c.off {
			t.Errorf("%s: %+v, of %d sent %d are lost", c.what, c.got, c.sent, c.lost)
		}
	}
}

func TestAMoshIsToldNothingOfItsPackets(t *testing.T) {
	w := newThriftyWorld(t, 1, simnet.Conditions{Delay: 50 * ms}, simnet.Conditions{Delay: 50 * ms})
	for range 10 {
		w.press("k")
		w.run(time.Second, func() bool { return false })
	}
	if _, out := w.client.Lost(w.now); out.Known {
		t.Errorf("a server that does not report has reported %+v", out)
	}
	if in, _ := w.client.Lost(w.now); !in.Known || in.Lost != 0 || in.Sent == 0 {
		t.Errorf("of the server's packets %+v", in)
	}
}
