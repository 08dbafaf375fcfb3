package fragment

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// MaxContents bounds the contents that a Joiner gathers: an Instruction of 4 MiB (see
// wire.MaxInflated) that does not compress, and what zlib adds to it.
const MaxContents = 4<<20 + 64<<10

// keepBuffer is how large a buffer a Joiner keeps for the next assembly.
const keepBuffer = 64 << 10

// Why a fragment was dropped. None of these can come from a working peer.
var (
	// ErrShort: it has no whole header.
	ErrShort = errors.New("fragment too short")
	// ErrConflict: its number is held already, with other contents or another
	// final bit. The first one stays.
	ErrConflict = errors.New("fragment contradicts an earlier one of its number")
	// ErrBeyond: its number is after that of the final fragment held.
	ErrBeyond = errors.New("fragment after the final one")
	// ErrFinal: it says it is final, and fragments after it, or another final one,
	// are held.
	ErrFinal = errors.New("final fragment before another one")
	// ErrTooLong: with it the contents are longer than MaxContents. The whole
	// assembly is dropped, and so is every later fragment of its id.
	ErrTooLong = errors.New("fragments hold too much")
)

// Joiner puts fragments together, one Instruction at a time: one with another id
// discards what is unfinished. It holds at most about 2 × MaxContents bytes.
type Joiner struct {
	id     uint64
	active bool // an assembly of id is under way
	dead   bool // … and has been refused as too long

	pieces   []piece // by number
	held     int     // pieces that are there
	inOrder  bool    // they came 0, 1, 2, …: buf is the contents
	final    int     // number of the final piece; -1: not yet seen
	buf      []byte  // contents of the pieces, in the order they came
	sorted   []byte  // contents in the order of numbers, if that differs
	discards uint64
}

// piece says where in the buffer a fragment's contents are.
type piece struct {
	there    bool
	from, to uint32
}

// Add takes a fragment. When it is the last one that was missing, done is true and
// contents is the whole, valid until the next call; the same fragments may come again
// after that and make the same contents again. A fragment that is held already is
// ignored without error. On an error the fragment was dropped; the assembly goes on,
// except after ErrTooLong.
func (j *Joiner) Add(fragment []byte) (contents []byte, done bool, err error) {
	if len(fragment) < Header {
		return nil, false, ErrShort
	}
	id := binary.BigEndian.Uint64(fragment)
	bits := binary.BigEndian.Uint16(fragment[8:])
	number, final, data := int(bits&^finalBit), bits&finalBit != 0, fragment[Header:]
	if !j.active || id != j.id {
		j.begin(id)
	}
	if fresh, err := j.check(number, final, data); !fresh {
		return nil, false, err
	}
	j.keep(number, final, data)
	if j.final < 0 || j.held <= j.final {
		return nil, false, nil
	}
	j.active = false
	return j.contents(), true, nil
}

// Discarded returns how many unfinished assemblies were discarded for another id.
func (j *Joiner) Discarded() uint64 { return j.discards }

func (j *Joiner) begin(id uint64) {
	if j.active && !j.dead {
		j.discards++
	}
	j.id, j.active, j.dead = id, true, false
	j.held, j.inOrder, j.final = 0, true, -1
	j.pieces = j.pieces[:0]
	j.buf = reuse(j.buf)
	j.sorted = reuse(j.sorted)
}

// reuse empties a buffer, letting go of a large one.
func reuse(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b[:0]
}

// check decides whether a fragment belongs into the assembly: fresh is false for one
// that is held already (without error) or must not be (with its reason).
func (j *Joiner) check(number int, final bool, data []byte) (fresh bool, err error) {
	if j.dead {
		return false, ErrTooLong
	}
	if number < len(j.pieces) && j.pieces[number].there {
		if p := j.pieces[number]; final == (number == j.final) && bytes.Equal(j.buf[p.from:p.to], data) {
			return false, nil
		}
		return false, ErrConflict
	}
	switch {
	case final && (j.final >= 0 || number < len(j.pieces)):
		return false, ErrFinal
	case j.final >= 0 && number > j.final:
		return false, ErrBeyond
	case len(j.buf)+len(data) > MaxContents:
		j.dead = true
		j.pieces, j.buf = nil, nil
		return false, ErrTooLong
	}
	return true, nil
}

func (j *Joiner) keep(number int, final bool, data []byte) {
	if number != j.held {
		j.inOrder = false
	}
	for len(j.pieces) <= number {
		j.pieces = append(j.pieces, piece{})
	}
	from := len(j.buf)
	j.buf = append(j.buf, data...)
	j.pieces[number] = piece{true, uint32(from), uint32(len(j.buf))}
	j.held++
	if final {
		j.final = number
	}
}

func (j *Joiner) contents() []byte {
	if j.inOrder {
		return j.buf
	}
	for _, p := range j.pieces {
		j.sorted = append(j.sorted, j.buf[p.from:p.to]...)
	}
	return j.sorted
}
