package server

import "gmosh/server/pty"

const (
	// inputBatch is how much is written at once where a program reads slowly;
	// when it is written, the loop hears of it.
	inputBatch = 16 << 10

	// inputLimit is how many bytes may wait before more is refused (inbound).
	// One diff may take it beyond, by what a diff may hold. It is far beyond
	// what is ever pasted: a client that has more than wire's 4 MiB to say at
	// once, since we refuse to hear it, cannot say it any more.
	inputLimit = 64 << 20

	// answerLimit is how many bytes may wait before an application's questions
	// to its terminal are no longer answered: it is not reading.
	answerLimit = 64 << 10
)

// input is what the pseudo terminal is still to be given as typed. Normally that
// is nothing: it takes bytes at once. When its buffer is full, because the program
// does not read, a goroutine writes one batch after another, and neither the
// network nor the program's output waits for it.
type input struct {
	term    pty.Terminal
	waiting []byte
	busy    bool   // a batch, ahead of waiting, is being written
	given   uint64 // bytes added since the start
	taken   uint64 // bytes that the terminal has taken
	closed  bool   // the terminal takes no more
	limit   int    // inputLimit
}

// add puts bytes behind those that wait.
func (in *input) add(p []byte) {
	if in.closed {
		return
	}
	in.waiting = append(in.waiting, p...)
	in.given += uint64(len(p))
}

// write gives the terminal what it takes without waiting. If there is a rest, it
// returns the next batch, which has to be written by a goroutine that reports to
// wrote.
func (in *input) write() (batch []byte) {
	if in.busy || len(in.waiting) == 0 {
		return nil
	}
	n, err := in.term.TryWrite(in.waiting)
	in.waiting = in.waiting[n:]
	in.taken += uint64(n)
	if err != nil {
		in.close()
	}
	if len(in.waiting) == 0 {
		in.waiting = nil // it may have been large
		return nil
	}
	in.busy = true
	n = min(len(in.waiting), inputBatch)
	batch, in.waiting = in.waiting[:n:n], in.waiting[n:]
	return batch
}

// wrote takes the outcome of writing a batch.
func (in *input) wrote(n int, err error) {
	in.busy = false
	in.taken += uint64(n)
	if err != nil {
		in.close()
	}
}

// close drops what waits: nobody will read it any more.
func (in *input) close() {
	in.closed = true
	in.waiting = nil
	in.taken = in.given
}

// size is how many bytes wait.
func (in *input) size() int { return int(in.given - in.taken) }
