package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gmosh/protocol/datagram"
)

// Readers must be gone when Close returns, so no test may leave a goroutine.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T, host string) *Server {
	t.Helper()
	s, err := Listen(host, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dial(t *testing.T, host string, port int) *Client {
	t.Helper()
	c, err := Dial(netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// plainSocket is a UDP socket of the test's own, with none of our options.
func plainSocket(t *testing.T, host string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func portOf(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }

// recv is Recv where only a packet will do.
func recv(t *testing.T, c Carrier) Packet {
	t.Helper()
	p, err := c.Recv(make([]byte, BufferSize))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// send sends text as a packet of SSP's: with a first byte that says so.
func send(t *testing.T, c Carrier, path datagram.Path, text string) {
	t.Helper()
	sendRaw(t, c, path, "\x80"+text)
}

func sendRaw(t *testing.T, c Carrier, path datagram.Path, packet string) {
	t.Helper()
	if err := c.Send(path, []byte(packet)); err != nil {
		t.Fatal(err)
	}
}

// expect checks for what send has sent.
func expect(t *testing.T, p Packet, text string) {
	t.Helper()
	if string(p.Data) != "\x80"+text {
		t.Errorf("received %q, want %q", p.Data, "\x80"+text)
	}
}

func TestPacketsGoBothWaysOverEachFamily(t *testing.T) {
	for _, c := range []struct {
		bind, dial string
		payload    int
	}{
		{"", "127.0.0.1", 1252},
		{"", "::1", 1216},
		{"::", "127.0.0.1", 1252},
		{"0.0.0.0", "127.0.0.1", 1252},
		{"127.0.0.1", "127.0.0.1", 1252},
		{"127.0.0.1", "::ffff:127.0.0.1", 1252},
		{"::1", "::1", 1216},
	} {
		t.Run(fmt.Sprintf("%q from %s", c.bind, c.dial), func(t *testing.T) {
			needIPv6(t, c.bind)
			needIPv6(t, c.dial)
			server := listen(t, c.bind)
			client := dial(t, c.dial, server.Port())
			if got := client.MaxPayload(client.Path()); got != c.payload {
				t.Errorf("client's MaxPayload %d, want %d", got, c.payload)
			}
			full := strings.Repeat("x", c.payload-1)
			send(t, client, client.Path(), full)
			p := recv(t, server)
			expect(t, p, full)
			if got := server.MaxPayload(p.Path); got != c.payload {
				t.Errorf("server's MaxPayload %d, want %d", got, c.payload)
			}
			want := netip.AddrPortFrom(netip.MustParseAddr(c.dial).Unmap(), uint16(client.LocalPort(client.Path())))
			if got := server.Addr(p.Path); got != want {
				t.Errorf("path is to %v, want %v", got, want)
			}
			send(t, server, p.Path, "back")
			back := recv(t, client)
			expect(t, back, "back")
			if back.Path != client.Path() || back.CE || p.CE {
				t.Errorf("client's path %d, marks %v %v", back.Path, back.CE, p.CE)
			}
		})
	}
}

func TestListenTakesTheFirstFreePortOfARange(t *testing.T) {
	first := listen(t, "127.0.0.1")
	lo := uint16(first.Port())
	if lo > 65000 {
		t.Skip("the system's port is too high for a range behind it")
	}
	second, err := Listen("127.0.0.1", lo, lo+50)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if got := second.Port(); got <= int(lo) || got > int(lo)+50 {
		t.Errorf("port %d, want one of %d to %d", got, lo+1, lo+50)
	}
	if s, err := Listen("127.0.0.1", lo, lo); err == nil {
		s.Close()
		t.Error("a port was bound twice")
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		host   string
		lo, hi uint16
		want   string
	}{
		{"example.org", 0, 0, `"example.org" is no IP address`},
		{"::ffff:127.0.0.1", 0, 0, "write an IPv4 address as one"},
		{"", 5, 4, "port range 5:4 is empty"},
		{"192.0.2.1", 0, 0, "192.0.2.1"}, // not an address of ours
	} {
		s, err := Listen(c.host, c.lo, c.hi)
		if err == nil {
			s.Close()
			t.Errorf("Listen(%q, %d, %d) went well", c.host, c.lo, c.hi)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("Listen(%q, %d, %d): %v, want %q", c.host, c.lo, c.hi, err, c.want)
		}
	}
	if c, err := Dial(netip.AddrPort{}); err == nil {
		c.Close()
		t.Error("dialled nowhere")
	}
}

func TestServerGivesEverySourceItsPath(t *testing.T) {
	server := listen(t, "127.0.0.1")
	a, b := dial(t, "127.0.0.1", server.Port()), dial(t, "127.0.0.1", server.Port())
	send(t, a, a.Path(), "a1")
	pa := recv(t, server)
	send(t, b, b.Path(), "b1")
	pb := recv(t, server)
	send(t, a, a.Path(), "a2")
	if again := recv(t, server); again.Path != pa.Path || pa.Path == pb.Path || pa.Path == 0 || pb.Path == 0 {
		t.Errorf("paths %d, %d, then %d", pa.Path, pb.Path, again.Path)
	}
	send(t, server, pb.Path, "to b")
	send(t, server, pa.Path, "to a")
	expect(t, recv(t, b), "to b")
	expect(t, recv(t, a), "to a")
	if err := server.Send(pb.Path+100, []byte("x")); !errors.Is(err, ErrPath) {
		t.Errorf("sent to an unknown path: %v", err)
	}
}

func TestHopSendsFromANewPortAndReadsTheOld(t *testing.T) {
	server := listen(t, "")
	client := dial(t, "127.0.0.1", server.Port())
	old := client.Path()
	send(t, client, old, "one")
	before := recv(t, server)

	path, err := client.Hop()
	if err != nil {
		t.Fatal(err)
	}
	if path == old || path != client.Path() {
		t.Fatalf("hopped from path %d to %d, current %d", old, path, client.Path())
	}
	send(t, client, path, "two")
	after := recv(t, server)
	if server.Addr(before.Path) == server.Addr(after.Path) {
		t.Errorf("still from %v", server.Addr(after.Path))
	}
	send(t, server, before.Path, "to the old one")
	if p := recv(t, client); p.Path != old {
		t.Errorf("came by path %d, want %d", p.Path, old)
	}
	send(t, client, old, "from the old one")
	if p := recv(t, server); p.Path != before.Path {
		t.Errorf("came by path %d, want %d", p.Path, before.Path)
	}

	client.Prune()
	if err := client.Send(old, []byte("x")); !errors.Is(err, ErrPath) {
		t.Errorf("sent by a pruned path: %v", err)
	}
	if client.LocalPort(old) != 0 || client.LocalPort(path) == 0 {
		t.Errorf("local ports %d and %d after Prune", client.LocalPort(old), client.LocalPort(path))
	}
	send(t, server, after.Path, "to the new one")
	expect(t, recv(t, client), "to the new one")
}

func TestClientReadsTenSockets(t *testing.T) {
	client := dial(t, "127.0.0.1", 9)
	paths := []datagram.Path{client.Path()}
	for range 11 {
		p, err := client.Hop()
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	for i, p := range paths {
		if open := client.LocalPort(p) != 0; open != (i >= 2) {
			t.Errorf("socket %d of %d open: %v", i+1, len(paths), open)
		}
	}
}

func TestPacketsOfTheOtherProtocolAreDiverted(t *testing.T) {
	server := listen(t, "")
	client := dial(t, "127.0.0.1", server.Port())
	sendRaw(t, client, client.Path(), "\x40quic")
	sendRaw(t, client, client.Path(), "\xc0quic")
	send(t, client, client.Path(), "ssp")
	p := recv(t, server)
	expect(t, p, "ssp")
	if got := server.Stats().Unclaimed; got != 2 {
		t.Errorf("%d unclaimed, want 2", got)
	}

	var got []string
	consume := func(p Packet) { got = append(got, fmt.Sprintf("%d %s", p.Path, p.Data)) }
	server.Divert(consume)
	sendRaw(t, client, client.Path(), "\x7fone")
	send(t, client, client.Path(), "ssp")
	expect(t, recv(t, server), "ssp")
	if want := []string{fmt.Sprintf("%d \x7fone", p.Path)}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("diverted %q, want %q", got, want)
	}

	client.Divert(consume)
	sendRaw(t, server, p.Path, "\xffback")
	send(t, server, p.Path, "ssp")
	expect(t, recv(t, client), "ssp") // and so the one before it has been read
	if len(got) != 2 || got[1] != fmt.Sprintf("%d \xffback", client.Path()) {
		t.Errorf("diverted %q", got)
	}
	client.Divert(nil)
	sendRaw(t, server, p.Path, "\xffback")
	sendRaw(t, server, p.Path, "")
	if p := recv(t, client); len(p.Data) != 0 { // an empty packet is nobody else's
		t.Errorf("received %q, want an empty packet", p.Data)
	}
	if len(got) != 2 || client.Stats().Unclaimed != 1 {
		t.Errorf("diverted %q, unclaimed %d", got, client.Stats().Unclaimed)
	}
}

func TestAPacketTooLongForThePathIsNamed(t *testing.T) {
	server := listen(t, "")
	client := dial(t, "127.0.0.1", server.Port())
	huge := make([]byte, 70_000)
	if err := client.Send(client.Path(), huge); !errors.Is(err, datagram.ErrTooLong) {
		t.Errorf("client: %v, want ErrTooLong", err)
	}
	send(t, client, client.Path(), "after it")
	p := recv(t, server)
	expect(t, p, "after it")
	if err := server.Send(p.Path, huge); !errors.Is(err, datagram.ErrTooLong) {
		t.Errorf("server: %v, want ErrTooLong", err)
	}
}

func TestReceivedPacketsUpToTheBufferAndNoLonger(t *testing.T) {
	server := listen(t, "")
	client := dial(t, "127.0.0.1", server.Port())
	full := strings.Repeat("x", BufferSize-1)
	send(t, client, client.Path(), full+"x")
	send(t, client, client.Path(), full)
	p := recv(t, server)
	expect(t, p, full)
	send(t, server, p.Path, full+"x")
	send(t, server, p.Path, full)
	expect(t, recv(t, client), full)
	if server.Stats().Truncated != 1 || client.Stats().Truncated != 1 {
		t.Errorf("%d and %d truncated, want 1 and 1", server.Stats().Truncated, client.Stats().Truncated)
	}
}

func TestCloseEndsRecv(t *testing.T) {
	server := listen(t, "")
	for name, c := range map[string]Carrier{"server": server, "client": dial(t, "127.0.0.1", server.Port())} {
		result := make(chan error)
		go func() {
			_, err := c.Recv(make([]byte, BufferSize))
			result <- err
		}()
		c.Close()
		if err := <-result; err != net.ErrClosed {
			t.Errorf("%s: Recv ended with %v", name, err)
		}
		if _, err := c.Recv(make([]byte, BufferSize)); err != net.ErrClosed {
			t.Errorf("%s: Recv after Close: %v", name, err)
		}
		c.Close() // twice is once
	}
	client := dial(t, "127.0.0.1", 9)
	client.Close()
	if _, err := client.Hop(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("hop after Close: %v", err)
	}
	if err := client.Send(client.Path(), nil); !errors.Is(err, ErrPath) {
		t.Errorf("send after Close: %v", err)
	}
}

func TestPathTableIsBoundedAndKeepsThePathSentTo(t *testing.T) {
	table := newPathTable()
	source := func(i int) way {
		return way{remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i >> 16)}), uint16(i))}
	}
	peer := table.heard(source(0))
	if _, ok := table.sending(peer); !ok {
		t.Fatal("a path just heard is unknown")
	}
	second := table.heard(source(1))
	last := second
	for i := 2; i < 3*maxPaths; i++ {
		path := table.heard(source(i))
		if path == 0 || path == last {
			t.Fatalf("source %d got path %d after %d", i, path, last)
		}
		last = path
	}
	if len(table.byPath) != maxPaths || len(table.byWay) != maxPaths || table.recent.Len() != maxPaths {
		t.Errorf("%d, %d, %d entries, want %d", len(table.byPath), len(table.byWay), table.recent.Len(), maxPaths)
	}
	if table.remote(peer) != source(0).remote {
		t.Error("the path last sent to was evicted")
	}
	if table.remote(second).IsValid() {
		t.Error("the oldest of the others was not evicted")
	}
	if !table.remote(last).IsValid() {
		t.Error("the newest was evicted")
	}
	if again := table.heard(source(1)); again == second {
		t.Error("an evicted path's number was used again")
	}
}

func TestPathNumbersWrapWithoutZeroOrDoubles(t *testing.T) {
	table := newPathTable()
	one := table.heard(way{remote: netip.MustParseAddrPort("192.0.2.1:1")})
	table.last = ^datagram.Path(0) - 1
	top := table.heard(way{remote: netip.MustParseAddrPort("192.0.2.1:2")})
	next := table.heard(way{remote: netip.MustParseAddrPort("192.0.2.1:3")})
	if one != 1 || top != ^datagram.Path(0) || next != 2 {
		t.Errorf("paths %d, %d, %d", one, top, next)
	}
}

func BenchmarkEcho(b *testing.B) {
	server, err := Listen("127.0.0.1", 0, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	client, err := Dial(netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", server.Port())))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	packet, buf := make([]byte, 100), make([]byte, BufferSize)
	b.ReportAllocs()
	for b.Loop() {
		if err := client.Send(client.Path(), packet); err != nil {
			b.Fatal(err)
		}
		p, err := server.Recv(buf)
		if err != nil {
			b.Fatal(err)
		}
		if err := server.Send(p.Path, packet); err != nil {
			b.Fatal(err)
		}
		if _, err := client.Recv(buf); err != nil {
			b.Fatal(err)
		}
	}
}
