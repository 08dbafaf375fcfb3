package client

import (
	"strings"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/simnet"
	"gmosh/protocol/ssp"
	"gmosh/protocol/terminal"
	"gmosh/protocol/userinput"
)

// introduced makes the client's Introduction, and the packets with which a server
// that was told it answers: a screen with a text on it.
func introduced(w *world, text string) {
	in, err := Introduce(w.opts, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	const way datagram.Path = 99
	e := terminal.New(80, 24, terminal.Options{})
	e.Write([]byte(text))
	server := ssp.New(ssp.Config[screen.State, userinput.State]{
		Datagram:   datagram.New(w.opts.Ticket.Key, datagram.ToClient, 0),
		Local:      screen.Initial(80, 24),
		Current:    func() screen.State { return screen.State{Frame: e.Frame()} },
		MaxPayload: func(datagram.Path) int { return 1252 },
		Follow:     true,
	}, now())
	if !server.Hear(now(), way, in.State()) {
		w.t.Fatal("the first state is not valid")
	}
	server.Touch(now())
	ahead := make(chan []byte, 8)
	for _, out := range server.Tick(now()) {
		ahead <- out.Packet
	}
	w.opts.Introduction, w.opts.Ahead = in, ahead
}

// cutOff has no packet arrive, either way, after a first screen with a prompt; the
// server's machine knows that the server lives.
func cutOff(w *world) *fakeLifeline {
	w.wire.setDown(true, true)
	life := &fakeLifeline{health: Health{Alive: true, Counted: true}}
	w.opts.Lifeline = life
	introduced(w, "prompt$")
	return life
}

func TestAScreenThatComesAheadOfPacketsIsShownAndProvesNothing(t *testing.T) {
	inWorld(t, near, func(w *world) {
		life := cutOff(w)
		w.start()
		w.pass(time.Millisecond)
		w.wantLine(0, "prompt$")
		w.pass(aheadNotice - 2*time.Millisecond)
		w.wantLine(0, "prompt$")
		w.pass(2 * time.Second)
		if bar := w.user.lines()[0]; !strings.Contains(bar, "Nothing received from server on UDP port 60001.") {
			t.Errorf("the bar says %q", bar)
		}
		w.pass(time.Second)
		if life.asked.Load() != 1 {
			t.Error("the server's machine was not asked")
		}
		w.pass(15 * time.Second)
		if r := w.finish(5 * time.Second); r.Connected || r.Clean || r.Foreign != 0 {
			t.Errorf("result: %+v", r)
		}
	})
}

func TestAnEarlyScreenDoesNotEndTheTrying(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.wire.setDown(true, true)
		introduced(w, "prompt$")
		w.start()
		w.pass(400 * time.Millisecond)
		w.wire.setDown(false, false)
		w.pass(200 * time.Millisecond)
		var packets uint64
		w.server.do(func() { packets = w.server.transport.Stats().PacketsIn })
		if packets == 0 {
			t.Error("nothing has come half a second after the first packets were lost")
		}
	})
}

func TestASizeThatChangesAfterTheIntroductionIsTold(t *testing.T) {
	inWorld(t, near, func(w *world) {
		in, err := Introduce(w.opts, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Introduction, w.opts.Ahead = in, make(chan []byte)
		w.user.resize(100, 30)
		w.start()
		w.pass(time.Second)
		var cols, rows int
		w.server.do(func() { frame := w.server.emulator.Frame(); cols, rows = frame.Size() })
		if cols != 100 || rows != 30 {
			t.Errorf("the server has a screen of %dx%d", cols, rows)
		}
		w.quit()
	})
}

func TestAnIntroductionThatNobodyWasToldCostsNothing(t *testing.T) {
	inWorld(t, simnet.Conditions{Delay: 150 * time.Millisecond}, func(w *world) {
		in, err := Introduce(w.opts, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.opts.Introduction, w.opts.Ahead = in, make(chan []byte)
		w.start()
		w.pass(310 * time.Millisecond)
		w.user.typeText("x")
		w.pass(310 * time.Millisecond)
		if !strings.Contains(w.user.text(), "x") {
			t.Errorf("after two round trips:\n%s", w.user.text())
		}
		w.quit()
	})
}

func TestNeitherNoiseNorSilenceAfterAnEarlyScreenEndsTheSecondWay(t *testing.T) {
	inWorld(t, near, func(w *world) {
		life := cutOff(w)
		w.start()
		w.wire.toClient <- link.Packet{Path: 1, Data: make([]byte, 100)}
		w.pass(askAfter - time.Millisecond)
		if life.closed.Load() != 0 {
			t.Error("the lifeline was closed before a packet came")
		}
		w.pass(20 * time.Second)
		if r := w.finish(5 * time.Second); r.Connected || r.Foreign != 1 {
			t.Errorf("result: %+v", r)
		}
	})
}
