package fragment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Header is the length of what a fragment has before its contents: the id in 8 bytes,
// and the final bit and number in 2.
const Header = 10

const (
	finalBit  = 1 << 15
	maxPieces = 1 << 15 // numbers have 15 bits
)

// ErrRoom says that contents cannot be sent in packets of the room given.
var ErrRoom = errors.New("too little room per packet")

// Splitter makes fragments and gives out their ids.
//
// The id rule is its own: calling Split again with the same contents and room repeats
// the fragments of the last call under their id (they are then the same bytes, which
// is what a repeat must be), anything else gets the next id. The caller need not keep
// track, provided that the same Instruction always compresses to the same bytes.
type Splitter struct {
	id       uint64 // of the last call; 0: none yet
	room     int
	contents []byte // of the last call

	buf []byte // the fragments of the last call, one after the other
}

// Split appends the fragments of contents to dst, each with at most room bytes of
// them: room is the datagram's size less datagram.Overhead and Header. Empty contents
// make one fragment. The fragments' bytes belong to the Splitter and hold until the
// next call. The error is ErrRoom: room below 1, or more than 32768 fragments needed.
func (s *Splitter) Split(dst [][]byte, contents []byte, room int) ([][]byte, error) {
	if room < 1 || (len(contents)-1)/room >= maxPieces {
		return dst, fmt.Errorf("%w: %d bytes for %d", ErrRoom, room, len(contents))
	}
	if s.id == 0 || room != s.room || !bytes.Equal(contents, s.contents) {
		s.id++
		s.room = room
		s.contents = append(s.contents[:0], contents...)
	}
	pieces := max(1, (len(contents)+room-1)/room)
	s.buf = slices.Grow(s.buf[:0], len(contents)+pieces*Header)
	for number := range pieces {
		piece := contents[number*room : min(len(contents), (number+1)*room)]
		bits := uint16(number)
		if number == pieces-1 {
			bits |= finalBit
		}
		start := len(s.buf)
		s.buf = binary.BigEndian.AppendUint64(s.buf, s.id)
		s.buf = binary.BigEndian.AppendUint16(s.buf, bits)
		s.buf = append(s.buf, piece...)
		dst = append(dst, s.buf[start:len(s.buf):len(s.buf)])
	}
	return dst, nil
}

// ID returns the id of the fragments that Split made last; the first is 1, 0 before
// it.
func (s *Splitter) ID() uint64 { return s.id }
