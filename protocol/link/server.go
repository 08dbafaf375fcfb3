package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"gmosh/protocol/datagram"
)

// Server is the far half's carrier: one socket, and a path for every source it
// hears from, authentic or not. Packets leave from the address of ours that the
// peer sent to, where the platform lets a socket choose (Linux).
type Server struct {
	intake
	socket *socket
	paths  *pathTable
	any    bool // bound to no address of its own
}

var _ Carrier = (*Server)(nil)

// Listen binds a port of an address: a numeric one, or "" for any (both families
// on one socket, or IPv4 alone where there is no IPv6). The port is the first
// free one from lo to hi; lo = hi = 0 lets the system choose.
func Listen(host string, lo, hi uint16) (*Server, error) {
	if lo > hi {
		return nil, fmt.Errorf("link: port range %d:%d is empty", lo, hi)
	}
	networks, err := listenNetworks(host)
	if err != nil {
		return nil, err
	}
	for _, network := range networks {
		var s *socket
		if s, err = bindFirstFree(network, host, lo, hi); err == nil {
			addr := s.local().Addr()
			return &Server{socket: s, paths: newPathTable(), any: addr.IsUnspecified()}, nil
		}
		if portTaken(err) {
			break // the other family would find a port that is half taken
		}
	}
	return nil, fmt.Errorf("link: %w", err)
}

// listenNetworks returns the networks to try for a host, in order. net makes a
// wildcard of the network "udp" dual-stack where the system can.
func listenNetworks(host string) ([]string, error) {
	if host == "" {
		return []string{"udp", "udp4"}, nil
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return nil, fmt.Errorf("link: %q is no IP address", host)
	case addr.Is4():
		return []string{"udp4"}, nil
	case addr.Is4In6():
		return nil, fmt.Errorf("link: %q: write an IPv4 address as one", host)
	}
	return []string{"udp"}, nil
}

func bindFirstFree(network, host string, lo, hi uint16) (*socket, error) {
	for port := int(lo); ; port++ {
		s, err := openSocket(network, net.JoinHostPort(host, strconv.Itoa(port)), prepare, prepareServer)
		if err == nil {
			return s, nil
		}
		if !portTaken(err) {
			return nil, err
		}
		if port == int(hi) && lo != hi {
			return nil, fmt.Errorf("no free UDP port from %d to %d: %w", lo, hi, err)
		}
		if port == int(hi) {
			return nil, err
		}
	}
}

// Port is the UDP port that is listened on.
func (s *Server) Port() int { return int(s.socket.local().Port()) }

// Addr is the peer's address on a path, invalid if the path is not known.
func (s *Server) Addr(path datagram.Path) netip.AddrPort { return s.paths.remote(path) }

// Addresses are where peers may reach this server besides loopback: the addresses of
// the machine, or none if it is bound to one alone.
func (s *Server) Addresses() []netip.Addr {
	if !s.any {
		return nil
	}
	networks, err := net.InterfaceAddrs()
	if err != nil {
		return nil // nothing is known, which is what nil says
	}
	var out []netip.Addr
	for _, n := range networks {
		prefix, err := netip.ParsePrefix(n.String())
		if addr := prefix.Addr().Unmap(); err == nil && addr.IsGlobalUnicast() {
			out = append(out, addr)
		}
	}
	return out
}

// MaxPayload is 1252 bytes over IPv4 and 1216 over IPv6 or an unknown path.
func (s *Server) MaxPayload(path datagram.Path) int {
	return maxPayload(s.paths.remote(path).Addr())
}

// ForbidFragments sets the don't-fragment bit of what is sent from now on: the peer
// is known to be one that expects it.
func (s *Server) ForbidFragments() { s.socket.forbidFragments() }

// Reliable is false: this is UDP.
func (s *Server) Reliable() bool { return false }

// Recv waits for the next packet.
func (s *Server) Recv(buf []byte) (Packet, error) {
	for {
		n, a, err := s.socket.read(buf)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.errors.Add(1)
			}
			return Packet{}, err
		}
		if a.truncated {
			s.truncated.Add(1)
			continue
		}
		w := way{remote: a.from}
		if s.any {
			w.local = a.to
		}
		p := Packet{Path: s.paths.heard(w), Data: buf[:n], CE: a.tos&ecnMask == ecnCE}
		if !s.divert(p) {
			return p, nil
		}
	}
}

// Send sends a packet to the peer's address on the path, which from then on is
// the one path that is never forgotten. If the address of ours that it should
// come from is gone, the system chooses another.
func (s *Server) Send(path datagram.Path, packet []byte) error {
	k, ok := s.paths.sending(path)
	if !ok {
		return fmt.Errorf("link: send: %w %d", ErrPath, path)
	}
	_, err := s.socket.write(packet, k.control, k.remote)
	if err != nil && k.control != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, datagram.ErrTooLong) {
		_, err = s.socket.write(packet, nil, k.remote)
	}
	if err != nil {
		return fmt.Errorf("link: send: %w", err)
	}
	return nil
}

// Close frees the port. A Recv that is under way returns net.ErrClosed.
func (s *Server) Close() error { return s.socket.close() }
