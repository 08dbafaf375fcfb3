package client

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"gmosh/client/keys"
	"gmosh/client/notice"
	"gmosh/protocol/clock"
	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// helloVersion is the version of the extensions that we speak.
const helloVersion = 1

// Run runs a session to its end. An error says that it could not begin: the
// terminal was not touched then, or is as it was. However Run ends, a panic
// included, the terminal is given back, the carrier, the terminal and the
// lifeline are closed and nothing of Run's is left running.
func Run(ctx context.Context, opts Options) (Result, error) {
	s, err := newSession(opts)
	if err != nil {
		return Result{}, errors.Join(err, closeAll(opts))
	}
	if err := s.terminal.Raw(); err != nil {
		s.stop()
		return Result{}, errors.Join(fmt.Errorf("raw mode: %w", err), closeAll(s.opts))
	}
	defer s.leave()
	s.start()
	s.loop(ctx)
	return s.result(), nil
}

// closeAll closes what Run was given.
func closeAll(opts Options) error {
	var errs []error
	if opts.Carrier != nil {
		errs = append(errs, opts.Carrier.Close())
	}
	if opts.Terminal != nil {
		errs = append(errs, opts.Terminal.Close())
	}
	if opts.Lifeline != nil {
		errs = append(errs, opts.Lifeline.Close())
	}
	return errors.Join(errs...)
}

// session is one run. All of it belongs to Run's goroutine; the others (sources)
// get what they need as arguments.
type session struct {
	opts     Options
	now      func() time.Time
	terminal Terminal
	carrier  link.Carrier

	events  chan event
	alive   context.Context // until the sources are to end
	stop    context.CancelFunc
	sources sync.WaitGroup
	granted chan struct{} // one token: the terminal may be read once

	transport *ssp.Transport[userinput.State, screen.State]
	local     userinput.State
	input     input
	dealt     bool // what was read from the terminal is: it may be read again
	paused    bool // nothing is read from the terminal: input is full
	keys      *keys.Machine
	bar       *notice.Bar
	panel     panel
	display   display
	network   network
	rest      rest
	reach     reach
	watcher   *link.Watcher // nil: nobody tells of changes
	lifeline  lifeline
	job       job

	hello      wire.Hello         // ours
	can        *wire.Capabilities // what the server was told of the terminal
	learnt     bool               // what the terminal says of itself
	cols, rows int
	started    time.Time
	connected  bool      // the server was heard
	insisted   int       // how often, before it was
	ahead      uint64    // authentic packets that came ahead of that: see sentAhead
	refused    bool      // its machine said that nobody listens
	ending     time.Time // when a shutdown of ours began; zero: none has
	abandoned  bool      // the user did not wait for its end
	ended      bool      // the loop came to its end
	counters   Counters
	err        error
}

func newSession(opts Options) (*session, error) {
	in, err := introduction(opts)
	if err != nil {
		return nil, err
	}
	if opts.Now == nil {
		opts.Now = clock.New().Now
	}
	if opts.Carrier == nil {
		if len(opts.Ticket.Addrs) == 0 {
			return nil, errors.New("no server address")
		}
		if opts.Carrier, err = link.Dial(opts.Ticket.Addrs[0]); err != nil {
			return nil, err
		}
	}
	now := opts.Now()
	alive, stop := context.WithCancel(context.Background())
	s := &session{
		opts:     opts,
		now:      opts.Now,
		terminal: opts.Terminal,
		carrier:  opts.Carrier,
		events:   make(chan event, eventBuffer),
		alive:    alive,
		stop:     stop,
		granted:  make(chan struct{}, 1),
		input:    input{window: firstWindow},
		keys:     keys.New(opts.Escape),
		bar:      notice.New(opts.Escape.Quit(), now),
		display:  newDisplay(opts.Terminal, in.dialect, !opts.NoInit),
		network:  newNetwork(opts.Carrier, now),
		lifeline: lifeline{way: opts.Lifeline},
		local:    in.state,
		hello:    in.hello,
		can:      in.can,
		learnt:   in.learnt,
		cols:     in.cols,
		rows:     in.rows,
		started:  now,
		rest:     rest{touched: now},
		reach:    newReach(opts.Carrier, opts.Ticket.Addrs, now),
	}
	s.transport = ssp.New(ssp.Config[userinput.State, screen.State]{
		Datagram:   datagram.New(opts.Ticket.Key, datagram.ToServer, 0),
		Remote:     screen.Initial(in.cols, in.rows),
		Current:    func() userinput.State { return s.local },
		MaxPayload: opts.Carrier.MaxPayload,
		Path:       s.network.path,
		Rand:       newRand(),
	}, now)
	s.introduce(now)
	return s, nil
}

// newRand returns a source for the chaff, which must not be guessed.
func newRand() *rand.Rand {
	var seed [32]byte
	crand.Read(seed[:]) // never fails
	return rand.New(rand.NewChaCha8(seed))
}

// start starts the goroutines beside the loop.
func (s *session) start() {
	s.source(func() { s.receive(s.carrier) })
	if s.opts.Ahead != nil {
		s.source(func() { s.follow(s.opts.Ahead) })
	}
	if s.reach.opener != nil {
		if w, err := link.Watch(); err == nil { // else failing sends and silence tell
			s.watcher = w
			s.source(func() { s.watch(w.Changes()) })
		}
	}
	s.source(func() { s.readTerminal(s.terminal) })
	s.source(func() { s.display.write(s.terminal) })
	s.granted <- struct{}{}
}

// patience is how long a terminal may take for the last bytes.
const patience = time.Second

// leave ends everything. While a panic is under way it does what gives the
// terminal back, so that the trace can be read.
func (s *session) leave() {
	defer s.sources.Wait()
	if s.watcher != nil {
		defer s.watcher.Close()
	}
	defer closeAll(Options{Carrier: s.carrier, Terminal: s.terminal, Lifeline: s.lifeline.take()})
	defer close(s.display.writes)
	s.stop()

	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	if s.display.settle(deadline.C); s.ended && s.display.ready() {
		s.drawLast()
	}
	if s.display.settle(deadline.C); s.display.ready() {
		s.display.close("")
	}
	s.display.settle(deadline.C)
}

// drawLast draws what the server said last, without anything over it: with
// --no-init it stays on the screen.
func (s *session) drawLast() {
	if s.display.opened {
		s.display.draw(s.whole(s.frame()))
	}
}

// result puts together how it ended.
func (s *session) result() Result {
	_, clean := s.transport.Done(s.now())
	remote := s.transport.Remote()
	c := s.counters
	c.Transport = s.transport.Stats()
	c.Hops = s.network.hops
	c.Tries, c.Switches = s.reach.tries, s.reach.switches
	c.Frames, c.FrameBytes = s.display.frames, s.display.bytes
	c.Elapsed = s.now().Sub(s.started)
	if s.opts.Predictor != nil {
		c.Prediction = s.opts.Predictor.Stats()
	}
	if s.transport.Datagram().HaveRTT() {
		c.SRTT = s.transport.Datagram().SRTT()
	}
	r := s.reached(s.now())
	r.Clean = clean && !s.abandoned
	r.Exit, r.Server = remote.Exit, remote.Hello
	r.Err = s.err
	r.Counters = c
	return r
}
