package client

import (
	"time"

	"gmosh/client/outer"
	"gmosh/protocol/render"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// The terminal that we are in is asked what it can do when its screen is taken over,
// unless the caller has asked before; what it answers is taken out of what is typed.

// question has the next drawing ask, if nobody has yet.
func (s *session) question(now time.Time) {
	if f := s.opts.Outer; f != nil && !f.HasAsked() {
		s.display.questions = outer.Questions(s.opts.Term)
		f.Asked(now)
	}
}

// answers takes the terminal's answers out of what was read.
func (s *session) answers(read []byte, now time.Time) (typed []byte) {
	if s.opts.Outer == nil {
		return read
	}
	typed = s.opts.Outer.Feed(now, read)
	s.learn(now)
	return typed
}

// release gives what was kept back for an answer, or a key's sequence, that did not
// come to the session.
func (s *session) release(now time.Time) {
	if f := s.opts.Outer; f != nil {
		if typed := f.Release(now); len(typed) > 0 {
			s.keystrokes(typed, now)
		}
	}
	if events := s.keys.Release(nil, now); len(events) > 0 {
		s.obey(events, now)
	}
}

// learn acts on what the terminal has said, once it has said all: what it shows is
// drawn in the dialect that it speaks, and a gmosh server is told.
func (s *session) learn(now time.Time) {
	if s.learnt || !s.opts.Outer.Finished() {
		return
	}
	s.learnt = true
	if d := s.improved(s.display.dialect); d != s.display.dialect {
		s.display.speak(d)
	}
	s.say(s.capable(s.local), now)
}

// capable adds to a state what the terminal can do, if that has changed.
func (s *session) capable(state userinput.State) userinput.State {
	var known *outer.Knowledge
	if s.learnt && s.opts.Outer != nil {
		k := s.opts.Outer.Known()
		known = &k
	}
	can := abilities(&s.opts, s.display.dialect, known)
	if can.Equal(s.can) {
		return state
	}
	s.can = can
	return state.Capabilities(can)
}

// improved is a dialect with what the terminal has said of itself so far.
func (s *session) improved(d render.Dialect) render.Dialect {
	return s.opts.Outer.Known().Improve(d, s.opts.Term, s.opts.ColorTerm)
}

// abilities is what a gmosh server is told of the terminal. known is what it has said
// of itself; nil: nothing yet.
func abilities(opts *Options, d render.Dialect, known *outer.Knowledge) *wire.Capabilities {
	c := &wire.Capabilities{
		Term:      opts.Term,
		ColorTerm: opts.ColorTerm,
		Colors:    uint32(min(d.Colors, render.Colors256)),
		TrueColor: d.Colors >= render.TrueColor,
		Features:  capabilities(d),
	}
	// Only some terminals know the size of their characters.
	if t, ok := opts.Terminal.(interface{ CellSize() (width, height int) }); ok {
		width, height := t.CellSize()
		c.CellWidth, c.CellHeight = uint32(width), uint32(height)
	}
	if known != nil {
		c.Version, c.Foreground, c.Background, c.Cursor = known.Version, known.Foreground, known.Background, known.Cursor
		if known.Palette != (outer.Knowledge{}).Palette {
			c.Palette = known.Palette[:]
		}
	}
	return c
}

// nextRelease is when release has something; zero: never.
func (s *session) nextRelease() time.Time {
	if s.opts.Outer == nil {
		return s.keys.Next()
	}
	return sooner(s.opts.Outer.Next(), s.keys.Next())
}
