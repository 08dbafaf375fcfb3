package ssp

import (
	"errors"
	"math/rand/v2"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/fragment"
	"gmosh/protocol/wire"
)

const (
	// silenceLimit is how long a side that follows its peer goes on sending
	// into silence (spec section 2).
	silenceLimit = 40 * time.Second
)

// Config is what a Transport is made of. All fields but Rand are required.
type Config[L State[L], R State[R]] struct {
	Datagram *datagram.Conn

	// Local and Remote are the states 0, ours and the peer's; never sent.
	Local  L
	Remote R

	// Current returns the newest local state. It is called from Tick and
	// Shutdown when the state is needed for an instruction, and only if Touch
	// said that it may have changed.
	Current func() L

	// MinDelay is how long changes are collected after the first.
	MinDelay time.Duration

	// MaxPayload returns the largest UDP payload to send on a path, in bytes.
	MaxPayload func(datagram.Path) int

	// Path is where to send at first, 0: nowhere yet. With Follow, the
	// server's way, it becomes the path of each newest authentic packet.
	Path   datagram.Path
	Follow bool

	// Rand makes the chaff; nil leaves instructions without.
	Rand *rand.Rand
}

// Transport synchronises a state of type L to the peer and one of type R from
// it. Its methods take the current time; time never goes backwards.
type Transport[L State[L], R State[R]] struct {
	datagram *datagram.Conn
	out      sender[L]
	in       receiver[R]

	opened   []byte // the last packet's payload, for its memory
	joiner   fragment.Joiner
	inflater wire.Inflater
	inflated []byte // of the last instruction, for its memory
	packer   packer

	maxPayload func(datagram.Path) int
	ahead      ahead
	path       datagram.Path
	follow     bool
	sizes      map[datagram.Path]*pathSize
	probing    bool      // see SetProbing
	wary       bool      // what goes out now goes in small datagrams
	suspicious bool      // a large instruction seems to be lost
	suspects   int       // instructions sent since one was, in a row
	probed     bool      // the last Tick made a probe
	inOrder    time.Time // when the newest packet came; zero: none yet
	sampled    time.Time // when the pace was last told of a round trip

	peerHeartbeat time.Duration

	arrivals, reports tally     // of the peer's packets, and of ours
	told              uint64    // the newest report's number
	reporting         bool      // see SetReporting
	reported          time.Time // when we last told the peer

	err   error
	stats Stats
}

// New returns a transport that has sent and received nothing. With a path to
// send on, its first Tick says something, be it an empty ack.
func New[L State[L], R State[R]](cfg Config[L, R], now time.Time) *Transport[L, R] {
	t := &Transport[L, R]{
		datagram:      cfg.Datagram,
		out:           newSender(now, cfg.Local, cfg.Current, cfg.MinDelay),
		in:            newReceiver(cfg.Remote),
		maxPayload:    cfg.MaxPayload,
		path:          cfg.Path,
		follow:        cfg.Follow,
		sizes:         map[datagram.Path]*pathSize{},
		peerHeartbeat: Heartbeat,
	}
	t.packer.rand = cfg.Rand
	return t
}

// Receive takes a packet that came over path (0: in another way than over a path of
// ours, which says nothing about round trips); ce tells of a congestion mark in
// its IP header. It reports whether the remote state is a newer one now. A packet
// that is not the peer's, or not intact, changes nothing but the counters. The
// packet is not kept.
func (t *Transport[L, R]) Receive(now time.Time, path datagram.Path, packet []byte, ce bool) (news bool) {
	expected := t.datagram.Expected()
	payload, newest, err := t.datagram.Open(t.opened[:0], now, packet, ce)
	if err != nil {
		t.stats.Drops.Datagram++
		return false
	}
	t.opened = payload
	t.stats.PacketsIn++
	t.stats.BytesIn += uint64(len(packet))
	if newest {
		t.out.loss.arrived(t.datagram.LastOpened(), expected)
		t.noteArrival(now)
		t.heardInOrder(now, path)
	} else {
		t.out.loss.late()
	}
	contents, done, err := t.joiner.Add(payload)
	if err != nil {
		t.stats.Drops.Fragment++
	}
	if err != nil || !done {
		return false
	}
	serialised, err := t.inflater.Inflate(t.inflated[:0], contents)
	if err != nil {
		t.stats.Drops.Inflate++
		return false
	}
	t.inflated = serialised
	var in wire.Instruction
	if err := in.Unmarshal(serialised); err != nil {
		t.stats.Drops.Instruction++
		return false
	}
	return t.instruction(now, &in)
}

