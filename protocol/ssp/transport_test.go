package ssp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/simnet"
)

const ms = time.Millisecond

// lossy is a mobile link on a bad day.
var lossy = simnet.Conditions{Delay: 100 * ms, Jitter: 30 * ms, Loss: 0.3}

func TestAKeystrokeReachesTheServerAndItsEchoComesBack(t *testing.T) {
	path := simnet.Conditions{Delay: 50 * ms}
	w := newWorld(t, 1, path, path)
	if !w.run(time.Second, w.converged) {
		t.Fatal("no first state")
	}
	w.run(2*time.Second, func() bool { return false })
	start := w.now
	w.press("x")
	if !w.run(time.Second, func() bool { return w.client.Remote() == "x" }) {
		t.Fatalf("screen %q, received %q", w.client.Remote(), w.received)
	}
	if d := w.now.Sub(start); d > 110*ms {
		t.Errorf("the echo took %v over a path of 100ms", d)
	}
}

func TestTheFirstKeyIsEchoedAsSoonAsAnyOther(t *testing.T) {
	path := simnet.Conditions{Delay: 10 * ms}
	w := newWorld(t, 1, path, path)
	w.run(5*ms, func() bool { return false })
	w.input = w.input.Resize(100, 30) // what the terminal says of itself comes a little later
	w.client.Touch(w.now)
	w.run(10*ms, func() bool { return false })
	w.print("READY")
	if !w.run(time.Second, func() bool { return w.client.Remote() == "READY" }) {
		t.Fatalf("screen %q", w.client.Remote())
	}
	for _, want := range []string{"READYa", "READYab"} {
		start := w.now
		w.press(want[len(want)-1:])
		if !w.run(time.Second, func() bool { return string(w.client.Remote()) == want }) {
			t.Fatalf("screen %q", w.client.Remote())
		}
		if d := w.now.Sub(start); d > 25*ms {
			t.Errorf("%q after %v over a path of 20ms", want, d)
		}
	}
}

func TestAnIdleConnectionSendsOneHeartbeatEveryThreeSeconds(t *testing.T) {
	path := simnet.Conditions{Delay: 20 * ms}
	w := newWorld(t, 1, path, path)
	w.run(5*time.Second, func() bool { return false })
	c, s := w.client.Stats().PacketsOut, w.server.Stats().PacketsOut
	w.run(time.Minute, func() bool { return false })
	for name, n := range map[string]uint64{"client": w.client.Stats().PacketsOut - c, "server": w.server.Stats().PacketsOut - s} {
		if n < 19 || n > 20 {
			t.Errorf("the %s sent %d packets in an idle minute", name, n)
		}
	}
}

func TestTheServerFallsSilentWithoutAClientAndResumesWithIt(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.run(time.Second, func() bool { return false })
	w.up.SetDown(true)
	w.run(time.Minute, func() bool { return false })
	sent := w.server.Stats().PacketsOut
	w.print("later")
	w.run(time.Hour, func() bool { return false })
	if n := w.server.Stats().PacketsOut; n != sent {
		t.Errorf("%d packets into the silence", n-sent)
	}
	w.up.SetDown(false)
	if !w.run(4*time.Second, w.converged) {
		t.Errorf("not resumed: client has %q", w.client.Remote())
	}
}

// TestShutdown ends connections in all four orders, on a path that loses packets.
func TestShutdown(t *testing.T) {
	for _, c := range []struct {
		name   string
		client bool
		server bool
		delay  time.Duration // of the server's after the client's
	}{
		{"client", true, false, 0},
		{"server", false, true, 0},
		{"both at once", true, true, 0},
		{"server while the client's is under way", true, true, 60 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := simnet.Conditions{Delay: 50 * ms, Loss: 0.1}
			clean := 0
			const seeds = 40
			for seed := range uint64(seeds) {
				w := newWorld(t, seed, path, path)
				w.run(3*time.Second, w.converged)
				w.press("last words")
				w.print("farewell")
				if c.client {
					w.client.Shutdown(w.now)
				}
				if c.server && c.delay > 0 {
					w.run(c.delay, func() bool { return false })
				}
				if c.server {
					w.server.Shutdown(w.now)
				}
				ended := func() bool {
					a, _ := w.client.Done(w.now)
					b, _ := w.server.Done(w.now)
					return a && b
				}
				if !w.run(15*time.Second, ended) {
					t.Fatalf("seed %d: not ended after 15s", seed)
				}
				_, a := w.client.Done(w.now)
				_, b := w.server.Done(w.now)
				if a && b {
					clean++
				}
				if c.client && !c.server && a && string(w.received) != "last words" {
					t.Errorf("seed %d: the end came without its last state: %q", seed, w.received)
				}
				if c.server && !c.client && b && !strings.Contains(string(w.client.Remote()), "farewell") {
					t.Errorf("seed %d: the end came without the last output: %q", seed, w.client.Remote())
				}
			}
			if clean < seeds*3/4 {
				t.Errorf("only %d of %d ends were clean on both sides", clean, seeds)
			}
		})
	}
}

