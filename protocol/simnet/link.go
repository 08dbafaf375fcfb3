package simnet

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// Conditions say how bad one direction of a path is. The zero value is perfect.
type Conditions struct {
	Delay  time.Duration // one way
	Jitter time.Duration // up to this much more or less, each packet by itself, order kept

	Loss  float64 // probability that a packet is lost by itself
	Burst Burst   // losses that come together

	Reorder   float64       // probability that a packet is held back and overtaken
	HoldBack  time.Duration // for how long; 0: one Delay
	Duplicate float64       // probability that a packet comes twice
	Corrupt   float64       // probability that one bit of it is flipped

	Rate  int // bytes a second through the bottleneck; 0: no bottleneck
	Queue int // bytes that wait before it at most; more are lost; 0: no limit
	MTU   int // larger payloads vanish; 0: no limit
}

// Burst is the Gilbert–Elliott model: two states, and everything is lost in the bad
// one. The mean burst is 1/Leave packets, the loss Enter/(Enter+Leave).
type Burst struct {
	Enter float64 // probability, per packet, to go from good to bad
	Leave float64 // and back
}

// Packet is a datagram under way. From and To are socket numbers of the caller's.
type Packet struct {
	From, To int
	Data     []byte
}

// overhead is what UDP and IP add to a payload on the wire.
const overhead = 28

// Link is one direction of a path.
type Link struct {
	cond Conditions
	rng  *rand.Rand
	bad  bool // state of the burst model
	down bool

	flight   flight
	sequence int
	last     time.Time // newest arrival, so that jitter keeps order
	free     time.Time // when the bottleneck has sent all it holds

	counts Counts
}

// Counts are what happened on a link.
type Counts struct {
	Sent, Bytes                                 int // offered, with headers
	Lost, Overflowed, TooLarge, Doubled, Mauled int
}

// NewLink returns a link whose luck is decided by the seed.
func NewLink(seed uint64, cond Conditions) *Link {
	return &Link{cond: cond, rng: rand.New(rand.NewPCG(seed, 0x73696d6e6574))}
}

// SetConditions changes the path for packets sent from now on.
func (l *Link) SetConditions(cond Conditions) { l.cond = cond }

// SetDown begins or ends an outage: what is sent during one is lost.
func (l *Link) SetDown(down bool) { l.down = down }

// Counts returns what has happened so far.
func (l *Link) Counts() Counts { return l.counts }

// Send puts a packet on the link at the given time; its data is copied.
func (l *Link) Send(now time.Time, p Packet) {
	l.counts.Sent++
	l.counts.Bytes += len(p.Data) + overhead
	if !l.admit(now, p) {
		return
	}
	p.Data = append([]byte(nil), p.Data...)
	if l.rng.Float64() < l.cond.Corrupt && len(p.Data) > 0 {
		p.Data[l.rng.IntN(len(p.Data))] ^= 1 << l.rng.IntN(8)
		l.counts.Mauled++
	}
	l.deliver(l.arrival(now, len(p.Data)), p)
	if l.rng.Float64() < l.cond.Duplicate {
		l.counts.Doubled++
		l.deliver(l.arrival(now, 0), p)
	}
}

// admit decides whether a packet gets as far as the wire.
func (l *Link) admit(now time.Time, p Packet) bool {
	lost := l.rng.Float64() < l.cond.Loss
	if l.burst() || lost || l.down {
		l.counts.Lost++
		return false
	}
	if l.cond.MTU > 0 && len(p.Data) > l.cond.MTU {
		l.counts.TooLarge++
		return false
	}
	if l.cond.Rate > 0 && l.cond.Queue > 0 && l.Queued(now)+len(p.Data)+overhead > l.cond.Queue {
		l.counts.Overflowed++
		return false
	}
	return true
}

// burst moves the Gilbert–Elliott model on and reports whether it is in its bad state.
func (l *Link) burst() bool {
	x := l.rng.Float64()
	switch {
	case l.cond.Burst == Burst{}:
		l.bad = false
	case l.bad:
		l.bad = x >= l.cond.Burst.Leave
	default:
		l.bad = x < l.cond.Burst.Enter
	}
	return l.bad
}

// arrival works out when a packet of that size, sent now, is at the other end.
func (l *Link) arrival(now time.Time, size int) time.Time {
	at := now
	if l.cond.Rate > 0 && size > 0 {
		if l.free.Before(now) {
			l.free = now
		}
		l.free = l.free.Add(time.Duration(float64(size+overhead) / float64(l.cond.Rate) * float64(time.Second)))
		at = l.free
	}
	at = at.Add(l.cond.Delay)
	if j := l.cond.Jitter; j > 0 {
		at = at.Add(time.Duration(l.rng.Int64N(int64(2*j))) - j)
	}
	if l.rng.Float64() < l.cond.Reorder {
		hold := l.cond.HoldBack
		if hold == 0 {
			hold = max(l.cond.Delay, time.Millisecond)
		}
		return at.Add(hold)
	}
	if at.Before(l.last) {
		at = l.last
	}
	l.last = at
	return at
}

func (l *Link) deliver(at time.Time, p Packet) {
	l.sequence++
	heap.Push(&l.flight, arrival{at, l.sequence, p})
}

// Queued returns the bytes that wait before the bottleneck or are in it.
func (l *Link) Queued(now time.Time) int {
	if l.cond.Rate == 0 || !l.free.After(now) {
		return 0
	}
	return int(l.free.Sub(now).Seconds() * float64(l.cond.Rate))
}

// Next returns when the next packet arrives; zero if none is under way.
func (l *Link) Next() time.Time {
	if len(l.flight) == 0 {
		return time.Time{}
	}
	return l.flight[0].at
}

// Receive takes a packet that has arrived by now.
func (l *Link) Receive(now time.Time) (Packet, bool) {
	if len(l.flight) == 0 || l.flight[0].at.After(now) {
		return Packet{}, false
	}
	return heap.Pop(&l.flight).(arrival).packet, true
}

// arrival is a packet under way; sequence keeps the order of equal times.
type arrival struct {
	at       time.Time
	sequence int
	packet   Packet
}

// flight is a heap of packets by time of arrival.
type flight []arrival

func (f flight) Len() int      { return len(f) }
func (f flight) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f flight) Less(i, j int) bool {
	if f[i].at.Equal(f[j].at) {
		return f[i].sequence < f[j].sequence
	}
	return f[i].at.Before(f[j].at)
}
func (f *flight) Push(x any) { *f = append(*f, x.(arrival)) }
func (f *flight) Pop() any {
	old := *f
	x := old[len(old)-1]
	*f = old[:len(old)-1]
	return x
}