// heardInOrder takes what only a newest packet may tell: the way to the peer and
// the round trip.
func (t *Transport[L, R]) heardInOrder(now time.Time, path datagram.Path) {
	t.inOrder = now
	if path == 0 { // it came a roundabout way
		t.datagram.Unstamp()
	}
	if t.follow {
		t.path = path
	}
	t.ahead.packet(now, &t.out.ackDue, t.out.last().num)
	if rtt, at := t.datagram.LastRTT(); at.After(t.sampled) {
		t.sampled = at
		t.out.pace.sample(now, rtt, t.datagram.MinRTT(), t.out.dataSize)
	}
}

// instruction takes a whole instruction (spec section 5).
func (t *Transport[L, R]) instruction(now time.Time, in *wire.Instruction) (news bool) {
	t.stats.InstructionsIn++
	if in.Version != wire.ProtocolVersion {
		t.stats.Drops.Version++
		return false
	}
	t.probeAcked(now, in.AckNum)
	t.ahead.acknowledged(in.AckNum)
	t.takeReport(now, in)
	if t.out.acknowledge(now, in.AckNum, t.datagram.SRTT()) {
		t.out.end.acked = t.out.end.acked || in.AckNum == wire.Shutdown
	} else {
		t.stats.Drops.UnknownState++
	}
	switch t.in.take(now, in, &t.stats.Drops) {
	case newest:
		t.stats.StatesIn++
		t.newest(now, in)
		return true
	case duplicate:
		// Our ack was lost; unless this is a repeat ahead of a timeout, and may have
		// crossed it.
		ahead := len(in.Diff) <= coverBytes && now.Sub(t.out.lastOut) < t.datagram.SRTT()
		if len(in.Diff) > 0 && !ahead {
			t.out.owe(now, len(in.Diff))
		}
	}
	return false
}

// newest takes note of a newest remote state.
func (t *Transport[L, R]) newest(now time.Time, in *wire.Instruction) {
	if len(in.Diff) > 0 {
		t.out.owe(now, len(in.Diff))
	}
	if in.NewNum == wire.Shutdown {
		t.out.end.peer = now
	}
}

// Touch says that the local state may have changed: Current is asked for it when
// it is time to send.
func (t *Transport[L, R]) Touch(now time.Time) {
	t.touch(now, false)
}

// TouchQuietly is Touch for a change that nobody waits for: it is sent as soon, but
// not repeated ahead of a timeout.
func (t *Transport[L, R]) TouchQuietly(now time.Time) { t.touch(now, true) }

func (t *Transport[L, R]) touch(now time.Time, quiet bool) {
	if t.out.end.started() {
		return
	}
	if t.out.dirty.IsZero() {
		t.out.dirty, t.out.quiet = now, quiet
	}
	t.out.quiet = t.out.quiet && quiet
}

// SetPath makes path the one to send on, and sends something there at once, so
// that the peer learns of it: all that the peer is not known to have, since what was
// under way may be lost. It may be the same path, if the way it takes has changed.
func (t *Transport[L, R]) SetPath(now time.Time, path datagram.Path) {
	t.path = path
	t.out.doubt(now.Add(-t.link().patience()))
	t.out.ackDue = sooner(t.out.ackDue, now)
}

// SendFailed tells that an outgoing packet did not leave. After
// datagram.ErrTooLong the path gets small datagrams only, and what was lost goes
// out again at once; any other failure is left to the repeats.
func (t *Transport[L, R]) SendFailed(now time.Time, path datagram.Path, err error) {
	t.stats.SendFailures++
	switch {
	case !errors.Is(err, datagram.ErrTooLong) || path != t.path:
	case t.probed:
		t.sizeOf(path).failed(now)
	case t.fall(now):
		t.out.unsend(now)
	}
}

// doubt takes all states under way as sent at a time long enough ago to be lost.
func (s *sender[L]) doubt(then time.Time) {
	for i := range s.states[1:] {
		if x := &s.states[1+i]; x.at.After(then) {
			x.at = then
		}
	}
}

