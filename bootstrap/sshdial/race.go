package sshdial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// stagger is how long an address may take before the next is tried beside it
	// (RFC 8305 section 5).
	stagger = 250 * time.Millisecond
	// pause is between two rounds of ConnectionAttempts: "one per second", says
	// ssh_config(5).
	pause = time.Second
)

// Dial connects to the first address of the target that answers. The error is an
// *Error, or ctx's.
func Dial(ctx context.Context, t Target) (net.Conn, error) {
	addrs, err := Resolve(ctx, t)
	if err != nil {
		return nil, err
	}
	sources, err := t.sources(ctx)
	if err != nil {
		return nil, &Error{Kind: NoSource, Host: t.Host, Port: t.Port, Family: t.Family, Err: err}
	}
	if t.dial == nil {
		t.dial = t.network(sources)
	}
	for attempt := 1; ; attempt++ {
		conn, failed := t.race(ctx, addrs)
		switch {
		case conn != nil:
			return conn, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case attempt >= t.Attempts:
			return nil, failed
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// outcome is what became of one address.
type outcome struct {
	to   netip.AddrPort
	conn net.Conn
	err  error
}

// race tries the addresses once. Each has a head start over the next; the first
// that answers wins, and nothing of the others is left when it returns.
func (t Target) race(ctx context.Context, addrs []netip.Addr) (net.Conn, *Error) {
	ctx, cancel := context.WithCancel(ctx)
	var runners sync.WaitGroup
	outcomes := make(chan outcome, len(addrs)) // nobody waits to hand one in
	next := 0
	start := func() <-chan time.Time {
		to := netip.AddrPortFrom(addrs[next], uint16(t.Port))
		next++
		runners.Go(func() {
			conn, err := t.dial(ctx, to)
			outcomes <- outcome{to, conn, err}
		})
		if next < len(addrs) {
			return time.After(stagger)
		}
		return nil
	}
	failed := &Error{Host: t.Host, Port: t.Port, Family: t.Family}
	var winner net.Conn
	for late := start(); winner == nil && len(failed.Tried) < len(addrs); {
		select {
		case <-late:
			late = start()
		case o := <-outcomes:
			if o.err == nil {
				winner = o.conn
				break
			}
			failed.add(o)
			if next < len(addrs) {
				late = start()
			}
		}
	}
	cancel()
	runners.Wait()
	close(outcomes)
	for o := range outcomes {
		if o.conn != nil {
			_ = o.conn.Close() // a little later than the winner
		}
	}
	return winner, failed
}

// add notes an address that did not answer. What says most about the host counts: a
// refusal more than a silence, that more than an address family without route.
func (e *Error) add(o outcome) {
	e.Tried = append(e.Tried, o.to)
	if kind := kindOf(o.err); e.Err == nil || kind < e.Kind {
		e.Kind, e.Err = kind, o.err
	}
}

// network dials for real, from the first of sources that has the family.
func (t Target) network(sources []netip.Addr) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		dialer := net.Dialer{
			Timeout:         t.Timeout,
			KeepAlive:       -1, // as the configuration says, below
			KeepAliveConfig: net.KeepAliveConfig{Enable: t.KeepAlive, Idle: -1, Interval: -1, Count: -1},
		}
		if sources != nil {
			from, ok := sourceFor(to.Addr(), sources)
			if !ok {
				return nil, errNoSource
			}
			dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
		}
		conn, err := dialer.DialContext(ctx, "tcp", to.String())
		if sources != nil && errors.Is(err, errUnavailable) {
			return nil, fmt.Errorf("%w: %w", errNoSource, err)
		}
		if tcp, ok := conn.(*net.TCPConn); ok && err == nil && t.Class != 0 {
			classify(tcp, t.Class)
		}
		return conn, err
	}
}

// errNoSource says that the address to connect from is not ours, or of the other
// family.
var errNoSource = errors.New("this machine has no such address to connect from")

func sourceFor(to netip.Addr, sources []netip.Addr) (netip.Addr, bool) {
	for _, from := range sources {
		if from.Is4() == to.Is4() {
			return from, true
		}
	}
	return netip.Addr{}, false
}

// sources are the addresses to connect from, the best first; nil leaves the choice
// to the system.
func (t Target) sources(ctx context.Context) ([]netip.Addr, error) {
	switch {
	case t.From != "":
		return Target{Host: t.From, Lookup: t.Lookup}.lookup(ctx)
	case t.Interface == "":
		return nil, nil
	}
	card, err := net.InterfaceByName(t.Interface)
	if err != nil {
		return nil, err
	}
	list, err := card.Addrs()
	if err != nil {
		return nil, err
	}
	var addrs, last []netip.Addr
	for _, a := range list {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, _ := netip.AddrFromSlice(network.IP)
		switch addr = addr.Unmap(); {
		case addr.IsLinkLocalUnicast():
			last = append(last, addr.WithZone(t.Interface))
		case addr.IsLoopback():
			last = append(last, addr)
		default:
			addrs = append(addrs, addr)
		}
	}
	if addrs = append(addrs, last...); addrs == nil {
		return nil, &net.AddrError{Err: "the interface has no address", Addr: t.Interface}
	}
	return addrs, nil
}
