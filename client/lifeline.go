package client

import (
	"context"
	"time"
)

// askTimeout bounds a question to the server's machine.
const askTimeout = 5 * time.Second

// askAfter is how long no answer may take before the server's machine is asked: a
// few round trips of the slowest link.
const askAfter = 3 * time.Second

// lifeline looks after a Lifeline, which may take its time: it is asked and
// closed in goroutines of its own.
type lifeline struct {
	way       Lifeline // nil: there is none, or no more
	asked     bool
	health    *Health
	suspected bool      // the bar says that the server may have been ended at the logout
	closed    time.Time // when it was closed because our packets arrive; zero: it was not
}

// take returns the Lifeline, once, for closing.
func (l *lifeline) take() Lifeline {
	way := l.way
	l.way = nil
	return way
}

// close closes the Lifeline.
func (l *lifeline) close(s *session) {
	if way := l.take(); way != nil {
		s.source(func() { way.Close() }) // what could be done about an error?
	}
}

// proved closes the Lifeline: our own packets arrive.
func (l *lifeline) proved(s *session, now time.Time) {
	if l.way != nil {
		l.closed = now
		l.close(s)
	}
}

// ask asks the server's machine, once, why nothing comes.
func (l *lifeline) ask(s *session) {
	way := l.way
	if way == nil || l.asked {
		return
	}
	l.asked = true
	s.source(func() {
		ctx, cancel := context.WithTimeout(s.alive, askTimeout)
		defer cancel()
		h, err := way.Ask(ctx)
		s.post(answered{h, err})
	})
}

// answered is what a Lifeline said.
type answered struct {
	health Health
	err    error // it could not be asked, or does not know
}

// happen takes the answer in. The connection has done what it could; a server that
// is gone will not answer any more.
func (a answered) happen(s *session, now time.Time) {
	s.lifeline.close(s)
	if a.err != nil || s.connected {
		return
	}
	s.lifeline.health = &a.health
	if !a.health.Alive {
		s.end(sayGone, now)
		s.abandoned = true
	}
}
