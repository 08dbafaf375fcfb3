package ssp

import (
	"time"

	"gmosh/protocol/wire"
)

const (
	shutdownRetries = 16
	shutdownTimeout = activeRetryTimeout

	// farewells is how often the peer's shutdown is acknowledged at once: a
	// single lost packet would leave the peer to time out.
	farewells = 2
)

// shutdown is how far the end of a connection has come, from either side (spec
// section 7).
type shutdown struct {
	began time.Time // when our side began; zero: it has not
	tries int
	at    time.Time // when the last of them was sent
	acked bool      // the peer has acknowledged our end

	peer     time.Time // when the peer's end came; zero: it has not
	answered bool      // and we have acknowledged it
}

// started reports whether the connection is ending at either side's wish.
func (e *shutdown) started() bool { return !e.peer.IsZero() || !e.began.IsZero() }

// unanswered reports whether the peer's end waits for our acknowledgement.
func (e *shutdown) unanswered() bool { return !e.peer.IsZero() && !e.answered }

// due returns when the next instruction of the end is to be sent.
func (e *shutdown) due(l link) time.Time {
	switch {
	case e.unanswered():
		return e.peer // at once
	case e.answered || e.acked || e.tries >= shutdownRetries:
		return time.Time{}
	}
	return e.at.Add(e.interval(l))
}

// interval is the pause after an instruction of the end: at first the send interval
// of the spec, then longer, so that the tries outlast a short outage.
func (e *shutdown) interval(l link) time.Duration {
	return min(max(l.srtt/2, intervalMin), 250*time.Millisecond) << (e.tries / 4)
}

// done reports whether all is said, and whether both sides know it.
func (e *shutdown) done(now time.Time, l link) (done, clean bool) {
	switch {
	case e.answered, e.acked:
		return true, true
	case e.began.IsZero():
		return false, false
	}
	out := e.tries >= shutdownRetries && !now.Before(e.at.Add(e.interval(l)))
	return out || now.Sub(e.began) >= shutdownTimeout, false
}

// deadline is when done may change without a packet.
func (e *shutdown) deadline(l link) time.Time {
	if e.began.IsZero() || e.acked || e.answered {
		return time.Time{}
	}
	end := e.began.Add(shutdownTimeout)
	if e.tries >= shutdownRetries {
		end = sooner(end, e.at.Add(e.interval(l)))
	}
	return end
}

// beginEnd freezes the local state: what the peer still lacks of it goes out with
// the end.
func (s *sender[L]) beginEnd(now time.Time) {
	if !s.end.began.IsZero() {
		return
	}
	s.end.began = now
	s.end.at = now.Add(-time.Second) // the first instruction goes at once
	state := s.last().state
	if !s.dirty.IsZero() {
		state, s.dirty = s.current(), time.Time{}
	}
	s.push(sent[L]{num: wire.Shutdown, state: state, first: now, data: true})
}

// nextEnd makes the next instruction of the end, if one is due.
func (s *sender[L]) nextEnd(now time.Time, l link) (diff, bool) {
	due := s.end.due(l)
	if due.IsZero() || now.Before(due) {
		return diff{}, false
	}
	answering := s.end.unanswered()
	if s.end.began.IsZero() { // only the peer ends: an ordinary instruction acknowledges that
		s.ackDue = now
		d, ok := s.next(now, l)
		s.end.answered = true
		return d, ok
	}
	d := s.endDiff(now, l)
	s.last().at, s.end.at = now, now
	s.end.tries++
	s.end.answered = answering
	return d, true
}

// endDiff is the diff to the last state; none if the peer has that already, and only
// its own end is to be acknowledged.
func (s *sender[L]) endDiff(now time.Time, l link) diff {
	if s.end.acked {
		return diff{old: wire.Shutdown, new: wire.Shutdown, throwaway: wire.Shutdown, resend: true}
	}
	s.assume(now, l)
	s.assumed = min(s.assumed, len(s.states)-2) // the end is no base of its own
	d, _ := s.choose(s.last().state)
	d.new, d.resend = wire.Shutdown, s.end.tries > 0
	return d
}
