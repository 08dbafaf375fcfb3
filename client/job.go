package client

import (
	"time"

	"gmosh/client/notice"
)

const suspendedText = "\r\n[mosh is suspended.]\r\n"

// stopTime is how long after asking to be stopped a process that still runs knows
// that nobody is there to stop it (its group is an orphan): it goes on then.
const stopTime = 500 * time.Millisecond

// job is the way into the background and back: asked, then, once the terminal has
// taken what was being written, closing (its screen is given back), then stopped
// until resume.
type job struct {
	asked   bool
	closing bool
	stopped bool
	until   time.Time // when to go on at the latest
}

// ask begins it; asking twice does nothing.
func (j *job) ask() { j.asked = !j.stopped }

// proceed takes the next step, if it is time for it.
func (j *job) proceed(s *session, now time.Time) {
	switch {
	case j.stopped:
		if due(j.until, now) {
			j.resume(s, now)
		}
	case !j.asked || !s.display.ready():
	case !j.closing && s.display.opened:
		j.closing = true
		if s.display.close(suspendedText); s.display.ready() { // else the writer will wake the loop
			j.stop(s, now)
		}
	default:
		j.stop(s, now)
	}
}

// stop stops the process: what follows happens when it goes on, or at once if the
// system cannot stop it.
func (j *job) stop(s *session, now time.Time) {
	*j = job{stopped: true, until: now.Add(stopTime)}
	s.display.away = true
	s.terminal.Restore()
	if err := s.terminal.Suspend(); err != nil {
		j.resume(s, now)
		s.bar.Note(sayNoSuspend, now, notice.Brief)
	}
}

// resume takes the terminal over again. It may have been used, resized and reset
// by others; the time, too, is another one.
func (j *job) resume(s *session, now time.Time) {
	*j = job{}
	s.display.away = false
	if err := s.terminal.Raw(); err != nil {
		s.end(sayInputClosed, now)
		return
	}
	s.display.again = true
	s.resized(now)
}

// deadline is when proceed has to be called; zero: at the next event.
func (j *job) deadline() time.Time { return j.until }
