package ssp

import (
	"slices"
	"time"
)

// The constants of spec section 6.
const (
	ackDelay           = 100 * time.Millisecond
	flowAckDelay       = 20 * time.Millisecond
	ackSlack           = 20 * time.Millisecond // a delayed ack is not late yet
	activeRetryTimeout = 10 * time.Second
	maxSent            = 32

	// firstRetry is the first pause before an instruction to a peer that was
	// never heard is repeated; it doubles up to Heartbeat.
	firstRetry = 250 * time.Millisecond
)

// sent is a state of ours that the peer may hold.
type sent[L any] struct {
	num   uint64
	state L
	first time.Time // when it was first sent
	at    time.Time // when it was last sent
	base  uint64    // the state it was sent as a diff from then
	bytes int       // on the wire, of its last instruction
	diff  int       // of its last diff, which the peer's acks go by (owe)
	total int       // pacer.total when it was last sent
	large bool      // it was sent in datagrams that not every path carries
	wary  bool      // it was sent last in small ones, since large ones were lost
	data  bool      // it came with a diff, so the peer owes an ack
	eager bool      // somebody waits for it
	lost  bool      // that ack was late once
}

// sender holds the states sent, in order of number: the first is the newest the
// peer is known to have, the last is the newest sent.
type sender[L State[L]] struct {
	states  []sent[L]
	assumed int // index of the state that diffs are made against

	current func() L

	minDelay  time.Duration
	heartbeat time.Duration // between instructions at most
	dirty     time.Time     // since when the current state may differ from the last sent; zero: it does not
	quiet     bool          // nobody waits for what differs
	ackDue    time.Time     // when an empty ack is to be sent at the latest
	lastOut   time.Time     // when an instruction was last sent
	lastData  time.Time     // when an instruction with a diff was last sent
	dataSize  int           // its bytes on the wire
	slot      time.Time     // until when the pace has been used up
	proof     time.Time     // send time of the newest acknowledged state; zero: none
	retries   int           // sends to a peer that was never heard

	holes int // large instructions in a row that passed in small datagrams only

	pace  pacer
	loss  lossMeter
	cover cover
	end   shutdown
}

func newSender[L State[L]](now time.Time, initial L, current func() L, minDelay time.Duration) sender[L] {
	return sender[L]{
		states:    []sent[L]{{state: initial}},
		current:   current,
		minDelay:  minDelay,
		heartbeat: Heartbeat,
		ackDue:    now, // the first packet goes out at once
		pace:      newPacer(),
	}
}

func (s *sender[L]) known() *sent[L] { return &s.states[0] }
func (s *sender[L]) last() *sent[L]  { return &s.states[len(s.states)-1] }

// acknowledge forgets the states below the one that the peer says it has
// received (step 1 of spec section 5). It reports whether it holds that state.
func (s *sender[L]) acknowledge(now time.Time, num uint64, srtt time.Duration) bool {
	at := slices.IndexFunc(s.states, func(x sent[L]) bool { return x.num == num })
	if at < 0 {
		return false
	}
	if at == 0 {
		return true
	}
	bytes := 0
	for _, x := range s.states[1 : at+1] {
		bytes += x.bytes
	}
	newest := &s.states[at]
	s.passed(newest)
	s.pace.delivered(now, bytes, newest.at, newest.total)
	if newest.data && !newest.lost {
		s.loss.acknowledged()
	}
	s.noteAnswer(now, at, srtt)
	s.states = slices.Delete(s.states, 0, at)
	if !s.eager() {
		s.cover.stop()
	}
	s.assumed = max(s.assumed-at, 0)
	s.proof = s.known().at
	prefix := s.known().state
	for i := range s.states {
		s.states[i].state = s.states[i].state.Subtract(prefix)
	}
	return true
}

