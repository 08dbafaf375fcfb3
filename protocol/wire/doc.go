// Package wire is the messages of mosh's protocol as plain Go values: the
// Instruction that the fragments of a datagram carry (spec section 4), the diffs
// inside it (ClientMessage, spec section 8; HostMessage, section 9), gmosh's own
// extensions to both (design section 3), and the zlib that wraps an Instruction.
//
// The definition is proto/*.proto; `make generate` turns it into the Go code below
// internal. Hello, Capabilities, Exit, Counts and Discipline go through that code. What crosses
// the wire with every packet is written and read here, field by field, because the
// generated code needs a dozen allocations where this needs none or one; tests and
// fuzzing hold the two equal, byte for byte and error for error.
//
// It knows no state numbers' meaning (protocol/ssp), no event's effect
// (protocol/userinput) and no screen (protocol/screen). Those three call it. Pure;
// values are the caller's; a Deflater or Inflater belongs to one goroutine.
package wire

//go:generate sh generate.sh
