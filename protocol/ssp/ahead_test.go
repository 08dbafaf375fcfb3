package ssp_test

import (
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/simnet"
	"gmosh/protocol/userinput"
)

// roundabout is a path of the server's whose packets reach the client in another way
// than over a path.
const roundabout datagram.Path = 99

func TestAFirstStateThatWasToldIsAnsweredBeforeThereIsAPath(t *testing.T) {
	path := simnet.Conditions{Delay: 150 * ms}
	w := newWorld(t, 1, path, path)
	w.client.Told(w.now)
	told := w.input
	if !w.server.Hear(w.now, roundabout, told.Diff(userinput.State{})) || !w.server.Remote().Equal(told) {
		t.Fatalf("the server was told %v", w.server.Remote())
	}
	w.print("prompt")
	for _, out := range w.server.Tick(w.now) {
		if out.Path != roundabout {
			t.Errorf("a packet to path %d", out.Path)
		}
		w.client.Receive(w.now, 0, out.Packet, false)
	}
	if w.client.Remote() != "prompt" || w.client.AckedNum() != 1 {
		t.Fatalf("the client has the screen %q, and of its own %d acknowledged", w.client.Remote(), w.client.AckedNum())
	}
	w.press("x")
	if !w.run(310*ms, func() bool { return w.client.Remote() == "promptx" }) {
		t.Errorf("after the first key's echo: %q", w.client.Remote())
	}
	if w.run(time.Second, w.converged); w.server.Path() == roundabout {
		t.Error("the server has not followed the client to its path")
	}
}

func TestAPeerWhoseFirstStateWasToldLearnsAtOnceThatItsPacketsArrive(t *testing.T) {
	path := simnet.Conditions{Delay: 150 * ms}
	w := newWorld(t, 1, path, path)
	w.client.Told(w.now)
	w.server.Hear(w.now, roundabout, w.input.Diff(userinput.State{}))
	for _, out := range w.server.Tick(w.now) {
		w.client.Receive(w.now, 0, out.Packet, false)
	}
	answered := func() bool {
		before := w.client.Stats().PacketsIn // nothing is left to be acknowledged
		w.client.SetPath(w.now, 1)
		return w.run(301*ms, func() bool { return w.client.Stats().PacketsIn > before })
	}
	w.down.SetDown(true)
	for range 3 {
		answered()
	}
	w.down.SetDown(false)
	if !answered() {
		t.Error("no packet after a round trip")
	}
	for range 2 { // what is under way, and then what tells the server that it is known
		w.run(700*ms, func() bool { return false })
		answered()
	}
	w.run(700*ms, func() bool { return false })
	if answered() {
		t.Error("every packet is answered for good")
	}
}

func TestAWayThatPacketsDoNotTakeIsNotMeasured(t *testing.T) {
	path := simnet.Conditions{Delay: 50 * ms}
	w := newWorld(t, 1, path, path)
	w.client.Told(w.now)
	w.server.Hear(w.now, roundabout, w.input.Diff(userinput.State{}))
	late := w.now.Add(800 * ms)
	for _, out := range w.server.Tick(w.now) {
		w.client.Receive(late, 0, out.Packet, false)
	}
	w.now = late
	w.press("x")
	w.run(time.Second, func() bool { return w.server.Datagram().HaveRTT() })
	if rtt := w.server.Datagram().SRTT(); rtt > 150*ms {
		t.Errorf("the server takes a round trip of 100ms for %v", rtt)
	}
}

func TestAFirstStateThatNobodyHeardGoesInTheFirstPacket(t *testing.T) {
	path := simnet.Conditions{Delay: 150 * ms}
	w := newWorld(t, 1, path, path)
	w.client.Told(w.now)
	if !w.run(151*ms, func() bool { return w.server.Remote().Equal(w.input) }) {
		t.Errorf("the server has %v after one way", w.server.Remote())
	}
}

func TestAFirstStateThatIsNotValidChangesNothing(t *testing.T) {
	w := newWorld(t, 1, simnet.Conditions{}, simnet.Conditions{})
	if w.server.Hear(w.now, roundabout, []byte("x")) || w.server.RemoteNum() != 0 || w.server.Path() == roundabout {
		t.Error("garbage was taken for a state")
	}
}
