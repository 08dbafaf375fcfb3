package ssp

import (
	"slices"
	"time"

	"gmosh/protocol/wire"
)

const (
	// maxReceived is how many received states are kept before a peer is taken
	// to flood us, and floodInterval how often one more is taken then.
	maxReceived   = 1024
	floodInterval = 15 * time.Second
)

// received is a state of the peer's that we hold, as a base for its diffs.
type received[R any] struct {
	num   uint64
	state R
}

// receiver holds the peer's states in order of number, the oldest base first.
type receiver[R State[R]] struct {
	states  []received[R]
	heard   time.Time // when the newest state came; zero: never
	flooded time.Time // when one over the bound was last taken
}

func newReceiver[R State[R]](initial R) receiver[R] {
	return receiver[R]{states: []received[R]{{0, initial}}}
}

func (r *receiver[R]) newest() *received[R] { return &r.states[len(r.states)-1] }

func (r *receiver[R]) find(num uint64) (int, bool) {
	return slices.BinarySearchFunc(r.states, num, func(s received[R], n uint64) int {
		switch {
		case s.num < n:
			return -1
		case s.num > n:
			return 1
		}
		return 0
	})
}

// verdict is what became of an instruction.
type verdict uint8

const (
	dropped   verdict = iota
	duplicate         // the state is held already
	kept              // held as a base, but a newer one was there
	newest            // the newest state of the peer
)

// take applies an instruction to the states held: steps 2–6 of spec section 5.
func (r *receiver[R]) take(now time.Time, in *wire.Instruction, drops *Drops) verdict {
	at, held := r.find(in.NewNum)
	if held {
		drops.Duplicate++
		return duplicate
	}
	base, ok := r.find(in.OldNum)
	switch {
	case !ok || in.OldNum >= in.NewNum:
		drops.UnknownBase++
		return dropped
	case in.ThrowawayNum > in.OldNum:
		drops.Throwaway++
		return dropped
	case r.newest().num == wire.Shutdown:
		drops.AfterTheEnd++
		return dropped
	case len(r.states) > maxReceived && now.Sub(r.flooded) < floodInterval:
		drops.Flood++
		return dropped
	}
	state, err := r.states[base].state.Apply(in.Diff)
	if err != nil {
		drops.Diff++
		return dropped
	}
	if len(r.states) > maxReceived {
		r.flooded = now
	}
	r.states = slices.Insert(r.states, at, received[R]{in.NewNum, state})
	isNewest := at == len(r.states)-1
	r.forget(in.ThrowawayNum)
	if !isNewest {
		return kept
	}
	r.heard = now
	return newest
}

// forget drops the states below num and, from the others, what the oldest one
// left has already.
func (r *receiver[R]) forget(num uint64) {
	n := 0
	for n < len(r.states)-1 && r.states[n].num < num {
		n++
	}
	if n == 0 {
		return
	}
	r.states = slices.Delete(r.states, 0, n)
	prefix := r.states[0].state
	for i := range r.states {
		r.states[i].state = r.states[i].state.Subtract(prefix)
	}
}
