package server

import (
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
	"gmosh/server/pty"
)

// fakeTerminal is a pseudo terminal whose program is the test.
type fakeTerminal struct {
	mu      sync.Mutex
	changed *sync.Cond
	output  []byte // not read by the loop yet
	eof     bool
	closed  bool
	input   []byte // what was typed
	room    int    // how much more input fits; the program makes room by reading
	cols    int
	rows    int
	started *pty.Command
	refuse  error // for Start
	status  chan pty.Status

	discipline pty.Discipline
}

func newFakeTerminal() *fakeTerminal {
	f := &fakeTerminal{room: 1 << 30, status: make(chan pty.Status, 1)}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// do changes the terminal and wakes whoever waits for that.
func (f *fakeTerminal) do(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.changed.Broadcast()
}

// print is output of the program; exit its end.
func (f *fakeTerminal) print(text string) { f.do(func() { f.output = append(f.output, text...) }) }

func (f *fakeTerminal) exit(status pty.Status) {
	f.do(func() { f.eof = true })
	f.status <- status
}

// typed returns all input so far.
func (f *fakeTerminal) typed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.input)
}

func (f *fakeTerminal) size() (cols, rows int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cols, f.rows
}

func (f *fakeTerminal) command() *pty.Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.started
}

func (f *fakeTerminal) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

func (f *fakeTerminal) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.output) == 0 && !f.eof && !f.closed {
		f.changed.Wait()
	}
	switch {
	case f.closed:
		return 0, os.ErrClosed
	case len(f.output) == 0:
		return 0, io.EOF
	}
	n := copy(p, f.output)
	f.output = f.output[n:]
	f.changed.Broadcast()
	return n, nil
}

func (f *fakeTerminal) TryWrite(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.take(p)
}

func (f *fakeTerminal) take(p []byte) (int, error) {
	if f.closed {
		return 0, os.ErrClosed
	}
	n := min(len(p), f.room)
	f.room -= n
	f.input = append(f.input, p[:n]...)
	return n, nil
}

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	total := 0
	for total < len(p) {
		n, err := f.take(p[total:])
		total += n
		if err != nil {
			return total, err
		}
		if total < len(p) {
			f.changed.Wait()
		}
	}
	return total, nil
}

func (f *fakeTerminal) Resize(cols, rows int) error {
	f.do(func() { f.cols, f.rows = cols, rows })
	return nil
}

func (f *fakeTerminal) Start(c pty.Command) (pty.Process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, f.refuse
	}
	f.started = &c
	return fakeProcess{f}, nil
}

// Close hangs the program up, which ends it.
func (f *fakeTerminal) Close() error {
	f.do(func() { f.closed = true })
	select {
	case f.status <- pty.Status{Signal: 1, Name: "SIGHUP"}:
	default:
	}
	return nil
}

type fakeProcess struct{ f *fakeTerminal }

func (p fakeProcess) PID() int               { return 4711 }
func (p fakeProcess) Wait() pty.Status       { return <-p.f.status }
func (p fakeProcess) Signal(os.Signal) error { return nil }

// pipe is one end of a carrier without a network.
type pipe struct {
	in, out chan link.Packet
	delay   time.Duration
	cut     func() bool // what is sent now is lost
	closed  chan struct{}
	once    sync.Once
}

// newPipe returns both ends of a carrier with a delay each way.
func newPipe(delay time.Duration) (client, server *pipe) {
	up, down := make(chan link.Packet, 4096), make(chan link.Packet, 4096)
	client = &pipe{in: down, out: up, delay: delay, closed: make(chan struct{})}
	server = &pipe{in: up, out: down, delay: delay, closed: make(chan struct{})}
	return client, server
}

func (p *pipe) MaxPayload(datagram.Path) int { return 1252 }
func (p *pipe) Reliable() bool               { return false }

func (p *pipe) Send(path datagram.Path, packet []byte) error {
	if p.cut != nil && p.cut() {
		return nil
	}
	// Nobody closes the channel: what is under way at the end is lost.
	sent := link.Packet{Path: path, Data: append([]byte(nil), packet...)}
	time.AfterFunc(p.delay, func() { p.out <- sent })
	return nil
}

