package app_test

import (
	"context"
	"flag"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gmosh/client"
	"gmosh/client/tty"
	"gmosh/protocol/clock"
	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
	"gmosh/protocol/ticket"
	"gmosh/server"
)

// strict makes the time limits of tests count: on a machine that is not busy.
var strict = flag.Bool("strict", false, "fail when an echo after a suspend is late")

// sleeper is a machine's clock, sleep included.
type sleeper struct {
	clock *clock.Clock
	slept atomic.Int64
}

func newSleeper() *sleeper { return &sleeper{clock: clock.New()} }

func (s *sleeper) now() time.Time { return s.clock.Now().Add(time.Duration(s.slept.Load())) }

func (s *sleeper) sleep(d time.Duration) { s.slept.Add(int64(d)) }

// glass is a terminal whose user is the test.
type glass struct {
	typing chan string
	closed chan struct{}
	events chan tty.Event

	mu       sync.Mutex
	emulator *terminal.Emulator
	changed  chan struct{} // closed, and replaced, at each Write
}

func newGlass() *glass {
	return &glass{
		typing: make(chan string, 100), closed: make(chan struct{}), events: make(chan tty.Event),
		emulator: terminal.New(80, 24, terminal.Options{}), changed: make(chan struct{}),
	}
}

func (*glass) Raw() error                        { return nil }
func (*glass) Restore() error                    { return nil }
func (*glass) Suspend() error                    { return nil }
func (*glass) Size() (cols, rows int, err error) { return 80, 24, nil }
func (g *glass) Events() <-chan tty.Event        { return g.events }
func (g *glass) Close() error                    { close(g.closed); return nil }
func (g *glass) row() string {
	f := g.emulator.Frame()
	return f.Text()[f.Cursor.Row]
}

func (g *glass) Read(p []byte) (int, error) {
	select {
	case text := <-g.typing:
		return copy(p, text), nil
	case <-g.closed:
		return 0, net.ErrClosed
	}
}

func (g *glass) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.emulator.Write(p)
	close(g.changed)
	g.changed = make(chan struct{})
	return len(p), nil
}

// wait waits until the cursor's row is the given one.
func (g *glass) wait(t *testing.T, row string) {
	t.Helper()
	timeout := time.NewTimer(time.Minute)
	defer timeout.Stop()
	for {
		g.mu.Lock()
		got, changed := g.row(), g.changed
		g.mu.Unlock()
		if got == row {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("the cursor's row is %q, want %q", got, row)
		}
	}
}

// TestSessionsSurviveASleepOfADay runs both halves in this process over real sockets,
// and lets a day pass while nothing gets through. What was typed on the way into sleep
// has been lost, and the client wakes up behind another port: with the first key after
// the way's return all of it is echoed, once. A virtual machine that was paused may not
// know of the day.
func TestSessionsSurviveASleepOfADay(t *testing.T) {
	const trip, day, nothing = 20 * time.Millisecond, 24 * time.Hour, 0
	for name, pass := range map[string]struct{ here, there time.Duration }{
		"by both clocks":      {day, day},
		"by the client's one": {day, nothing},
		"by the server's one": {nothing, day},
		"by none":             {nothing, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			s := sleepWithCat(t, trip)
			s.types("before_")
			s.relay.Cut(true)
			lost := s.nextPacket()
			s.glass.typing <- "lost_"
			<-lost
			s.here.sleep(pass.here)
			s.there.sleep(pass.there)
			s.relay.Rebind()
			s.relay.Cut(false)
			s.line += "lost_"
			took := s.types("after_")
			t.Logf("echo after %v", took.Round(10*time.Microsecond))
			if limit := trip + 50*time.Millisecond; took > limit && *strict {
				t.Errorf("echo after %v, want %v at most", took, limit)
			}
			s.types("end")
			s.leave()
		})
	}
}

// slept is a session of halves in this process that may sleep.
type slept struct {
	t           *testing.T
	glass       *glass
	here, there *sleeper
	relay       *peertest.Relay
	line        string // READY, and what was typed
	result      chan client.Result
}

// sleepWithCat starts a session with cat.
func sleepWithCat(t *testing.T, trip time.Duration) *slept {
	t.Helper()
	s := &slept{t: t, glass: newGlass(), here: newSleeper(), there: newSleeper(), line: "READY", result: make(chan client.Result, 1)}
	loopback, key := netip.MustParseAddr("127.0.0.1"), datagram.Key{1, 2, 3}
	carrier, err := link.Listen(loopback.String(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	loop, err := server.NewLoop(server.Config{Command: []string{"sh", "-c", catProgram}, Environ: peertest.Env(t), Now: s.there.now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		work.Wait()
	})
	work.Go(func() { loop.Run(ctx) })
	if err := loop.Attach(server.AttachmentConfig{Carrier: carrier, Key: key}); err != nil {
		t.Fatal(err)
	}
	s.relay = peertest.StartRelay(t, netip.AddrPortFrom(loopback, uint16(carrier.Port())), peertest.Conditions{Delay: trip / 2}, 1)
	work.Go(func() {
		result, err := client.Run(ctx, client.Options{
			Ticket:   ticket.Ticket{Addrs: []netip.AddrPort{s.relay.Addr()}, Key: key},
			Terminal: s.glass, Term: "xterm-256color", Software: "test", Now: s.here.now,
		})
		if err != nil {
			t.Error(err)
		}
		s.result <- result
	})
	s.glass.wait(t, s.line)
	return s
}

// types types text, and returns how long it took until the line was right.
func (s *slept) types(text string) time.Duration {
	s.t.Helper()
	begin := time.Now()
	s.line += text
	s.glass.typing <- text
	s.glass.wait(s.t, s.line)
	return time.Since(begin)
}

// nextPacket returns what is closed with the client's next packet.
func (s *slept) nextPacket() <-chan struct{} {
	came := make(chan struct{})
	var once sync.Once
	s.relay.Tap(func(d peertest.Direction, _ []byte) bool {
		if d == peertest.ToServer {
			once.Do(func() { close(came) })
		}
		return true
	})
	return came
}

// leave ends cat, and with it the session.
func (s *slept) leave() {
	s.t.Helper()
	s.glass.typing <- "\r\x04"
	if r := <-s.result; r.Exit == nil || !r.Exit.Exited || r.Exit.Status != 0 || !r.Clean {
		s.t.Errorf("the end: clean %v, exit %+v", r.Clean, r.Exit)
	}
}

// catProgram says that it is there.
const catProgram = "printf READY; cat >/dev/null"
