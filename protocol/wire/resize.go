package wire

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// MaxSize is the largest width and height of a terminal: what the kernel's struct
// winsize holds.
const MaxSize = 65535

// ErrSize says that a message resizes to a width or height outside 1 to MaxSize.
var ErrSize = errors.New("impossible terminal size")

// ResizeMessage is the same message in both packages of the protocol.
const (
	fieldWidth  = 5
	fieldHeight = 6
)

// appendResize writes the element of a resize. A size outside 1 to MaxSize is
// brought into it: a stock peer aborts on 0, so it must never leave here.
func appendResize(dst []byte, ext protowire.Number, cols, rows int) []byte {
	w := uint64(min(max(cols, 1), MaxSize))
	h := uint64(min(max(rows, 1), MaxSize))
	dst = appendElement(dst, ext, 2+protowire.SizeVarint(w)+protowire.SizeVarint(h))
	dst = appendVarint(dst, fieldWidth, w)
	return appendVarint(dst, fieldHeight, h)
}

// parseResize reads a ResizeMessage over the given values; what is absent stays.
func parseResize(b []byte, cols, rows *int) error {
	for len(b) > 0 {
		f, rest, err := nextField(b)
		if err != nil {
			return err
		}
		switch {
		case f.is(fieldWidth, protowire.VarintType):
			*cols = int(int32(f.varint))
		case f.is(fieldHeight, protowire.VarintType):
			*rows = int(int32(f.varint))
		}
		b = rest
	}
	return nil
}

func checkSize(cols, rows int) error {
	if cols < 1 || cols > MaxSize || rows < 1 || rows > MaxSize {
		return fmt.Errorf("%w: %d by %d", ErrSize, cols, rows)
	}
	return nil
}

func appendVarint(dst []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, num, protowire.VarintType), v)
}

func appendBytes(dst []byte, num protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, num, protowire.BytesType), v)
}

// parseBytes reads a message of one bytes field; what is absent leaves v as it is.
func parseBytes(b []byte, num protowire.Number, v *[]byte) error {
	for len(b) > 0 {
		f, rest, err := nextField(b)
		if err != nil {
			return err
		}
		if f.is(num, protowire.BytesType) {
			*v = f.bytes
		}
		b = rest
	}
	return nil
}

// parseVarint reads a message of one varint field, likewise.
func parseVarint(b []byte, num protowire.Number, v *uint64) error {
	for len(b) > 0 {
		f, rest, err := nextField(b)
		if err != nil {
			return err
		}
		if f.is(num, protowire.VarintType) {
			*v = f.varint
		}
		b = rest
	}
	return nil
}
