package ssp

import (
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/fragment"
)

// Sizes of datagrams, UDP payload. Towards a stock peer they are what the carrier
// says (spec section 2); between two gmosh halves nothing is fragmented on the way, so
// a path begins with what every path carries, and is asked for more.
const (
	// smallPayload is the datagram size after a path refused or swallowed larger
	// ones.
	smallPayload = 500
	// usualPayload is where a path begins, and largePayload what is asked for.
	usualPayload = 1200
	largePayload = 1400

	// swallowed is how many large instructions in a row have to be lost, and to pass
	// in small datagrams, before the path is taken to have a hole for large ones; on
	// a path that loses packets anyhow so many more, times the share lost.
	swallowed      = 2
	swallowedLossy = 30

	// waryLoss is from where on a lost large instruction is no sign of a hole: many
	// small datagrams are still less likely to arrive all, so then only each one in
	// waryTurns goes in small ones.
	waryLoss  = 0.05
	waryTurns = 3

	// probePause is the pause between probes, and probeAgain how long after a fall,
	// or after probeTries that told nothing, the path is asked again.
	probePause = 10 * time.Second
	probeAgain = time.Minute
	probeTries = 3
	probeNever = 1000 * time.Hour

	// probeRoom is how much of a probe is not padding, at most.
	probeRoom = datagram.Overhead + fragment.Header + 60
)

// pathSize is what is known of the size of datagrams that a path carries.
type pathSize struct {
	limit int // largest that is sent, besides probes; 0: as the carrier says

	probe uint64    // number of the state that was sent as a probe; 0: none
	size  int       // its length
	tries int       // probes that were not acknowledged, in a row
	next  time.Time // when the next one may go; zero: at once
}

// SetProbing says that the peer is a gmosh and that the carrier does not let packets be
// fragmented.
func (t *Transport[L, R]) SetProbing() { t.probing = true }

// sizeOf returns what is known of the path in use.
func (t *Transport[L, R]) sizeOf(path datagram.Path) *pathSize {
	s := t.sizes[path]
	if s == nil {
		s = &pathSize{}
		t.sizes[path] = s
	}
	return s
}

// payload is the size of datagrams for what has to arrive.
func (t *Transport[L, R]) payload() int {
	payload := t.maxPayload(t.path)
	if t.wary {
		return min(payload, smallPayload)
	}
	if limit := t.sizeOf(t.path).limit; limit > 0 {
		return limit
	}
	if t.probing {
		return min(payload, usualPayload)
	}
	return payload
}

// probeSize is the size that the path is to be asked for now; 0: none. Only a spare
// instruction is a probe.
func (t *Transport[L, R]) probeSize(now time.Time, d diff) int {
	s := t.sizeOf(t.path)
	if !t.probing || t.packer.rand == nil || len(d.bytes) > 0 || d.resend || t.out.end.started() || now.Before(s.next) {
		return 0
	}
	for _, size := range []int{usualPayload, largePayload} {
		if s.limit == 0 && size == usualPayload || s.limit >= size {
			continue
		}
		return size
	}
	return 0
}

// sentProbe takes note of a probe.
func (t *Transport[L, R]) sentProbe(now time.Time, num uint64, size int) {
	s := t.sizeOf(t.path)
	s.probe, s.size, s.next = num, size, now.Add(probePause)
}

// probeAcked takes the number that the peer has acknowledged: exactly that of the probe
// says that it has arrived, a later one nothing.
func (t *Transport[L, R]) probeAcked(now time.Time, num uint64) {
	s := t.sizeOf(t.path)
	switch {
	case s.probe == 0 || num < s.probe:
	case num == s.probe:
		s.limit, s.probe, s.tries = s.size, 0, 0
	default:
		s.failed(now)
	}
}

// failed takes note of a probe that has come to nothing.
func (s *pathSize) failed(now time.Time) {
	s.probe = 0
	if s.tries++; s.tries < probeTries {
		return
	}
	s.tries, s.next = 0, now.Add(probeAgain)
	if s.limit != smallPayload {
		s.limit, s.next = usualPayload, now.Add(probeNever) // good enough
	}
}

// fall makes the path one for small datagrams, if it is not.
func (t *Transport[L, R]) fall(now time.Time) bool {
	s := t.sizeOf(t.path)
	if s.limit == smallPayload {
		return false
	}
	*s = pathSize{limit: smallPayload, next: now.Add(probeAgain)}
	t.stats.Falls++
	return true
}

// noteHole looks whether the path swallows large datagrams: for the next instruction,
// if one of those under way seems to be lost, and for good if that has turned out to be
// so again and again.
func (t *Transport[L, R]) noteHole(now time.Time) {
	limit := swallowed + int(swallowedLossy*t.out.loss.in)
	if t.out.holes >= limit {
		t.out.holes = 0
		t.fall(now)
	}
	var large bool
	if large, t.suspicious = t.out.largeUnderWay(now, t.link()); !large {
		t.suspects = 0
	}
	t.wary = t.suspicious && (t.out.loss.in < waryLoss || t.suspects%waryTurns == waryTurns-1)
}

// noteSuspect takes note of an instruction that was sent while there may be a hole.
func (t *Transport[L, R]) noteSuspect(d diff) {
	if t.suspicious && len(d.bytes) > 0 {
		t.suspects++
	}
}

// largeUnderWay reports whether an instruction in large datagrams is not acknowledged
// yet, and whether one was not in time: what follows goes in small ones, until something
// is.
func (s *sender[L]) largeUnderWay(now time.Time, l link) (large, late bool) {
	for i := range s.states[1:] {
		x := &s.states[1+i]
		large = large || x.large
		late = late || x.large && now.Sub(x.at) >= s.patience(l, x)
	}
	return large, late
}

// passed takes note of the datagrams that an acknowledged state came in: small ones
// after large ones were lost, or large ones.
func (s *sender[L]) passed(x *sent[L]) {
	switch {
	case x.wary:
		s.holes++
	case x.large:
		s.holes = 0
		for i := range s.states {
			s.states[i].wary = false // for no reason: it was late, not lost
		}
	}
}