func TestAShutdownWithoutAPeerEndsByItselfAndUnclean(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.run(time.Second, func() bool { return false })
	w.up.SetDown(true)
	w.down.SetDown(true)
	start := w.now
	w.client.Shutdown(w.now)
	if !w.run(time.Minute, func() bool { done, _ := w.client.Done(w.now); return done }) {
		t.Fatal("never ended")
	}
	if _, clean := w.client.Done(w.now); clean || w.now.Sub(start) > 10*time.Second {
		t.Errorf("clean %v after %v", clean, w.now.Sub(start))
	}
}

func TestAServerWithoutAnAddressEndsAtOnce(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.server.Shutdown(w.now)
	if done, clean := w.server.Done(w.now); !done || clean {
		t.Errorf("done %v, clean %v", done, clean)
	}
}

func TestTheServerFollowsTheNewestPacketOnly(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.run(time.Second, func() bool { return false })
	w.press("x")
	w.now = w.now.Add(500 * ms)
	out := w.client.Tick(w.now)
	if len(out) != 1 {
		t.Fatalf("%d packets", len(out))
	}
	packet := append([]byte(nil), out[0].Packet...)
	w.server.Receive(w.now, 7, packet, false)
	if w.server.Path() != 7 {
		t.Fatalf("sends to path %d, want 7", w.server.Path())
	}
	w.server.Receive(w.now, 8, packet, false)
	if w.server.Path() != 7 {
		t.Error("a replayed packet moved the session")
	}
	packet[20] ^= 1
	w.server.Receive(w.now, 9, packet, false)
	if w.server.Path() != 7 {
		t.Error("a forged packet moved the session")
	}
}

func TestEveryFlippedBitIsIgnoredAndCounted(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.run(time.Second, func() bool { return false })
	w.press("x")
	w.now = w.now.Add(500 * ms)
	packet := append([]byte(nil), w.client.Tick(w.now)[0].Packet...)
	before := w.server.Stats()
	for bit := range len(packet) * 8 {
		packet[bit/8] ^= 1 << (bit % 8)
		if w.server.Receive(w.now, 9, packet, false) {
			t.Fatalf("bit %d: taken", bit)
		}
		packet[bit/8] ^= 1 << (bit % 8)
	}
	after := w.server.Stats()
	if n := after.Drops.Datagram - before.Drops.Datagram; n != uint64(len(packet)*8) || after.PacketsIn != before.PacketsIn {
		t.Errorf("%d dropped of %d", n, len(packet)*8)
	}
	if !w.server.Receive(w.now, 1, packet, false) || w.consumeAll() != "x" {
		t.Error("the intact packet was not taken")
	}
}

// consumeAll hands on what has come and returns all keys so far.
func (w *world[S]) consumeAll() string {
	w.consume()
	return string(w.received)
}

func TestAPathThatRefusesLargeDatagramsGetsSmallOnes(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	w.run(time.Second, func() bool { return false })
	rng := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		w.screen += text(rune('a' + rng.IntN(26)))
	}
	w.print("!")
	w.now = w.now.Add(time.Second)
	tooLong := fmt.Errorf("send: %w", datagram.ErrTooLong)
	for _, out := range w.server.Tick(w.now) {
		if len(out.Packet) > 500 {
			w.server.SendFailed(w.now, out.Path, tooLong)
		}
	}
	out := w.server.Tick(w.now)
	if len(out) < 4 {
		t.Fatalf("%d packets after the failure", len(out))
	}
	for _, o := range out {
		if len(o.Packet) > 500 {
			t.Errorf("a packet of %d bytes", len(o.Packet))
		}
		w.client.Receive(w.now, 1, o.Packet, false)
	}
	if w.client.Remote() != w.screen {
		t.Error("the state did not arrive")
	}
}

func TestInstructionsOfAnotherVersionOrWithoutABaseAreCounted(t *testing.T) {
	w := newWorld(t, 1, lossy, lossy)
	w.run(30*time.Second, func() bool {
		w.press("k")
		return len(w.received) > 100
	})
	if d := w.server.Stats().Drops; d.Version != 0 || d.Diff != 0 || d.Instruction != 0 || d.Throwaway != 0 {
		t.Errorf("our own client made the server drop: %+v", d)
	}
}

func TestARepeatThatCrossedOurAckIsNotAcknowledgedAgain(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{Delay: 50 * ms}, simnet.Conditions{Delay: 50 * ms})
	never := func() bool { return false }
	w.run(2*time.Second, never)
	w.press("x")
	packet := bytes.Clone(w.client.Tick(w.now)[0].Packet)
	deliver := func() {
		if w.server.Receive(w.now, w.server.Path(), packet, false) {
			w.consume()
		}
	}
	deliver()
	w.send()
	w.now = w.now.Add(ms)
	deliver()
	acks, drops := w.server.Stats().AcksOut, w.server.Stats().Drops.Duplicate
	w.run(500*ms, never)
	if drops != 1 {
		t.Fatalf("%d repeats were noticed", drops)
	}
	if n := w.server.Stats().AcksOut - acks; n != 0 {
		t.Errorf("%d acks for a repeat that was sent before the echo could arrive", n)
	}
	deliver()
	w.run(500*ms, never)
	if n := w.server.Stats().AcksOut - acks; n != 1 {
		t.Errorf("%d acks for a repeat of one who seems to have no ack, want 1", n)
	}
}
