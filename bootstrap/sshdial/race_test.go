//go:build unix

package sshdial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// slow is a network in which each address answers, or fails, after its time.
type slow struct {
	answers map[string]answer // by address

	mu    sync.Mutex
	began map[string]time.Duration
	start time.Time
	open  int // connections that were made and not closed
}

type answer struct {
	after time.Duration
	err   error
}

type counted struct {
	net.Conn
	network *slow
	to      netip.AddrPort
}

func (c counted) Close() error {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.network.open--
	return nil
}

func (s *slow) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	name := to.Addr().String()
	s.mu.Lock()
	s.began[name] = time.Since(s.start)
	s.mu.Unlock()
	a := s.answers[name]
	select {
	case <-time.After(a.after):
	case <-ctx.Done():
		if a.err != nil || a.after > 300*time.Millisecond {
			return nil, ctx.Err()
		} // else it came about while it was being cancelled
	}
	if a.err != nil {
		return nil, a.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	return counted{network: s, to: to}, nil
}

func TestAddressThatDoesNotAnswerIsOvertaken(t *testing.T) {
	never := answer{after: time.Hour, err: syscall.ETIMEDOUT}
	refused := answer{after: 10 * time.Millisecond, err: syscall.ECONNREFUSED}
	for _, c := range []struct {
		name    string
		answers []answer
		winner  string // "" none
		after   time.Duration
		began   []time.Duration // of each address; negative: not tried
	}{
		{"the first answers", []answer{{after: 200 * time.Millisecond}, {}}, "192.0.2.1", 200 * time.Millisecond,
			[]time.Duration{0, -1}},
		{"a silence is overtaken", []answer{never, {after: 50 * time.Millisecond}}, "192.0.2.2", 300 * time.Millisecond,
			[]time.Duration{0, 250 * time.Millisecond}},
		{"a refusal is not waited for", []answer{refused, {after: 50 * time.Millisecond}}, "192.0.2.2", 60 * time.Millisecond,
			[]time.Duration{0, 10 * time.Millisecond}},
		{"two silences", []answer{never, never, {}}, "192.0.2.3", 500 * time.Millisecond,
			[]time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond}},
		{"both answer", []answer{{after: 290 * time.Millisecond}, {after: 30 * time.Millisecond}}, "192.0.2.2", 280 * time.Millisecond,
			[]time.Duration{0, 250 * time.Millisecond}},
		{"none answers", []answer{refused, refused}, "", 20 * time.Millisecond, []time.Duration{0, 10 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slow{answers: map[string]answer{}, began: map[string]time.Duration{}, start: time.Now()}
				var addrs []string
				for i, a := range c.answers {
					addrs = append(addrs, fmt.Sprintf("192.0.2.%d", i+1))
					s.answers[addrs[i]] = a
				}
				conn, err := Dial(t.Context(), Target{Host: "host", Port: 22, Lookup: lookup(addrs...), dial: s.dial})
				if got := time.Since(s.start); got != c.after {
					t.Errorf("took %v, want %v", got, c.after)
				}
				switch {
				case c.winner == "":
					failed, ok := errors.AsType[*Error](err)
					if !ok || failed.Kind != Refused || len(failed.Tried) != len(addrs) {
						t.Errorf("error %v", err)
					}
				case err != nil:
					t.Fatal(err)
				default:
					if got := conn.(counted).to.Addr().String(); got != c.winner || s.open != 1 {
						t.Errorf("%s won, want %s; %d connections are open", got, c.winner, s.open)
					}
				}
				for i, want := range c.began {
					if began, tried := s.began[addrs[i]]; tried != (want >= 0) || tried && began != want {
						t.Errorf("%s tried: %v, at %v, want %v", addrs[i], tried, began, want)
					}
				}
			})
		})
	}
}

func TestConnectionAttemptsAreASecondApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, tries := time.Now(), []time.Duration{}
		target := Target{Host: "192.0.2.1", Port: 22, Attempts: 3, dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
			if tries = append(tries, time.Since(start)); len(tries) < 3 {
				return nil, syscall.ECONNREFUSED
			}
			return counted{}, nil
		}}
		_, err := Dial(t.Context(), target)
		if want := []time.Duration{0, time.Second, 2 * time.Second}; err != nil || !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v; error %v", tries, want, err)
		}
		tries, target.Attempts = nil, 2
		if _, err = Dial(t.Context(), target); err == nil || len(tries) != 2 {
			t.Errorf("%d tries, error %v", len(tries), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		tries = nil
		if _, err = Dial(ctx, target); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// accepted is the other end of a connection to a listener on this machine.
func dialLoopback(t *testing.T, address string, change func(*Target)) (net.Conn, error) {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	t.Cleanup(func() { listener.Close() })
	target := Target{Host: address, Port: listener.Addr().(*net.TCPAddr).Port}
	change(&target)
	conn, err := Dial(t.Context(), target)
	if err == nil {
		t.Cleanup(func() { conn.Close() })
	}
	return conn, err
}

func TestConnectionComesFromTheAddressAskedFor(t *testing.T) {
	conn, err := dialLoopback(t, "127.0.0.1", func(t *Target) { t.From = "127.0.0.2" })
	if err != nil {
		t.Skipf("127.0.0.2 is not a loopback address here: %v", err)
	}
	if got := conn.LocalAddr().String(); !strings.HasPrefix(got, "127.0.0.2:") {
		t.Errorf("from %s", got)
	}
	loopback, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range loopback {
		if card.Flags&net.FlagLoopback != 0 {
			conn, err := dialLoopback(t, "127.0.0.1", func(t *Target) { t.Interface = card.Name })
			if err != nil || !strings.HasPrefix(conn.LocalAddr().String(), "127.0.0.1:") {
				t.Errorf("interface %s: %v", card.Name, err)
			}
		}
	}
	for name, change := range map[string]func(*Target){
		"not ours":         func(t *Target) { t.From = "192.0.2.1" },
		"the other family": func(t *Target) { t.From = "::1" },
		"no interface":     func(t *Target) { t.Interface = "nosuch0" },
	} {
		_, err := dialLoopback(t, "127.0.0.1", change)
		if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != NoSource {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectionIsMarkedAndKeptAlive(t *testing.T) {
	for address, option := range map[string][2]int{
		"127.0.0.1": {unix.IPPROTO_IP, unix.IP_TOS}, "::1": {unix.IPPROTO_IPV6, unix.IPV6_TCLASS},
	} {
		for _, keep := range []bool{false, true} {
			conn, err := dialLoopback(t, address, func(t *Target) { t.Class, t.KeepAlive = 0x48, keep })
			if err != nil {
				t.Fatal(err)
			}
			raw, err := conn.(*net.TCPConn).SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			var class, alive int
			raw.Control(func(fd uintptr) {
				class, _ = unix.GetsockoptInt(int(fd), option[0], option[1])
				alive, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
			})
			if class != 0x48 || alive != 0 != keep {
				t.Errorf("%s: class %#x, keepalive %d, want %v", address, class, alive, keep)
			}
		}
	}
}
