package wire

import "google.golang.org/protobuf/encoding/protowire"

// ProtocolVersion is the version that mosh 1.2.5 to 1.4.x speak, and we.
const ProtocolVersion = 2

// Shutdown is the state number that means "shutting down" (spec section 7).
const Shutdown = ^uint64(0)

// MaxChaff is the most random bytes an Instruction carries.
const MaxChaff = 16

// Instruction is TransportBuffers.Instruction: how to get from one state of the
// sender's to another, and what the sender knows of the receiver's states.
type Instruction struct {
	Version      uint32 // ProtocolVersion
	OldNum       uint64 // the diff applies to this state
	NewNum       uint64 // and gives this one; Shutdown when the sender is shutting down
	AckNum       uint64 // newest state received from the peer
	ThrowawayNum uint64 // the receiver may forget states below this
	Diff         []byte // a ClientMessage or HostMessage; empty: the states are equal
	Chaff        []byte // up to MaxChaff random bytes

	// What came of the receiver's packets; 0: not told. Only for a gmosh.
	Numbered uint64 // how many it has sent up to the newest that came
	Came     uint64 // how many came, those that came twice counted twice
}

const (
	fieldVersion   = 1
	fieldOldNum    = 2
	fieldNewNum    = 3
	fieldAckNum    = 4
	fieldThrowaway = 5
	fieldDiff      = 6
	fieldChaff     = 7

	// Extensions, which a mosh skips.
	fieldNumbered = 1001
	fieldCame     = 1002
)

// Marshal appends the serialised Instruction to dst. Mosh's seven fields are written,
// zero or not, as mosh does; equal Instructions give equal bytes.
func (in *Instruction) Marshal(dst []byte) []byte {
	dst = appendVarint(dst, fieldVersion, uint64(in.Version))
	dst = appendVarint(dst, fieldOldNum, in.OldNum)
	dst = appendVarint(dst, fieldNewNum, in.NewNum)
	dst = appendVarint(dst, fieldAckNum, in.AckNum)
	dst = appendVarint(dst, fieldThrowaway, in.ThrowawayNum)
	dst = appendBytes(dst, fieldDiff, in.Diff)
	dst = appendBytes(dst, fieldChaff, in.Chaff)
	if in.Numbered > 0 {
		dst = appendVarint(dst, fieldNumbered, in.Numbered)
		dst = appendVarint(dst, fieldCame, in.Came)
	}
	return dst
}

// Unmarshal replaces in by what b holds; absent fields are 0. Diff and Chaff alias
// b: copy what must outlive it. The error wraps ErrMalformed, and in is then zero.
func (in *Instruction) Unmarshal(b []byte) error {
	*in = Instruction{}
	for len(b) > 0 {
		f, rest, err := nextField(b)
		if err != nil {
			*in = Instruction{}
			return err
		}
		in.set(&f)
		b = rest
	}
	return nil
}

func (in *Instruction) set(f *field) {
	switch f.typ {
	case protowire.VarintType:
		switch f.num {
		case fieldVersion:
			in.Version = uint32(f.varint)
		case fieldOldNum:
			in.OldNum = f.varint
		case fieldNewNum:
			in.NewNum = f.varint
		case fieldAckNum:
			in.AckNum = f.varint
		case fieldThrowaway:
			in.ThrowawayNum = f.varint
		case fieldNumbered:
			in.Numbered = f.varint
		case fieldCame:
			in.Came = f.varint
		}
	case protowire.BytesType:
		switch f.num {
		case fieldDiff:
			in.Diff = f.bytes
		case fieldChaff:
			in.Chaff = f.bytes
		}
	}
}
