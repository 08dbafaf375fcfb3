package ssp_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// text is a small state for the way down: the newest of a string. Its diff is the
// length of the common prefix and the rest.
type text string

func (s text) Equal(o text) bool  { return s == o }
func (s text) Subtract(text) text { return s }

func (s text) Diff(base text) []byte {
	n := 0
	for n < len(s) && n < len(base) && s[n] == base[n] {
		n++
	}
	if n == len(s) && n == len(base) {
		return nil
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(n)), s[n:]...)
}

func (s text) Apply(diff []byte) (text, error) {
	if len(diff) == 0 {
		return s, nil
	}
	if len(diff) < 4 || int(binary.BigEndian.Uint32(diff)) > len(s) {
		return s, errors.New("bad diff")
	}
	return s[:binary.BigEndian.Uint32(diff)] + text(diff[4:]), nil
}

type (
	clientEnd = ssp.Transport[userinput.State, text]
	serverEnd = ssp.Transport[text, userinput.State]
)

// world is a client and a server with a path between them, in virtual time. The
// server's application echoes what is typed.
type world struct {
	t    *testing.T
	now  time.Time
	up   *simnet.Link
	down *simnet.Link
	nat  *simnet.NAT

	client *clientEnd
	socket int // the client's current one
	hopped time.Time
	input  userinput.State

	server   *serverEnd
	consumed userinput.State
	received []byte // keys, as the server's application got them
	screen   text
	echo     func(keys []byte) // what the application does with keys

	app        func(now time.Time) time.Time // output of the application's own; returns when next
	appNext    time.Time
	onDown     func() // called at every event, for measurements
	afterwards []time.Time
}

func newWorld(t *testing.T, seed uint64, up, down simnet.Conditions) *world {
	w := &world{
		t: t, now: epoch, socket: 1, hopped: epoch,
		up: simnet.NewLink(seed*2, up), down: simnet.NewLink(seed*2+1, down), nat: simnet.NewNAT(),
	}
	w.echo = func(keys []byte) { w.screen += text(keys) }
	key := datagram.Key{byte(seed)}
	payload := func(datagram.Path) int { return 1252 }
	w.input = userinput.State{}.Resize(80, 24)
	w.client = ssp.New(ssp.Config[userinput.State, text]{
		Datagram:   datagram.New(key, datagram.ToServer, 0),
		Current:    func() userinput.State { return w.input },
		MinDelay:   time.Millisecond,
		MaxPayload: payload,
		Path:       1,
		Rand:       rand.New(rand.NewPCG(seed, 1)),
	}, w.now)
	w.client.Touch(w.now)
	w.server = ssp.New(ssp.Config[text, userinput.State]{
		Datagram:   datagram.New(key, datagram.ToClient, 0),
		Current:    func() text { return w.screen },
		MinDelay:   8 * time.Millisecond,
		MaxPayload: payload,
		Follow:     true,
		Rand:       rand.New(rand.NewPCG(seed, 2)),
	}, w.now)
	return w
}

// press types keys at the client.
func (w *world) press(keys string) {
	w.input = w.input.Keys([]byte(keys))
	w.client.Touch(w.now)
}

// print is output of the server's application.
func (w *world) print(s string) {
	w.screen += text(s)
	w.server.Touch(w.now)
}

// run lets time pass, event by event, until done says so or the given time is over.
// It reports whether done did.
func (w *world) run(limit time.Duration, done func() bool) bool {
	end := w.now.Add(limit)
	for spins := 0; ; spins++ {
		w.settle()
		if done() {
			return true
		}
		next := w.nextEvent()
		if next.IsZero() || next.After(end) {
			w.now = end
			return done()
		}
		if next.After(w.now) {
			w.now, spins = next, 0
		}
		if spins > 100 {
			w.t.Fatalf("after %v: a deadline in the past, and nothing to do", w.now.Sub(epoch))
		}
	}
}

// nextEvent is the earliest of what may happen.
func (w *world) nextEvent() time.Time {
	var first time.Time
	for _, at := range []time.Time{w.up.Next(), w.down.Next(), w.client.Deadline(w.now), w.server.Deadline(w.now), w.appNext} {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// settle does all that is due now.
func (w *world) settle() {
	if !w.appNext.IsZero() && !w.now.Before(w.appNext) {
		w.appNext = w.app(w.now)
	}
	for {
		p, ok := w.up.Receive(w.now)
		if !ok {
			break
		}
		if w.server.Receive(w.now, datagram.Path(p.From), p.Data, false) {
			w.consume()
		}
	}
	for {
		p, ok := w.down.Receive(w.now)
		if !ok {
			break
		}
		if _, open := w.nat.In(p.To); open {
			w.client.Receive(w.now, 1, p.Data, false)
		}
	}
	w.send()
	if w.onDown != nil {
		w.onDown()
	}
}

// consume hands new input to the application.
func (w *world) consume() {
	newest := w.server.Remote()
	for _, e := range newest.Since(w.consumed) {
		w.received = append(w.received, e.Keys...)
		if len(e.Keys) > 0 {
			w.echo(e.Keys)
		}
	}
	w.consumed = newest
	w.server.Touch(w.now)
}

func (w *world) send() {
	for _, out := range w.client.Tick(w.now) {
		w.hop()
		w.up.Send(w.now, simnet.Packet{From: w.nat.Out(w.socket), Data: out.Packet})
	}
	for _, out := range w.server.Tick(w.now) {
		w.down.Send(w.now, simnet.Packet{To: int(out.Path), Data: out.Packet})
	}
}

// hop is the client's change of port (spec section 2).
func (w *world) hop() {
	const after = 10 * time.Second
	if w.now.Sub(w.hopped) > after && w.now.Sub(w.client.LastProof()) > after {
		w.socket++
		w.hopped = w.now
	}
}

// converged reports whether both ends hold all the other has.
func (w *world) converged() bool {
	return w.server.Remote().Equal(w.input) && w.client.Remote() == w.screen
}
