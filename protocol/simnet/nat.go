package simnet

// NAT gives each of the client's sockets an outer number that the server sees as
// an address, and forgets them all when it is rebound: a socket that goes on
// sending gets a new number, and what the server sends to an old one is lost.
// A change of the client's address is the same, seen from the server.
type NAT struct {
	outer map[int]int // of each socket
	inner map[int]int // of each number in force
	next  int
}

// NewNAT returns a NAT without bindings; outer numbers begin at 1.
func NewNAT() *NAT { return &NAT{outer: map[int]int{}, inner: map[int]int{}} }

// Out returns the outer number for a packet that a client's socket sends.
func (n *NAT) Out(socket int) int {
	if o, ok := n.outer[socket]; ok {
		return o
	}
	n.next++
	n.outer[socket], n.inner[n.next] = n.next, socket
	return n.next
}

// In returns the socket that a packet to an outer number reaches; false: none.
func (n *NAT) In(outer int) (socket int, ok bool) {
	socket, ok = n.inner[outer]
	return socket, ok
}

// Rebind forgets all bindings. No number is used again.
func (n *NAT) Rebind() {
	clear(n.outer)
	clear(n.inner)
}
