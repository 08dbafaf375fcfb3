// Package datagram seals and opens the UDP payloads of mosh's protocol (spec section
// 2): the nonce with its direction and sequence number, AES-128-OCB, the timestamps,
// and the round trip time that comes of them.
//
// It does not know what a payload means (protocol/fragment), nor addresses and
// sockets (protocol/link): a path is a number to it. protocol/ssp is its caller; the
// types that link and ssp share (Path, ErrTooLong) stand here too. Pure: the time is
// an argument, and must not go back. A Conn belongs to one goroutine; Key, Direction
// and Path are values.
package datagram
