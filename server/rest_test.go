package server

import (
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// restful says hello as a client that knows what a slow heartbeat is.
func (c *testClient) restful(features ...string) {
	c.change(func(s userinput.State) userinput.State {
		return s.Hello(&wire.Hello{Version: 1, Features: features}).Resize(80, 24)
	})
}

func TestAnUntouchedSessionRestsAndAKeyWakesIt(t *testing.T) {
	for _, features := range [][]string{nil, {screen.FeatureHeartbeat}} {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, 30*time.Millisecond, nil)
			b.client.restful(features...)
			b.term.print("$ ")
			b.client.untilText("$")
			b.client.idle(restAfter + 10*time.Second)
			rests := b.client.transport.Remote().Heartbeat == uint32(restHeartbeat/time.Second)
			if rests != (features != nil) {
				t.Errorf("features %q: the server announces %d s", features, b.client.transport.Remote().Heartbeat)
			}
			sent := func() (n uint64) {
				b.inspect(func(l *Loop) { n = l.current.transport.Stats().PacketsOut })
				return n
			}
			before := sent()
			b.client.idle(time.Minute)
			if n := sent() - before; rests && n > 6 || !rests && n < 19 {
				t.Errorf("features %q: %d packets out in a minute", features, n)
			}
			b.term.print("more")
			b.client.untilText("more")
			if got := b.client.transport.Remote().Heartbeat; got != 0 {
				t.Errorf("after output the server announces %d s", got)
			}
			before = sent()
			b.client.idle(time.Minute)
			if n := sent() - before; n < 19 {
				t.Errorf("after output %d packets out in a minute", n)
			}
			b.finish()
		})
	}
}

// A client that rests is no silent one.
func TestAClientThatAnnouncesSilenceIsAnsweredAsOneThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 30*time.Millisecond, nil)
		b.client.restful(screen.FeatureHeartbeat)
		b.client.untilText("")
		b.client.change(func(s userinput.State) userinput.State { return s.Heartbeat(15) })
		b.client.idle(time.Second)
		b.client.transport.SetHeartbeat(bubbleNow(), 15*time.Second)
		b.client.idle(50 * time.Second)
		var contact time.Duration
		b.inspect(func(l *Loop) { contact = slack(l.current) })
		if contact != 15*time.Second-ssp.Heartbeat {
			t.Errorf("the server allows for %v more", contact)
		}
		b.term.print("here")
		b.client.untilText("here")
		b.finish()
	})
}

// Where silence ends the session, heartbeats stay as they are.
func TestAShortNetworkTimeoutForbidsRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 30*time.Millisecond, func(c *Config) { c.NetworkTimeout = time.Minute })
		b.client.restful(screen.FeatureHeartbeat)
		s := b.client.until("the hello", func(s screen.State) bool { return s.Hello != nil })
		if s.Hello.Has(screen.FeatureHeartbeat) || !s.Hello.Has(screen.FeatureAddresses) {
			t.Errorf("the server offers %q", s.Hello.Features)
		}
		b.finish()
	})
}

// lossy makes every third packet of a carrier get lost.
func lossy(p *pipe) {
	sent := 0
	p.cut = func() bool { sent++; return sent%3 == 0 }
}

// A gmosh is repeated to as often as the loss demands, a mosh three times for two frames
// at most; and is told what comes of its packets, if it says that it wants that.
func TestWhoSaysHelloIsRepeatedToAndToldOfLosses(t *testing.T) {
	for name, c := range map[string]struct {
		hello       bool
		features    []string
		least, most float64 // repeats ahead of a timeout, for each frame
		told        bool
	}{
		"a gmosh":        {true, []string{ssp.FeatureDelivery}, 2.5, 8, true},
		"an older gmosh": {true, nil, 2.5, 8, false},
		"a mosh":         {false, nil, 0.5, 1.6, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, 50*time.Millisecond, nil)
				if c.hello {
					b.client.restful(c.features...)
				} else {
					b.client.resize(80, 24)
				}
				b.term.print("$ ")
				b.client.untilText("$")
				lossy(b.client.pipe)
				b.inspect(func(l *Loop) { lossy(l.current.carrier.(*pipe)) })
				covers := func() (n uint64) {
					b.inspect(func(l *Loop) { n = l.current.transport.Stats().Covers })
					return n
				}
				for range 20 { // it gets known
					b.client.keys("k")
					b.client.idle(250 * time.Millisecond)
				}
				const frames = 40
				before := covers()
				for range frames {
					b.term.print("x")
					b.client.idle(250 * time.Millisecond)
				}
				if n := float64(covers()-before) / frames; n < c.least || n > c.most {
					t.Errorf("%.1f repeats a frame, want %.1f to %.1f", n, c.least, c.most)
				}
				if _, out := b.client.transport.Lost(bubbleNow()); out.Known != c.told {
					t.Errorf("the client knows of its packets: %+v", out)
				}
				b.inspect(func(l *Loop) { l.current.carrier.(*pipe).cut = nil })
				b.client.pipe.cut = nil
				b.finish()
			})
		})
	}
}
