package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gmosh/client/keys"
	"gmosh/client/tty"
	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
	"gmosh/protocol/terminal"
	"gmosh/protocol/ticket"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// now is the bubble's time as clock.Clock gives it.
func now() time.Time { return time.Now().Round(0) }

// world is a client with a terminal that a test types at, a virtual network and a
// server that echoes. It lives in a synctest bubble.
type world struct {
	t      *testing.T
	user   *fakeTerminal
	wire   *fakeWire
	server *fakeServer
	opts   Options

	ctx     context.Context
	cancel  context.CancelFunc
	started bool
	done    chan struct{} // closed: Run has returned
	result  Result
	err     error
	caught  any // what Run panicked with
}

// inWorld runs a test in a bubble of its own.
func inWorld(t *testing.T, cond simnet.Conditions, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, cond)
		defer w.end()
		test(w)
	})
}

func newWorld(t *testing.T, cond simnet.Conditions) *world {
	w := &world{
		t:    t,
		user: newFakeTerminal(80, 24),
		wire: newFakeWire(cond),
		done: make(chan struct{}),
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	key := datagram.Key{1, 2, 3}
	w.server = startFakeServer(w.wire, key)
	w.opts = Options{
		Ticket:   ticket.Ticket{Addrs: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:60001")}, Key: key},
		Carrier:  w.wire,
		Terminal: w.user,
		Term:     "xterm-256color",
		Escape:   keys.Default(),
		Software: "test",
		Now:      now,
	}
	return w
}

// start runs the client.
func (w *world) start() {
	w.started = true
	go func() {
		defer close(w.done)
		defer func() { w.caught = recover() }()
		w.result, w.err = Run(w.ctx, w.opts)
	}()
	synctest.Wait()
}

// end leaves nothing running, whatever a test has left.
func (w *world) end() {
	w.cancel()
	if w.started {
		<-w.done
	}
	w.wire.Close()
	w.server.stop()
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// finish waits for the client's end, at most d.
func (w *world) finish(d time.Duration) Result {
	w.t.Helper()
	select {
	case <-w.done:
	case <-time.After(d):
		w.t.Fatalf("the client still runs after %v; its screen:\n%s", d, w.user.text())
	}
	if w.err != nil {
		w.t.Fatal(w.err)
	}
	return w.result
}

// quit ends the session from the client's side, and checks that all is well.
func (w *world) quit() Result {
	w.t.Helper()
	w.user.typeText("\x1e.")
	r := w.finish(10 * time.Second)
	if !r.Clean || !r.Connected || r.Err != nil {
		w.t.Errorf("the end: clean %v, connected %v, error %v", r.Clean, r.Connected, r.Err)
	}
	return r
}

func (w *world) wantLine(row int, want string) {
	w.t.Helper()
	if got := w.user.lines()[row]; got != want {
		w.t.Errorf("row %d is %q, want %q", row, got, want)
	}
}

// fakeTerminal is a user's terminal without a device: an emulator shows what is
// written.
type fakeTerminal struct {
	typing chan []byte
	gone   chan struct{} // closed: the terminal has hung up
	closed chan struct{}
	events chan tty.Event

	mu         sync.Mutex
	emulator   *terminal.Emulator
	cols, rows int
	calls      []string // what was done to it, in order
	writes     int
	stuck      chan struct{} // not nil: Write waits until it is closed
	writeErr   error
	rawErr     error
	noJobs     bool   // Suspend is not possible
	cell       [2]int // width and height of a character, in pixels
	baud       int    // of its line, 10 bits to a byte; 0: it takes everything at once
}

func newFakeTerminal(cols, rows int) *fakeTerminal {
	return &fakeTerminal{
		typing:   make(chan []byte, 1000),
		gone:     make(chan struct{}),
		closed:   make(chan struct{}),
		events:   make(chan tty.Event, 16),
		emulator: terminal.New(cols, rows, terminal.Options{}),
		cols:     cols,
		rows:     rows,
	}
}

func (f *fakeTerminal) call(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
}

func (f *fakeTerminal) called() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, " ")
}

func (f *fakeTerminal) Raw() error { f.call("raw"); return f.rawErr }

func (f *fakeTerminal) Restore() error { f.call("restore"); return nil }

func (f *fakeTerminal) Suspend() error {
	f.call("suspend")
	if f.noJobs {
		return errors.ErrUnsupported
	}
	return nil
}

func (f *fakeTerminal) Close() error { f.call("close"); close(f.closed); return nil }

func (f *fakeTerminal) Events() <-chan tty.Event { return f.events }

func (f *fakeTerminal) CellSize() (width, height int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cell[0], f.cell[1]
}

func (f *fakeTerminal) Size() (int, int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cols, f.rows, nil
}

// Read gives what was typed, never more than was typed at once.
func (f *fakeTerminal) Read(p []byte) (int, error) {
	select {
	case b := <-f.typing:
		if len(b) > len(p) {
			panic("the test typed more at once than a read takes")
		}
		return copy(p, b), nil
	case <-f.gone:
		return 0, io.EOF
	case <-f.closed:
		return 0, tty.ErrClosed
	}
}

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.mu.Lock()
	stuck, baud := f.stuck, f.baud
	f.mu.Unlock()
	if baud > 0 {
		<-time.After(time.Duration(len(p)) * 10 * time.Second / time.Duration(baud))
	}
	if stuck != nil {
		select {
		case <-stuck:
		case <-f.closed:
			return 0, tty.ErrClosed
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.writeErr != nil {
		return 0, f.writeErr
	}
	f.writes++
	f.emulator.Write(p)
	return len(p), nil
}

// otherProgram has somebody else write to it.
func (f *fakeTerminal) otherProgram(output string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.emulator.Write([]byte(output))
}

func (f *fakeTerminal) typeText(s string) { f.typing <- []byte(s) }

func (f *fakeTerminal) resize(cols, rows int) {
	f.mu.Lock()
	f.cols, f.rows = cols, rows
	f.emulator.Resize(cols, rows)
	f.mu.Unlock()
	f.events <- tty.Resized
}

// stick stops the terminal's output until release is called.
func (f *fakeTerminal) stick() (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stuck := make(chan struct{})
	f.stuck = stuck
	return func() {
		f.mu.Lock()
		f.stuck = nil
		f.mu.Unlock()
		close(stuck)
	}
}

func (f *fakeTerminal) frame() terminal.Frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.emulator.Frame()
}

func (f *fakeTerminal) lines() []string { fr := f.frame(); return fr.Text() }

func (f *fakeTerminal) text() string { return strings.TrimRight(strings.Join(f.lines(), "\n"), "\n") }

func (f *fakeTerminal) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

// fakeWire is the client's carrier, and the server's side of it, over two
// simulated links.
type fakeWire struct {
	mu       sync.Mutex
	up, down *simnet.Link
	wake     [2]chan struct{} // of the pumps
	path     datagram.Path
	open     map[datagram.Path]bool
	pruned   int
	fails    func(packet []byte) error // what Send returns; nil: it works

	toClient, toServer chan link.Packet
	closed             chan struct{}
	closing            sync.Once
	pumps              sync.WaitGroup
}

func newFakeWire(cond simnet.Conditions) *fakeWire {
	w := &fakeWire{
		up: simnet.NewLink(1, cond), down: simnet.NewLink(2, cond),
		wake:     [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)},
		path:     1,
		open:     map[datagram.Path]bool{1: true},
		toClient: make(chan link.Packet, 10000),
		toServer: make(chan link.Packet, 10000),
		closed:   make(chan struct{}),
	}
	w.pumps.Go(func() { w.pump(w.up, w.wake[0], w.toServer) })
	w.pumps.Go(func() { w.pump(w.down, w.wake[1], w.toClient) })
	return w
}