func (p *pipe) Recv(buf []byte) (link.Packet, error) {
	select {
	case packet := <-p.in:
		packet.Data = buf[:copy(buf, packet.Data)]
		return packet, nil
	case <-p.closed:
		return link.Packet{}, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// testClient is a client that the test drives by waiting for something: nothing
// happens on its side otherwise.
type testClient struct {
	t         *testing.T
	pipe      *pipe
	path      datagram.Path // it sends over
	state     userinput.State
	lastData  uint64 // number of the newest state sent that brought an event
	told      userinput.State
	transport *ssp.Transport[userinput.State, screen.State]
}

// bubbleNow is the time of a synctest bubble as the loops take it.
func bubbleNow() time.Time { return time.Now().Round(0) }

func newTestClient(t *testing.T, p *pipe, key datagram.Key, cols, rows int) *testClient {
	c := &testClient{t: t, pipe: p, path: 1}
	c.transport = ssp.New(ssp.Config[userinput.State, screen.State]{
		Datagram:   datagram.New(key, datagram.ToServer, 0),
		Remote:     screen.Initial(cols, rows),
		Current:    func() userinput.State { return c.state },
		MaxPayload: p.MaxPayload,
		Path:       1,
	}, bubbleNow())
	return c
}

// change changes what the client has to say.
func (c *testClient) change(f func(userinput.State) userinput.State) {
	c.state = f(c.state)
	c.transport.Touch(bubbleNow())
}

func (c *testClient) keys(text string) {
	c.change(func(s userinput.State) userinput.State { return s.Keys([]byte(text)) })
}

func (c *testClient) resize(cols, rows int) {
	c.change(func(s userinput.State) userinput.State { return s.Resize(cols, rows) })
}

// hello is how a gmosh client begins.
func (c *testClient) hello(caps *wire.Capabilities) {
	c.change(func(s userinput.State) userinput.State {
		s = s.Hello(&wire.Hello{Version: 1})
		if caps != nil {
			s = s.Capabilities(caps)
		}
		return s
	})
}

// until runs the client until the condition holds; it is looked at after each
// packet. A minute of the bubble's time ends the test.
func (c *testClient) until(what string, cond func(screen.State) bool) screen.State {
	c.t.Helper()
	if !c.run(time.Minute, func() bool { return cond(c.transport.Remote()) }) {
		s := c.transport.Remote()
		c.t.Fatalf("waiting for %s; the screen is\n%s", what, strings.Join(s.Frame.Text(), "\n"))
	}
	return c.transport.Remote()
}

// untilText waits until the screen contains text.
func (c *testClient) untilText(text string) screen.State {
	c.t.Helper()
	return c.until("text "+text, func(s screen.State) bool { return strings.Contains(strings.Join(s.Frame.Text(), "\n"), text) })
}

// idle lets the client run for so long.
func (c *testClient) idle(d time.Duration) { c.run(d, func() bool { return false }) }

// ended waits until the connection is at its end and reports whether it was clean.
func (c *testClient) ended() (clean bool) {
	c.t.Helper()
	done := false
	c.run(time.Minute, func() bool {
		done, clean = c.transport.Done(bubbleNow())
		return done
	})
	if !done {
		c.t.Fatal("the connection does not end")
	}
	return clean
}

func (c *testClient) run(limit time.Duration, cond func() bool) bool {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		now := bubbleNow()
		for _, out := range c.transport.Tick(now) {
			c.pipe.Send(c.path, out.Packet)
			if !c.told.Equal(c.state) && !c.transport.PeerShutdown() {
				c.told, c.lastData = c.state, c.transport.SentNum()
			}
		}
		if cond() {
			return true
		}
		if next := c.transport.Deadline(now); !next.IsZero() {
			tick.Reset(max(next.Sub(now), time.Millisecond))
		} else {
			tick.Stop()
		}
		select {
		case p := <-c.pipe.in:
			c.transport.Receive(bubbleNow(), p.Path, p.Data, p.CE)
		case <-tick.C:
		case <-end.C:
			return false
		}
	}
}
