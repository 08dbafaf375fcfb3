package client

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"gmosh/client/notice"
	"gmosh/protocol/datagram"
	"gmosh/protocol/terminal"
)

// panel is what the user sees of the connection when they ask for it. What it shows
// is gathered all the time, from packets; a timer runs only while it is open.
type panel struct {
	open    bool
	history notice.History
	sampled time.Time // when the newest sample of the round trip was made
}

func (p *panel) toggle() { p.open = !p.open }

// packet takes note of an authentic packet.
func (p *panel) packet(s *session, now time.Time) {
	d := s.transport.Datagram()
	if sample, at := d.LastRTT(); at != p.sampled {
		p.history.Sample(now, sample)
		p.sampled = at
	}
}

// next is when the panel changes by itself; zero: it does not.
func (p *panel) next(now time.Time) time.Time {
	if !p.open {
		return time.Time{}
	}
	return now.Truncate(time.Second).Add(time.Second)
}

func (p *panel) draw(s *session, over *terminal.Overlay, now time.Time) {
	if p.open {
		notice.DrawPanel(over, s.facts(now), &p.history, now)
	}
}

// facts gathers what the panel says.
func (s *session) facts(now time.Time) notice.Facts {
	d, stats := s.transport.Datagram(), s.transport.Stats()
	f := notice.Facts{
		Address:  s.address(),
		Measured: d.HaveRTT(),
		Lost:     s.lost(now),
		Sent:     notice.Traffic{Packets: stats.PacketsOut, Bytes: stats.BytesOut},
		Received: notice.Traffic{Packets: stats.PacketsIn, Bytes: stats.BytesIn},
		Close:    s.opts.Escape.Panel(),
		Quit:     s.opts.Escape.Quit(),
	}
	if f.Measured {
		f.SRTT, f.RTTVar = d.SRTT(), d.RTTVAR()
	}
	if s.opts.Predictor != nil {
		p := s.opts.Predictor.Stats()
		// A guess that was not shown is nothing that was wrong on the screen.
		f.Shown = notice.Predictions{On: true, AtOnce: p.AtOnce, Confirmed: p.Confirmed, Wrong: p.Seen}
	}
	switch hello := s.transport.Remote().Hello; {
	case hello != nil:
		f.Peer = fmt.Sprintf("%s (extensions version %d)", hello.Software, hello.Version)
		f.Features = s.common(hello.Features)
	case s.connected:
		f.Peer = "mosh (no extensions)"
	}
	return f
}

// lost is what became of the packets of the last minute. Those on the way out only a
// gmosh counts; else there is an estimate.
func (s *session) lost(now time.Time) notice.Loss {
	in, out := s.transport.Lost(now)
	loss := notice.Loss{Known: in.Known, In: in.Fraction(), Out: out.Fraction(), Counted: out.Known}
	if !out.Known {
		_, loss.Out = s.transport.Loss()
	}
	return loss
}

// twoEnded is a Carrier that knows both ends of its packets (link.Client).
type twoEnded interface {
	Remote() netip.AddrPort
	LocalPort(datagram.Path) int
}

// address is where packets go, from where, and how often a new port was tried.
func (s *session) address() string {
	var text string
	if c, ok := s.carrier.(twoEnded); ok {
		remote := c.Remote()
		text = fmt.Sprintf("%s, UDP port %d, from port %d", remote.Addr().Unmap(), remote.Port(), c.LocalPort(s.network.path))
	} else if len(s.opts.Ticket.Addrs) > 0 {
		text = fmt.Sprintf("%s, UDP port %d", s.opts.Ticket.Addrs[0].Addr(), s.port())
	}
	if s.network.hops > 0 {
		text += fmt.Sprintf(" (%d changes)", s.network.hops)
	}
	return text
}

// common are those of the server's features that we have too.
func (s *session) common(theirs []string) []string {
	var both []string
	for _, name := range s.hello.Features {
		if slices.Contains(theirs, name) {
			both = append(both, name)
		}
	}
	return both
}
