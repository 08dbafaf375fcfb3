package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"gmosh/protocol/clock"
	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/wire"
	"gmosh/server/login"
	"gmosh/server/pty"
)

const (
	// firstContact is how long a client may take to connect.
	firstContact = 60 * time.Second

	// statusGrace is how long the program's exit status may come after its last
	// output, or output after the status.
	statusGrace = 3 * time.Second

	// hangupGrace is how long a program that was hung up is waited for.
	hangupGrace = time.Second

	// failureDelay is how long a message about a program that cannot be executed
	// stays before the session ends, where the client cannot be told otherwise.
	failureDelay = 3 * time.Second

	// detachedAfter is how long a client is silent before who(1) is told so.
	detachedAfter = 30 * time.Second

	// outputChunk bounds how much output is interpreted before the loop looks at
	// the network again: less than a millisecond's work.
	outputChunk = 32 << 10

	// minPause is the shortest the timer is set to. What is due at the end of a
	// turn has been done in it; should anything disagree, the loop must not spin.
	minPause = 100 * time.Microsecond
)

// ErrEnded says that the session has ended.
var ErrEnded = errors.New("the session has ended")

// Config is what a session is made of. Now, Environ and Account have defaults that
// suit a server process; everything else may be left at zero.
type Config struct {
	Command  []string      // nil: the account's login shell
	Environ  []string      // nil: this process's
	Account  login.Account // zero: the one this process runs as
	Colors   int           // of the client's terminal: see login.Options
	Dir      string        // where to start if home cannot be entered
	Terminal pty.Terminal  // nil: a new pseudo terminal; closed at the end
	Cols     int           // size until a client tells its own; 0: 80
	Rows     int           // 0: 24

	NetworkTimeout time.Duration // end after so much silence of the client; 0: never
	Ends           <-chan End    // reasons to end from outside; nil: none

	Record bool             // keep utmp and syslog
	Now    func() time.Time // nil: a clock that counts sleep
	Log    io.Writer        // for -v; nil: nothing is said

	// Guard is called with the function that starts the program, and calls it.
	// nil: called directly.
	Guard func(func() error) error
}

// End asks a session to end. A second one ends it at once, without telling the
// client.
type End struct {
	Reason string        // for the user
	Silent time.Duration // only if the client has been silent for so long
}

// Result is how a session ended.
type Result struct {
	Exit   wire.Exit // of the program, as far as known, or the reason
	Clean  bool      // the client knows of the end
	Counts Counts
}

// Loop moves the bytes of one Session and its Attachments: one goroutine (Run)
// owns them all, readers feed it one channel, and it sets one timer.
//
//	screen, down: readOutput -> outputEvent -> Session.output -> Transport.Tick -> Carrier.Send
//	keys, up:     readPackets -> packetEvent -> Transport.Receive -> Attachment.news -> Session.input
//
// The channel has no buffer and each reader has one event at most in hand, so
// they take turns: in a flood of output a packet with a Ctrl-C waits for one
// chunk. A reader fills one buffer while the loop works on its other one, and no
// output is read ahead of that.
type Loop struct {
	cfg     Config
	session *Session
	clients []*Attachment // attached, not heard yet, or ending
	current *Attachment   // the one that is attached; nil: none
	met     bool          // a client has connected at least once
	gate    gate
	record  *login.Record // nil: none is kept

	events  chan event
	done    chan struct{}  // closed when Run ends
	readers sync.WaitGroup // goroutines that send events
	waiter  chan struct{}  // closed when the child has been waited for; nil: no child

	used   time.Time // when something was last typed or printed
	alarms [alarmCount]time.Time
	failed *wire.Exit // how it is to end if the program could not be executed
	ended  *wire.Exit // set once the session is ending
	clean  bool       // the last attachment ended clean
	abort  bool       // end without another word
	counts Counts
	opened uint64 // authentic packets of clients that are gone

	newest     *Attachment // the newest packet was for it, authentic or not; nil: none came
	newestPath datagram.Path
}

// Counts are the loop's counters: what the session cost.
type Counts struct {
	Turns    uint64 // of the loop; each by one of these
	Packets  uint64 // that came in, of whatever kind
	Outputs  uint64 // chunks of the program's output
	Timers   uint64
	Others   uint64 // the input queue, the child's end, signals, …
	Sent     uint64 // packets that went out
	OutBytes uint64 // of output
	InBytes  uint64 // of input
}

// event is something that a reader has for the loop.
type event interface{ apply(l *Loop, now time.Time) }

// The alarms of the loop. Each is a time, zero when it is off; the ssp transports
// have their own deadlines.
type alarm int

