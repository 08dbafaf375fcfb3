// Package link carries sealed packets: UDP sockets and the paths on them.
//
// A path is one way to the peer, a local socket (and address) with a remote
// address, and is a number to everybody else (datagram.Path). Server has one
// socket and gives every source a path; Client has one path per socket, and
// hops to a new socket when a NAT binding may have died, still reading the
// older ones; others it opens to further addresses of the server. What is
// authentic, which path to send to and when to hop is not decided here:
// protocol/ssp and the two loops do that. An SSH channel will be another
// Carrier.
//
// Sockets follow spec section 2: ECT(0) on what is sent, CE marks reported where
// the platform tells (see the platform files), the don't-fragment bit off until
// the peer is known to be a gmosh (ForbidFragments). A Watcher tells of changes to
// this machine's addresses. One port serves two protocols: a packet with bit 0x40
// set in its first byte is none of SSP's and goes to a second consumer (Divert).
//
// Not pure: it owns sockets, and Client goroutines, which Close waits for. Send,
// Close and the rest may be called from any goroutine while one is in Recv; one
// goroutine at a time may be in Recv.
package link

import (
	"errors"
	"net/netip"
	"sync/atomic"

	"gmosh/protocol/datagram"
)

const (
	// BufferSize is what a buffer for Recv must hold: no peer sends more (spec
	// section 2). Longer packets are dropped and counted.
	BufferSize = 2048

	payloadIPv4 = 1252 // 1280 - 20 (IP) - 8 (UDP)
	payloadIPv6 = 1216 // 1280 - 40 - 8, and room for two extension headers
)

var (
	// ErrRefused says that the peer's machine answered that nothing listens
	// there (ICMP port unreachable). It may be stale or forged: worth a notice,
	// never an end.
	ErrRefused = errors.New("connection refused")
	// ErrPath says that a path is not, or no longer, known.
	ErrPath = errors.New("unknown path")
)

// Packet is a received packet.
type Packet struct {
	Path datagram.Path
	Data []byte // the UDP payload, in the buffer given to Recv
	CE   bool   // the network marked it: congestion experienced
}

// Carrier is a way, or several, to the peer: what the loops know of a link.
type Carrier interface {
	// MaxPayload is the largest packet to send on the path, in bytes.
	MaxPayload(datagram.Path) int
	// Reliable reports whether packets always arrive, and in order.
	Reliable() bool
	// Send sends one packet. The error wraps datagram.ErrTooLong if the path
	// cannot carry that size, ErrPath if there is no such path.
	Send(path datagram.Path, packet []byte) error
	// Recv waits for a packet and puts it into buf, at least BufferSize long.
	// After Close it returns net.ErrClosed; any other error is news of the
	// network (ErrRefused, an interface that went), after which Recv goes on.
	Recv(buf []byte) (Packet, error)
	// Close ends Recv and frees everything; it returns when that is done.
	Close() error
}

// Stats counts what a link dropped.
type Stats struct {
	Unclaimed uint64 // packets with bit 0x40 while there was no second consumer
	Truncated uint64 // packets longer than BufferSize
	Errors    uint64 // errors that Recv returned
}

// intake is what Server and Client do alike with a packet that has come in.
type intake struct {
	second                       atomic.Pointer[func(Packet)]
	unclaimed, truncated, errors atomic.Uint64
}

// Divert registers the consumer of packets that have bit 0x40 set in their first
// byte; nil takes it away. It is called by the goroutine that reads the socket,
// must not block, and must not keep Data. Until there is one such packets are
// dropped and counted.
func (in *intake) Divert(consume func(Packet)) {
	if consume == nil {
		in.second.Store(nil)
		return
	}
	in.second.Store(&consume)
}

// Stats returns the counters.
func (in *intake) Stats() Stats {
	return Stats{
		Unclaimed: in.unclaimed.Load(),
		Truncated: in.truncated.Load(),
		Errors:    in.errors.Load(),
	}
}

// divert reports whether p was for the second consumer, and gives it there.
func (in *intake) divert(p Packet) bool {
	if len(p.Data) == 0 || p.Data[0]&0x40 == 0 {
		return false
	}
	if consume := in.second.Load(); consume != nil {
		(*consume)(p)
	} else {
		in.unclaimed.Add(1)
	}
	return true
}

// maxPayload is the size of packet that fits into an IP packet of 1280 bytes.
func maxPayload(remote netip.Addr) int {
	if remote.Unmap().Is4() {
		return payloadIPv4
	}
	return payloadIPv6
}
