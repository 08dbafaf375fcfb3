package ssp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gmosh/protocol/simnet"
	"gmosh/protocol/userinput"
)

// flood makes the server's application print so fast that every frame is new: a full
// screen of random base64 characters each millisecond, until Ctrl-C.
func (w *textWorld) flood(seed uint64) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	rng := rand.New(rand.NewPCG(seed, 3))
	screen := make([]byte, 80*24)
	stopped := false
	w.app = func(now time.Time) time.Time {
		if stopped {
			return time.Time{}
		}
		for i := range screen {
			screen[i] = alphabet[rng.IntN(64)]
		}
		w.screen = text(screen)
		w.server.Touch(now)
		return now.Add(ms)
	}
	w.appNext = w.now
	w.apply = func(e userinput.Event) {
		if slices.Contains(e.Keys, 3) {
			stopped = true
			w.screen = text(screen[:len(screen)/2]) + "^C\n$ "
		}
	}
}

// floodResult is what a flood did to its link.
type floodResult struct {
	queue []int // bytes before the bottleneck, at each millisecond
	busy  float64
	frame int // bytes of a full frame on the wire
	stop  time.Duration
	falls uint64 // to small datagrams
}

func (r floodResult) percentile(p float64) int {
	return r.queue[min(int(p*float64(len(r.queue))), len(r.queue)-1)]
}

// runFlood floods a link of so many bytes a second for 20 seconds, then types Ctrl-C.
func runFlood(t *testing.T, seed uint64, rate, queue int, delay time.Duration) floodResult {
	w := newWorld(t, seed, simnet.Conditions{Delay: delay}, simnet.Conditions{Delay: delay, Rate: rate, Queue: queue})
	w.run(2*time.Second, func() bool { return false })
	w.flood(seed)
	var r floodResult
	sampled := w.now
	w.look = func() {
		for ; !sampled.After(w.now); sampled = sampled.Add(ms) {
			r.queue = append(r.queue, w.down.Queued(sampled))
		}
	}
	const warm, measured = 3 * time.Second, 17 * time.Second
	w.run(warm, func() bool { return false })
	before := w.down.Counts().Bytes
	packets := w.server.Stats()
	w.run(measured, func() bool { return false })
	r.busy = float64(w.down.Counts().Bytes-before) / measured.Seconds() / float64(rate)
	after := w.server.Stats()
	r.frame = (w.down.Counts().Bytes - before) / int(after.InstructionsOut-packets.InstructionsOut)
	w.press("\x03")
	start := w.now
	done := func() bool { return len(w.client.Remote()) < 1800 && len(w.client.Remote()) > 4 }
	if !w.run(20*time.Second, done) {
		t.Fatalf("no prompt after Ctrl-C")
	}
	r.stop = w.now.Sub(start)
	slices.Sort(r.queue)
	return r
}

func TestAFloodKeepsTheQueueShortAndStopsAtCtrlC(t *testing.T) {
	for _, c := range []struct {
		rate, queue int // bytes a second, bytes
		rtt         time.Duration
		busy        float64 // at least
	}{
		{125_000, 256 << 10, 200 * ms, 0.5},
		{125_000, 16 << 10, 50 * ms, 0.5},
		{1_250_000, 1 << 20, 50 * ms, 0},
		{32_000, 1 << 20, 50 * ms, 0.5},
		{8_000, 64 << 10, 200 * ms, 0.5},
	} {
		t.Run(fmt.Sprintf("%d bytes a second, %v", c.rate, c.rtt), func(t *testing.T) {
			r := runFlood(t, 1, c.rate, c.queue, c.rtt/2)
			frameTime := time.Duration(float64(r.frame) / float64(c.rate) * float64(time.Second))
			limit := c.rtt*5/4 + 2*frameTime
			t.Logf("busy %.2f, frame %d, queue p50 %d p95 %d max %d, stop %v (limit %v)", r.busy, r.frame,
				r.percentile(.5), r.percentile(.95), r.percentile(1), r.stop, limit)
			if r.busy < c.busy {
				t.Errorf("the link is %.0f %% busy", r.busy*100)
			}
			if q := r.percentile(.95); q > 2*r.frame {
				t.Errorf("the queue holds %d bytes at p95, a frame has %d", q, r.frame)
			}
			if r.stop > limit {
				t.Errorf("Ctrl-C took %v", r.stop)
			}
		})
	}
}
