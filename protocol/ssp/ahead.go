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
	t.path, t.inOrder = path, now
	return true
}
