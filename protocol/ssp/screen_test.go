package ssp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/screen"
	"gmosh/protocol/simnet"
	"gmosh/protocol/terminal"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// screenWorld is a world whose application has a real terminal, and whose server
// keeps the echo ack and says hello as a real one does.
type screenWorld struct {
	*world[screen.State]
	emulator *terminal.Emulator
	hello    *wire.Hello
	echoAck  uint64
	changed  []change // client states not yet old enough to be acknowledged as echoed
}

// change is a client state that brought an event, and when it was applied.
type change struct {
	num uint64
	at  time.Time
}

const echoWait = 50 * ms

// killLine is Ctrl-U.
const killLine = 0x15

func newScreenWorld(t *testing.T, seed uint64, gmosh bool, up, down simnet.Conditions) *screenWorld {
	w := &screenWorld{
		world:    makeWorld(t, seed, up, down, screen.Initial(80, 24), screen.Initial(80, 24)),
		emulator: terminal.New(80, 24, terminal.Options{}),
	}
	w.current = func() screen.State {
		return screen.State{Frame: w.emulator.Frame(), EchoAck: w.echoAck, Hello: w.hello}
	}
	w.apply = w.shell
	if gmosh {
		w.client.SetLavish()
		w.server.SetLavish()
		w.input = userinput.State{}.Hello(&wire.Hello{Version: 1}).Resize(80, 24)
	}
	w.app, w.appNext = w.acknowledgeEchoes, epoch
	return w
}

// shell is an application that echoes, and paints all kinds of things at a CR.
func (w *screenWorld) shell(e userinput.Event) {
	num := w.server.RemoteNum()
	if len(w.changed) == 0 || w.changed[len(w.changed)-1].num != num {
		w.changed = append(w.changed, change{num, w.now})
	}
	switch e.Kind {
	case wire.ClientHello:
		w.hello = &wire.Hello{Version: 1}
	case wire.ClientResize:
		w.emulator.Resize(e.Cols, e.Rows)
	case wire.ClientKeys:
		for _, k := range e.Keys {
			w.echoKey(k)
		}
	}
	w.appNext = w.now.Add(echoWait)
}

func (w *screenWorld) echoKey(k byte) {
	if k == killLine {
		w.emulator.Write([]byte("\r\x1b[K"))
		return
	}
	w.emulator.Write([]byte{k})
	if k != '\r' {
		return
	}
	rng := rand.New(rand.NewPCG(uint64(len(w.received)), 8))
	for range rng.IntN(30) {
		fmt.Fprintf(writer{w.emulator}, "\x1b[%d;4:3mline %d 中文 é🙂\x1b[m \x1b]8;;http://x/%d\x1b\\link\x1b]8;;\x1b\\\r\n", 30+rng.IntN(8), rng.IntN(1000), rng.IntN(9))
	}
	w.emulator.Write([]byte("\x1b[1m$\x1b[m "))
}

// writer makes an io.Writer of an emulator.
type writer struct{ *terminal.Emulator }

func (w writer) Write(p []byte) (int, error) {
	w.Emulator.Write(p)
	return len(p), nil
}

// acknowledgeEchoes moves the echo ack on, as the server's timer does.
func (w *screenWorld) acknowledgeEchoes(now time.Time) (next time.Time) {
	for len(w.changed) > 0 && now.Sub(w.changed[0].at) >= echoWait {
		w.echoAck = w.changed[0].num
		w.changed = w.changed[1:]
		w.server.TouchQuietly(now)
	}
	if len(w.changed) > 0 {
		next = w.changed[0].at.Add(echoWait)
	}
	return next
}

// TestScreensAreEqualAtTheEndOfBadPaths types lines at a shell that paints much, over
// paths that lose, reorder and double, in both dialects.
func TestScreensAreEqualAtTheEndOfBadPaths(t *testing.T) {
	for name, cond := range map[string]simnet.Conditions{
		"good":      {Delay: 20 * ms},
		"half lost": {Delay: 100 * ms, Jitter: 30 * ms, Loss: 0.5},
		"confused":  {Delay: 100 * ms, Jitter: 30 * ms, Loss: 0.1, Reorder: 0.3, Duplicate: 0.3, Corrupt: 0.05},
	} {
		for _, gmosh := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, gmosh %v", name, gmosh), func(t *testing.T) {
				for _, seed := range seeds(t) {
					w := newScreenWorld(t, seed, gmosh, cond, cond)
					w.typeLines(seed)
					if !w.run(2*time.Minute, w.sameScreens) {
						t.Fatalf("seed %d: screens differ:\n%q\n%q", seed, shown(w.client.Remote()), shown(w.current()))
					}
					if gmosh != (w.client.Remote().Hello != nil) {
						t.Fatalf("seed %d: the client has the server's hello: %v", seed, w.client.Remote().Hello)
					}
				}
			})
		}
	}
}

// typeLines types for a minute, with a change of size in between.
func (w *screenWorld) typeLines(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 9))
	for i := range 60 {
		w.run(time.Duration(30+rng.IntN(370))*ms, func() bool { return false })
		switch {
		case i == 30:
			w.input = w.input.Resize(100, 30)
			w.client.Touch(w.now)
		case rng.IntN(6) == 0:
			w.press("\r")
		default:
			w.press(string(rune('a' + rng.IntN(26))))
		}
	}
}

// shown is the screen as text.
func shown(s screen.State) []string { return s.Frame.Text() }

