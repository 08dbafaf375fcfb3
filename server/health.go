package server

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/health"
	"gmosh/protocol/link"
	"gmosh/server/control"
)

// Status returns what has reached the session's server. It may be called from any
// goroutine while Run runs; afterwards it returns ErrEnded.
func (l *Loop) Status() (health.Status, error) {
	reply := make(chan health.Status, 1)
	if !l.post(statusEvent(reply)) {
		return health.Status{}, ErrEnded
	}
	return <-reply, nil
}

// statusEvent asks what has come; the channel has room for the answer.
type statusEvent chan<- health.Status

func (e statusEvent) apply(l *Loop, _ time.Time) {
	l.counts.Others++
	s := health.Status{
		Alive: true, PID: os.Getpid(), Counted: true,
		Received: l.counts.Packets, Opened: l.opened, Sent: l.counts.Sent,
	}
	for _, a := range l.clients {
		s.Opened += a.transport.Stats().PacketsIn
	}
	if a := l.newest; a != nil {
		s.From = a.address(l.newestPath)
	}
	e <- s
}

// address returns the peer's on a path; invalid where the carrier has none.
func (a *Attachment) address(path datagram.Path) netip.AddrPort {
	c, ok := a.carrier.(interface {
		Addr(datagram.Path) netip.AddrPort
	})
	if !ok {
		return netip.AddrPort{}
	}
	addr := c.Addr(path)
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

// openControl opens the control socket of a server, without which it serves all
// the same, and returns what closes it.
func openControl(l *Loop, carrier *link.Server, log io.Writer) (closeControl func()) {
	port := uint16(carrier.Port())
	bound := carrier.Bound()
	socket, err := control.Listen(os.Getenv, port, func() (health.Status, error) {
		s, err := l.Status()
		s.Port, s.Bound = port, bound
		dropped := carrier.Stats() // by the socket, before the loop saw them
		s.Received += dropped.Unclaimed + dropped.Truncated
		return s, err
	})
	if err != nil {
		if log != nil {
			fmt.Fprintf(log, "gmosh-server: %v\n", err)
		}
		return func() {}
	}
	return func() { _ = socket.Close() } // the process ends
}
