package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"gmosh/client/tty"
	"gmosh/protocol/datagram"
	"gmosh/protocol/health"
	udp "gmosh/protocol/link"
)

// lengths are those of the datagrams that are sent, in bytes of UDP payload: a
// keystroke's, what every network carries, what a session sends at most, what fits
// into the tunnels that are about, and into Ethernet.
var lengths = []int{100, 508, sessionLength, 1372, 1432, 1472}

// sessionLength is the longest datagram of a session over IPv4.
const sessionLength = 1252

// How often each length is sent, how far apart, and how long the last may take.
const (
	throws     = 3
	throwPause = 100 * time.Millisecond
	throwWait  = 1500 * time.Millisecond
)

// throw sends datagrams of all lengths to a port that sends them back, and returns
// the lengths that came.
func throw(ctx context.Context, to netip.AddrPort, keyText string) (back []int, err error) {
	key, err := datagram.ParseKey(keyText)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Control: udp.Whole}
	conn, err := dialer.DialContext(ctx, "udp", to.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	crypt := datagram.New(key, datagram.ToServer, 0)
	opener := datagram.New(key, datagram.ToServer, 0) // reads while crypt writes
	var reading sync.WaitGroup
	reading.Go(func() { back = catch(conn, opener) })
	ticker := time.NewTicker(throwPause)
	defer ticker.Stop()
	for range throws {
		for _, n := range lengths {
			if packet, err := crypt.Seal(nil, time.Now(), make([]byte, n-datagram.Overhead)); err == nil {
				_, _ = conn.Write(packet) // too long for our own network: lost like others
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(throwWait)); err != nil {
		return nil, err
	}
	reading.Wait()
	return back, nil
}

// catch reads until the deadline, or until all lengths have come.
func catch(conn net.Conn, crypt *datagram.Conn) (got []int) {
	buf := make([]byte, 64<<10)
	for len(got) < len(lengths) {
		n, err := conn.Read(buf)
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			return got
		}
		if err != nil {
			if n == 0 && isClosed(err) {
				return got
			}
			continue // refused for the moment
		}
		if _, _, err := crypt.Open(nil, time.Now(), buf[:n], false); err == nil && !slices.Contains(got, n) {
			got = append(got, n)
		}
	}
	return got
}

func isClosed(err error) bool { return strings.Contains(err.Error(), net.ErrClosed.Error()) }

// noteSizes tells which lengths came through: there and, of these, back.
func (e *examination) noteSizes(to netip.Addr, there health.Echo, back []int) {
	lost := func(arrived []int) []int {
		return slices.DeleteFunc(slices.Clone(lengths), func(n int) bool { return slices.Contains(arrived, n) })
	}
	way := func(name string, arrived []int) {
		switch missing := lost(arrived); {
		case len(arrived) == 0:
			e.note(name, failed, "nothing arrives, of any size")
		case len(missing) == 0:
			e.note(name, good, "datagrams of %s bytes arrive", list(lengths))
		case missing[0] <= sessionLength:
			e.note(name, failed, "datagrams of %s bytes are lost; sessions send up to %d", list(missing), sessionLength)
		default:
			e.note(name, good, "datagrams of up to %d bytes arrive; sessions send no longer ones than %d", slices.Max(arrived), sessionLength)
		}
	}
	way(checkThere, there.Received)
	if len(there.Received) == 0 && len(back) == 0 {
		e.note(checkBack, unknown, "nothing arrived there that could come back")
		e.note(checkMTU, unknown, "nothing arrives")
		return
	}
	way(checkBack, back)
	if len(back) == 0 {
		e.note(checkMTU, unknown, "nothing comes back")
		return
	}
	headers := 28
	if to.Unmap().Is6() {
		headers = 48
	}
	mtu := slices.Max(back) + headers
	if slices.Max(back) < sessionLength {
		e.note(checkMTU, warned, "the way carries packets of %d bytes, less than the %d that sessions start with", mtu, sessionLength+headers)
		return
	}
	more := ""
	if slices.Max(back) == slices.Max(lengths) {
		more = " or more"
	}
	e.note(checkMTU, good, "%d%s", mtu, more)
}

func list(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

// paper is a terminal on which nobody types and nobody reads.
type paper struct {
	events chan tty.Event
	closed chan struct{}
	once   sync.Once
}

func newPaper() *paper { return &paper{events: make(chan tty.Event), closed: make(chan struct{})} }

// Raw, Restore and Suspend have nothing to do.
func (*paper) Raw() error     { return nil }
func (*paper) Restore() error { return nil }
func (*paper) Suspend() error { return nil }

// Size is the smallest that programs are used to.
func (*paper) Size() (cols, rows int, err error) { return 80, 24, nil }

// Read waits for the end.
func (p *paper) Read([]byte) (int, error) {
	<-p.closed
	return 0, net.ErrClosed
}

// Write shows nothing.
func (*paper) Write(b []byte) (int, error) { return len(b), nil }

// Events brings none.
func (p *paper) Events() <-chan tty.Event { return p.events }

// Close ends Read.
func (p *paper) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
