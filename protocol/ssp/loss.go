package ssp

import "time"

const (
	// lossMemory is the weight of the past in a loss estimate, in packets.
	lossMemory = 24
	// evidence is what a state that had to be repeated after a timeout adds to the
	// estimate of what is lost on the way out, in packets.
	evidence = 4

	// coverBytes bounds the instructions that are repeated ahead of a timeout, and
	// coverMost how often. lossNoticed is from where on, lossLeft is how likely it
	// may be that all copies are lost.
	coverBytes  = 400
	coverMost   = 4
	lossNoticed = 0.01
	lossLeft    = 0.001

	// coverWhile is how lately the peer must have been heard: an outage is not loss.
	coverWhile = 4 * time.Second

	// coverGap is the pause before the first repeat, and coverSpread what each is of
	// the one before: the first one saves the median, the last ones outlast a burst.
	coverGap    = time.Millisecond
	coverSpread = 3

	// overdueSlack is how much later than usual an answer is overdue, at least, and
	// overdueShare the same as a part of the round trip. From then on what it answers is
	// repeated overdueMost times, with such pauses, until a timeout says that it is lost.
	overdueSlack = 10 * time.Millisecond
	overdueShare = 4
	overdueMost  = 3

	// thrift is how many repeats a peer that is a mosh is owed for each instruction
	// that somebody waits for, and thriftMost how many of them are kept. Half of what
	// is sent nobody waits for (acks, echo acks), so that comes to less than twice what
	// another mosh sends.
	thrift     = 1.5
	thriftMost = 3

	// coverResend is how often a repeat after a timeout is covered: more often than
	// the state, it was its ack that was lost.
	coverResend = 1
)

// lossMeter estimates how many of the packets are lost on their way, from 0 to 1.
type lossMeter struct {
	in  float64 // from the gaps in the sequence numbers of what arrives
	out float64 // from the states that were not acknowledged in time
}

// arrived takes a packet of a sequence number that was expected or is beyond it.
func (m *lossMeter) arrived(sequence, expected uint64) {
	for range min(sequence-expected, lossMemory) {
		m.in += (1 - m.in) / lossMemory
	}
	m.in -= m.in / lossMemory
}

// late takes a packet older than the newest: what counted as lost was not.
func (m *lossMeter) late() { m.in = max(m.in-1.0/lossMemory, 0) }

// timeout takes note of a state that was not acknowledged in time.
func (m *lossMeter) timeout() {
	for range evidence {
		m.out += (1 - m.out) / lossMemory
	}
}

// acknowledged takes note of one that was.
func (m *lossMeter) acknowledged() { m.out -= m.out / lossMemory }

// copies is how often a small instruction is worth repeating ahead of a timeout. A
// path that loses one way is taken to lose the other way too, until it is known
// better.
func (m *lossMeter) copies() int {
	p := max(m.in, m.out)
	if p < lossNoticed {
		return 0
	}
	n := 1
	for left := p * p; left > lossLeft && n < coverMost; left *= p {
		n++
	}
	return n
}

// answers is how long the peer takes to acknowledge what somebody waits for: about a
// round trip where that is echoed.
type answers struct {
	known           bool
	mean, deviation time.Duration
}

// sample takes how long one answer took. What was overdue counts as just that: it may
// have been lost, and if it was not, the next ones tell the same.
func (a *answers) sample(d, srtt time.Duration) {
	if !a.known {
		a.known, a.mean, a.deviation = true, d, d/4
		return
	}
	d = min(d, a.overdue(srtt))
	a.deviation += ((d - a.mean).Abs() - a.deviation) / 4
	a.mean += (d - a.mean) / 8
}

// overdue is after what time an answer is later than it should be.
func (a *answers) overdue(srtt time.Duration) time.Duration {
	if !a.known {
		return srtt + overdueGap(srtt)
	}
	return a.mean + max(4*a.deviation, overdueGap(srtt))
}

func overdueGap(srtt time.Duration) time.Duration { return max(srtt/overdueShare, overdueSlack) }

// cover is the plan to repeat the newest instruction before anybody knows whether it
// was lost.
type cover struct {
	left int
	gap  time.Duration
	at   time.Time // of the next repeat, if any is left

	late    int           // repeats left for when an answer is overdue
	lateGap time.Duration // between them
	lateAt  time.Time     // of the next one

	answers answers
	lavish  bool    // see SetLavish
	owed    float64 // repeats that a peer may still be sent, if not lavish
}

// earn adds what an instruction that was not sent before is owed.
func (c *cover) earn() { c.owed = min(c.owed+thrift, thriftMost) }

// spend takes note of a repeat, ahead of a timeout or after one.
func (c *cover) spend() { c.owed = max(c.owed-1, 0) }

// allow is how many of so many repeats may be sent.
func (c *cover) allow(copies int) int {
	if c.lavish {
		return copies
	}
	return min(copies, int(c.owed))
}

// SetLavish says that the peer is a gmosh: it is repeated to as often as the path
// demands. A mosh is not sent more than twice what another would send it.
func (t *Transport[L, R]) SetLavish() { t.out.cover.lavish = true }

// plan begins anew for an instruction sent now, that somebody waits for.
func (c *cover) plan(now time.Time, copies int, l link) {
	c.stop()
	c.left, c.gap, c.at = c.allow(copies), coverGap, now.Add(coverGap)
	overdue := c.answers.overdue(l.srtt)
	if (copies > 0 || c.lavish && c.answers.known) && overdue < l.patience() {
		c.late, c.lateGap, c.lateAt = overdueMost, overdueGap(l.srtt), later(now.Add(overdue), c.at)
	}
}

// stop forgets what is planned.
func (c *cover) stop() { c.left, c.late = 0, 0 }

// due returns when the next repeat is to be sent; zero: none is.
func (c *cover) due() time.Time {
	switch {
	case c.left > 0:
		return c.at
	case c.late == 0 || c.allow(1) == 0:
		return time.Time{}
	}
	return c.lateAt
}

// take uses up a repeat.
func (c *cover) take(now time.Time) {
	c.spend()
	if c.left == 0 {
		c.late--
		c.lateAt = now.Add(c.lateGap)
		return
	}
	c.left--
	c.gap *= coverSpread
	c.at = now.Add(c.gap)
}
