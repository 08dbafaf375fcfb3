package demo

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// deadline ends a test that has failed; none depends on its value.
const deadline = time.Minute

// udp opens a socket on loopback for a test.
func udp(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return c
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func send(t *testing.T, c *net.UDPConn, to netip.AddrPort, text string) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, c *net.UDPConn, want string) (from netip.AddrPort) {
	t.Helper()
	buf := make([]byte, 2048)
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil || string(buf[:n]) != want {
		t.Fatalf("received %q, %v; want %q", buf[:n], err, want)
	}
	return netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}

func startRelay(t *testing.T, l Link) (r *Relay, server *net.UDPConn) {
	t.Helper()
	server = udp(t)
	r, err := NewRelay(addrOf(server), l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, server
}

func TestPacketsGoBothWaysAndEachClientPortHasItsOwn(t *testing.T) {
	r, server := startRelay(t, Link{RTT: 2 * time.Millisecond})
	a, b := udp(t), udp(t)
	send(t, a, r.Addr(), "from a")
	fromA := receive(t, server, "from a")
	send(t, b, r.Addr(), "from b")
	fromB := receive(t, server, "from b")
	if fromA == fromB {
		t.Error("the server cannot tell the client's ports apart")
	}
	send(t, server, fromA, "to a")
	send(t, server, fromB, "to b")
	if from := receive(t, a, "to a"); from != r.Addr() {
		t.Errorf("the answer came from %v, not from where it was sent to", from)
	}
	receive(t, b, "to b")
	if sent, lost := r.Counts(); sent != 4 || lost != 0 {
		t.Errorf("%d packets, %d lost", sent, lost)
	}
}

func TestOnlyTheServerIsForwarded(t *testing.T) {
	r, server := startRelay(t, Link{})
	client, stranger := udp(t), udp(t)
	send(t, client, r.Addr(), "hello")
	outer := receive(t, server, "hello")
	send(t, stranger, outer, "from a stranger")
	send(t, server, outer, "from the server")
	receive(t, client, "from the server")
}

func TestCutLinkLosesEverythingUntilItIsMended(t *testing.T) {
	r, server := startRelay(t, Link{})
	client := udp(t)
	r.Cut()
	if _, cut := r.Link(); !cut {
		t.Error("the link does not say that it is cut")
	}
	send(t, client, r.Addr(), "lost")
	for sent, lost := r.Counts(); sent < 1; sent, lost = r.Counts() {
		if lost > sent {
			t.Fatal("more lost than sent")
		}
	}
	r.Cut()
	send(t, client, r.Addr(), "not lost")
	receive(t, server, "not lost")
	if sent, lost := r.Counts(); sent != 2 || lost != 1 {
		t.Errorf("%d packets, %d lost", sent, lost)
	}
}

func TestManyClientPortsDoNotPileUp(t *testing.T) {
	r, server := startRelay(t, Link{})
	for range 3 * maxPorts {
		c := udp(t)
		send(t, c, r.Addr(), "x")
		receive(t, server, "x")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ports) != maxPorts || len(r.byAddr) != maxPorts {
		t.Errorf("%d ports are open, for %d of the client's", len(r.ports), len(r.byAddr))
	}
}

func TestKeysChangeTheLinkAndAreTakenOutOfWhatIsTyped(t *testing.T) {
	r, _ := startRelay(t, Default())
	rest := Press(r, []byte("a\x1b[18~b\x1b[18~\x1b[19~c\x1b[20~"))
	if string(rest) != "abc\x1b[20~" {
		t.Errorf("what is left is %q", rest)
	}
	if l, cut := r.Link(); l != Default().Worse().Worse() || !cut {
		t.Errorf("the link is %v, cut %v", l, cut)
	}
	Press(r, []byte("\x1b[17~\x1b[19~"))
	if l, cut := r.Link(); l != Default().Worse().Worse().Better() || cut {
		t.Errorf("the link is %v, cut %v", l, cut)
	}
}
