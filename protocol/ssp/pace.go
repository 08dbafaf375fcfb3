package ssp

import "time"

const (
	// intervalMin is the least interval of frames on a common path, and intervalFast
	// that on one which takes them in a fraction of it.
	intervalMin  = 20 * time.Millisecond
	intervalFast = 10 * time.Millisecond
	// intervalBlind is the interval while no round trip has been measured.
	intervalBlind = 100 * time.Millisecond

	// burst is how many instructions may follow the first one after quiet without
	// a pause: an echo that comes in two parts waits for none.
	burst      = 1
	burstBytes = 600

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

	// queueFrames and queueSlack are how much may wait before the bottleneck: most
	// of an instruction, since a packet of one waits for the others, and what the
	// clocks' grain and a little jitter look like.
	queueFrames = 0.7
	queueSlack  = 8 * time.Millisecond

	// The bytes under way may be windowGain times what the path holds while an
	// ack is on its way and delayed, and windowFrames instructions more; a few
	// keystrokes always fit.
	windowGain   = 1.1
	windowFrames = 1.2
	windowMin    = 3 << 10

	// The rate's growth per round trip, until the first queue was seen and after.
	growthStart = 1.6
	growth      = 1.1

	// For so long after a queue was seen the rate grows to rateAhead times what is
	// delivered at most: where the least interval keeps frames back, and not the rate,
	// nothing has shown that the path takes more.
	rateAhead  = 2
	aheadAfter = 30 * time.Second
)

// pacer decides how soon after an instruction the next one with a diff may
// follow. Its rate follows delivery: it grows while the round trip stays near
// its minimum and the sender has more to send than the rate permits, and falls
// to what is really delivered when the round trip says that a queue has formed,
// so that a bottleneck's queue stays near empty whatever its size. A lone
// keystroke never waits for it.
type pacer struct {
	rate     float64   // bytes a second
	startup  bool      // no queue seen yet
	queued   time.Time // when the last one was seen
	limited  bool      // the rate held something back since the last adjustment
	adjusted time.Time

	minRTT   time.Duration    // the least of the last half minute
	samples  [3]time.Duration // newest RTT samples, for their minimum
	nsamples int

	ackLag   time.Duration // how late acks are on top of the way: how long the peer holds them
	total    int           // bytes acknowledged so far
	delivery float64       // bytes a second that arrive, as measured; 0: unknown
}

func newPacer() pacer { return pacer{rate: rateStart, startup: true, ackLag: ackDelay} }

// delivered takes an acknowledgement of so many bytes more; the newest of them were
// sent at the given time, when total was as given.
func (p *pacer) delivered(now time.Time, bytes int, at time.Time, total int) {
	p.total += bytes
	if p.delivery > 0 {
		way := p.minRTT + time.Duration(float64(bytes)/p.delivery*float64(time.Second))
		lag := min(max(now.Sub(at)-way, 0), ackDelay)
		p.ackLag += (lag - p.ackLag) / 8
	}
	// Acks were late then as they are now: of what total lacked when these were
	// sent, some had arrived.
	d := now.Sub(at) + p.ackLag
	rate := float64(p.total-total) / d.Seconds()
	switch {
	case rate > p.delivery:
		p.delivery = rate
	case p.limited: // else it is the application that sends no more
		p.delivery += (rate - p.delivery) / 8
	}
}

// sample takes a round trip measured now, and the least one of late; size is that
// of the instructions now under way.
func (p *pacer) sample(now time.Time, rtt, least time.Duration, size int) {
	p.samples[p.nsamples%len(p.samples)] = rtt
	p.nsamples++
	p.minRTT = least
	if now.Sub(p.adjusted) >= max(p.minRTT, intervalMin) {
		p.adjust(now, size)
	}
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

// waiting is how many bytes wait before the bottleneck.
func (p *pacer) waiting() int { return int(p.queueing().Seconds() * p.delivery) }

// adjust changes the rate, once a round trip.
func (p *pacer) adjust(now time.Time, size int) {
	queued := (p.queueing() - queueSlack).Seconds() * p.delivery
	switch allowed := queueFrames * float64(size); {
	case p.delivery > 0 && queued > allowed:
		p.startup, p.queued = false, now
		// What waits too long is to be gone within two round trips.
		excess := (queued - allowed) / (2 * max(p.minRTT, intervalMin).Seconds())
		p.rate = max(p.delivery-excess, p.delivery/2, rateMin)
	case p.limited && p.startup:
		p.rate = min(p.rate*growthStart, rateMax)
	case p.limited:
		most := float64(rateMax)
		if now.Sub(p.queued) < aheadAfter {
			most = max(rateAhead*p.delivery, p.rate)
		}
		p.rate = min(p.rate*growth, most)
	default:
		return
	}
	p.limited = false
	p.adjusted = now
}

// window is how many bytes may be under way, given the size of an instruction.
func (p *pacer) window(size int) int {
	holds := windowGain * p.delivery * (p.minRTT + p.ackLag).Seconds()
	return max(int(holds+windowFrames*float64(size)), windowMin)
}

// floor is the least interval between instructions of a size in a flow of them.
func (p *pacer) floor(l link, size int) time.Duration {
	if !l.known {
		return intervalBlind
	}
	interval := min(max(3*p.transmission(size), intervalFast), intervalMin)
	return max(interval, (l.srtt+ackDelay)/flightStates)
}

// transmission is how long so many bytes take at the rate.
func (p *pacer) transmission(bytes int) time.Duration {
	return time.Duration(float64(bytes) / p.rate * float64(time.Second))
}