// sameScreens reports whether the client shows what the server's terminal does, as far
// as its dialect goes.
func (w *screenWorld) sameScreens() bool {
	here, there := w.client.Remote(), w.current()
	if !w.server.Remote().Equal(w.input) || here.EchoAck != there.EchoAck || len(w.changed) > 0 {
		return false
	}
	if there.Hello != nil {
		return here.Frame.Equal(&there.Frame)
	}
	return slices.Equal(shown(here), shown(there)) && here.Frame.Cursor.Row == there.Frame.Cursor.Row
}

// floods are what Ctrl-C has to stop: lines that make every frame differ, and yes.
var floods = []struct {
	name string
	line func(rng *rand.Rand) []byte
	busy float64 // the least share of the link in use
	room float64 // how many frames' link time the prompt may take on top of 1.25 RTT
}{
	{"random lines", base64Line, 0.5, 2},
	{"yes", func(*rand.Rand) []byte { return []byte("y\r\n") }, 0, 1},
}

// What floods go through: bytes a second (64 kbit/s to 10 Mbit/s), round trips, and
// bytes of queue before the bottleneck.
var (
	floodRates  = []int{8_000, 32_000, 125_000, 1_250_000}
	floodTrips  = []time.Duration{50 * ms, 200 * ms}
	floodQueues = []int{16 << 10, 256 << 10, 1 << 20}
)

// TestAFloodLeavesTheQueueEmptyAndStopsWithinARoundTrip floods links of all kinds with
// a real terminal's output.
func TestAFloodLeavesTheQueueEmptyAndStopsWithinARoundTrip(t *testing.T) {
	for _, f := range floods {
		for _, rate := range floodRates {
			for _, rtt := range floodTrips {
				for _, queue := range floodQueues {
					if (queue != 256<<10 || rate == 32_000 || f.name == "yes" && rate > 8_000) && *sweep < 100 {
						continue // it makes no difference, and this takes a while
					}
					t.Run(fmt.Sprintf("%s, %d bytes a second, %v, queue %d", f.name, rate, rtt, queue), func(t *testing.T) {
						t.Parallel()
						r := floodScreen(t, 1, f.line, rate, queue, rtt/2)
						frameTime := time.Duration(float64(r.frame) / float64(rate) * float64(time.Second))
						limit := rtt*5/4 + time.Duration(f.room*float64(frameTime))
						t.Logf("busy %.2f, frame %d bytes, queue p50 %d p95 %d, Ctrl-C to prompt %v, limit %v", r.busy, r.frame,
							r.percentile(.5), r.percentile(.95), r.stop.Round(ms), limit.Round(ms))
						if r.stop > limit {
							t.Errorf("Ctrl-C took %v, limit %v", r.stop, limit)
						}
						if q := r.percentile(.95); 2*q > 3*r.frame {
							t.Errorf("the queue holds %d bytes at p95, a frame has %d", q, r.frame)
						}
						if rate <= 125_000 && r.busy < f.busy {
							t.Errorf("the link is %.0f %% busy", r.busy*100)
						}
					})
				}
			}
		}
	}
}

func base64Line(rng *rand.Rand) []byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	line := make([]byte, 78)
	for i := range line[:76] {
		line[i] = alphabet[rng.IntN(64)]
	}
	copy(line[76:], "\r\n")
	return line
}

// floodScreen prints lines as fast as a pty delivers them, a few MB a second, for 13
// seconds, and then types Ctrl-C.
func floodScreen(t *testing.T, seed uint64, line func(*rand.Rand) []byte, rate, queue int, delay time.Duration) floodResult {
	w := newScreenWorld(t, seed, true, simnet.Conditions{Delay: delay}, simnet.Conditions{Delay: delay, Rate: rate, Queue: queue})
	w.run(2*time.Second, func() bool { return false })
	rng := rand.New(rand.NewPCG(seed, 3))
	stopped := false
	w.app = func(now time.Time) time.Time {
		next := w.acknowledgeEchoes(now)
		if stopped {
			return next
		}
		for range 30 {
			w.emulator.Write(line(rng))
		}
		w.server.Touch(now)
		return now.Add(ms)
	}
	w.appNext = w.now
	w.apply = func(e userinput.Event) {
		if slices.Contains(e.Keys, 3) && !stopped {
			stopped = true
			w.emulator.Write([]byte("^C\r\nPROMPT$ "))
		}
	}
	var r floodResult
	sampled := w.now
	w.look = func() {
		for ; !stopped && !sampled.After(w.now); sampled = sampled.Add(ms) {
			r.queue = append(r.queue, w.down.Queued(sampled))
		}
	}
	const warm, measured = 3 * time.Second, 10 * time.Second
	w.run(warm, func() bool { return false })
	before, instructions := w.down.Counts().Bytes, w.server.Stats().InstructionsOut
	w.run(measured, func() bool { return false })
	sent := w.down.Counts().Bytes - before
	r.busy = float64(sent) / measured.Seconds() / float64(rate)
	r.frame = sent / max(int(w.server.Stats().InstructionsOut-instructions), 1)
	start := w.now
	w.press("\x03")
	prompt := func() bool {
		return slices.ContainsFunc(shown(w.client.Remote()), func(l string) bool { return strings.HasPrefix(l, "PROMPT$") })
	}
	if !w.run(20*time.Second, prompt) {
		t.Fatal("no prompt after Ctrl-C")
	}
	r.stop = w.now.Sub(start)
	r.falls = w.server.Stats().Falls
	slices.Sort(r.queue)
	return r
}