// noteAnswer takes how long the newest of the states up to the given one that somebody
// waits for took to be acknowledged.
func (s *sender[L]) noteAnswer(now time.Time, at int, srtt time.Duration) {
	for i := at; i > 0; i-- {
		if x := &s.states[i]; x.eager {
			s.cover.answers.sample(now.Sub(x.first), srtt)
			return
		}
	}
}

// link is what the datagram layer and the receiver know that the sender's
// timing depends on.
type link struct {
	srtt, rto time.Duration
	known     bool          // srtt comes from a measured round trip
	heard     time.Time     // when a new newest state of the peer's last came; zero: never
	slack     time.Duration // how much longer than Heartbeat the peer may be silent
}

// active reports whether the peer was heard lately enough to repeat things to.
func (l link) active(now time.Time) bool {
	return !l.heard.IsZero() && now.Sub(l.heard) < activeRetryTimeout+l.slack
}

// patience is how long a state is taken to be on its way.
func (l link) patience() time.Duration { return l.rto + ackDelay + ackSlack }

// patience is that for a state: a gmosh acknowledges what is large sooner.
func (s *sender[L]) patience(l link, x *sent[L]) time.Duration {
	if s.cover.lavish && x.diff > burstBytes {
		return l.patience() - ackDelay + flowAckDelay
	}
	return l.patience()
}

// assume makes the assumed state the last of the run of states, from the known
// one on, that were sent less than patience ago, or the last one if it was sent as a
// diff from the known one. Nothing is assumed of a peer that was never heard.
func (s *sender[L]) assume(now time.Time, l link) {
	s.assumed = 0
	if l.heard.IsZero() {
		return
	}
	if s.direct() && now.Sub(s.last().at) < s.patience(l, s.last()) {
		s.assumed = len(s.states) - 1 // it needs none of those between
		return
	}
	for i := 1; i < len(s.states) && now.Sub(s.states[i].at) < s.patience(l, &s.states[i]); i++ {
		s.assumed = i
	}
}

// direct reports whether the newest state was last sent as a diff from the known one.
func (s *sender[L]) direct() bool { return s.last().base == s.known().num && len(s.states) > 1 }

// dataDue returns when an instruction with a diff is due; zero: never. The
// assumed state must be up to date.
func (s *sender[L]) dataDue(now time.Time, l link) time.Time {
	free := s.free(now, l)
	switch {
	case !s.dirty.IsZero():
		return later(s.dirty.Add(s.minDelay), free)
	case s.settled(0):
		return time.Time{}
	case !l.active(now):
		return s.unheardRetry(l)
	case !s.settled(s.assumed):
		return free
	}
	return s.expiry(l)
}

// free is when the pace lets the next instruction with a diff go. After quiet there
// is credit for burst of them beyond the first, if they are small; a peer that acknowledges nothing for
// long is not sent the whole flood.
func (s *sender[L]) free(now time.Time, l link) time.Time {
	pause, floor := s.pace.transmission(s.dataSize), s.pace.floor(l, s.dataSize)
	// The slots of the first instructions were made before the round trip was known.
	free := sooner(s.slot, s.lastData.Add((1+burst)*floor))
	if s.dataSize <= burstBytes {
		free = free.Add(-burst * floor)
		pause = min(pause, floor) // the rate of who only types is not known
	}
	free = later(free, s.lastData.Add(pause))
	free = later(free, s.windowFree(now, l))
	if x := s.awaited(); x != nil && now.Sub(x.first) > 3*l.patience() {
		free = later(free, s.lastData.Add(l.patience()/2))
	}
	return free
}

// windowFree is when the bytes under way leave room for more without an ack: when
// the oldest of them are given up. Zero: there is room.
func (s *sender[L]) windowFree(now time.Time, l link) (free time.Time) {
	room := s.pace.window(s.dataSize) - s.dataSize/2 // of the next one, half may be beyond it
	if s.pace.waiting() > s.dataSize/2 {
		room -= s.dataSize / 2 // a queue has formed: nothing
	}
	for i := len(s.states) - 1; i > 0; i-- {
		x := &s.states[i]
		if now.Sub(x.at) >= s.patience(l, x) {
			continue
		}
		if room -= x.bytes; room < 0 {
			return x.at.Add(s.patience(l, x))
		}
	}
	return time.Time{}
}

