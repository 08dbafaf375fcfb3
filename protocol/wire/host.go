package wire

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// HostKind says what an element of a HostMessage is.
type HostKind uint8

// The kinds of HostElement, and the fields of it that each uses.
const (
	HostBytes      HostKind = iota + 1 // Bytes
	HostResize                         // Cols, Rows
	HostEchoAck                        // EchoAck
	HostHello                          // Hello
	HostExit                           // Exit
	HostCounts                         // Counts
	HostDiscipline                     // Discipline
	HostAddresses                      // Addresses
	HostHeartbeat                      // Heartbeat
)

// HostElement is one change of the server's state. Only the fields that its Kind
// names mean anything.
type HostElement struct {
	Kind       HostKind
	Bytes      []byte // output for the receiver's emulator
	Cols, Rows int    // 1 to MaxSize
	EchoAck    uint64 // number of a client state
	Hello      *Hello
	Exit       *Exit
	Counts     Counts // of what the bytes before it have brought
	Discipline Discipline
	Addresses  *Addresses
	Heartbeat  uint32 // seconds, at most MaxHeartbeat
}

// HostMessage is HostBuffers.HostMessage: changes in the order they apply. Towards
// a stock client that is echo ack, resize, bytes (spec section 9).
type HostMessage []HostElement

// Extensions of HostBuffers.Instruction, and the fields of their messages.
const (
	extHostBytes  = 2
	extEchoAck    = 7
	extExit       = 1003
	extDiscipline = 1004
	extAddresses  = 1005
	extCounts     = 1008

	fieldHostString = 4
	fieldEchoAckNum = 8
)

// Marshal appends the serialised message to dst: one extension per element, because
// a stock client reads only one. Elements of no known Kind are left out, a size
// outside 1 to MaxSize is brought into it, and texts of a Hello or Exit beyond their
// bounds are cut. An empty message is no bytes.
func (m HostMessage) Marshal(dst []byte) []byte {
	for i := range m {
		dst = m[i].Marshal(dst)
	}
	return dst
}

// Marshal appends the message that consists of this element alone. Messages are
// joined by appending one to the other.
func (e *HostElement) Marshal(dst []byte) []byte {
	switch e.Kind {
	case HostBytes:
		return append(AppendOutputHeader(dst, len(e.Bytes)), e.Bytes...)
	case HostResize:
		return appendResize(dst, extResize, e.Cols, e.Rows)
	case HostEchoAck:
		size := protowire.SizeTag(fieldEchoAckNum) + protowire.SizeVarint(e.EchoAck)
		dst = appendElement(dst, extEchoAck, size)
		return appendVarint(dst, fieldEchoAckNum, e.EchoAck)
	case HostHello:
		return appendExtension(dst, extHello, e.Hello.proto())
	case HostExit:
		return appendExtension(dst, extExit, e.Exit.proto())
	case HostCounts:
		return appendExtension(dst, extCounts, e.Counts.proto())
	case HostDiscipline:
		return appendExtension(dst, extDiscipline, e.Discipline.proto())
	case HostAddresses:
		return appendExtension(dst, extAddresses, e.Addresses.proto())
	case HostHeartbeat:
		return appendExtension(dst, extHeartbeat, heartbeat(e.Heartbeat))
	}
	return dst
}

// The bytes that the fields begin with which nest a hoststring in a message. A short
// one, a keystroke's echo, has a byte of length after each.
const (
	tagElement    = fieldElement<<3 | byte(protowire.BytesType)
	tagHostBytes  = extHostBytes<<3 | byte(protowire.BytesType)
	tagHostString = fieldHostString<<3 | byte(protowire.BytesType)

	shortOutput = 1<<7 - 1 - 4 // longest that has
	shortHeader = 6            // of such
)

// OutputHeader is the most that AppendOutputHeader appends, in bytes.
const OutputHeader = 3 * (1 + binary.MaxVarintLen32)

// AppendOutputHeader begins the message that consists of n bytes of output alone, a
// HostElement of the kind HostBytes. The output has to follow.
func AppendOutputHeader(dst []byte, n int) []byte {
	if n <= shortOutput {
		return append(dst, tagElement, byte(n+4), tagHostBytes, byte(n+2), tagHostString, byte(n))
	}
	dst = appendElement(dst, extHostBytes, protowire.SizeTag(fieldHostString)+protowire.SizeBytes(n))
	dst = protowire.AppendTag(dst, fieldHostString, protowire.BytesType)
	return protowire.AppendVarint(dst, uint64(n))
}

