package measure

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

// strict makes the time limits of tests count: on a machine that is not busy.
var strict = flag.Bool("strict", false, "fail when an echo after a change of address is late")

// spaces are two network namespaces with two cables between them: the client's and
// the server's machine, with addresses of both families.
type spaces struct {
	t              *testing.T
	client, server string
}

// newSpaces makes them, or skips the test where that is not possible.
func newSpaces(t *testing.T) *spaces {
	t.Helper()
	peertest.NeedRoot(t)
	peertest.Need(t, "ip", "mosh-client")
	s := &spaces{t, fmt.Sprintf("gmosh-c%d", os.Getpid()), fmt.Sprintf("gmosh-s%d", os.Getpid())}
	for _, ns := range []string{s.client, s.server} {
		if out, err := exec.Command("ip", "netns", "add", ns).CombinedOutput(); err != nil {
			t.Skipf("SKIP-PEER: no network namespaces: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
		s.in(ns, "ip link set lo up")
		s.in(ns, "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
	}
	if out, err := exec.Command("ip", "-n", s.client, "link", "add", "one", "type", "veth", "peer", "name", "one", "netns", s.server).CombinedOutput(); err != nil {
		t.Skipf("SKIP-PEER: no virtual cables: %v: %s", err, out)
	}
	s.in(s.client, "ip link add two type veth peer name two netns "+s.server)
	for i, cable := range []string{"one", "two"} {
		s.in(s.server, "ip link set "+cable+" up")
		s.in(s.server, fmt.Sprintf("ip addr add 10.77.%d.1/24 dev %s", i+1, cable))
		s.in(s.server, fmt.Sprintf("ip addr add fd77:%d::1/64 dev %s nodad", i+1, cable))
	}
	// The server knows one address of its own that both cables lead to.
	s.in(s.server, "ip addr add 10.77.9.1/32 dev lo")
	s.up("one", 1, true, true)
	s.in(s.client, "ip route add 10.77.9.1 via 10.77.1.1")
	return s
}

// in runs a command in a namespace.
func (s *spaces) in(ns, command string) {
	s.t.Helper()
	argv := append([]string{"netns", "exec", ns}, strings.Fields(command)...)
	if out, err := exec.Command("ip", argv...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v: %s", command, err, out)
	}
}

// up gives the client's end of a cable its addresses.
func (s *spaces) up(cable string, net int, v4, v6 bool) {
	s.t.Helper()
	s.in(s.client, "ip link set "+cable+" up")
	if v4 {
		s.in(s.client, fmt.Sprintf("ip addr add 10.77.%d.2/24 dev %s", net, cable))
	}
	if v6 {
		s.in(s.client, fmt.Sprintf("ip addr add fd77:%d::2/64 dev %s nodad", net, cable))
	}
}

// session starts gmosh's halves, one in each namespace.
func (s *spaces) session(address string) *peertest.Terminal {
	s.t.Helper()
	dir := ours(s.t)
	server := peertest.StartServer(s.t, peertest.Options{}, "ip", "netns", "exec", s.server, dir+"mosh-server", "new", "-p", "61000:61999", "--", "sh", "-c", catProgram)
	env := []string{server.ClientEnv(), "MOSH_PREDICTION_DISPLAY=never"}
	term := peertest.Start(s.t, peertest.Options{Env: env}, "ip", "netns", "exec", s.client, dir+"mosh-client", address, server.PortArg())
	term.WaitText("READY")
	return term
}

// typed types text, waits for it all on the line, and returns how long that took.
func typed(x *peertest.Terminal, so, text string) time.Duration {
	begin := time.Now()
	x.Send(text)
	x.WaitFor("the echo of "+text, func(s *peertest.Screen) bool { return s.CursorLine() == so+text })
	return time.Since(begin)
}

// TestSessionsSurviveANATThatForgets lets a NAT on the way, a program with a socket for
// each of the client's, give the client another port, and another address: the next key
// is echoed within a round trip and 50 ms.
func TestSessionsSurviveANATThatForgets(t *testing.T) {
	const trip = 20 * ms
	for what, forget := range map[string]func(*peertest.Relay){
		"another port":    (*peertest.Relay).Rebind,
		"another address": func(r *peertest.Relay) { r.Move("127.0.0.2") },
	} {
		t.Run(what, func(t *testing.T) {
			l := startMosh(t, ours(t), ours(t), peertest.Conditions{Delay: trip / 2}, 1, catProgram)
			l.ready()
			typed(l.term, "", "before_")
			forget(l.relay)
			took := typed(l.term, "before_", "after")
			typed(l.term, "before_after", "_end") // nothing has come twice since
			t.Logf("echo after %v", took.Round(10*time.Microsecond))
			if limit := trip + 50*ms; took > limit && *strict {
				t.Errorf("echo after %v, want %v at most", took, limit)
			}
		})
	}
}

// TestSessionsSurviveEveryChangeOfAddress replaces the client's interface, takes IPv4
// away, and brings it back with another address: the next key is echoed within 50 ms
// of the way's return, and none is lost or doubled.
func TestSessionsSurviveEveryChangeOfAddress(t *testing.T) {
	const limit = 50 * ms // the round trip is a fraction of one
	check := func(t *testing.T, what string, took time.Duration) {
		t.Logf("%s: echo after %v", what, took.Round(10*time.Microsecond))
		if took > limit && *strict {
			t.Errorf("%s: echo after %v, want %v at most", what, took, limit)
		}
	}
	t.Run("interface replaced", func(t *testing.T) {
		s := newSpaces(t)
		x := s.session("10.77.9.1")
		typed(x, "", "before_")
		s.in(s.client, "ip link set one down")
		x.Send("during_")
		s.up("two", 2, true, true)
		s.in(s.client, "ip route add 10.77.9.1 via 10.77.2.1")
		begin := time.Now()
		x.WaitFor("what was typed meanwhile", func(s *peertest.Screen) bool { return s.CursorLine() == "before_during_" })
		check(t, "typed while away", time.Since(begin))
		check(t, "next key", typed(x, "before_during_", "after"))
		typed(x, "before_during_after", "_end")
	})
	t.Run("IPv4 gone, IPv6 left", func(t *testing.T) {
		s := newSpaces(t)
		x := s.session("10.77.1.1")
		typed(x, "", "before_")
		s.in(s.client, "ip -4 addr flush dev one")
		check(t, "next key", typed(x, "before_", "after"))
		typed(x, "before_after", "_end")
	})
	t.Run("another address", func(t *testing.T) {
		s := newSpaces(t)
		x := s.session("10.77.9.1")
		typed(x, "", "before_")
		s.in(s.client, "ip -4 addr flush dev one")
		s.in(s.client, "ip addr add 10.77.1.3/24 dev one")
		s.in(s.client, "ip route add 10.77.9.1 via 10.77.1.1")
		check(t, "next key", typed(x, "before_", "after"))
		typed(x, "before_after", "_end")
	})
}
