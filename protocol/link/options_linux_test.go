package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// control runs f on the socket's descriptor.
func control(t *testing.T, c syscall.Conn, f func(fd int) error) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil || inner != nil {
		t.Fatal(err, inner)
	}
}

func TestCongestionMarksAreReported(t *testing.T) {
	for _, c := range []struct {
		bind, from    string
		level, option int
	}{
		{"", "127.0.0.1", unix.IPPROTO_IP, unix.IP_TOS},
		{"127.0.0.1", "127.0.0.1", unix.IPPROTO_IP, unix.IP_TOS},
		{"", "::1", unix.IPPROTO_IPV6, unix.IPV6_TCLASS},
		{"::1", "::1", unix.IPPROTO_IPV6, unix.IPV6_TCLASS},
	} {
		t.Run(fmt.Sprintf("%q from %s", c.bind, c.from), func(t *testing.T) {
			needIPv6(t, c.from)
			server := listen(t, c.bind)
			router := plainSocket(t, c.from)
			to := &net.UDPAddr{IP: net.ParseIP(c.from), Port: server.Port()}
			for _, tos := range []int{0x00, 0x01, 0x02, 0x03, 0xb8 | 0x03} {
				control(t, router, func(fd int) error { return unix.SetsockoptInt(fd, c.level, c.option, tos) })
				if _, err := router.WriteTo([]byte("\x80x"), to); err != nil {
					t.Fatal(err)
				}
				if p := recv(t, server); p.CE != (tos&3 == 3) {
					t.Errorf("bound to %q, from %s: TOS %#x reported as CE %v", c.bind, c.from, tos, p.CE)
				}
			}

			// The client's side of it.
			client := dial(t, c.from, portOf(router))
			send(t, client, client.Path(), "x")
			buf := make([]byte, 10)
			_, from, err := router.ReadFrom(buf)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := router.WriteTo([]byte("\x80x"), from); err != nil {
				t.Fatal(err)
			}
			if p := recv(t, client); !p.CE {
				t.Errorf("%s: the client was not told of CE", c.from)
			}
		})
	}
}

func TestPacketsLeaveAbleToBeMarked(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			needIPv6(t, host)
			server := listen(t, "")
			client := dial(t, host, server.Port())
			buf := make([]byte, BufferSize)
			send(t, client, client.Path(), "x")
			_, a, err := server.socket.read(buf)
			if err != nil || a.tos != ecnECT0 {
				t.Errorf("client over %s: TOS %#x, %v; want ECT(0)", host, a.tos, err)
			}
			// Read the answer with a socket of our own; the client's has its reader.
			answer, err := openSocket("udp", net.JoinHostPort(host, "0"), prepare)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.close()
			to := server.paths.heard(way{remote: answer.local()})
			send(t, server, to, "y")
			if _, a, err := answer.read(buf); err != nil || a.tos != ecnECT0 {
				t.Errorf("server over %s: TOS %#x, %v; want ECT(0)", host, a.tos, err)
			}
		})
	}
}

func TestDontFragmentIsOff(t *testing.T) {
	server, client := listen(t, ""), dial(t, "127.0.0.1", 9)
	for name, s := range map[string]*socket{"server": server.socket, "client": client.sockets[0].socket} {
		control(t, s.conn, func(fd int) error {
			v, err := unix.GetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER)
			if v != unix.IP_PMTUDISC_DONT {
				t.Errorf("%s: IP_MTU_DISCOVER is %d", name, v)
			}
			return err
		})
	}
	control(t, server.socket.conn, func(fd int) error {
		v, err := unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER)
		if v != unix.IPV6_PMTUDISC_DONT {
			t.Errorf("IPV6_MTU_DISCOVER is %d", v)
		}
		return err
	})
}

