package datagram

import (
	"math"
	"time"
)

// Round trip times, spec section 2; in milliseconds unless they are Durations.
const (
	maxSample = 5000 // a longer one is a wrapped or a stale clock
	maxHold   = 1000 // a timestamp held this long is not answered any more

	initialSRTT   = 1000
	initialRTTVAR = 500

	minRTO = 50
	maxRTO = 1000

	// ceDelay is taken off the timestamp of a packet that met congestion, so that
	// its sender sees a longer round trip and slows down.
	ceDelay = 500

	noTimestamp = math.MaxUint16
)

// minWindow is how long a smallest sample counts: a route may have become longer.
const minWindow = 30 * time.Second

// clock16 is the time as a packet carries it. The value that means "none" is never a
// reading of the clock.
func clock16(now time.Time) uint16 {
	t := uint16(now.UnixMilli())
	if t == noTimestamp {
		return 0
	}
	return t
}

// estimator turns samples into SRTT and RTTVAR.
type estimator struct {
	have         bool
	srtt, rttvar float64 // ms

	last   time.Duration
	lastAt time.Time

	// The smallest sample of the current window and of the one before it.
	min, prevMin time.Duration
	windowAt     time.Time
}

// sample takes a round trip of r ms.
func (e *estimator) sample(now time.Time, r float64) {
	d := time.Duration(r * float64(time.Millisecond))
	e.last, e.lastAt = d, now
	e.window(now, d)
	if !e.have {
		e.have, e.srtt, e.rttvar = true, r, r/2
		return
	}
	e.rttvar = e.rttvar*3/4 + math.Abs(e.srtt-r)/4
	e.srtt = e.srtt*7/8 + r/8
}

func (e *estimator) window(now time.Time, d time.Duration) {
	switch age := now.Sub(e.windowAt); {
	case !e.have || age >= 2*minWindow:
		e.min, e.prevMin, e.windowAt = d, d, now
	case age >= minWindow:
		e.prevMin, e.min, e.windowAt = e.min, d, now
	default:
		e.min = min(e.min, d)
	}
}

// values returns SRTT and RTTVAR in ms, assumed ones before the first sample.
func (e *estimator) values() (srtt, rttvar float64) {
	if !e.have {
		return initialSRTT, initialRTTVAR
	}
	return e.srtt, e.rttvar
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// HaveRTT reports whether a round trip has been measured yet.
func (c *Conn) HaveRTT() bool { return c.rtt.have }

// SRTT returns the smoothed round trip time; 1 s before the first sample.
func (c *Conn) SRTT() time.Duration {
	srtt, _ := c.rtt.values()
	return milliseconds(srtt)
}

// RTTVAR returns the smoothed deviation of the round trip time; 500 ms before the
// first sample.
func (c *Conn) RTTVAR() time.Duration {
	_, rttvar := c.rtt.values()
	return milliseconds(rttvar)
}

// RTO returns the time after which a packet counts as lost: SRTT + 4 RTTVAR, rounded
// up to 1 ms, from 50 ms to 1 s.
func (c *Conn) RTO() time.Duration {
	srtt, rttvar := c.rtt.values()
	return milliseconds(min(max(math.Ceil(srtt+4*rttvar), minRTO), maxRTO))
}

// LastRTT returns the newest sample, which is a whole number of ms, and when it was
// taken; zeros before the first.
func (c *Conn) LastRTT() (sample time.Duration, at time.Time) { return c.rtt.last, c.rtt.lastAt }

// MinRTT returns the smallest sample of the last 30 to 60 s before the newest one; 0
// before the first.
func (c *Conn) MinRTT() time.Duration { return min(c.rtt.min, c.rtt.prevMin) }
