package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"gmosh/protocol/datagram"
)

// socket is a UDP socket with the options of the spec, and the pacing of a
// socket that only fails. One goroutine at a time reads.
type socket struct {
	conn   *net.UDPConn
	raw    syscall.RawConn
	oob    [128]byte // control messages of the packet being read
	failed int       // reads that failed since one went well

	done  chan struct{} // closed by close
	close func() error
}

// openSocket binds a socket. network and address are as for net.ListenPacket;
// options are the platform's prepare functions.
func openSocket(network, address string, options ...func(fd uintptr)) (*socket, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			for _, set := range options {
				set(fd)
			}
		})
	}}
	pc, err := config.ListenPacket(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	conn := pc.(*net.UDPConn) // what net makes for the udp networks
	raw, err := conn.SyscallConn()
	if err != nil {
		conn.Close()
		return nil, err
	}
	s := &socket{conn: conn, raw: raw, done: make(chan struct{})}
	s.close = sync.OnceValue(func() error {
		close(s.done)
		return conn.Close()
	})
	return s, nil
}

// local is the address the socket is bound to.
func (s *socket) local() netip.AddrPort {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// forbidFragments makes what is sent from now on arrive whole or not at all.
func (s *socket) forbidFragments() { _ = s.raw.Control(forbidFragments) }

// arrived is what is known of a packet besides its bytes.
type arrived struct {
	from      netip.AddrPort
	to        netip.Addr // our address it was sent to, if the socket is told
	tos       uint8
	truncated bool
}

// read waits for a packet. net.ErrClosed is final; after other errors it may be
// called again. A socket that does nothing but fail is not asked in a busy loop:
// from the third failure in a row on, each waits longer, up to a second.
func (s *socket) read(buf []byte) (int, arrived, error) {
	n, oobn, flags, from, err := s.conn.ReadMsgUDPAddrPort(buf, s.oob[:])
	switch {
	case err == nil:
		s.failed = 0
		a := arrived{from: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), truncated: cut(flags)}
		a.tos, a.to = parseControl(s.oob[:oobn])
		return n, a, nil
	case tooLong(err): // Windows says so of a packet that was cut
		return 0, arrived{truncated: true}, nil
	case errors.Is(err, net.ErrClosed):
		return 0, arrived{}, net.ErrClosed
	}
	drainErrors(s.raw)
	s.failed++
	if !s.pause() {
		return 0, arrived{}, net.ErrClosed
	}
	return 0, arrived{}, named(err)
}

// pause waits as the failures so far demand; false: the socket was closed.
func (s *socket) pause() bool {
	if s.failed < 3 {
		return true
	}
	timer := time.NewTimer(min(time.Duration(s.failed*s.failed)*time.Millisecond, time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}

// write sends a packet, from the address that control (see sendFrom) names.
//
// An ICMP error that came for an earlier packet is reported by the next write,
// which then has sent nothing: it is written again, and the error comes back as
// stale.
func (s *socket) write(packet, control []byte, to netip.AddrPort) (stale, err error) {
	_, _, err = s.conn.WriteMsgUDPAddrPort(packet, control, to)
	if err != nil && refused(err) {
		drainErrors(s.raw)
		stale = named(err)
		_, _, err = s.conn.WriteMsgUDPAddrPort(packet, control, to)
	}
	if err != nil {
		return stale, named(err)
	}
	return stale, nil
}

// named wraps an error of the system in the name that callers ask for.
func named(err error) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		return net.ErrClosed
	case tooLong(err):
		return fmt.Errorf("%w: %w", datagram.ErrTooLong, err)
	case refused(err):
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