// A client behind a NAT or firewall hears only the address that it sent to.
func TestAnswersComeFromTheAddressSpokenTo(t *testing.T) {
	server := listen(t, "")
	for _, spokenTo := range []string{"127.0.0.1", "127.0.0.2", "::1"} {
		t.Run(spokenTo, func(t *testing.T) {
			needIPv6(t, spokenTo)
			peer := plainSocket(t, map[bool]string{true: "::1", false: "127.0.0.1"}[spokenTo == "::1"])
			if _, err := peer.WriteTo([]byte("\x80x"), &net.UDPAddr{IP: net.ParseIP(spokenTo), Port: server.Port()}); err != nil {
				t.Fatal(err)
			}
			send(t, server, recv(t, server).Path, "y")
			_, from, err := peer.ReadFromUDPAddrPort(make([]byte, 10))
			if err != nil {
				t.Fatal(err)
			}
			if got := from.Addr().Unmap(); got != netip.MustParseAddr(spokenTo) {
				t.Errorf("spoken to at %s, answered from %s", spokenTo, got)
			}
		})
	}
}

func TestAnswersFindAnotherWayWhenTheAddressSpokenToIsGone(t *testing.T) {
	server := listen(t, "")
	peer := plainSocket(t, "127.0.0.1")
	gone := netip.MustParseAddr("192.0.2.1") // never an address of ours
	path := server.paths.heard(way{remote: peer.LocalAddr().(*net.UDPAddr).AddrPort(), local: gone})
	send(t, server, path, "y")
	if n, _, err := peer.ReadFrom(make([]byte, 10)); n != 2 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// closedPort is a port that nothing listens on.
func closedPort(t *testing.T) int {
	t.Helper()
	c := plainSocket(t, "127.0.0.1")
	defer c.Close()
	return portOf(c)
}

func TestRefusalIsReportedAndNotFatal(t *testing.T) {
	port := closedPort(t)
	client := dial(t, "127.0.0.1", port)
	send(t, client, client.Path(), "anybody?")
	if _, err := client.Recv(make([]byte, BufferSize)); !errors.Is(err, ErrRefused) {
		t.Fatalf("Recv: %v, want ErrRefused", err)
	}

	server, err := Listen("127.0.0.1", uint16(port), uint16(port))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	send(t, client, client.Path(), "now")
	p := recv(t, server)
	send(t, server, p.Path, "yes")
	expect(t, recv(t, client), "yes")
}

// Linux reports an ICMP error by failing the next write, which then sends
// nothing. Every write must send.
func TestARefusalDoesNotEatTheNextPacket(t *testing.T) {
	port := closedPort(t)
	s, err := openSocket("udp4", ":0", prepare, prepareClient) // without a reader that would take the error
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	if stale, err := s.write([]byte("lost"), nil, to); stale != nil || err != nil {
		t.Fatal(stale, err)
	}
	server, err := Listen("127.0.0.1", uint16(port), uint16(port))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	stale, err := s.write([]byte("\x80sent"), nil, to)
	if !errors.Is(stale, ErrRefused) || err != nil {
		t.Errorf("stale %v, error %v; want the refusal, and none", stale, err)
	}
	expect(t, recv(t, server), "sent")
}

// ICMP errors are charged to the receive buffer: undrained, they would stop
// packets from coming in.
func TestManyRefusalsDoNotFillTheReceiveBuffer(t *testing.T) {
	port := closedPort(t)
	client := dial(t, "127.0.0.1", port)
	control(t, client.sockets[0].socket.conn, func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 2304)
	})
	for range 50 {
		if err := client.Send(client.Path(), []byte("knock")); err != nil && !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	server, err := Listen("127.0.0.1", uint16(port), uint16(port))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for {
		if err := client.Send(client.Path(), []byte("\x80now")); err == nil {
			break
		}
	}
	send(t, server, recv(t, server).Path, "yes")
	for {
		p, err := client.Recv(make([]byte, BufferSize))
		if err == nil {
			expect(t, p, "yes")
			return
		}
		if !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
}

// A loop that has stopped reading must not hold up Close.
func TestCloseDoesNotWaitForAFullBacklog(t *testing.T) {
	peer := plainSocket(t, "127.0.0.1")
	client := dial(t, "127.0.0.1", portOf(peer))
	for range backlog {
		client.arrivals <- arrival{}
	}
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: client.LocalPort(client.Path())}
	if _, err := peer.WriteTo([]byte("\x80x"), to); err != nil {
		t.Fatal(err)
	}
	control(t, client.sockets[0].socket.conn, func(fd int) error {
		for { // until the reader has taken it from the socket
			unread, err := unix.IoctlGetInt(fd, unix.SIOCINQ)
			if unread == 0 || err != nil {
				return err
			}
			runtime.Gosched()
		}
	})
	client.Close()
}