// unsend takes the newest instruction back: it never left.
func (s *sender[L]) unsend(now time.Time) {
	s.last().at = time.Time{}
	s.lastData, s.dataSize = time.Time{}, 0
	s.end.at = time.Time{}
	s.ackDue = now
}

// link gathers what the sender's timing depends on.
func (t *Transport[L, R]) link() link {
	return link{
		srtt:  t.datagram.SRTT(),
		rto:   t.datagram.RTO(),
		known: t.datagram.HaveRTT(),
		heard: t.in.heard,
		slack: t.peerHeartbeat - Heartbeat,
	}
}

// mute reports whether there is nobody to send to at the moment.
func (t *Transport[L, R]) mute(now time.Time) bool {
	return t.err != nil || t.path == 0 || t.follow && now.Sub(t.inOrder) > silenceLimit+t.peerHeartbeat-Heartbeat
}

// Deadline returns when Tick is to be called next at the latest; zero: not
// before something is received or touched. It changes with every other call.
func (t *Transport[L, R]) Deadline(now time.Time) time.Time {
	l := t.link()
	end := t.out.end.deadline(l)
	if t.mute(now) {
		return end
	}
	if done, _ := t.Done(now); done {
		return time.Time{}
	}
	t.out.assume(now, l)
	return sooner(t.out.due(now, l), end)
}

// Shutdown freezes the local state and begins to end the connection; see Done.
func (t *Transport[L, R]) Shutdown(now time.Time) { t.out.beginEnd(now) }

// ShuttingDown reports whether Shutdown was called.
func (t *Transport[L, R]) ShuttingDown() bool { return !t.out.end.began.IsZero() }

// PeerShutdown reports whether the peer has sent its last state.
func (t *Transport[L, R]) PeerShutdown() bool { return !t.out.end.peer.IsZero() }

// Done reports whether the connection is at its end, after Shutdown or the
// peer's; clean if both sides know it.
func (t *Transport[L, R]) Done(now time.Time) (done, clean bool) {
	if t.err != nil || t.ShuttingDown() && t.mute(now) && t.out.end.tries == 0 {
		return true, false
	}
	return t.out.end.done(now, t.link())
}

// Err returns the error that ended the transport for good: datagram.ErrExhausted,
// or nil.
func (t *Transport[L, R]) Err() error { return t.err }

// Remote returns the newest state of the peer.
func (t *Transport[L, R]) Remote() R { return t.in.newest().state }

// RemoteNum returns its number, 0 if nothing has come yet.
func (t *Transport[L, R]) RemoteNum() uint64 { return t.in.newest().num }

// SentNum returns the number of the newest local state sent, 0 if none was.
func (t *Transport[L, R]) SentNum() uint64 { return t.out.last().num }

// AckedNum returns the number of the newest local state that the peer has.
func (t *Transport[L, R]) AckedNum() uint64 { return t.out.known().num }

// Acked returns the newest local state that the peer is known to have.
func (t *Transport[L, R]) Acked() L { return t.out.known().state }

// HaveHeard reports whether a state of the peer's has come.
func (t *Transport[L, R]) HaveHeard() bool { return !t.in.heard.IsZero() }

// LastHeard returns when the newest state of the peer's came; zero: never.
func (t *Transport[L, R]) LastHeard() time.Time { return t.in.heard }

// LastProof returns when the newest of our states that the peer has acknowledged
// was sent: since then at least, what we send has arrived. Zero: never.
func (t *Transport[L, R]) LastProof() time.Time { return t.out.proof }

// Path returns where packets are sent; 0: nowhere yet.
func (t *Transport[L, R]) Path() datagram.Path { return t.path }

// Datagram returns the layer below, for its round trip and counters.
func (t *Transport[L, R]) Datagram() *datagram.Conn { return t.datagram }

// Loss returns estimates of the share of packets that are lost, from 0 to 1: of the
// peer's, and of ours.
func (t *Transport[L, R]) Loss() (in, out float64) { return t.out.loss.in, t.out.loss.out }

// Stats returns the counters.
func (t *Transport[L, R]) Stats() Stats {
	s := t.stats
	s.LostIn, s.LostOut = t.Lost(t.inOrder)
	return s
}