// settled reports whether the peer lacks nothing if it holds the state at i.
func (s *sender[L]) settled(i int) bool {
	return i == len(s.states)-1 || s.last().state.Equal(s.states[i].state)
}

// expiry is when the first of the states assumed to be on its way is given up.
func (s *sender[L]) expiry(l link) time.Time {
	if s.direct() && s.assumed == len(s.states)-1 {
		return s.last().at.Add(s.patience(l, s.last()))
	}
	var first time.Time
	for i := range s.states[1 : s.assumed+1] {
		x := &s.states[1+i]
		first = sooner(first, x.at.Add(s.patience(l, x)))
	}
	return first
}

// unheardRetry is when to repeat to a peer that was never heard. To one that fell
// silent only the heartbeat repeats.
func (s *sender[L]) unheardRetry(l link) time.Time {
	if !l.heard.IsZero() || s.lastData.IsZero() {
		return time.Time{}
	}
	return s.lastData.Add(min(firstRetry<<min(s.retries, 4), Heartbeat))
}

// due returns when anything is to be sent; zero: never.
func (s *sender[L]) due(now time.Time, l link) time.Time {
	if s.end.started() {
		return s.end.due(l)
	}
	return sooner(sooner(s.dataDue(now, l), s.ackDue), s.cover.due())
}

// diff is an instruction's share of the sender: from which state to which.
type diff struct {
	old, new, throwaway uint64
	bytes               []byte
	resend, cover       bool
}

// next makes the diff that is to be sent now, and takes note of it; false:
// nothing is. size is called back with the bytes on the wire through sentBytes.
func (s *sender[L]) next(now time.Time, l link) (diff, bool) {
	s.assume(now, l)
	data := s.dataDue(now, l)
	dataDue := !data.IsZero() && !now.Before(data)
	ackDue := !now.Before(s.ackDue)
	if !dataDue && !ackDue {
		return s.repeat(now)
	}
	s.noteTimeout(now, l)
	state := s.last().state
	if !s.dirty.IsZero() {
		s.noteHeldBack(now)
		state = s.current()
		s.dirty = time.Time{}
	}
	d, differs := s.choose(state)
	// What the peer is known to have is sent all the same if it may have got another
	// state since: it changed back.
	if !differs && !ackDue && state.Equal(s.last().state) {
		return diff{}, false
	}
	s.record(now, l, state, &d, differs)
	switch {
	case d.resend:
		s.cover.spend()
	case differs && !s.quiet:
		s.cover.earn()
	}
	if differs && s.eager() && !l.heard.IsZero() && now.Sub(l.heard) < coverWhile+l.slack {
		s.planCover(now, l, d)
	}
	if l.heard.IsZero() {
		s.retries++
	}
	return d, true
}

// eager reports whether somebody waits for anything that the peer may lack.
func (s *sender[L]) eager() bool {
	return slices.ContainsFunc(s.states[1:], func(x sent[L]) bool { return x.eager })
}

// planCover has an instruction repeated ahead of a timeout. One that nobody waits for
// leaves the plan for those under way as it is: their repeats bring it along.
func (s *sender[L]) planCover(now time.Time, l link, d diff) {
	switch copies := s.loss.copies(); {
	case d.resend:
		s.cover.plan(now, min(copies, coverResend), l)
	case s.last().eager:
		s.cover.plan(now, copies, l)
	}
}

// repeat sends the newest state once more, whole, if that is planned and due. Only
// what is small is repeated; a peer that has it already ignores it.
func (s *sender[L]) repeat(now time.Time) (diff, bool) {
	at := s.cover.due()
	if at.IsZero() || now.Before(at) {
		return diff{}, false
	}
	s.cover.take(now)
	s.lastOut = now
	last, known := s.last(), s.known()
	d := diff{old: known.num, new: last.num, throwaway: known.num, bytes: last.state.Diff(known.state), resend: true, cover: true}
	if len(d.bytes) == 0 || len(d.bytes) > coverBytes {
		s.cover.stop()
		return diff{}, false
	}
	return d, true
}

