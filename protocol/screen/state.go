package screen

import (
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// State is one state of the server's side of a session.
type State struct {
	Frame terminal.Frame

	// EchoAck is the newest client state whose effect the frame shows (spec
	// section 9). It never goes back.
	EchoAck uint64

	// Hello is the server's, nil until the client is known to be gmosh, and
	// always nil from a stock server.
	Hello *wire.Hello

	// Exit is nil while the session runs.
	Exit *wire.Exit

	// Initial marks state 0, which is never sent. Its size is unknown to the
	// other half: a diff from it always carries one.
	Initial bool
}

// Initial returns state 0: a blank terminal. The client gives the size that it
// announces first.
func Initial(cols, rows int) State {
	return State{Frame: terminal.NewFrame(cols, rows), Initial: true}
}

// Equal reports whether a peer that holds o lacks nothing of s.
func (s State) Equal(o State) bool {
	return s.EchoAck == o.EchoAck && s.Hello.Equal(o.Hello) && s.Exit.Equal(o.Exit) &&
		s.Frame.Equal(&o.Frame)
}

// Diff returns what makes s of a peer's base.
func (s State) Diff(base State) []byte { return nil }

// Apply returns the state that a diff makes of s.
func (s State) Apply(diff []byte) (State, error) { return s, nil }

// Subtract returns s: a screen is whole, no older state makes it smaller.
func (s State) Subtract(State) State { return s }
