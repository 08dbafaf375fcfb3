package ssp

// State is what a Transport keeps equal at both ends. It is a value: none of its
// methods changes it, and a copy stays what it was.
type State[S any] interface {
	// Equal reports whether a peer that holds other lacks nothing of this state.
	Equal(other S) bool

	// Diff returns what turns base into this state, empty if they are equal. It
	// depends on the two states only, never on when it is asked for.
	Diff(base S) []byte

	// Apply returns the state that a diff from the peer makes of this one. The
	// diff may be hostile: an error drops the instruction. It may keep no part
	// of diff.
	Apply(diff []byte) (S, error)

	// Subtract returns the same state without what prefix, an older state of
	// the same stream that both ends hold, already has, where the kind of state
	// permits it; it bounds memory. Others return the state itself.
	Subtract(prefix S) S
}
