package client

import (
	"fmt"
	"slices"
	"time"

	"gmosh/client/notice"
	"gmosh/protocol/terminal"
)

// panel is what the user sees of the connection when they ask for it. What it shows
// is gathered all the time, from packets; a timer runs only while it is open.
type panel struct {
	open    bool
	history notice.History
	sampled time.Time // when the newest sample of the round trip was made
}

// panelKey closes the panel when it comes alone: in a longer read it begins a
// function key.
const panelKey = "\x1b"

func (p *panel) toggle() { p.open = !p.open }

// closedBy reports whether what was typed closes the panel, and nothing else.
func (p *panel) closedBy(typed []byte) bool {
	if !p.open || string(typed) != panelKey {
		return false
	}
	p.open = false
	return true
}

// packet takes note of an authentic packet.
func (p *panel) packet(s *session, now time.Time) {
	d := s.transport.Datagram()
	_, out := s.transport.Loss()
	r := notice.Reading{Expected: d.Expected(), Opened: d.Stats().Opened, LossOut: out}
	if sample, at := d.LastRTT(); at != p.sampled {
		r.RTT, p.sampled = sample, at
	}
	p.history.Packet(now, r)
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
		notice.DrawPanel(over, s.facts(), &p.history, now)
	}
}

// facts gathers what the panel says.
func (s *session) facts() notice.Facts {
	d, stats := s.transport.Datagram(), s.transport.Stats()
	f := notice.Facts{
		Address:  s.address(),
		Measured: d.HaveRTT(),
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
		f.Shown = notice.Predictions{On: true, AtOnce: p.AtOnce, Confirmed: p.Confirmed, Wrong: p.Wrong}
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

// address is where packets go, and how often a new port was tried for them.
func (s *session) address() string {
	if len(s.opts.Ticket.Addrs) == 0 {
		return "not UDP"
	}
	text := fmt.Sprintf("%s, UDP port %d", s.opts.Ticket.Addrs[0].Addr(), s.port())
	if s.network.hops > 0 {
		text += fmt.Sprintf(" (from the %d. port of ours)", s.network.hops+1)
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
