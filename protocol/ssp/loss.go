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
	// coverLast is after how many quarters of a round trip an answer is overdue.
	coverLast = 5

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

// cover is the plan to repeat the newest instruction before anybody knows whether it
// was lost.
type cover struct {
	left int
	gap  time.Duration
	at   time.Time // of the next repeat, if any is left
	last time.Time // of one more, when an answer is overdue; zero: none

	lavish bool    // see SetLavish
	owed   float64 // repeats that a peer may still be sent, if not lavish
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

// plan begins anew for an instruction sent now. Where anything is lost one more repeat
// follows when a round trip is over: mostly it is not needed, since the answer has come.
func (c *cover) plan(now time.Time, copies int, srtt time.Duration) {
	c.left, c.gap, c.at = c.allow(copies), coverGap, now.Add(coverGap)
	if copies > 0 {
		c.last = later(now.Add(srtt*coverLast/4), c.at)
	}
}

// stop forgets what is planned.
func (c *cover) stop() { c.left, c.last = 0, time.Time{} }

// due returns when the next repeat is to be sent; zero: none is.
func (c *cover) due() time.Time {
	switch {
	case c.left > 0:
		return c.at
	case c.allow(1) == 0:
		return time.Time{}
	}
	return c.last
}

// take uses up a repeat.
func (c *cover) take(now time.Time) {
	c.spend()
	if c.left == 0 {
		c.last = time.Time{}
		return
	}
	c.left--
	c.gap *= coverSpread
	c.at = now.Add(c.gap)
}
