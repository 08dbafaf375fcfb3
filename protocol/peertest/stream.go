package peertest

import (
	"net"
	"net/netip"
	"sync"
	"testing"
)

// segment is how much of a stream goes through a line at once.
const segment = 1448

// StreamRelay is a Relay for TCP connections: what is written at one end arrives
// after the delay, in order. A stream has no packets to lose, so of the conditions
// it knows Delay, Jitter and Rate.
type StreamRelay struct {
	listener   *net.TCPListener
	server     netip.AddrPort
	conditions Conditions
	seed       uint64
	work       sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
	lines  []*line
}

// StartStreamRelay starts a relay to a server's address. It ends with the test.
func StartStreamRelay(t testing.TB, server netip.AddrPort, c Conditions, seed uint64) *StreamRelay {
	t.Helper()
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	c.Order, c.Loss, c.Burst, c.Reorder, c.Queue = true, 0, Burst{}, 0, 0
	r := &StreamRelay{listener: listener, server: server, conditions: c, seed: seed}
	r.work.Go(r.accept)
	t.Cleanup(r.close)
	return r
}

// Addr is where clients connect to.
func (r *StreamRelay) Addr() netip.AddrPort { return r.listener.Addr().(*net.TCPAddr).AddrPort() }

func (r *StreamRelay) accept() {
	for {
		client, err := r.listener.AcceptTCP()
		if err != nil {
			return
		}
		server, err := net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(r.server))
		if err != nil {
			client.Close()
			continue
		}
		r.carry(ToServer, client, server)
		r.carry(ToClient, server, client)
	}
}

// carry takes one direction of a connection through a line of its own.
func (r *StreamRelay) carry(d Direction, from, to net.Conn) {
	a, err := newAlarm()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || r.closed {
		from.Close()
		return
	}
	l := newLine(r.conditions, newRandom(r.seed, uint64(d)), a)
	r.conns = append(r.conns, from)
	r.lines = append(r.lines, l)
	r.work.Go(l.run)
	r.work.Go(func() {
		buf := make([]byte, segment)
		for {
			n, err := from.Read(buf)
			if err != nil {
				l.take(nil, func([]byte) { to.Close() })
				return
			}
			l.take(buf[:n], func(p []byte) { _, _ = to.Write(p) }) // a write that fails: the other direction ends
		}
	})
}

func (r *StreamRelay) close() {
	r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for _, c := range r.conns {
		c.Close()
	}
	for _, l := range r.lines {
		l.stop()
	}
	r.mu.Unlock()
	r.work.Wait()
}
