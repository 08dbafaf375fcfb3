package demo

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"

	"gmosh/protocol/simnet"
)

// The two directions of a Relay.
const (
	toServer = iota
	toClient
	directions
)

// maxPorts bounds how many of the client's ports have one at the relay: each time
// the client tries a new one, the oldest beyond that is forgotten, as by a NAT.
const maxPorts = 16

// Relay is a bad link: the client sends to its address, and what survives comes to
// the server from a port of the relay's, one for each of the client's. What the
// server sends there goes back. Its methods may be called from any goroutine.
type Relay struct {
	inner  *net.UDPConn // what the client sends to
	server netip.AddrPort
	wake   chan struct{} // a nudge to deliver, of capacity 1
	done   chan struct{}
	work   sync.WaitGroup

	mu     sync.Mutex
	link   Link
	cut    bool
	closed bool
	lines  [directions]*simnet.Link
	ports  map[int]*port // by the number that packets carry
	byAddr map[netip.AddrPort]int
	next   int // number of the next port
}

// port is the relay's counterpart of one of the client's ports.
type port struct {
	client netip.AddrPort
	outer  *net.UDPConn
}

// NewRelay starts a relay on loopback to a server there.
func NewRelay(server netip.AddrPort, l Link) (*Relay, error) {
	inner, err := listen(server.Addr())
	if err != nil {
		return nil, err
	}
	r := &Relay{
		inner: inner, server: server, link: l,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		ports: make(map[int]*port), byAddr: make(map[netip.AddrPort]int),
	}
	for i := range r.lines {
		r.lines[i] = simnet.NewLink(seed(), l.conditions())
	}
	r.work.Go(r.readClient)
	r.work.Go(r.deliver)
	return r, nil
}

// listen opens a socket on the server's address, which is one of this machine's.
func listen(addr netip.Addr) (*net.UDPConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
}

func seed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}

// Addr is where the client is to send to.
func (r *Relay) Addr() netip.AddrPort {
	a := r.inner.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Link returns what the link is like; cut: nothing comes through at all.
func (r *Relay) Link() (l Link, cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link, r.cut
}

// Change makes the link what f makes of it, for packets sent from now on.
func (r *Relay) Change(f func(Link) Link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.link = f(r.link)
	for _, line := range r.lines {
		line.SetConditions(r.link.conditions())
	}
}

// Cut cuts the link, or mends it if it is cut.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = !r.cut
	for _, line := range r.lines {
		line.SetDown(r.cut)
	}
}

// Counts returns how many packets were sent in either direction, and how many of
// these were lost, by chance, in the queue or by Cut.
func (r *Relay) Counts() (sent, lost int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.lines {
		c := line.Counts()
		sent += c.Sent
		lost += c.Lost + c.Overflowed + c.TooLarge
	}
	return sent, lost
}

// Close ends the relay; what is under way is lost.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	for _, p := range r.ports {
		p.outer.Close()
	}
	r.mu.Unlock()
	close(r.done)
	r.inner.Close()
	r.work.Wait()
}

func (r *Relay) readClient() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := r.inner.ReadFromUDPAddrPort(buf)
		if err != nil {
			return // closed: nothing else fails on a socket without a peer
		}
		r.mu.Lock()
		if number, ok := r.number(from); ok {
			r.lines[toServer].Send(time.Now(), simnet.Packet{From: number, Data: buf[:n]})
		}
		r.mu.Unlock()
		r.nudge()
	}
}

// number returns the number of the port for a client's, a new one if it has none.
// r.mu is held.
func (r *Relay) number(client netip.AddrPort) (int, bool) {
	if n, ok := r.byAddr[client]; ok {
		return n, true
	}
	if r.closed {
		return 0, false
	}
	outer, err := listen(r.server.Addr())
	if err != nil {
		return 0, false // lost, like others
	}
	n := r.next
	r.next++
	r.ports[n], r.byAddr[client] = &port{client, outer}, n
	if old, ok := r.ports[n-maxPorts]; ok {
		old.outer.Close()
		delete(r.ports, n-maxPorts)
		delete(r.byAddr, old.client)
	}
	r.work.Go(func() { r.readServer(n, outer) })
	return n, true
}

func (r *Relay) readServer(number int, outer *net.UDPConn) {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := outer.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) != r.server {
			continue
		}
		r.mu.Lock()
		r.lines[toClient].Send(time.Now(), simnet.Packet{To: number, Data: buf[:n]})
		r.mu.Unlock()
		r.nudge()
	}
}

func (r *Relay) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// deliver sends what has arrived, when it has.
func (r *Relay) deliver() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if next := r.deliverDue(time.Now()); !next.IsZero() {
			timer.Reset(time.Until(next))
		}
		select {
		case <-timer.C:
		case <-r.wake:
		case <-r.done:
			return
		}
	}
}

// deliverDue sends what has arrived by now, and returns when the next packet will.
func (r *Relay) deliverDue(now time.Time) (next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for d, line := range r.lines {
		for {
			packet, ok := line.Receive(now)
			if !ok {
				break
			}
			r.forward(d, packet)
		}
		if at := line.Next(); next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// forward sends one packet; one that the system does not take is lost, like others.
func (r *Relay) forward(direction int, packet simnet.Packet) {
	if direction == toServer {
		if p := r.ports[packet.From]; p != nil {
			_, _ = p.outer.WriteToUDPAddrPort(packet.Data, r.server)
		}
		return
	}
	if p := r.ports[packet.To]; p != nil {
		_, _ = r.inner.WriteToUDPAddrPort(packet.Data, p.client)
	}
}
