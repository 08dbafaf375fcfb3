package ssp

import (
	"time"

	"gmosh/protocol/wire"
)

const (
	// minute is how many seconds a tally looks back.
	minute = 60
	// reportPause is how long after a report the next one goes, with whatever goes out
	// then: it is never a reason to send.
	reportPause = time.Second
)

// Share is what became of the packets of one direction in the last minute.
type Share struct {
	Sent, Lost uint64
	Known      bool // something was heard of it in the last minute
}

// Fraction is which part was lost, from 0 to 1.
func (s Share) Fraction() float64 { return float64(s.Lost) / float64(max(s.Sent, 1)) }

// tally is the last minute of a direction: how many packets had been sent and how many
// of them had come, at the end of each second in which anything was heard of it.
type tally struct {
	seconds []reading // the oldest first; the first may lie before the minute
}

type reading struct {
	at         int64 // Unix time
	sent, came uint64
}

// note takes counters that begin at 0, as they are now.
func (c *tally) note(now time.Time, sent, came uint64) {
	at := now.Unix()
	if n := len(c.seconds); n == 0 || c.seconds[n-1].at != at {
		c.seconds = append(c.seconds, reading{at: at})
	}
	c.seconds[len(c.seconds)-1] = reading{at, sent, came}
	for len(c.seconds) > 1 && c.seconds[1].at <= at-minute {
		c.seconds = c.seconds[1:]
	}
}

// share is what the minute before now has of it.
func (c *tally) share(now time.Time) Share {
	var before reading
	for _, r := range c.seconds {
		if r.at <= now.Unix()-minute {
			before = r
		}
	}
	if len(c.seconds) == 0 {
		return Share{}
	}
	last := c.seconds[len(c.seconds)-1]
	s := Share{Sent: last.sent - before.sent, Known: last.at > before.at}
	if came := last.came - before.came; s.Sent > came { // else packets came twice
		s.Lost = s.Sent - came
	}
	return s
}

// FeatureDelivery is the name, in both halves' hello, of telling each other how many
// packets come.
const FeatureDelivery = "delivery"

// SetReporting says that the peer wants to be told how many of its packets come.
func (t *Transport[L, R]) SetReporting() { t.reporting = true }

// Lost returns what became of the packets of the last minute: of the peer's, by the
// gaps in their numbers, and of ours, by what the peer reports. A mosh reports nothing;
// see Loss for an estimate.
func (t *Transport[L, R]) Lost(now time.Time) (in, out Share) {
	return t.arrivals.share(now), t.reports.share(now)
}

// report adds to an instruction what has come of the peer's packets, from time to time.
func (t *Transport[L, R]) report(now time.Time, in *wire.Instruction) {
	if !t.reporting || now.Sub(t.reported) < reportPause {
		return
	}
	in.Numbered, in.Came = t.datagram.Expected(), t.datagram.Stats().Opened
	t.reported = now
}

// takeReport takes what a peer has told of our packets. It may come late.
func (t *Transport[L, R]) takeReport(now time.Time, in *wire.Instruction) {
	next := t.datagram.NextSequence()
	if in.Numbered > t.told && in.Numbered <= next {
		t.told = in.Numbered
		first := next - t.datagram.Stats().Sealed
		t.reports.note(now, in.Numbered-min(first, in.Numbered), in.Came)
	}
}

// noteArrival takes note of a newest packet. What was lost before the first that was
// heard, nobody knows.
func (t *Transport[L, R]) noteArrival(now time.Time) {
	numbered, came := t.datagram.Expected(), t.datagram.Stats().Opened
	if len(t.arrivals.seconds) == 0 {
		t.arrivals.note(now.Add(-minute*time.Second), numbered-1, came-1)
	}
	t.arrivals.note(now, numbered, came)
}

// Way is what became of what was sent, for who decides how much of it there is.
type Way struct {
	Queueing time.Duration // how much longer than at its best a round trip takes
	Timeouts uint64        // instructions that were repeated since no answer came in time
	Lost     float64       // the share of packets lost, from 0 to 1: of ours if it is known, else of the peer's
}

// Way returns what is known of the way to the peer.
func (t *Transport[L, R]) Way(now time.Time) Way {
	w := Way{Queueing: t.out.pace.queueing(), Timeouts: t.stats.Resends - t.stats.Covers, Lost: t.out.loss.in}
	if _, out := t.Lost(now); out.Known {
		w.Lost = out.Fraction()
	}
	return w
}
