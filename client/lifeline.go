package client

import (
	"context"
	"time"
)

// askTimeout bounds a question to the server's machine.
const askTimeout = 5 * time.Second

// lifeline looks after a Lifeline, which may take its time: it is asked and
// closed in goroutines of its own.
type lifeline struct {
	way    Lifeline // nil: there is none, or no more
	health *Health
}

// take returns the Lifeline, once, for closing.
func (l *lifeline) take() Lifeline {
	way := l.way
	l.way = nil
	return way
}

// close closes the Lifeline: our own packets arrive.
func (l *lifeline) close(s *session) {
	if way := l.take(); way != nil {
		s.source(func() { way.Close() }) // what could be done about an error?
	}
}

// ask asks the server's machine why nothing comes.
func (l *lifeline) ask(s *session) {
	way := l.way
	if way == nil {
		return
	}
	s.source(func() {
		ctx, cancel := context.WithTimeout(s.alive, askTimeout)
		defer cancel()
		if h, err := way.Ask(ctx); err == nil {
			s.post(answered{h})
		}
	})
}

// answered is what a Lifeline said.
type answered struct{ health Health }

func (a answered) happen(s *session, _ time.Time) { s.lifeline.health = &a.health }