// pump takes packets off a link when they arrive.
func (w *fakeWire) pump(l *simnet.Link, wake chan struct{}, to chan link.Packet) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		w.mu.Lock()
		for p, ok := l.Receive(now()); ok; p, ok = l.Receive(now()) {
			if path := datagram.Path(p.From); w.open[path] {
				to <- link.Packet{Path: path, Data: p.Data}
			}
		}
		next := l.Next()
		w.mu.Unlock()
		if !next.IsZero() {
			timer.Reset(next.Sub(now()))
		}
		select {
		case <-wake:
		case <-timer.C:
		case <-w.closed:
			return
		}
	}
}

func (w *fakeWire) send(l *simnet.Link, wake chan struct{}, path datagram.Path, packet []byte) {
	w.mu.Lock()
	l.Send(now(), simnet.Packet{From: int(path), Data: packet})
	w.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default:
	}
}

// setDown begins or ends an outage of one direction or both.
func (w *fakeWire) setConditions(c simnet.Conditions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up.SetConditions(c)
	w.down.SetConditions(c)
}

func (w *fakeWire) setDown(up, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up.SetDown(up)
	w.down.SetDown(down)
}

func (w *fakeWire) MaxPayload(datagram.Path) int { return 1252 }
func (w *fakeWire) Reliable() bool               { return false }

func (w *fakeWire) Send(path datagram.Path, packet []byte) error {
	w.mu.Lock()
	fails := w.fails
	w.mu.Unlock()
	if fails != nil {
		if err := fails(packet); err != nil {
			return err
		}
	}
	w.send(w.up, w.wake[0], path, packet)
	return nil
}

func (w *fakeWire) failWith(f func(packet []byte) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = f
}

func (w *fakeWire) Recv(buf []byte) (link.Packet, error) {
	select {
	case p := <-w.toClient:
		p.Data = buf[:copy(buf, p.Data)]
		return p, nil
	case <-w.closed:
		return link.Packet{}, net.ErrClosed
	}
}

