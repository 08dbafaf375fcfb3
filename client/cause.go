package client

import (
	"net/netip"
	"slices"
	"time"

	"gmosh/client/notice"
	"gmosh/protocol/link"
)

// Cause is why nothing is heard of a server, as far as it can be known.
type Cause int

// The causes.
const (
	NoCause      Cause = iota // it was heard, and not lost with the login
	Unknown                   // nothing is known but that no answer came
	Closed                    // its machine says that nothing listens there; the server could not be asked about
	Gone                      // its process has ended
	Unheard                   // it hears us, and its answers do not arrive
	Blocked                   // it hears nothing: a firewall, most likely
	Elsewhere                 // it hears nothing: we send to an address that is not its
	Foreign                   // something else answers from there, or changes what is sent
	Uncounted                 // it lives, and cannot tell what it hears: a stock server
	LostAtLogout              // it was heard, and fell silent when the login ended
)

// Cause says why nothing was, or is, heard of the server at an address.
func (r Result) Cause(server netip.AddrPort) Cause {
	h := r.Health
	switch {
	case r.Connected && r.LostAtLogout:
		return LostAtLogout
	case r.Connected:
		return NoCause
	case h != nil && !h.Alive:
		return Gone
	case r.Foreign > 0:
		return Foreign
	case h == nil && r.Refused:
		return Closed
	case h == nil:
		return Unknown
	case h.Counted && h.Opened > 0:
		return Unheard
	case h.Counted && h.Received > 0:
		return Foreign // what reaches it is not what we sent
	case !addressed(*h, server.Addr()):
		return Elsewhere
	case h.Counted:
		return Blocked
	}
	return Uncounted
}

// addressed reports whether an address may be the server's: one that it listens on,
// and of its machine, as far as that is known.
func addressed(h Health, addr netip.Addr) bool {
	addr = addr.Unmap()
	if h.Bound.IsValid() && !h.Bound.IsUnspecified() {
		return h.Bound.Unmap() == addr
	}
	return h.Addrs == nil || addr.IsLoopback() || slices.Contains(h.Addrs, addr.WithZone(""))
}

// logoutWindow is how soon after the end of the SSH connection a silence must begin
// to be that end's work.
const logoutWindow = 15 * time.Second

// lostAtLogout reports whether the server has fallen silent with the login that
// started it, and something speaks for its having been ended then: its machine is
// known to do so, or says that nobody listens any more.
func (s *session) lostAtLogout(now time.Time) bool {
	closed, heard := s.lifeline.closed, s.transport.LastHeard()
	return s.connected && !closed.IsZero() && heard.Sub(closed) < logoutWindow &&
		now.Sub(heard) >= silence && (s.opts.LogoutKills || s.refused)
}

// silence is how long nothing must come to be worth a thought: two heartbeats and a
// little.
const silence = 6500 * time.Millisecond

// noteLogout tells the user, once, that the server may be gone for good.
func (s *session) noteLogout(now time.Time) {
	if !s.lifeline.suspected && s.lostAtLogout(now) {
		s.lifeline.suspected = true
		s.bar.Note(sayLostAtLogout, now, notice.Stay)
	}
}

// reached is what is known of the way to the server.
func (s *session) reached(now time.Time) Result {
	r := Result{
		Connected:    s.connected,
		Refused:      s.refused,
		LostAtLogout: s.lostAtLogout(now),
		Health:       s.lifeline.health,
	}
	stats := s.transport.Stats()
	if stats.PacketsIn == s.ahead {
		r.Foreign = stats.Drops.Datagram
		if c, ok := s.carrier.(interface{ Stats() link.Stats }); ok {
			dropped := c.Stats()
			r.Foreign += dropped.Unclaimed + dropped.Truncated
		}
	}
	return r
}
