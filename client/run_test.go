package client

import (
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
)

// What both ends have is nobody's business any more: else each key costs more than the
// one before it.
func TestKeysThatHaveArrivedAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, simnet.Conditions{})
		defer w.end()
		s, err := newSession(w.opts)
		if err != nil {
			t.Fatal(err)
		}
		defer s.stop()
		server := ssp.New(ssp.Config[screen.State, userinput.State]{
			Datagram:   datagram.New(w.opts.Ticket.Key, datagram.ToClient, 0),
			Local:      screen.Initial(80, 24),
			Current:    func() screen.State { return screen.Initial(80, 24) },
			MaxPayload: w.wire.MaxPayload,
			Follow:     true,
		}, now())
		for range 500 {
			s.input.add([]byte("k"))
			s.feed(now())
			w.pass(200 * time.Millisecond)
			for _, out := range s.transport.Tick(now()) {
				server.Receive(now(), 1, out.Packet, false)
			}
			w.pass(200 * time.Millisecond)
			for _, out := range server.Tick(now()) {
				s.take(link.Packet{Path: out.Path, Data: out.Packet}, now())
			}
		}
		if n := s.local.Pending(userinput.State{}); n < 500 {
			t.Fatalf("only %d keys were typed", n)
		}
		if n := len(s.local.Since(userinput.State{})); n > 20 {
			t.Errorf("%d events are kept", n)
		}
	})
}
