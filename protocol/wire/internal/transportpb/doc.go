// Package transportpb is the generated code of transport.proto: the Instruction (spec section 4).
// Only protocol/wire uses it.
package transportpb
