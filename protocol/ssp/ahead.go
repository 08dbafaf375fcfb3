package ssp

import (
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/wire"
)

// The first state of one side may go another way than in packets, before there is a
// path between the two (the command that starts a server carries it there). It has
// number 1 at both ends then, and is acknowledged as if it had come in a packet.

// Told notes that the peer may have been told the current state in another way, as a
// diff of state 0. It is called before the first Tick, which says the same again: the
// peer need not have taken it.
func (t *Transport[L, R]) Told(now time.Time) {
	first := t.out.known().num + 1
	t.out.push(sent[L]{num: first, state: t.out.current(), first: now, at: now, data: true})
}

// Hear takes the first state of a peer that was Told of, and sends to path until a
// packet shows another. It reports whether the diff was valid.
func (t *Transport[L, R]) Hear(now time.Time, path datagram.Path, diff []byte) bool {
	in := wire.Instruction{Version: wire.ProtocolVersion, NewNum: t.in.newest().num + 1, Diff: diff}
	if !t.instruction(now, &in) {
		return false
	}
	t.path, t.inOrder, t.ahead.open = path, now, true
	return true
}

// ahead is what a side keeps in mind that has heard of a peer before it has heard it:
// what the peer wants to know of its packets is that they arrive.
type ahead struct {
	open  bool   // the peer is not known to know
	shown bool   // a packet of its has come
	last  uint64 // the last state sent before that
}

// packet has each packet answered at once for as long as the peer may not know.
func (a *ahead) packet(now time.Time, ackDue *time.Time, last uint64) {
	if !a.open {
		return
	}
	if !a.shown {
		a.shown, a.last = true, last
	}
	*ackDue = sooner(*ackDue, now)
}

// acknowledged hears that the peer has a state.
func (a *ahead) acknowledged(num uint64) {
	if a.shown && num > a.last {
		a.open = false
	}
}
