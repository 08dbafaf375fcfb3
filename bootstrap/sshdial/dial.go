// Package sshdial opens the connection that SSH will speak on: it finds a host's
// addresses, tries them in turn, and says what went wrong in terms a person can be
// told (no such host, refused, no answer).
//
// It does not speak SSH. Addresses are tried in order, each with ConnectTimeout, as
// OpenSSH does; one that has not answered after a quarter of a second is not waited
// for before the next is tried too (RFC 8305, "Happy Eyeballs"). All functions may
// be called concurrently.
package sshdial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Family says which addresses may be used, and which first: mosh's --family.
type Family string

// The families, as mosh(1) names them.
const (
	Inet        Family = "inet"         // IPv4 only
	Inet6       Family = "inet6"        // IPv6 only
	Auto        Family = "auto"         // whichever the host has; an error if it has both
	All         Family = "all"          // both, in the resolver's order
	PreferInet  Family = "prefer-inet"  // both, IPv4 first: the default
	PreferInet6 Family = "prefer-inet6" // both, IPv6 first
)

var families = []Family{Inet, Inet6, Auto, All, PreferInet, PreferInet6}

// ParseFamily reads the argument of --family.
func ParseFamily(word string) (Family, bool) {
	f := Family(word)
	return f, slices.Contains(families, f)
}

// Target is where to dial.
type Target struct {
	Host    string // name or address
	Port    int
	Family  Family        // "" is PreferInet
	Timeout time.Duration // for each address; 0: the system's
	// Attempts is how often all addresses are tried, a second apart; 0 is once.
	Attempts int
	// KeepAlive: the system looks now and then whether the other side is there.
	KeepAlive bool
	// Class is the byte for IP_TOS and IPV6_TCLASS (IPQoS); 0 leaves it alone.
	Class uint8
	// From is the address or name to connect from, Interface the network interface
	// whose address that is; From counts if both are given. "" leaves the choice to
	// the system.
	From, Interface string
	// Lookup resolves names; nil is the system's resolver.
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

	dial func(context.Context, netip.AddrPort) (net.Conn, error) // nil: over the network
}

// Kind is why no connection came about.
type Kind int

// The kinds: four from resolving, the others from what the system says about the
// addresses, the more telling first.
const (
	UnknownHost Kind = iota // the resolver knows no such name
	NoResolver              // the resolver could not be asked
	WrongFamily             // the host has no address of the family that was asked for
	TwoFamilies             // --family=auto, and the host has both
	Refused                 // nothing listens on that port
	Other
	TimedOut    // nobody answered
	Unreachable // there is no route
	NoSource    // this machine has no address to connect from as was asked for
)

// Error says that no connection came about.
type Error struct {
	Kind   Kind
	Host   string
	Port   int
	Tried  []netip.AddrPort // in order; empty if it did not come to that
	Family Family
	Err    error // of the address that Kind is about, or of the resolver
}

func (e *Error) Error() string {
	return fmt.Sprintf("dial %s: %v", net.JoinHostPort(e.Host, fmt.Sprint(e.Port)), e.Err)
}

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Resolve returns the addresses of the target in the order in which to try them;
// at least one. The error is an *Error, or ctx's.
func Resolve(ctx context.Context, t Target) ([]netip.Addr, error) {
	fail := func(kind Kind, err error) error {
		return &Error{Kind: kind, Host: t.Host, Port: t.Port, Family: t.Family, Err: err}
	}
	addrs, err := t.lookup(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
			return nil, fail(UnknownHost, err)
		}
		return nil, fail(NoResolver, err)
	}
	ordered, kind := order(addrs, t.Family)
	if len(ordered) == 0 {
		return nil, fail(kind, errors.New("no address of the family asked for"))
	}
	return ordered, nil
}

func (t Target) lookup(ctx context.Context) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(t.Host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	lookup := t.Lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupNetIP
	}
	addrs, err := lookup(ctx, "ip", t.Host)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, err
}

// order leaves out and sorts addresses as the family says; if none is left, the
// kind says why.
func order(addrs []netip.Addr, family Family) ([]netip.Addr, Kind) {
	var four, six []netip.Addr
	for _, a := range addrs {
		if a.Is4() {
			four = append(four, a)
		} else {
			six = append(six, a)
		}
	}
	switch family {
	case Inet:
		return four, WrongFamily
	case Inet6:
		return six, WrongFamily
	case Auto:
		if len(four) > 0 && len(six) > 0 {
			return nil, TwoFamilies
		}
		return addrs, WrongFamily
	case All:
		return addrs, WrongFamily
	case PreferInet6:
		return append(six, four...), WrongFamily
	}
	return append(four, six...), WrongFamily
}

// kindOf classifies what the system says about one address.
func kindOf(err error) Kind {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return TimedOut
	}
	if errors.Is(err, errNoSource) {
		return NoSource
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.kind
		}
	}
	return Other
}
