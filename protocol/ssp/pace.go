package ssp

import "time"

const (
	intervalMin = 20 * time.Millisecond
	// intervalBlind is the interval while no round trip has been measured.
	intervalBlind = 100 * time.Millisecond

	// flightStates is how many unacknowledged states the pace lets be under way
	// per round trip, well below maxSent, so that every ack still names a state
	// we hold.
	flightStates = 24

	// packetOverhead is what IP and UDP add to a payload, for the rate's sake.
	packetOverhead = 28

	// The rate of a sender that knows nothing of the path, its floor (a 9600
	// baud line) and its ceiling, bytes a second.
	rateStart = 24 << 10
	rateMin   = 960
	rateMax   = 64 << 20

	// queueLow and queueHigh bound the standing queue that the rate aims at,
	// as growth of the round trip over its minimum.
	queueLow  = 8 * time.Millisecond
	queueHigh = 20 * time.Millisecond
)

// pacer decides how soon after an instruction the next one with a diff may
// follow. Its rate follows delivery: it grows while the round trip stays near
// its minimum and the sender has more to send than the rate permits, and falls
// to what was really delivered when the round trip grows, so that a bottleneck's
// queue stays near empty whatever its size. A lone keystroke never waits for it.
type pacer struct {
	rate     float64 // bytes a second
	startup  bool    // no growth of the round trip seen yet: double each one
	limited  bool    // the rate held something back since the last adjustment
	adjusted time.Time

	minRTT   time.Duration    // the least of the last half minute
	samples  [4]time.Duration // newest RTT samples, for their minimum
	nsamples int

	deliveredBytes int // acknowledged since deliveredAt
	deliveredAt    time.Time
	delivery       float64 // bytes a second, as last measured; 0: unknown
}

func newPacer() pacer { return pacer{rate: rateStart, startup: true} }

// sample takes a round trip measured now, and the least one of late.
func (p *pacer) sample(now time.Time, rtt, least time.Duration) {
	p.samples[p.nsamples%len(p.samples)] = rtt
	p.nsamples++
	p.minRTT = least
	p.adjust(now)
}

// queueing is how much longer the round trip is than its minimum. The least of
// the last few samples counts: jitter makes single ones long.
func (p *pacer) queueing() time.Duration {
	n := min(p.nsamples, len(p.samples))
	if n == 0 {
		return 0
	}
	least := p.samples[0]
	for _, s := range p.samples[1:n] {
		least = min(least, s)
	}
	return least - p.minRTT
}

// adjust changes the rate at most once a round trip.
func (p *pacer) adjust(now time.Time) {
	if now.Sub(p.adjusted) < max(p.minRTT, intervalMin) {
		return
	}
	switch q := p.queueing(); {
	case q > queueHigh:
		p.startup = false
		fallen := p.rate * 0.8
		if p.delivery > 0 {
			fallen = min(fallen, p.delivery*0.85)
		}
		p.rate = max(fallen, rateMin)
		p.nsamples = 0 // the old queue must not be punished twice
	case p.limited && q < queueLow && p.startup:
		p.rate = min(p.rate*1.6, rateMax)
	case p.limited && q < queueLow:
		p.rate = min(p.rate*1.08, rateMax)
	default:
		return
	}
	p.limited = false
	p.adjusted = now
}

// delivered takes note that the peer has acknowledged so many bytes more.
func (p *pacer) delivered(now time.Time, bytes int) {
	if p.deliveredAt.IsZero() || now.Sub(p.deliveredAt) > 2*time.Second {
		p.deliveredAt, p.deliveredBytes = now, 0
		return
	}
	p.deliveredBytes += bytes
	if d := now.Sub(p.deliveredAt); d >= max(p.minRTT, 100*time.Millisecond) {
		p.delivery = float64(p.deliveredBytes) / d.Seconds()
		p.deliveredAt, p.deliveredBytes = now, 0
	}
}

// interval is the pause after an instruction of so many bytes.
func (p *pacer) interval(srtt time.Duration, known bool, bytes int) time.Duration {
	if !known {
		return intervalBlind
	}
	floor := max(intervalMin, (srtt+ackDelay)/flightStates)
	return max(floor, time.Duration(float64(bytes)/p.rate*float64(time.Second)))
}
