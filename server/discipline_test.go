package server

import (
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/screen"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
	"gmosh/server/pty"
)

// Discipline is what the test's program has set.
func (f *fakeTerminal) Discipline() (pty.Discipline, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.discipline, nil
}

// asking begins a session as a client that wants to be told of the line discipline.
func asking(b *bench, features ...string) {
	b.client.change(func(s userinput.State) userinput.State {
		return s.Hello(&wire.Hello{Version: 1, Features: features}).Resize(80, 24)
	})
	b.client.until("a screen", func(s screen.State) bool { return b.term.command() != nil && s.Hello != nil })
}

func TestTheLineDisciplineIsToldWithTheOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		asking(b, screen.FeatureDiscipline)
		b.term.do(func() { b.term.discipline = pty.Discipline{Canonical: true} })
		b.term.print("Password:")
		s := b.client.untilText("Password:")
		if s.Discipline == nil || *s.Discipline != (wire.Discipline{Canonical: true}) {
			t.Errorf("told %+v with the prompt", s.Discipline)
		}
		if !s.Hello.Has(screen.FeatureDiscipline) {
			t.Errorf("the hello %+v does not say so", s.Hello)
		}
		b.finish()
	})
}

// A program that turns echo off after a key, and says nothing, is noticed by the
// time the key's echo ack is due: no state has that ack and the older report.
func TestTheLineDisciplineIsNoOlderThanTheEchoAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 10*time.Millisecond, nil)
		asking(b, screen.FeatureDiscipline)
		b.term.do(func() { b.term.discipline = pty.Discipline{Canonical: true, Echo: true} })
		b.term.print("ready")
		b.client.untilText("ready")
		b.client.idle(time.Second)
		before := b.client.lastData
		b.client.keys("\r")
		time.AfterFunc(echoDelay, func() { // the key arrives after 10 ms or so
			b.term.do(func() { b.term.discipline.Echo = string(b.term.input) != "\r" })
		})
		s := b.client.until("the echo ack", func(s screen.State) bool { return s.EchoAck > before })
		if s.Discipline == nil || s.Discipline.Echo {
			t.Errorf("told %+v with the echo ack", s.Discipline)
		}
		b.finish()
	})
}

func TestTheLineDisciplineIsToldOnlyWhoAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		asking(b)
		b.term.print("hello")
		if s := b.client.untilText("hello"); s.Discipline != nil {
			t.Errorf("told %+v", s.Discipline)
		}
		b.finish()
	})
}
