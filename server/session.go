package server

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
	"gmosh/server/login"
	"gmosh/server/pty"
)

// holdLimit is how long frames are held back while an application is in the
// middle of an update that it marked as one (mode 2026).
const holdLimit = time.Second

// Session is a program on a pseudo terminal and the screen it draws. It knows no
// key, no network and no client; it lives with no Attachment, one, or one after
// the other. It belongs to its Loop's goroutine.
type Session struct {
	term  pty.Terminal
	emu   *terminal.Emulator
	input input

	cols, rows int

	started bool
	child   pty.Process // nil before start, or if it could not be started
	status  *pty.Status // how the child ended; nil: not known (yet)
	eof     bool        // all output has been read

	discipline *wire.Discipline // of term, as it was last seen; nil: term has none

	shown     terminal.Frame // the frame that was last given out
	holding   bool           // shown stands for the screen until the update is complete
	heldSince time.Time
	overdue   bool // the update took too long: it is shown as it comes
}

// newSession returns a session on term, whose program has not been started.
func newSession(term pty.Terminal, cols, rows int) *Session {
	cols, rows = terminal.ClampSize(cols, rows)
	s := &Session{
		term: term, input: input{term: term, limit: inputLimit},
		emu:  terminal.New(cols, rows, terminal.Options{}),
		cols: cols, rows: rows,
	}
	s.shown = s.emu.Frame()
	return s
}

// start starts the program. What cannot be started is said on the screen and
// returned. The notice comes before the program's own output.
func (s *Session) start(c pty.Command, notice []byte, guard func(func() error) error) error {
	s.started = true
	s.emu.Write(bytes.ReplaceAll(notice, []byte("\n"), []byte("\r\n")))
	err := guard(func() (err error) {
		s.child, err = s.term.Start(c)
		return err
	})
	if err != nil {
		s.child = nil
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // the message names the program itself
		}
		err = fmt.Errorf("cannot execute %s: %w", c.Path, err)
		s.emu.Write([]byte("gmosh-server: " + err.Error() + "\r\n"))
	}
	return err
}

// The sequences that begin and end an update, as applications write them.
var (
	updateBegin = []byte("\x1b[?2026h")
	updateEnd   = []byte("\x1b[?2026l")
)

// openUpdate returns where the last update in p begins, if it does not end there
// too; else -1. What is not there is looked for forwards: that takes a tenth of the
// time.
func openUpdate(p []byte) int {
	if !bytes.Contains(p, updateBegin) {
		return -1
	}
	begin := bytes.LastIndex(p, updateBegin)
	if bytes.Contains(p[begin:], updateEnd) {
		return -1
	}
	return begin
}

// output interprets what the program wrote. It reports whether there is a new
// frame to show.
func (s *Session) output(now time.Time, p []byte) (news bool) {
	// The frame to hold is the one before the update. In a flood of updates
	// every read ends in the middle of one; so it is taken here, not at a read's
	// end.
	if begin := openUpdate(p); begin >= 0 {
		s.emu.Write(p[:begin])
		p = p[begin:]
		if !s.emu.Synchronized() {
			s.shown = s.emu.Frame()
			s.holding, s.overdue, news = false, false, true
		}
	}
	s.emu.Write(p)
	s.answer()
	return s.hold(now) || news
}

// answer types the emulator's answers to the program's questions.
func (s *Session) answer() {
	if answers := s.emu.TakeAnswers(); s.input.size() < answerLimit {
		s.input.add(answers)
	}
}

// observe looks at the terminal's line discipline: programs change it without a
// word. It reports whether it is another than before.
func (s *Session) observe() (changed bool) {
	t, ok := s.term.(pty.Disciplined)
	if !ok {
		return false
	}
	seen, err := t.Discipline()
	if err != nil {
		return false // it is closed: the session is about to end
	}
	d := wire.Discipline{Canonical: seen.Canonical, Echo: seen.Echo, Signals: seen.Signals}
	if s.discipline != nil && *s.discipline == d {
		return false
	}
	s.discipline = &d
	return true
}

// hold decides whether frames are held back now. It reports whether they are not.
func (s *Session) hold(now time.Time) (visible bool) {
	switch {
	case !s.emu.Synchronized():
		s.holding, s.overdue = false, false
	case !s.holding && !s.overdue:
		s.holding, s.heldSince = true, now
	}
	return !s.holding
}

// holdEnds returns when frames are held back no longer; zero: they are not.
func (s *Session) holdEnds() time.Time {
	if !s.holding {
		return time.Time{}
	}
	return s.heldSince.Add(holdLimit)
}

// release shows the screen in the middle of an update.
func (s *Session) release() { s.holding, s.overdue = false, true }

// frame returns the screen as clients are to see it.
func (s *Session) frame() terminal.Frame {
	if !s.holding {
		s.shown = s.emu.Frame()
	}
	return s.shown
}

// resize changes the size of the terminal for program and screen.
func (s *Session) resize(cols, rows int) error {
	s.cols, s.rows = terminal.ClampSize(cols, rows)
	s.emu.Resize(s.cols, s.rows)
	s.shown, s.holding = s.emu.Frame(), false // what is held has the old size
	return s.term.Resize(s.cols, s.rows)
}

// exit returns how the program ended as the client is told it.
func (s *Session) exit() *wire.Exit {
	switch {
	case s.status == nil:
		return &wire.Exit{}
	case s.status.Signal != 0:
		return &wire.Exit{Signal: uint32(s.status.Signal)}
	}
	return &wire.Exit{Exited: true, Status: uint32(s.status.Code)}
}

// program decides what a session runs, once it is known what the client's
// terminal shows.
func program(cfg *Config, truecolor login.Truecolor) (pty.Command, []byte) {
	return login.Program(cfg.Account, login.Options{
		Command:   cfg.Command,
		Environ:   cfg.Environ,
		Colors:    cfg.Colors,
		Truecolor: truecolor,
		Dir:       cfg.Dir,
	})
}
