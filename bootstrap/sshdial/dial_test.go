package sshdial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// lookup is a resolver that knows one host.
func lookup(addrs ...string) func(context.Context, string, string) ([]netip.Addr, error) {
	return func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if len(addrs) == 0 {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		var found []netip.Addr
		for _, a := range addrs {
			found = append(found, netip.MustParseAddr(a))
		}
		return found, nil
	}
}

func TestFamiliesChooseAndOrderAddresses(t *testing.T) {
	both := []string{"2001:db8::1", "192.0.2.1", "::ffff:192.0.2.2"}
	for _, c := range []struct {
		family Family
		addrs  []string
		want   string
		kind   Kind
	}{
		{"", both, "[192.0.2.1 192.0.2.2 2001:db8::1]", 0},
		{PreferInet, both, "[192.0.2.1 192.0.2.2 2001:db8::1]", 0},
		{PreferInet6, both, "[2001:db8::1 192.0.2.1 192.0.2.2]", 0},
		{All, both, "[2001:db8::1 192.0.2.1 192.0.2.2]", 0},
		{Inet, both, "[192.0.2.1 192.0.2.2]", 0},
		{Inet6, both, "[2001:db8::1]", 0},
		{Auto, both, "[]", TwoFamilies},
		{Auto, both[1:], "[192.0.2.1 192.0.2.2]", 0},
		{Inet6, both[1:], "[]", WrongFamily},
		{Inet, both[:1], "[]", WrongFamily},
		{All, nil, "[]", UnknownHost},
	} {
		got, err := Resolve(t.Context(), Target{Host: "host", Family: c.family, Lookup: lookup(c.addrs...)})
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s of %v: %v, want %v", c.family, c.addrs, got, c.want)
		}
		if failed, ok := errors.AsType[*Error](err); ok != (c.want == "[]") || ok && failed.Kind != c.kind {
			t.Errorf("%s of %v: error %v, want kind %d", c.family, c.addrs, err, c.kind)
		}
	}
}

func TestAddressesAreTriedInTurn(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	// 127.0.0.2 is ours too, and nobody listens there.
	conn, err := Dial(t.Context(), Target{Host: "host", Port: port, Lookup: lookup("127.0.0.2", "127.0.0.1")})
	if err != nil {
		t.Skipf("127.0.0.2 is not a loopback address here: %v", err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().String(); got != listener.Addr().String() {
		t.Errorf("connected to %s", got)
	}
}

func TestRefusalIsToldAsOne(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	// The IPv6 address has no route on many machines; the refusal is the news.
	_, err = Dial(t.Context(), Target{Host: "host", Port: port, Lookup: lookup("2001:db8::1", "127.0.0.1"), Timeout: 100 * time.Millisecond})
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Kind != Refused || len(failed.Tried) != 2 || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error %+v", err)
	}
}

func TestErrorsAreClassified(t *testing.T) {
	for err, want := range map[error]Kind{
		&net.OpError{Err: syscall.ECONNREFUSED}: Refused,
		&net.OpError{Err: syscall.ENETUNREACH}:  Unreachable,
		&net.OpError{Err: syscall.EHOSTUNREACH}: Unreachable,
		&net.OpError{Err: syscall.ETIMEDOUT}:    TimedOut,
		context.DeadlineExceeded:                TimedOut,
		errors.New("strange"):                   Other,
	} {
		if got := kindOf(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
	_, err := Dial(t.Context(), Target{Host: "127.0.0.1", Port: 1, Timeout: time.Nanosecond})
	if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != TimedOut {
		t.Errorf("error %v, want a timeout", err)
	}
	_, err = Resolve(t.Context(), Target{Host: "host", Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
		return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	}})
	if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != NoResolver {
		t.Errorf("error %v, want no resolver", err)
	}
}

func TestCancellingEndsTheLookup(t *testing.T) {
	cause := errors.New("the user pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := Dial(ctx, Target{Host: "host", Port: 1, Lookup: func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
		cancel(cause)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	if err != cause {
		t.Errorf("error %v, want %v", err, cause)
	}
}

func TestPipeCarriesBytesAndClosingEndsTheCommand(t *testing.T) {
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Skip("no cat here")
	}
	pipe, err := Start(ProxyCommand(t.Context(), "/bin/sh", cat+" -u 2>&1"))
	if err != nil {
		t.Fatal(err)
	}
	var _ net.Conn = pipe
	if _, err := pipe.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(pipe, got); err != nil || string(got) != "hello" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := pipe.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if pipe.cmd.ProcessState == nil {
		t.Error("the command was not waited for")
	}
	if _, err := pipe.Read(got); err == nil {
		t.Error("read from a closed pipe")
	}
}
