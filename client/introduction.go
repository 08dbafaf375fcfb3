package client

import (
	"fmt"
	"time"

	"gmosh/client/outer"
	"gmosh/protocol/render"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// Introduction is what a server is told first: that we are gmosh, then the size, then
// what the terminal can show. A stock server skips all but the size.
//
// It can be made before there is a server, and told to it in the command that starts
// it: then the first screen comes with the command's output (Options.Ahead).
type Introduction struct {
	hello      wire.Hello
	state      userinput.State
	can        *wire.Capabilities // as the state has it
	dialect    render.Dialect
	learnt     bool // from all that the terminal says of itself
	cols, rows int
}

// Introduce makes an Introduction of the options that say what the terminal is and
// what we are; of the Terminal only its size is asked. known is what the terminal has
// said of itself, once it has said all; nil: it has not.
func Introduce(opts Options, known *outer.Knowledge) (*Introduction, error) {
	d, err := render.ForTerm(opts.Term, opts.ColorTerm)
	if err != nil {
		return nil, err
	}
	d.TitlePrefix = opts.TitlePrefix
	in := &Introduction{dialect: d}
	if in.cols, in.rows, err = windowSize(&opts); err != nil {
		return nil, fmt.Errorf("terminal size: %w", err)
	}
	if known != nil {
		in.learnt = true
		in.dialect = known.Improve(d, opts.Term, opts.ColorTerm)
	}
	in.hello = wire.Hello{Version: helloVersion, Features: features(), Widths: uint32(width.Latest), Software: opts.Software}
	in.can = abilities(&opts, in.dialect, known)
	var state userinput.State
	in.state = state.Hello(&in.hello).Resize(in.cols, in.rows).Capabilities(in.can)
	return in, nil
}

// State is the first state, as a diff of state 0.
func (in *Introduction) State() []byte { return in.state.Diff(userinput.State{}) }

// introduction is the caller's, or one made now.
func introduction(opts Options) (*Introduction, error) {
	if opts.Introduction != nil {
		return opts.Introduction, nil
	}
	var known *outer.Knowledge
	if f := opts.Outer; f != nil && f.Finished() {
		k := f.Known()
		known = &k
	}
	return Introduce(opts, known)
}

// introduce has the transport know what the server may have been told already, and
// says what has changed since then.
func (s *session) introduce(now time.Time) {
	if s.opts.Introduction == nil {
		s.transport.Touch(now)
		return
	}
	s.transport.Told(now)
	s.transport.Touch(now)
	s.resized(now)
	if s.opts.Outer != nil {
		s.learn(now)
	}
}

// follow is the goroutine that takes what the server sends before it has heard us.
func (s *session) follow(packets <-chan []byte) {
	for {
		select {
		case p := <-packets:
			s.post(sentAhead(p))
		case <-s.alive.Done():
			return
		}
	}
}

// insistence of a client that has a screen and no packet yet: something goes to the
// server again after firstInsistence, then after twice that, and so on.
const firstInsistence = 250 * time.Millisecond

// insist sends something to a server that is known to be there, if it is time to: the
// first packet, or what answered it, may be lost.
func (s *session) insist(now time.Time) {
	if at := s.insistAt(); !at.IsZero() && !now.Before(at) {
		s.insisted++
		s.transport.SetPath(now, s.network.path)
	}
}

// insistAt is when to insist next; zero: never.
func (s *session) insistAt() time.Time {
	if s.connected || !s.ending.IsZero() || !s.transport.HaveHeard() {
		return time.Time{}
	}
	return s.started.Add(firstInsistence << min(s.insisted, 6))
}

// sentAhead is a packet that came in another way than those of the session. It proves
// nothing about them: there is something to see, and no more.
type sentAhead []byte

func (p sentAhead) happen(s *session, now time.Time) {
	before := s.transport.Stats().PacketsIn
	news := s.transport.Receive(now, 0, p, false)
	s.ahead += s.transport.Stats().PacketsIn - before
	if news && s.opts.Predictor != nil {
		s.opts.Predictor.Arrived(now, s.view())
	}
}
