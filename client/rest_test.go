package client

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/screen"
	"gmosh/protocol/wire"
)

// heartbeats are the events that announce one.
func (w *world) heartbeats() (seconds []uint32) {
	for _, e := range w.server.got() {
		if e.Kind == wire.ClientHeartbeat {
			seconds = append(seconds, e.Heartbeat)
		}
	}
	return seconds
}

func TestAnUntouchedTerminalRestsAndAKeyWakesIt(t *testing.T) {
	inWorld(t, far, func(w *world) {
		w.start()
		w.pass(time.Second)
		w.server.do(func() {
			w.server.state.Hello = &wire.Hello{Version: 1, Features: []string{screen.FeatureHeartbeat}}
			w.server.transport.Touch(now())
		})
		w.pass(restAfter + 10*time.Second)
		if got := w.heartbeats(); len(got) != 1 || got[0] != 15 {
			t.Fatalf("announced: %v", got)
		}
		// The server goes to rest as well: nothing is late before it says so.
		w.server.do(func() {
			w.server.state.Heartbeat = 15
			w.server.transport.Touch(now())
			w.server.transport.SetHeartbeat(now(), 15*time.Second)
		})
		for range 20 {
			w.pass(5 * time.Second)
			if text := w.user.text(); strings.Contains(text, "Last") {
				t.Fatalf("at rest the bar says: %s", text)
			}
		}
		w.wire.setDown(true, true)
		w.pass(25 * time.Second)
		if text := w.user.text(); !strings.Contains(text, "Last contact") {
			t.Errorf("after 25 s of silence at rest: %q", text)
		}
		w.wire.setDown(false, false)
		w.user.typeText("x")
		w.pass(210 * time.Millisecond)
		if got := w.heartbeats(); len(got) != 2 || got[1] != 3 {
			t.Errorf("announced: %v", got)
		}
		if got := w.server.typed(); got != "x" {
			t.Errorf("the server got %q", got)
		}
		w.quit()
	})
}

func TestOnlyAddressesOfOtherMachinesAreLearnt(t *testing.T) {
	var r reach
	for _, a := range []string{"127.0.0.1:1", "[::1]:1", "224.0.0.1:1", "0.0.0.0:1", "169.254.1.1:1", "[fe80::1]:1", "192.0.2.1:0"} {
		r.learn(netip.MustParseAddrPort(a))
	}
	if len(r.addrs) > 0 {
		t.Errorf("learnt %v", r.addrs)
	}
	for range 2 {
		r.learn(netip.MustParseAddrPort("192.0.2.1:60001"), netip.MustParseAddrPort("[2001:db8::1]:60001"))
	}
	if len(r.addrs) != 2 {
		t.Errorf("learnt %v", r.addrs)
	}
	for i := range 100 {
		r.learn(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(i+1)))
	}
	if len(r.addrs) > maxCandidates+1 {
		t.Errorf("learnt %d addresses", len(r.addrs))
	}
}

// An interface comes up in many steps: the first is answered at once, the others
// together.
func TestChangesOfAddressesSendPacketsNoOftenerThanNeedBe(t *testing.T) {
	inWorld(t, near, func(w *world) {
		w.start()
		w.pass(time.Second)
		var r reach
		at := now()
		r.changed(at)
		if !r.deadline().Equal(at) {
			t.Errorf("the first change waits until %v", r.deadline().Sub(at))
		}
		r.kick, r.kicked = time.Time{}, at
		for i := range 10 {
			r.changed(at.Add(time.Duration(i) * time.Millisecond))
		}
		if got := r.deadline().Sub(at); got != kickPause {
			t.Errorf("the next packet goes after %v, want %v", got, kickPause)
		}
		w.quit()
	})
}