func (w *fakeWire) Close() error {
	w.closing.Do(func() { close(w.closed) })
	w.pumps.Wait()
	return nil
}

func (w *fakeWire) Path() datagram.Path { w.mu.Lock(); defer w.mu.Unlock(); return w.path }

func (w *fakeWire) Hop() (datagram.Path, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.path++
	w.open[w.path] = true
	return w.path, nil
}

// prunes counts the calls of Prune.
func (w *fakeWire) prunes() int { w.mu.Lock(); defer w.mu.Unlock(); return w.pruned }

func (w *fakeWire) Prune() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pruned++
	w.open = map[datagram.Path]bool{w.path: true}
}

// fakeServer is a server whose application echoes what is typed.
type fakeServer struct {
	wire      *fakeWire
	transport *ssp.Transport[screen.State, userinput.State]
	emulator  *terminal.Emulator
	consumed  userinput.State

	stopped chan struct{}
	work    chan func() // things to do in the server's goroutine
	ended   sync.WaitGroup

	// What came in.
	keys    []byte
	events  []userinput.Event
	largest int // most keys that one state brought
	paths   []datagram.Path

	state screen.State // without the frame
	quiet bool         // do not echo

	stock    bool     // say no hello
	features []string // of its hello
}

func startFakeServer(w *fakeWire, key datagram.Key) *fakeServer {
	s := &fakeServer{
		wire:     w,
		emulator: terminal.New(80, 24, terminal.Options{}),
		stopped:  make(chan struct{}),
		work:     make(chan func()),
	}
	s.transport = ssp.New(ssp.Config[screen.State, userinput.State]{
		Datagram:   datagram.New(key, datagram.ToClient, 0),
		Local:      screen.Initial(80, 24),
		Current:    s.current,
		MaxPayload: func(datagram.Path) int { return 1252 },
		Follow:     true,
	}, now())
	s.ended.Go(s.run)
	return s
}

func (s *fakeServer) stop() {
	close(s.stopped)
	s.ended.Wait()
}

func (s *fakeServer) current() screen.State {
	state := s.state
	state.Frame = s.emulator.Frame()
	return state
}

func (s *fakeServer) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		for _, out := range s.transport.Tick(now()) {
			s.wire.send(s.wire.down, s.wire.wake[1], out.Path, out.Packet)
		}
		if d := s.transport.Deadline(now()); !d.IsZero() {
			timer.Reset(d.Sub(now()))
		}
		select {
		case p := <-s.wire.toServer:
			if !slices.Contains(s.paths, p.Path) {
				s.paths = append(s.paths, p.Path)
			}
			if s.transport.Receive(now(), p.Path, p.Data, false) {
				s.consume()
			}
		case f := <-s.work:
			f()
		case <-timer.C:
		case <-s.stopped:
			return
		}
	}
}

// consume does what the newest state of the client asks for.
func (s *fakeServer) consume() {
	state := s.transport.Remote()
	before := len(s.keys)
	eventful := !state.Equal(s.consumed)
	for _, e := range state.Since(s.consumed) {
		s.events = append(s.events, e)
		switch e.Kind {
		case wire.ClientKeys:
			s.keys = append(s.keys, e.Keys...)
			if !s.quiet {
				s.emulator.Write([]byte(strings.ReplaceAll(string(e.Keys), "\r", "\r\n")))
			}
		case wire.ClientResize:
			s.emulator.Resize(e.Cols, e.Rows)
		case wire.ClientHello:
			if !s.stock {
				s.state.Hello = &wire.Hello{Version: 1, Software: "fake server", Features: s.features}
			}
		}
	}
	s.largest = max(s.largest, len(s.keys)-before)
	s.consumed = state
	if eventful {
		s.state.EchoAck = s.transport.RemoteNum()
	}
	if !s.transport.PeerShutdown() {
		s.transport.Touch(now())
	}
}

// do runs f in the server's goroutine.
func (s *fakeServer) do(f func()) {
	done := make(chan struct{})
	s.work <- func() { f(); close(done) }
	<-done
	synctest.Wait()
}

// print is output of the application.
func (s *fakeServer) print(text string) {
	s.do(func() {
		s.emulator.Write([]byte(text))
		s.transport.Touch(now())
	})
}

// exit ends the session as a server does whose application ended.
func (s *fakeServer) exit(status uint32) {
	s.do(func() {
		s.state.Exit = &wire.Exit{Exited: true, Status: status}
		s.transport.Touch(now())
		s.transport.Shutdown(now())
	})
}

// got returns the events that came in.
func (s *fakeServer) got() (events []userinput.Event) {
	s.do(func() { events = slices.Clone(s.events) })
	return events
}

func (s *fakeServer) typed() string {
	var typed string
	s.do(func() { typed = string(s.keys) })
	return typed
}
