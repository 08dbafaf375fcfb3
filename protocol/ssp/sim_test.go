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

// world is a client and a server with a path between them, in virtual time, and an
// application that answers keys with a state of type S.
type world[S ssp.State[S]] struct {
	t    *testing.T
	now  time.Time
	up   *simnet.Link
	down *simnet.Link
	nat  *simnet.NAT

	client *ssp.Transport[userinput.State, S]
	socket int // the client's current one
	hopped time.Time
	input  userinput.State

	server   *ssp.Transport[S, userinput.State]
	consumed userinput.State
	received []byte // keys, as the server's application got them
	current  func() S
	apply    func(e userinput.Event) // what the application does with an event

	app     func(now time.Time) time.Time // output of the application's own; returns when next
	appNext time.Time
	look    func() // called at every event, for measurements
}

func makeWorld[S ssp.State[S]](t *testing.T, seed uint64, up, down simnet.Conditions, atServer, atClient S) *world[S] {
	w := &world[S]{
		t: t, now: epoch, socket: 1, hopped: epoch,
		up: simnet.NewLink(seed*2, up), down: simnet.NewLink(seed*2+1, down), nat: simnet.NewNAT(),
	}
	key := datagram.Key{byte(seed), byte(seed >> 8)}
	payload := func(datagram.Path) int { return 1252 }
	w.input = userinput.State{}.Resize(80, 24)
	w.client = ssp.New(ssp.Config[userinput.State, S]{
		Datagram:   datagram.New(key, datagram.ToServer, 0),
		Remote:     atClient,
		Current:    func() userinput.State { return w.input },
		MinDelay:   0,
		MaxPayload: payload,
		Path:       1,
		Rand:       rand.New(rand.NewPCG(seed, 1)),
	}, w.now)
	w.client.Touch(w.now)
	w.server = ssp.New(ssp.Config[S, userinput.State]{
		Datagram:   datagram.New(key, datagram.ToClient, 0),
		Local:      atServer,
		Current:    func() S { return w.current() },
		MinDelay:   0,
		MaxPayload: payload,
		Follow:     true,
		Rand:       rand.New(rand.NewPCG(seed, 2)),
	}, w.now)
	return w
}

// textWorld's application appends what is typed to a text.
type textWorld struct {
	*world[text]
	screen text
}

func newWorld(t *testing.T, seed uint64, up, down simnet.Conditions) *textWorld {
	w := newThriftyWorld(t, seed, up, down)
	w.client.SetLavish()
	w.server.SetLavish()
	return w
}

// newThriftyWorld is one whose halves take each other for a mosh.
func newThriftyWorld(t *testing.T, seed uint64, up, down simnet.Conditions) *textWorld {
	w := &textWorld{world: makeWorld[text](t, seed, up, down, "", "")}
	w.current = func() text { return w.screen }
	w.apply = func(e userinput.Event) { w.screen += text(e.Keys) }
	return w
}

// print is output of the server's application.
func (w *textWorld) print(s string) {
	w.screen += text(s)
	w.server.Touch(w.now)
}

// press types keys at the client.
func (w *world[S]) press(keys string) {
	w.input = w.input.Subtract(w.client.Acked()).Keys([]byte(keys))
	w.client.Touch(w.now)
}

// run lets time pass, event by event, until done says so or the given time is over.
// It reports whether done did.
func (w *world[S]) run(limit time.Duration, done func() bool) bool {
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
func (w *world[S]) nextEvent() time.Time {
	var first time.Time
	for _, at := range []time.Time{w.up.Next(), w.down.Next(), w.client.Deadline(w.now), w.server.Deadline(w.now), w.appNext} {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// settle does all that is due now.
func (w *world[S]) settle() {
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
	if w.look != nil {
		w.look()
	}
}

// consume hands new input to the application.
func (w *world[S]) consume() {
	newest := w.server.Remote()
	events := newest.Since(w.consumed)
	for _, e := range events {
		w.received = append(w.received, e.Keys...)
		w.apply(e)
	}
	w.consumed = newest
	if len(events) > 0 {
		w.server.Touch(w.now)
	}
}

func (w *world[S]) send() {
	for _, out := range w.client.Tick(w.now) {
		w.hop()
		w.up.Send(w.now, simnet.Packet{From: w.nat.Out(w.socket), Data: out.Packet})
	}
	for _, out := range w.server.Tick(w.now) {
		w.down.Send(w.now, simnet.Packet{To: int(out.Path), Data: out.Packet})
	}
}

// hop is the client's change of port (spec section 2).
func (w *world[S]) hop() {
	const after = 10 * time.Second
	if w.now.Sub(w.hopped) > after && w.now.Sub(w.client.LastProof()) > after {
		w.socket++
		w.hopped = w.now
	}
}

// converged reports whether both ends hold all the other has.
func (w *world[S]) converged() bool {
	return w.server.Remote().Equal(w.input) && w.client.Remote().Equal(w.current())
}
