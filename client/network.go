package client

import (
	"errors"
	"net"
	"time"

	"gmosh/client/notice"
	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
)

// When the way to the server is changed (spec section 2).
const (
	// hopAfter is how long neither a choice of port nor a proof that our packets
	// arrive may lie back, before a new port is tried: a NAT may have lost its
	// binding.
	hopAfter = 10 * time.Second
	// pruneAfter is how long after the last choice of port a packet shows that the
	// older ones are not needed.
	pruneAfter = 60 * time.Second
)

// maxRetries bounds how often one iteration of the loop sends again what was too
// long for the path.
const maxRetries = 3

// hopper is a Carrier that can choose another way to the server (link.Client).
type hopper interface {
	Path() datagram.Path
	Hop() (datagram.Path, error)
	Prune()
}

// network is the sending side of the loop, with the choice of port.
type network struct {
	path    datagram.Path
	hopper  hopper    // nil: there is one way only
	chosen  time.Time // when the port was chosen last
	pruned  bool      // older ports than that one are closed
	failing bool      // the last packet could not be sent
	hops    uint64

	buffers chan []byte // free ones
}

// onlyPath is the path of a carrier that has just one.
const onlyPath datagram.Path = 1

func newNetwork(c link.Carrier, now time.Time) network {
	n := network{path: onlyPath, chosen: now, pruned: true, buffers: make(chan []byte, eventBuffer)}
	if h, ok := c.(hopper); ok {
		n.path = h.Path()
		if !c.Reliable() {
			n.hopper = h
		}
	}
	return n
}

// received is a packet, or an error, from the network.
type received struct {
	packet link.Packet
	buf    []byte // what the packet is in, to be used again
	err    error
}

// receive is the goroutine that reads the network.
func (s *session) receive(c link.Carrier) {
	for {
		buf := s.network.buffer()
		p, err := c.Recv(buf)
		if errors.Is(err, net.ErrClosed) || !s.post(received{p, buf, err}) {
			return
		}
	}
}

func (n *network) buffer() []byte {
	select {
	case buf := <-n.buffers:
		return buf
	default:
		return make([]byte, link.BufferSize)
	}
}

func (r received) happen(s *session, now time.Time) {
	if r.err != nil {
		s.failed(r.err, now)
	} else {
		s.take(r.packet, now)
	}
	select {
	case s.network.buffers <- r.buf:
	default:
	}
}

// take gives a packet to the transport and does what follows from it.
func (s *session) take(p link.Packet, now time.Time) {
	t := s.transport
	packets, versions, older := t.Stats().PacketsIn, t.Stats().Drops.Version, t.Datagram().Stats().Older
	lacking := s.unacknowledged()
	news := t.Receive(now, p.Path, p.Data, p.CE)
	stats := t.Stats()
	authentic := stats.PacketsIn > packets
	if authentic {
		s.network.works(now)
		if t.Datagram().Stats().Older == older {
			s.reach.answered(s, p.Path, now)
		}
		s.panel.packet(s, now)
	}
	if stats.Drops.Version > versions {
		s.bar.Failed(sayVersion, now)
	}
	// What came ahead of the first packet may have acknowledged something too.
	if proof := t.LastProof(); authentic && !proof.IsZero() {
		s.bar.Proved(proof)
		s.lifeline.proved(s, now)
	}
	s.local = s.local.Subtract(t.Acked()) // nobody will ask for it
	s.input.adapt(lacking-s.unacknowledged(), t.Way(now))
	s.feed(now)
	s.unpause(now)
	if news || authentic && !s.connected && t.HaveHeard() {
		s.arrived(now)
	}
}

// arrived takes note of a newer state of the server's.
func (s *session) arrived(now time.Time) {
	s.bar.Heard(s.transport.LastHeard())
	s.rest.follow(s)
	s.reach.told(s)
	if !s.connected || s.lifeline.suspected {
		s.connected, s.lifeline.suspected = true, false
		s.bar.Note("", now, notice.Brief)
	}
	if s.opts.Predictor != nil {
		s.opts.Predictor.Arrived(now, s.view())
	}
}

// works closes the ports that are not needed any more, when an authentic packet
// has come long after the last choice.
func (n *network) works(now time.Time) {
	if !n.pruned && now.Sub(n.chosen) > pruneAfter {
		n.pruned = true
		n.hopper.Prune()
	}
}

// transmit sends what is due, and reports whether anything was.
func (n *network) transmit(s *session, now time.Time) (sent bool) {
	t := s.transport
	if _, slack := t.Slack(); n.hopDue(now, t.LastProof().Add(slack)) && due(t.Deadline(now), now) {
		n.hop(s, now)
	}
	for range maxRetries {
		for _, out := range t.Tick(now) {
			sent = true
			s.reach.copy(s.carrier, out.Packet)
			err := s.carrier.Send(out.Path, out.Packet)
			if err != nil {
				t.SendFailed(now, out.Path, err)
			}
			n.outcome(s, out.Probe, err, now)
		}
		if !due(t.Deadline(now), now) {
			break
		}
	}
	if err := t.Err(); err != nil {
		s.err = err
	}
	return sent
}

// outcome tells the user what became of a packet.
func (n *network) outcome(s *session, probe bool, err error, now time.Time) {
	switch {
	case err == nil:
		if n.failing {
			n.failing = false
			s.bar.Works(now)
		}
	case !probe && !errors.Is(err, datagram.ErrTooLong):
		if !n.failing {
			s.reach.changed(now) // another way may work
		}
		n.failing = true
		s.failed(err, now)
	}
}

// failed tells the user of an error of the network.
func (s *session) failed(err error, now time.Time) {
	s.refused = s.refused || refused(err)
	if refused(err) && s.lifeline.suspected {
		return // the bar says what that means
	}
	s.bar.Failed(sayError(err, s.port()), now)
}

// hopDue reports whether the next packet should leave from a new port.
func (n *network) hopDue(now, proof time.Time) bool {
	return n.hopper != nil && now.Sub(n.chosen) >= hopAfter && now.Sub(proof) >= hopAfter
}

// hop chooses a new port. If there is none to be had, the old one stays for as
// long as a new one would have.
func (n *network) hop(s *session, now time.Time) {
	n.chosen = now
	path, err := n.hopper.Hop()
	if err != nil {
		s.failed(err, now)
		return
	}
	n.path, n.pruned = path, false
	n.hops++
	s.transport.SetPath(now, path)
}

func due(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }
