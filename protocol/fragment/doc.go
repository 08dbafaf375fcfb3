// Package fragment splits the compressed serialised Instruction into pieces that fit
// a datagram and joins them again (spec section 3).
//
// It neither compresses nor seals (protocol/wire, protocol/datagram); protocol/ssp
// calls it between those two. Pure. A Splitter belongs to the sending side of one
// attachment, a Joiner to the receiving side; each to one goroutine.
package fragment