const (
	alarmContact alarm = iota // a client that was expected has not connected
	alarmSilence              // MOSH_SERVER_NETWORK_TMOUT
	alarmHold                 // a synchronised update takes too long
	alarmStatus               // the program's status or the end of its output is missing
	alarmFailed               // the program could not be executed
	alarmCount
)

var alarmActions = [alarmCount]func(*Loop, time.Time){
	alarmContact: (*Loop).dropUnheard,
	alarmSilence: func(l *Loop, now time.Time) {
		l.end(now, &wire.Exit{Reason: fmt.Sprintf("The server heard nothing from the client for %s.", l.cfg.NetworkTimeout)})
	},
	alarmHold: func(l *Loop, now time.Time) {
		l.session.release()
		l.touch(now)
	},
	alarmStatus: func(l *Loop, now time.Time) { l.end(now, l.session.exit()) },
	alarmFailed: func(l *Loop, now time.Time) { l.end(now, l.failed) },
}

// NewLoop opens the session's pseudo terminal, unless it is given one. The program
// starts when the first client state has come.
func NewLoop(cfg Config) (*Loop, error) {
	cfg.fill()
	if cfg.Terminal == nil {
		var err error
		if cfg.Terminal, err = pty.Open(cfg.Cols, cfg.Rows); err != nil {
			return nil, err
		}
	}
	return &Loop{
		cfg:     cfg,
		session: newSession(cfg.Terminal, cfg.Cols, cfg.Rows),
		events:  make(chan event),
		done:    make(chan struct{}),
	}, nil
}

