package wire

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed says that bytes are not the message they should be.
var ErrMalformed = errors.New("malformed message")

// field is one field of a message: bytes for BytesType, varint for VarintType. A
// field of another type carries neither and so matches nothing that is asked for.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	varint uint64
	bytes  []byte
}

// is reports whether the field has this number and type. One with the right number
// and another type is an unknown field, as in every protobuf implementation.
func (f *field) is(num protowire.Number, typ protowire.Type) bool {
	return f.num == num && f.typ == typ
}

// nextField takes the first field off b.
func nextField(b []byte) (f field, rest []byte, err error) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return f, nil, malformed(n)
	}
	if num > protowire.MaxValidNumber {
		return f, nil, fmt.Errorf("%w: field number %d", ErrMalformed, num)
	}
	f.num, f.typ = num, typ
	b = b[n:]
	switch typ {
	case protowire.VarintType:
		f.varint, n = protowire.ConsumeVarint(b)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(b)
	default:
		n = protowire.ConsumeFieldValue(num, typ, b)
	}
	if n < 0 {
		return f, nil, malformed(n)
	}
	return f, b[n:], nil
}

func malformed(code int) error {
	return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(code))
}

// appendElement opens, in dst, an element of a message (field 1) that holds one
// extension whose message is size bytes long; the caller appends those bytes.
func appendElement(dst []byte, ext protowire.Number, size int) []byte {
	inner := protowire.SizeTag(ext) + protowire.SizeBytes(size)
	dst = protowire.AppendTag(dst, fieldElement, protowire.BytesType)
	dst = protowire.AppendVarint(dst, uint64(inner))
	dst = protowire.AppendTag(dst, ext, protowire.BytesType)
	return protowire.AppendVarint(dst, uint64(size))
}

// fieldElement is the field of UserMessage and HostMessage that holds an element.
const fieldElement = 1

// MaxElements bounds the elements read from one message, so that a hostile peer's
// 4 MiB of tiny ones cannot become a hundred times that in memory. A real diff has
// a handful.
const MaxElements = 1 << 16

// ErrElements says that a message has more than MaxElements elements.
var ErrElements = errors.New("too many elements in a message")

// nextElement takes the first element off a message, skipping unknown fields; more
// is false when there is none left.
func nextElement(b []byte) (element, rest []byte, more bool, err error) {
	for len(b) > 0 {
		var f field
		if f, b, err = nextField(b); err != nil {
			return nil, nil, false, err
		}
		if f.is(fieldElement, protowire.BytesType) {
			return f.bytes, b, true, nil
		}
	}
	return nil, nil, false, nil
}
