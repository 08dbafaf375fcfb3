package bootstrap

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"gmosh/bootstrap/sshdial"
)

// Doubtful says, before a server is started, that the session may not get to the
// host: jump hosts carry SSH, and the session's datagrams go straight to it.
type Doubtful struct {
	Host  string   // as it was typed
	Via   []string // the jump hosts; nil: a ProxyCommand
	Addrs []netip.Addr
	Doubt Doubt
}

// Doubt is why a host that SSH reaches through others may not be reached straight.
type Doubt int

// The doubts.
const (
	NoDoubt   Doubt = iota
	NoAddress       // its name has no address here
	NoRoute         // this machine has no way to its addresses
	Private         // its addresses are of a private network, and none of ours
)

// straight is the question whether a host can be reached without its jump hosts,
// answered while those are logged in to.
type straight struct {
	asking sync.WaitGroup
	addrs  []netip.Addr
	doubt  Doubt
}

// resolveLimit is how long a name server may take that nothing else waits for.
const resolveLimit = 2 * time.Second

// wonder begins to ask, for a host behind others.
func (r *Request) wonder(ctx context.Context) *straight {
	s := &straight{}
	if r.Transport != SSH || direct(r.Host) || r.RemoteIP == Told {
		return s
	}
	s.asking.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, resolveLimit)
		defer cancel()
		addrs, err := sshdial.Resolve(ctx, sshdial.Target{Host: r.Host.HostName, Family: r.Family})
		switch {
		case ctx.Err() != nil: // it may have one
		case err != nil:
			s.doubt = NoAddress
		default:
			s.addrs, s.doubt = addrs, doubtAbout(addrs, routed, ownNetworks())
		}
	})
	return s
}

// told tells about a doubt.
func (s *straight) told(r *Request) {
	s.asking.Wait()
	if s.doubt == NoDoubt {
		return
	}
	d := Doubtful{Host: r.Host.Alias, Addrs: s.addrs, Doubt: s.doubt}
	for _, hop := range r.Host.ProxyJump {
		d.Via = append(d.Via, hop.Host)
	}
	r.UI.Tell(d)
}

// doubtAbout looks for an address that there is no doubt about.
func doubtAbout(addrs []netip.Addr, routed func(netip.Addr) bool, own []netip.Prefix) Doubt {
	reachable := slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !routed(a) })
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	switch {
	case len(reachable) == 0:
		return NoRoute
	case slices.ContainsFunc(reachable, func(a netip.Addr) bool { return !a.IsPrivate() && !a.IsLinkLocalUnicast() || ours(a) }):
		return NoDoubt
	}
	return Private
}

// routed reports whether this machine knows a way to an address. Nothing is sent.
func routed(addr netip.Addr) bool {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 9)))
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was written
	return true
}

// ownNetworks are those that this machine has an address in.
func ownNetworks() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, p)
		}
	}
	return own
}