func (cfg *Config) fill() {
	if cfg.Cols == 0 || cfg.Rows == 0 {
		cfg.Cols, cfg.Rows = 80, 24
	}
	if cfg.Environ == nil {
		cfg.Environ = os.Environ()
	}
	if cfg.Account == (login.Account{}) {
		cfg.Account = login.CurrentAccount(cfg.Environ, os.Getuid())
	}
	if cfg.Now == nil {
		cfg.Now = clock.New().Now
	}
	if cfg.Guard == nil {
		cfg.Guard = func(start func() error) error { return start() }
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
}

// Run is the loop. It returns when the session has ended and the client knows it,
// or cannot be told. The end of ctx, or an End, ends the session.
func (l *Loop) Run(ctx context.Context) Result {
	defer l.close()
	l.readers.Go(l.readOutput)
	timer := time.NewTimer(0)
	defer timer.Stop()
	cancelled := ctx.Done()
	now := l.cfg.Now()
	for l.settle(now); !l.over(); l.settle(now) {
		timer.Reset(l.pause(now))
		select {
		case e := <-l.events:
			now = l.cfg.Now()
			e.apply(l, now)
		case <-timer.C:
			now = l.cfg.Now()
			l.counts.Timers++
		case e := <-l.cfg.Ends:
			now = l.cfg.Now()
			endEvent(e).apply(l, now)
		case <-cancelled:
			cancelled = nil
			now = l.cfg.Now()
			endEvent{Reason: context.Cause(ctx).Error()}.apply(l, now)
		}
		l.counts.Turns++
	}
	return l.result()
}

// settle does all that is due: it ends every turn of the loop.
func (l *Loop) settle(now time.Time) {
	l.typeInput(now)
	for a, at := range l.alarms {
		if !at.IsZero() && !now.Before(at) {
			l.alarms[a] = time.Time{}
			alarmActions[a](l, now)
		}
	}
	l.noteSilence(now)
	if l.current != nil {
		l.current.rest(now, l.used)
	}
	for _, a := range l.clients {
		// While frames are held back the screen does not show what was typed.
		if !l.session.holding && a.echo.ripe(now) {
			l.session.observe() // what the state tells holds for its echo ack
			a.echo.advance(now)
			a.transport.TouchQuietly(now) // predictions wait for it, nobody looks at it
		}
		l.send(now, a)
	}
	l.dropDone(now)
}

// pause is how long the loop may sleep.
func (l *Loop) pause(now time.Time) time.Duration {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, at := range l.alarms {
		sooner(at)
	}
	for _, a := range l.clients {
		sooner(a.transport.Deadline(now))
		if !l.session.holding {
			sooner(a.echo.due())
		}
	}
	if next.IsZero() {
		return time.Hour // nothing is due: an event will come
	}
	return max(next.Sub(now), minPause)
}

// send sends what a transport has to send now.
func (l *Loop) send(now time.Time, a *Attachment) {
	for range 2 { // what a path refused for its size is made again, smaller, at once
		var failed error
		for _, out := range a.transport.Tick(now) {
			l.counts.Sent++
			if err := a.carrier.Send(out.Path, out.Packet); err != nil {
				a.transport.SendFailed(now, out.Path, err)
				failed = err
			}
		}
		if !errors.Is(failed, datagram.ErrTooLong) {
			return
		}
	}
}

// touch tells the client's transport that the screen has changed.
func (l *Loop) touch(now time.Time) {
	l.used = now
	if l.current != nil {
		l.current.transport.Touch(now)
	}
}

// dropDone closes the attachments that are at their end. A client that quits ends
// its session with it.
func (l *Loop) dropDone(now time.Time) {
	for _, a := range slices.Clone(l.clients) {
		done, clean := a.transport.Done(now)
		if !done {
			continue
		}
		l.clean = clean
		quit := a == l.current
		l.drop(a)
		if quit {
			l.end(now, &wire.Exit{})
		}
	}
}

// dropUnheard gives up the clients that have not connected in time. If nobody ever
// has, the session ends.
func (l *Loop) dropUnheard(now time.Time) {
	for _, a := range slices.Clone(l.clients) {
		if !a.met() && now.Sub(a.began) >= firstContact {
			l.drop(a)
		}
	}
	l.alarms[alarmContact] = l.nextUnheard()
	if len(l.clients) == 0 && !l.met {
		l.end(now, &wire.Exit{Reason: "No client connected in time."})
	}
}

// nextUnheard returns when the first of the clients that have not connected is
// given up; zero: there is none.
func (l *Loop) nextUnheard() time.Time {
	for _, a := range l.clients { // the oldest first
		if !a.met() {
			return a.began.Add(firstContact)
		}
	}
	return time.Time{}
}

// drop closes an attachment.
func (l *Loop) drop(a *Attachment) {
	stats := a.transport.Stats()
	l.logf("client gone: %+v", stats)
	l.opened += stats.PacketsIn
	a.carrier.Close()
	l.clients = slices.DeleteFunc(l.clients, func(x *Attachment) bool { return x == a })
	if l.current == a {
		l.current = nil
	}
}

// over reports whether there is nothing left to do.
func (l *Loop) over() bool { return l.abort || l.ended != nil && len(l.clients) == 0 }

// end ends the session: clients are told with the last screen; then the loop ends.
func (l *Loop) end(now time.Time, exit *wire.Exit) {
	if l.ended != nil {
		return
	}
	l.ended = exit
	l.alarms = [alarmCount]time.Time{}
	l.session.holding = false
	l.current = nil
	l.logf("the session ends: %s", describe(exit))
	for _, a := range l.clients {
		a.end(now, exit)
	}
}

func describe(exit *wire.Exit) string {
	switch {
	case exit.Reason != "":
		return exit.Reason
	case exit.Signal != 0:
		return fmt.Sprintf("the program was ended by signal %d", exit.Signal)
	case exit.Exited:
		return fmt.Sprintf("the program exited with status %d", exit.Status)
	}
	return "the client quit, or the program left its terminal"
}

func (l *Loop) result() Result {
	r := Result{Clean: l.clean && !l.abort, Counts: l.counts}
	r.Counts.InBytes = l.session.input.taken
	if l.ended != nil {
		r.Exit = *l.ended
	}
	return r
}

// close frees everything, hangs up the terminal, and waits for every goroutine but
// one: that which waits for a program that goes on in spite of the hang-up.
func (l *Loop) close() {
	close(l.done)
	for _, a := range l.clients {
		a.carrier.Close()
	}
	if l.record != nil {
		l.record.End() // needs the terminal
	}
	l.session.term.Close()
	l.readers.Wait()
	if l.waiter != nil {
		grace := time.NewTimer(hangupGrace)
		defer grace.Stop()
		select {
		case <-l.waiter:
		case <-grace.C:
		}
	}
}

func (l *Loop) logf(format string, args ...any) {
	fmt.Fprintf(l.cfg.Log, "gmosh-server: "+format+"\n", args...)
}

// post gives the loop an event; false: the loop has ended.
func (l *Loop) post(e event) bool {
	select {
	case l.events <- e:
		return true
	case <-l.done:
		return false
	}
}

// readOutput feeds the loop the terminal's output.
func (l *Loop) readOutput() {
	var buffers [2][]byte
	for i := 0; ; i ^= 1 {
		if buffers[i] == nil {
			buffers[i] = make([]byte, outputChunk)
		}
		n, err := l.session.term.Read(buffers[i])
		if n > 0 && !l.post(outputEvent(buffers[i][:n])) {
			return
		}
		if err != nil {
			l.post(eofEvent{err})
			return
		}
	}
}

// readPackets feeds the loop what comes over a carrier.
func (l *Loop) readPackets(a *Attachment) {
	var buffers [2][link.BufferSize]byte
	for i := 0; ; i ^= 1 {
		p, err := a.carrier.Recv(buffers[i][:])
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			if !l.post(networkEvent{err}) {
				return
			}
		case !l.post(packetEvent{a, p}):
			return
		}
	}
}
