package server

import (
	"net/netip"
	"time"

	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

const (
	// restAfter is how long a session is untouched, neither typed at nor printing,
	// before its heartbeat slows down to restHeartbeat for a client that knows what
	// that means.
	restAfter     = 3 * time.Minute
	restHeartbeat = 15 * time.Second

	// patientTimeout is from where on a network timeout leaves room for that.
	patientTimeout = 2 * time.Minute
)

// offer answers what the client says of heartbeats in these events.
func (a *Attachment) offer(events []userinput.Event) {
	for i := range events {
		switch e := &events[i]; {
		case e.Kind == wire.ClientHeartbeat:
			a.transport.SetPeerHeartbeat(time.Duration(e.Heartbeat) * time.Second)
		case e.Kind == wire.ClientHello && a.hello != nil:
			a.transport.SetLavish()
			a.restful = e.Hello.Has(screen.FeatureHeartbeat) && !a.impatient
			if e.Hello.Has(ssp.FeatureDelivery) {
				a.transport.SetReporting()
			}
			if c, ok := a.carrier.(interface{ ForbidFragments() }); ok {
				c.ForbidFragments()
				a.transport.SetProbing()
			}
			if e.Hello.Has(screen.FeatureAddresses) {
				a.addresses = addresses(a.carrier)
			}
		}
	}
}

// addresses are where else a carrier can be reached; nil: nowhere.
func addresses(c link.Carrier) *wire.Addresses {
	listener, ok := c.(interface {
		Addresses() []netip.Addr
		Port() int
	})
	if !ok {
		return nil
	}
	told := listener.Addresses()
	if len(told) == 0 {
		return nil
	}
	return &wire.Addresses{Addrs: told[:min(len(told), wire.MaxAddresses)], Port: uint16(listener.Port())}
}

// rest announces a longer heartbeat when the session has not been used since then, and
// the usual one when it is. It needs no timer: heartbeats turn the loop.
func (a *Attachment) rest(now, used time.Time) {
	seconds, heartbeat := uint32(0), ssp.Heartbeat
	if a.restful && now.Sub(used) >= restAfter {
		seconds, heartbeat = uint32(restHeartbeat/time.Second), restHeartbeat
	}
	if seconds != a.heartbeat {
		a.heartbeat = seconds
		a.transport.Touch(now)
		a.transport.SetHeartbeat(now, heartbeat)
	}
}

// slack is how much longer than usual a client may be silent.
func slack(a *Attachment) time.Duration {
	contact, _ := a.transport.Slack()
	return contact
}