// OnlyOutput returns the output that a message holds, and reports whether that is short
// and all there is in it: then it need not be read element by element. It aliases b.
func OnlyOutput(b []byte) (output []byte, ok bool) {
	output, rest, ok := cutOutput(b)
	return output, ok && len(rest) == 0
}

// cutOutput takes an element off b that holds nothing but a short output; ok is false if
// b begins with something else, which has to be read field by field.
func cutOutput(b []byte) (output, rest []byte, ok bool) {
	if len(b) < shortHeader || b[0] != tagElement || b[2] != tagHostBytes || b[4] != tagHostString {
		return nil, b, false
	}
	n := int(b[5])
	if n > shortOutput || int(b[3]) != n+2 || int(b[1]) != n+4 || len(b) < shortHeader+n {
		return nil, b, false
	}
	return b[shortHeader : shortHeader+n : shortHeader+n], b[shortHeader+n:], true
}

// Unmarshal replaces m (its memory is used again) by the changes that b holds. Bytes
// alias b. An element with several extensions is read as a stock client does: the
// bytes count, else the resize, else the echo ack (then ours: hello, exit, counts, line
// discipline, addresses, heartbeat); one with no known extension is skipped. The error wraps ErrMalformed,
// ErrElements, ErrSize or ErrText, and m is then empty: a bad message is dropped whole.
func (m *HostMessage) Unmarshal(b []byte) error {
	out := (*m)[:0]
	*m = out
	for {
		if output, rest, ok := cutOutput(b); ok && len(out) < MaxElements {
			out, b = append(out, HostElement{Kind: HostBytes, Bytes: output}), rest
			continue
		}
		element, rest, more, err := nextElement(b)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		b = rest
		e, err := parseHostElement(element)
		if err != nil {
			return err
		}
		if e.Kind == 0 {
			continue
		}
		if len(out) == MaxElements {
			return ErrElements
		}
		out = append(out, e)
	}
	*m = out
	return nil
}

func parseHostElement(b []byte) (HostElement, error) {
	var e HostElement
	var hello helloReader
	var exit exitReader
	var counts countsReader
	var discipline disciplineReader
	var addresses addressesReader
	var heartbeat heartbeatReader
	for len(b) > 0 {
		f, rest, err := nextField(b)
		if err != nil {
			return e, err
		}
		b = rest
		if f.typ != protowire.BytesType {
			continue
		}
		switch f.num {
		case extHostBytes:
			err = parseBytes(f.bytes, fieldHostString, &e.Bytes)
			e.claim(HostBytes)
		case extResize:
			err = parseResize(f.bytes, &e.Cols, &e.Rows)
			e.claim(HostResize)
		case extEchoAck:
			err = parseVarint(f.bytes, fieldEchoAckNum, &e.EchoAck)
			e.claim(HostEchoAck)
		case extHello:
			err = hello.read(f.bytes)
			e.claim(HostHello)
		case extExit:
			err = exit.read(f.bytes)
			e.claim(HostExit)
		case extCounts:
			err = counts.read(f.bytes)
			e.claim(HostCounts)
		case extDiscipline:
			err = discipline.read(f.bytes)
			e.claim(HostDiscipline)
		case extAddresses:
			err = addresses.read(f.bytes)
			e.claim(HostAddresses)
		case extHeartbeat:
			err = heartbeat.read(f.bytes)
			e.claim(HostHeartbeat)
		}
		if err != nil {
			return e, err
		}
	}
	switch e.Kind {
	case HostDiscipline:
		return HostElement{Kind: HostDiscipline, Discipline: discipline.done()}, nil
	case HostAddresses:
		told, err := addresses.done()
		return HostElement{Kind: HostAddresses, Addresses: told}, err
	case HostHeartbeat:
		return HostElement{Kind: HostHeartbeat, Heartbeat: heartbeat.done()}, nil
	}
	return e.settle(&hello, &exit, &counts)
}

// claim makes the element of this kind unless it is of one that goes before it.
func (e *HostElement) claim(k HostKind) {
	if e.Kind == 0 || k < e.Kind {
		e.Kind = k
	}
}

// settle keeps the fields of the element's kind alone, checked.
func (e *HostElement) settle(hello *helloReader, exit *exitReader, counts *countsReader) (out HostElement, err error) {
	out.Kind = e.Kind
	switch e.Kind {
	case HostBytes:
		out.Bytes = e.Bytes
	case HostResize:
		out.Cols, out.Rows = e.Cols, e.Rows
		err = checkSize(e.Cols, e.Rows)
	case HostEchoAck:
		out.EchoAck = e.EchoAck
	case HostHello:
		out.Hello, err = hello.done()
	case HostExit:
		out.Exit, err = exit.done()
	case HostCounts:
		out.Counts = counts.done()
	}
	return out, err
}
