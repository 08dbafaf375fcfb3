package client

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/ssp"
)

const (
	// silentAfter is how long after an expected heartbeat the way in use counts as
	// silent, and every other known address of the server is tried beside it.
	silentAfter = time.Second
	// alertFor is how long all addresses are tried after a change of the machine's
	// own addresses or routes, and kickPause the least pause between two packets
	// that only such changes call for: an interface comes up in many steps.
	alertFor  = 3 * time.Second
	kickPause = 50 * time.Millisecond
	// resolveAfter is how long silence lasts before the server's name is looked up
	// again, and how long until the next time.
	resolveAfter = time.Minute
	// asleepAfter is how long the loop stands still at most while the machine is
	// awake: longer than any heartbeat.
	asleepAfter = 30 * time.Second

	maxCandidates = 8 // addresses tried beside the one in use
)

// opener is a Carrier that can send to other addresses (link.Client).
type opener interface {
	Remote() netip.AddrPort
	Open(remote netip.AddrPort) (datagram.Path, error)
	Use(path datagram.Path)
}

// reach keeps the server within reach: it knows its addresses, notices when the way in
// use may have died, and tries the others in parallel then. What answers is kept.
type reach struct {
	opener opener // nil: there is one way only

	addrs  []netip.AddrPort                 // of the server, as told and resolved
	others map[datagram.Path]netip.AddrPort // open ways to those not in use
	trying bool                             // packets go to the others too

	alert   time.Time // until when all are tried whatever is heard
	kicked  time.Time // when a change last made a packet go
	kick    time.Time // when one is to go next; zero: none is
	turned  time.Time // when the loop last turned
	lookup  time.Time // when the name was last looked up
	looking bool
	whole   bool // datagrams are not fragmented on the way

	tries, switches uint64
}

func newReach(c link.Carrier, addrs []netip.AddrPort, now time.Time) reach {
	r := reach{turned: now, others: map[datagram.Path]netip.AddrPort{}}
	if o, ok := c.(opener); ok {
		r.opener, r.addrs = o, slices.Clone(addrs)
	}
	return r
}

// learn adds addresses of the server's. Those that no server can be reached at from
// another machine are left out, whoever told them.
func (r *reach) learn(addrs ...netip.AddrPort) {
	for _, a := range addrs {
		a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		if !slices.Contains(r.addrs, a) && a.Addr().IsGlobalUnicast() && a.Port() != 0 && len(r.addrs) <= maxCandidates {
			r.addrs = append(r.addrs, a)
		}
	}
}

// told takes what a gmosh server has told: that it is one, and its addresses.
func (r *reach) told(s *session) {
	if hello := s.transport.Remote().Hello; hello != nil && !r.whole {
		r.whole = true
		s.transport.SetLavish()
		if hello.Has(ssp.FeatureDelivery) {
			s.transport.SetReporting()
		}
		if c, ok := s.carrier.(interface{ ForbidFragments() }); ok {
			c.ForbidFragments()
			s.transport.SetProbing()
		}
	}
	a := s.transport.Remote().Addresses
	if a == nil || r.opener == nil {
		return
	}
	for _, addr := range a.Addrs {
		r.learn(netip.AddrPortFrom(addr, a.Port))
	}
}

// settle decides what is to be tried now, before packets are sent.
func (r *reach) settle(s *session, now time.Time) {
	if now.Sub(r.turned) > asleepAfter {
		r.changed(now)
	}
	r.turned = now
	if !r.kick.IsZero() && !now.Before(r.kick) {
		r.kick, r.kicked = time.Time{}, now
		s.transport.SetPath(now, s.transport.Path()) // says something at once
	}
	if r.opener == nil {
		return
	}
	silence := now.Sub(s.heard())
	contact, _ := s.transport.Slack()
	trying := now.Before(r.alert) || silence >= ssp.Heartbeat+contact+silentAfter
	if trying && !r.trying {
		r.open()
	}
	r.trying = trying
	if silence >= resolveAfter && now.Sub(r.lookup) >= resolveAfter {
		r.resolve(s, now)
	}
}

// changed takes note that the machine's addresses or routes have changed, or that it
// has slept. A packet goes out at once, and another one when it has calmed down.
func (r *reach) changed(now time.Time) {
	r.alert = now.Add(alertFor)
	r.trying = false // look again at what can be opened
	if r.kick.IsZero() {
		r.kick = later(now, r.kicked.Add(kickPause))
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// deadline is when settle has something to do by time alone; zero: never.
func (r *reach) deadline() time.Time { return r.kick }

// open opens ways to the addresses that have none.
func (r *reach) open() {
	used := r.opener.Remote()
	for _, a := range r.addrs {
		if a == used || len(r.others) >= maxCandidates || r.has(a) {
			continue
		}
		if path, err := r.opener.Open(a); err == nil { // else there is no such family here
			r.others[path] = a
		}
	}
}

func (r *reach) has(a netip.AddrPort) bool {
	for _, b := range r.others {
		if a == b {
			return true
		}
	}
	return false
}

// copy sends a packet over the other ways as well. The server takes the first that
// arrives; a way that cannot carry it is none.
func (r *reach) copy(c link.Carrier, packet []byte) {
	if !r.trying {
		return
	}
	for path := range r.others {
		r.tries++
		if errors.Is(c.Send(path, packet), link.ErrPath) {
			delete(r.others, path) // closed meanwhile
		}
	}
}

// answered takes note that the newest packet so far came over a path: if that is one
// of the others, it is the way from now on.
func (r *reach) answered(s *session, path datagram.Path, now time.Time) {
	if _, ok := r.others[path]; !ok {
		return
	}
	old := s.transport.Path()
	r.others[old] = r.opener.Remote()
	delete(r.others, path)
	r.opener.Use(path)
	s.network.path = path
	s.transport.SetPath(now, path)
	r.alert, r.trying = now, false
	r.switches++
}

// resolve looks the server's name up in a goroutine.
func (r *reach) resolve(s *session, now time.Time) {
	r.lookup = now
	if s.opts.Resolve == nil || r.looking {
		return
	}
	r.looking = true
	s.source(func() {
		ctx, cancel := context.WithTimeout(s.alive, resolveAfter)
		defer cancel()
		addrs, err := s.opts.Resolve(ctx)
		s.post(resolved{addrs, err})
	})
}

// resolved is what a look-up has found.
type resolved struct {
	addrs []netip.AddrPort
	err   error
}

func (e resolved) happen(s *session, now time.Time) {
	s.reach.looking = false
	if e.err != nil {
		return // it is tried again, and silence is shown already
	}
	before := len(s.reach.addrs)
	s.reach.learn(e.addrs...)
	if len(s.reach.addrs) > before {
		s.reach.changed(now)
	}
}

// watch is the goroutine that waits for changes of the machine's addresses.
func (s *session) watch(changes <-chan struct{}) {
	for {
		select {
		case <-changes:
			if !s.post(moved{}) {
				return
			}
		case <-s.alive.Done():
			return
		}
	}
}

// moved says that the machine's addresses or routes have changed.
type moved struct{}

func (moved) happen(s *session, now time.Time) { s.reach.changed(now) }

// heard is when the server was last heard, or the beginning.
func (s *session) heard() time.Time { return later(s.started, s.transport.LastHeard()) }
