package server

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/ticket"
	"gmosh/protocol/userinput"
)

// toldFirst attaches a client that was told of with the command, 100 by 30.
func toldFirst(b *bench, n byte) *testClient {
	near, far := newPipe(10 * time.Millisecond)
	c := newTestClient(b.t, near, testKey(n), 80, 24)
	c.state = userinput.State{}.Resize(100, 30)
	c.transport.Told(bubbleNow())
	first := c.state.Diff(userinput.State{})
	b.inspect(func(l *Loop) {
		l.attach(bubbleNow(), AttachmentConfig{Carrier: far, Key: testKey(n), First: first})
	})
	return c
}

func TestASessionThatIsToldItsClientsStateBeginsBeforeAPacketComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		c := toldFirst(b, 2)
		if b.term.command() == nil {
			t.Fatal("the program has not been started")
		}
		if cols, rows := b.term.size(); cols != 100 || rows != 30 {
			t.Errorf("the program saw %dx%d", cols, rows)
		}
		b.term.print("prompt")
		var paths []uint32
		for !strings.Contains(screenText(c.transport.Remote()), "prompt") {
			p := <-c.pipe.in
			paths = append(paths, uint32(p.Path))
			c.transport.Receive(bubbleNow(), 0, p.Data, false)
		}
		for _, p := range paths {
			if p != uint32(aheadPath) {
				t.Errorf("a packet to path %d, and none has come from there", p)
			}
		}
		c.keys("x")
		c.until("typing", func(screen.State) bool { return b.term.typed() == "x" })
		b.client = c
		b.finish()
	})
}

func TestAClientThatWasToldOfAndNeverComesEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		toldFirst(b, 2)
		began := bubbleNow()
		<-b.done
		if d := bubbleNow().Sub(began); d < firstContact || d > firstContact+time.Second {
			t.Errorf("it ended after %v", d)
		}
		if !b.term.isClosed() {
			t.Error("the terminal was left open")
		}
	})
}

func TestAFirstStateThatIsNotOneIsWaitedForInPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, 0, nil)
		near, far := newPipe(0)
		b.inspect(func(l *Loop) {
			l.attach(bubbleNow(), AttachmentConfig{Carrier: far, Key: testKey(3), First: []byte("nonsense")})
		})
		if b.term.command() != nil {
			t.Fatal("started")
		}
		c := newTestClient(t, near, testKey(3), 80, 24)
		c.resize(90, 20)
		c.until("the program", func(screen.State) bool { return b.term.command() != nil })
		b.client = c
		b.finish()
	})
}

func screenText(s screen.State) string { return strings.Join(s.Frame.Text(), "\n") }

// aheadPipe is what the launching process reads.
type aheadPipe struct {
	bytes.Buffer
	closed int
}

func (p *aheadPipe) Close() error { p.closed++; return nil }

func newAhead(t *testing.T) (*ahead, *aheadPipe) {
	t.Helper()
	carrier, err := link.Listen("127.0.0.1", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	pipe := &aheadPipe{}
	a := &ahead{Server: carrier, pipe: pipe, room: aheadRoom}
	t.Cleanup(func() { a.Close() })
	return a, pipe
}

func TestPacketsGoAheadUntilThereIsAPath(t *testing.T) {
	a, pipe := newAhead(t)
	if err := a.Send(aheadPath, []byte("early")); err != nil {
		t.Fatal(err)
	}
	if got := pipe.String(); got != ticket.FormatPacket([]byte("early"))+"\n" {
		t.Errorf("%q", got)
	}
	client, err := link.Dial(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(a.Port())))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Send(client.Path(), []byte("\x00hello")); err != nil {
		t.Fatal(err)
	}
	p, err := a.Recv(make([]byte, link.BufferSize))
	if err != nil {
		t.Fatal(err)
	}
	pipe.Reset()
	if err := a.Send(p.Path, []byte("\x00later")); err != nil {
		t.Fatal(err)
	}
	if p, err := client.Recv(make([]byte, link.BufferSize)); err != nil || string(p.Data) != "\x00later" {
		t.Errorf("%q, %v", p.Data, err)
	}
	if err := a.Send(aheadPath, []byte("late")); err != nil || pipe.Len() != 0 || pipe.closed != 1 {
		t.Errorf("%v, %q, closed %d times", err, pipe, pipe.closed)
	}
}

func TestWhatGoesAheadIsBounded(t *testing.T) {
	a, pipe := newAhead(t)
	for range 100 {
		if err := a.Send(aheadPath, make([]byte, 1200)); err != nil {
			t.Fatal(err)
		}
	}
	if n := pipe.Len(); n > 2*aheadRoom || n < aheadRoom {
		t.Errorf("%d bytes", n)
	}
}

func TestAFirstStateIsReadFromTheEnvironmentIfThereIsOne(t *testing.T) {
	for value, want := range map[string]string{"1": "", "": "", "aGk": "hi", "not base64!": ""} {
		t.Setenv(launchVariable, value)
		if first, ok := launchedByUs(); string(first) != want || !ok {
			t.Errorf("%q: %q, %v", value, first, ok)
		}
	}
}