// noteTimeout counts a state as lost that has been under way for longer than a round
// trip takes, though the peer was heard meanwhile.
func (s *sender[L]) noteTimeout(now time.Time, l link) {
	x := s.awaited()
	if x != nil && !x.lost && l.heard.After(x.at) && now.Sub(x.at) >= s.patience(l, x) {
		x.lost = true
		s.loss.timeout()
	}
}

// awaited is the oldest state whose acknowledgement the peer owes; nil: none. An
// empty ack is not acknowledged until the peer has something to say.
func (s *sender[L]) awaited() *sent[L] {
	for i := range s.states[1:] {
		if x := &s.states[1+i]; x.data {
			return x
		}
	}
	return nil
}

// noteHeldBack tells the pace whether it, and not the application, set the time
// of this instruction.
func (s *sender[L]) noteHeldBack(now time.Time) {
	if s.dirty.Add(s.minDelay).Before(now) && s.dataSize > 0 {
		s.pace.limited = true
	}
}

// choose picks the base of the diff: the assumed state, or the known one if that
// costs little and saves a round trip should the assumption be wrong.
func (s *sender[L]) choose(state L) (d diff, differs bool) {
	base := &s.states[s.assumed]
	differs = !state.Equal(base.state)
	if differs {
		d.bytes = state.Diff(base.state)
	}
	if s.assumed > 0 && differs {
		whole := state.Diff(s.known().state)
		if len(whole) <= len(d.bytes) || len(whole) < 1000 && len(whole) < len(d.bytes)+100 {
			s.assumed, base, d.bytes = 0, s.known(), whole
		}
	}
	d.old, d.throwaway = base.num, s.known().num
	return d, differs
}

// record enters the state into the list of those sent. A repeat keeps its
// number; an empty ack takes a new one.
func (s *sender[L]) record(now time.Time, l link, state L, d *diff, differs bool) {
	last := s.last()
	if differs && len(s.states) > 1 && state.Equal(last.state) {
		last.at, last.base, last.diff = now, d.old, len(d.bytes)
		d.new, d.resend = last.num, true
	} else {
		d.new = last.num + 1
		s.push(sent[L]{num: d.new, state: state, first: now, at: now, base: d.old, diff: len(d.bytes), data: differs, eager: differs && !s.quiet})
	}
	s.ackDue, s.lastOut = now.Add(s.heartbeat), now
	if differs {
		s.lastData = now
		s.slot = later(s.slot, now).Add(s.pace.floor(l, s.dataSize))
	}
}

// push adds a state, and drops one from the middle if there are too many.
func (s *sender[L]) push(x sent[L]) {
	s.states = append(s.states, x)
	if len(s.states) > maxSent {
		drop := len(s.states) - 16
		s.states = slices.Delete(s.states, drop, drop+1)
		if s.assumed >= drop {
			s.assumed--
		}
	}
}

// onWire takes note of how large the newest instruction was.
func (s *sender[L]) onWire(num uint64, withDiff bool, bytes int, large, wary bool) {
	if last := s.last(); last.num == num {
		last.large, last.wary = last.large || large, wary && bytes > smallPayload
		last.bytes, last.total = bytes, s.pace.total
	}
	if withDiff {
		s.dataSize = bytes
	}
}

// owe makes an ack of a diff of so many bytes go out within ackDelay, or of a large
// one sooner: in a flow of them the peer's pace follows our acks.
func (s *sender[L]) owe(now time.Time, bytes int) {
	delay := ackDelay
	if bytes > burstBytes {
		delay = flowAckDelay
	}
	s.ackDue = sooner(s.ackDue, now.Add(delay))
}

// sooner returns the earlier of two times, where zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
