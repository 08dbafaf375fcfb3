package server

import (
	"errors"

	"gmosh/protocol/userinput"
)

// errBacklog refuses more input while too much waits for a program that does not
// read.
var errBacklog = errors.New("too much input waits for the terminal's programs")

// inbound is the client's user stream behind a gate: while the gate is shut, a
// diff that brings something is refused as if its packet had been lost. It is not
// acknowledged, so the client keeps and repeats it, and nothing is lost; acks,
// heartbeats and our own output go on.
type inbound struct {
	userinput.State
	gate *gate
}

// gate is shut by the loop.
type gate struct{ shut bool }

func (s inbound) Equal(o inbound) bool { return s.State.Equal(o.State) }

func (s inbound) Diff(base inbound) []byte { return s.State.Diff(base.State) }

func (s inbound) Apply(diff []byte) (inbound, error) {
	if s.gate.shut && len(diff) > 0 {
		return s, errBacklog
	}
	state, err := s.State.Apply(diff)
	return inbound{state, s.gate}, err
}

func (s inbound) Subtract(prefix inbound) inbound {
	return inbound{s.State.Subtract(prefix.State), s.gate}
}
