package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"gmosh/protocol/datagram"
)

const (
	// maxSockets is how many sockets a client reads, the newest included.
	maxSockets = 10
	// backlog is how many packets wait for Recv; then the sockets' own buffers
	// fill, and then the network drops.
	backlog = 64
)

// Client is the near half's carrier: a path for each of its sockets. One is current;
// the others are older ports of ours (Hop), or lead to other addresses of the server
// (Open).
//
// Sockets are not connected. A connected one keeps the source address it started
// with, and so is dead once that address goes; of an unconnected one each packet
// leaves from the address that is right now, and a server that answers from
// another of its addresses is heard. Who may be believed is for authentication
// to say, not for the source address.
type Client struct {
	intake

	arrivals chan arrival
	free     chan []byte // buffers that Recv has emptied
	done     chan struct{}
	readers  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	last    datagram.Path
	current hop
	whole   bool  // see ForbidFragments
	sockets []hop // oldest first, current among them
}

var _ Carrier = (*Client)(nil)

// hop is one of the client's sockets.
type hop struct {
	path   datagram.Path
	remote netip.AddrPort
	socket *socket
}

// arrival is a packet, or an error, on its way from a reader to Recv.
type arrival struct {
	packet Packet
	err    error
}

// Dial opens a client's first socket towards a server. It sends nothing.
func Dial(remote netip.AddrPort) (*Client, error) {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if !remote.IsValid() || remote.Port() == 0 {
		return nil, fmt.Errorf("link: no address to dial: %v", remote)
	}
	c := &Client{
		arrivals: make(chan arrival, backlog),
		free:     make(chan []byte, backlog),
		done:     make(chan struct{}),
	}
	path, err := c.open(remote)
	if err != nil {
		return nil, err
	}
	c.Use(path)
	return c, nil
}

// Hop opens a new socket, and so a new source port, and makes it the current
// one. Older ones are still read, the newest ten in all.
func (c *Client) Hop() (datagram.Path, error) {
	path, err := c.open(c.Remote())
	if err == nil {
		c.Use(path)
	}
	return path, err
}

// Open opens a socket towards another address of the server, and leaves the current
// one as it is.
func (c *Client) Open(remote netip.AddrPort) (datagram.Path, error) {
	return c.open(netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()))
}

// Use makes an open path the current one.
func (c *Client) Use(path datagram.Path) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.sockets {
		if h.path == path {
			c.current = h
		}
	}
}

func (c *Client) open(remote netip.AddrPort) (datagram.Path, error) {
	network := "udp6"
	if remote.Addr().Is4() {
		network = "udp4"
	}
	s, err := openSocket(network, ":0", prepare, prepareClient)
	if err != nil {
		return 0, fmt.Errorf("link: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		s.close()
		return 0, fmt.Errorf("link: hop: %w", net.ErrClosed)
	}
	c.last++
	h := hop{c.last, remote, s}
	if c.whole {
		s.forbidFragments()
	}
	c.sockets = append(c.sockets, h)
	c.keep(maxSockets)
	c.readers.Go(func() { c.readAll(h) })
	return h.path, nil
}

// Prune closes all sockets but the current one. It is due when a packet arrives
// more than 60 s after the last hop (spec section 2).
func (c *Client) Prune() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(1)
}

// keep closes the oldest sockets until n are left; the current one is the last to go.
// c.mu is held.
func (c *Client) keep(n int) {
	for len(c.sockets) > n {
		oldest := 0
		if c.sockets[0].path == c.current.path && len(c.sockets) > 1 {
			oldest = 1
		}
		c.sockets[oldest].socket.close()
		c.sockets = slices.Delete(c.sockets, oldest, oldest+1)
	}
}

// Path is the current path.
func (c *Client) Path() datagram.Path {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current.path
}

// Remote is the server's address on the current path.
func (c *Client) Remote() netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current.remote
}

// LocalPort is the source port of a path, 0 if it is closed.
func (c *Client) LocalPort(path datagram.Path) int {
	if h := c.find(path); h.socket != nil {
		return int(h.socket.local().Port())
	}
	return 0
}

// find returns an open path's socket and remote address; zero: it is closed.
func (c *Client) find(path datagram.Path) hop {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.sockets {
		if h.path == path {
			return h
		}
	}
	return hop{}
}

// MaxPayload is 1252 bytes over IPv4 and 1216 over IPv6.
func (c *Client) MaxPayload(path datagram.Path) int { return maxPayload(c.find(path).remote.Addr()) }

// ForbidFragments sets the don't-fragment bit of what is sent from now on, on all
// sockets: the peer is known to be one that expects it.
func (c *Client) ForbidFragments() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = true
	for _, h := range c.sockets {
		h.socket.forbidFragments()
	}
}

// Reliable is false: this is UDP.
func (c *Client) Reliable() bool { return false }

// Send sends a packet to the server from the path's socket.
func (c *Client) Send(path datagram.Path, packet []byte) error {
	h := c.find(path)
	if h.socket == nil {
		return fmt.Errorf("link: send: %w %d", ErrPath, path)
	}
	stale, err := h.socket.write(packet, nil, h.remote)
	if stale != nil {
		c.report(stale)
	}
	if err != nil {
		return fmt.Errorf("link: send: %w", err)
	}
	return nil
}

// report passes on an error that Send met but that is no failure to send. If
// Recv is behind, it has enough to read.
func (c *Client) report(err error) {
	select {
	case c.arrivals <- arrival{err: err}:
	default:
	}
}

// readAll reads one socket until it is closed.
func (c *Client) readAll(h hop) {
	for {
		buf := c.buffer()
		n, a, err := h.socket.read(buf)
		next := arrival{Packet{Path: h.path, Data: buf[:n], CE: a.tos&ecnMask == ecnCE}, err}
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
		case a.truncated:
			c.truncated.Add(1)
			continue
		case c.divert(next.packet):
			c.recycle(buf)
			continue
		}
		select {
		case c.arrivals <- next:
		case <-h.socket.done:
			return
		}
	}
}

func (c *Client) buffer() []byte {
	select {
	case buf := <-c.free:
		return buf
	default:
		return make([]byte, BufferSize)
	}
}

func (c *Client) recycle(buf []byte) {
	select {
	case c.free <- buf[:cap(buf)]:
	default:
	}
}

// Recv waits for the next packet on any of the sockets.
func (c *Client) Recv(buf []byte) (Packet, error) {
	select {
	case <-c.done:
		return Packet{}, net.ErrClosed
	default:
	}
	select {
	case <-c.done:
		return Packet{}, net.ErrClosed
	case a := <-c.arrivals:
		if a.err != nil {
			c.errors.Add(1)
			return Packet{}, a.err
		}
		p := a.packet
		p.Data = buf[:copy(buf, p.Data)]
		c.recycle(a.packet.Data)
		return p, nil
	}
}

// Close closes all sockets and waits for their readers. A Recv that is under way
// returns net.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.done)
		c.keep(0)
	}
	c.mu.Unlock()
	c.readers.Wait()
	return nil
}
