package wire

import "google.golang.org/protobuf/encoding/protowire"

// ClientKind says what an element of a ClientMessage is.
type ClientKind uint8

// The kinds of ClientElement, and the fields of it that each uses.
const (
	ClientKeys         ClientKind = iota + 1 // Keys
	ClientResize                             // Cols, Rows
	ClientHello                              // Hello
	ClientCapabilities                       // Capabilities
	ClientHeartbeat                          // Heartbeat
)

// ClientElement is one event of the user stream. Only the fields that its Kind
// names mean anything.
type ClientElement struct {
	Kind         ClientKind
	Keys         []byte // bytes typed
	Cols, Rows   int    // 1 to MaxSize
	Hello        *Hello
	Capabilities *Capabilities
	Heartbeat    uint32 // seconds, at most MaxHeartbeat
}

// ClientMessage is ClientBuffers.UserMessage: events in the order they happened.
type ClientMessage []ClientElement

// Extensions of ClientBuffers.Instruction, and the field of a Keystroke.
const (
	extKeystroke    = 2
	extResize       = 3 // of HostBuffers.Instruction too
	extHello        = 1001
	extCapabilities = 1002
	extHeartbeat    = 1006 // of HostBuffers.Instruction too

	fieldKeys = 4
)

// Marshal appends the serialised message to dst: one extension per element, because
// a stock server reads only one. Elements of no known Kind are left out, a size
// outside 1 to MaxSize is brought into it, and texts of a Hello or Capabilities
// beyond their bounds are cut. An empty message is no bytes.
func (m ClientMessage) Marshal(dst []byte) []byte {
	for i := range m {
		dst = m[i].Marshal(dst)
	}
	return dst
}

// Marshal appends the message that consists of this element alone. Messages are
// joined by appending one to the other.
func (e *ClientElement) Marshal(dst []byte) []byte {
	switch e.Kind {
	case ClientKeys:
		size := protowire.SizeTag(fieldKeys) + protowire.SizeBytes(len(e.Keys))
		dst = appendElement(dst, extKeystroke, size)
		return appendBytes(dst, fieldKeys, e.Keys)
	case ClientResize:
		return appendResize(dst, extResize, e.Cols, e.Rows)
	case ClientHello:
		return appendExtension(dst, extHello, e.Hello.proto())
	case ClientCapabilities:
		return appendExtension(dst, extCapabilities, e.Capabilities.proto())
	case ClientHeartbeat:
		return appendExtension(dst, extHeartbeat, heartbeat(e.Heartbeat))
	}
	return dst
}

// Unmarshal replaces m (its memory is used again) by the events that b holds. Keys
// alias b. An element with several extensions is read as a stock server does: the
// keystroke counts, else the resize (then ours: hello, else capabilities, else heartbeat); one with
// no known extension is skipped. The error wraps ErrMalformed, ErrElements, ErrSize
// or ErrText, and m is then empty: a bad message is dropped whole.
func (m *ClientMessage) Unmarshal(b []byte) error {
	out := (*m)[:0]
	*m = out
	for {
		element, rest, more, err := nextElement(b)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		b = rest
		e, err := parseClientElement(element)
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

func parseClientElement(b []byte) (ClientElement, error) {
	var e ClientElement
	var hello helloReader
	var capabilities capabilitiesReader
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
		case extKeystroke:
			err = parseBytes(f.bytes, fieldKeys, &e.Keys)
			e.claim(ClientKeys)
		case extResize:
			err = parseResize(f.bytes, &e.Cols, &e.Rows)
			e.claim(ClientResize)
		case extHello:
			err = hello.read(f.bytes)
			e.claim(ClientHello)
		case extCapabilities:
			err = capabilities.read(f.bytes)
			e.claim(ClientCapabilities)
		case extHeartbeat:
			err = heartbeat.read(f.bytes)
			e.claim(ClientHeartbeat)
		}
		if err != nil {
			return e, err
		}
	}
	if e.Kind == ClientHeartbeat {
		return ClientElement{Kind: ClientHeartbeat, Heartbeat: heartbeat.done()}, nil
	}
	return e.settle(&hello, &capabilities)
}

// claim makes the element of this kind unless it is of one that goes before it.
func (e *ClientElement) claim(k ClientKind) {
	if e.Kind == 0 || k < e.Kind {
		e.Kind = k
	}
}

// settle keeps the fields of the element's kind alone, checked.
func (e *ClientElement) settle(hello *helloReader, capabilities *capabilitiesReader) (out ClientElement, err error) {
	out.Kind = e.Kind
	switch e.Kind {
	case ClientKeys:
		out.Keys = e.Keys
	case ClientResize:
		out.Cols, out.Rows = e.Cols, e.Rows
		err = checkSize(e.Cols, e.Rows)
	case ClientHello:
		out.Hello, err = hello.done()
	case ClientCapabilities:
		out.Capabilities, err = capabilities.done()
	}
	return out, err
}
