package peertest

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func TestTerminalShowsWhatAShellPrints(t *testing.T) {
	x := Start(t, Options{}, "sh")
	s := x.Do("printf 'a\\tb\\n'; stty size; echo $TERM")
	if !s.Has("a       b") || !s.Has("24 80") || !s.Has("xterm-256color") {
		t.Errorf("the screen lacks a tab, the size or TERM\n%s", s)
	}
	x.Resize(100, 30)
	if s := x.Do("stty size"); !s.Has("30 100") {
		t.Errorf("the size is not 30 100\n%s", s)
	}
	x.Send("exit 7\n")
	if got := x.Wait(); got != 7 {
		t.Errorf("exit status %d, want 7", got)
	}
	NothingLeft(t)
}

func TestTerminalAnswersQueries(t *testing.T) {
	x := Start(t, Options{Cols: 40, Rows: 10}, "sh", "-c", `stty raw -echo; printf '\033[3;7H\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c; stty sane; read x`)
	x.WaitText("033   [   3   ;   7   R")
}

// All output counts, also what is written right before the exit.
func TestWaitSeesTheLastOutputAndTheSignal(t *testing.T) {
	x := Start(t, Options{}, "sh", "-c", "seq 100000; echo done")
	if got := x.Wait(); got != 0 {
		t.Errorf("exit status %d", got)
	}
	if s := x.Screen(); s.Line(-2) != "done" || s.Output < 588895 {
		t.Errorf("the end is missing\n%s", s)
	}
	x = Start(t, Options{}, "sleep", "1000")
	x.Signal(syscall.SIGTERM)
	if got := x.Wait(); got != 128+15 {
		t.Errorf("exit status %d, want 143", got)
	}
}

func TestSendDoesNotBlockOnAProgramThatDoesNotRead(t *testing.T) {
	x := Start(t, Options{}, "sh", "-c", "stty raw -echo; echo ready; sleep 1000")
	x.WaitText("ready")
	for range 100 {
		x.Send(strings.Repeat("x", 10_000)) // far more than a pty's buffer
	}
}

func TestHangUpEndsTheProgram(t *testing.T) {
	x := Start(t, Options{}, "sh", "-c", "trap 'exit 5' HUP; echo ready; while :; do read x || sleep 0.01; done")
	x.WaitText("ready")
	x.HangUp()
	<-x.exited
	if x.status != 5 {
		t.Errorf("exit status %d, want 5", x.status)
	}
}

// A detached process is nobody's child and has no terminal; the mark finds it.
func TestDetachedProcessesAreFoundAndEnded(t *testing.T) {
	var pid int
	t.Run("leaves one", func(t *testing.T) {
		x := Start(t, Options{}, "sh", "-c", "mkfifo up; setsid sh -c 'echo >up; exec sleep 1000' </dev/null >/dev/null 2>&1 & read x <up")
		x.Wait()
		left := Processes(t)
		if len(left) != 1 || left[0].PPID == os.Getpid() {
			t.Fatalf("left: %v", left)
		}
		pid = left[0].PID
		if len(Descendants(os.Getpid())) == 0 {
			t.Error("the test has no descendants, not even itself")
		}
		NothingLeft(t, pid)
	})
	WaitGone(t, pid)
}

// verdict is a testing.TB that notes how a test was ended.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper() {}

func (v *verdict) Skip(args ...any) {
	v.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// judge runs f as a test's goroutine would.
func judge(f func(testing.TB)) verdict {
	var v verdict
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(&v)
	}()
	<-done
	return v
}

func TestNeedSkipsUnlessPeersAreRequired(t *testing.T) {
	needNone := func(tb testing.TB) { Need(tb, "sh", "no-such-program") }
	t.Setenv(RequireVariable, "")
	if v := judge(needNone); !strings.Contains(v.skipped, "SKIP-PEER: no-such-program") || v.failed != "" {
		t.Errorf("not required: %+v", v)
	}
	t.Setenv(RequireVariable, "1")
	if v := judge(needNone); !strings.Contains(v.failed, "no-such-program is not installed") || v.skipped != "" {
		t.Errorf("required: %+v", v)
	}
	if v := judge(func(tb testing.TB) { Need(tb, "sh") }); v != (verdict{}) {
		t.Errorf("sh is there, and yet: %+v", v)
	}
}

// sshClient logs in to s in process.
func sshClient(s *SSHD, user string, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", s.Addr.String(), &ssh.ClientConfig{
		User: user, Auth: auth, HostKeyCallback: ssh.FixedHostKey(s.HostKeys[0].Public),
	})
}

func sshOutput(t *testing.T, client *ssh.Client, command string) string {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	out, err := session.CombinedOutput(command)
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	return string(out)
}

func TestSSHDLetsInByKey(t *testing.T) {
	s := StartSSHD(t, SSHDOptions{Env: []string{"FROM_TEST=yes"}, HostKeys: []KeyType{RSA, ED25519}})
	me := sshUser(t)
	client, err := sshClient(s, me, ssh.PublicKeys(s.Key.Signer))
	if err != nil {
		t.Fatal(err)
	}
	out := sshOutput(t, client, "echo $FROM_TEST; env")
	if !strings.HasPrefix(out, "yes\n") || !strings.Contains(out, Mark(t)) {
		t.Errorf("the session's environment:\n%s", out)
	}
	if out := sshOutput(t, client, "ls -A ~"); out != "" {
		t.Errorf("the session sees the start-up files of whoever runs the tests:\n%s", out)
	}
	if open, total := s.Connections(); open != 1 || total != 1 {
		t.Errorf("%d connections open of %d, want 1 of 1", open, total)
	}
	client.Close()
	s.WaitClosed()
	if c, err := sshClient(s, me, ssh.Password("x")); err == nil {
		c.Close()
		t.Error("let in by password")
	}
	if !strings.Contains(s.Log(), "Accepted publickey") {
		t.Errorf("the log:\n%s", s.Log())
	}
}

func sshUser(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("id", "-un").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestOpenSSHLogsInToSSHD(t *testing.T) {
	Need(t, "ssh")
	s := StartSSHD(t, SSHDOptions{})
	config := filepath.Join(t.TempDir(), "config")
	WriteFile(t, config, s.Config("there"))
	x := Start(t, Options{}, "ssh", "-F", config, "-i", s.Key.Path, "there", "echo over $((6 * 7))")
	if got := x.Wait(); got != 0 || !x.Screen().Has("over 42") {
		t.Errorf("exit status %d\n%s\n%s", got, x.Screen(), s.Log())
	}
}

func TestUsersLogInByPassword(t *testing.T) {
	u := NewUser(t)
	for _, pam := range []bool{false, true} {
		s := StartSSHD(t, SSHDOptions{Password: true, PAM: pam})
		auth := ssh.Password(u.Password)
		if pam {
			auth = ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
				return slices.Repeat([]string{u.Password}, len(questions)), nil
			})
		}
		client, err := sshClient(s, u.Name, auth)
		if err != nil {
			t.Fatalf("PAM %v: %v\n%s", pam, err, s.Log())
		}
		if got, want := sshOutput(t, client, "id -un; pwd"), u.Name+"\n"+u.Home+"\n"; got != want {
			t.Errorf("PAM %v: %q, want %q", pam, got, want)
		}
		client.Close()
		s.WaitClosed()
		if c, err := sshClient(s, u.Name, ssh.Password("wrong")); err == nil {
			c.Close()
			t.Error("let in by a wrong password")
		}
	}
}

func TestTerminalsRunAsAnotherUser(t *testing.T) {
	u := NewUser(t)
	x := Start(t, Options{User: u}, "sh")
	s := x.Do("id -u; pwd; echo $HOME $USER; : > file && tty > /dev/tty && echo ok")
	for _, want := range []string{"ok", fmt.Sprint(u.UID), u.Home, u.Home + " " + u.Name} {
		if !s.Has(want) {
			t.Errorf("the screen lacks %q\n%s", want, s)
		}
	}
}

func TestUsersAreRemoved(t *testing.T) {
	NeedRoot(t)
	var u *User
	t.Run("makes one", func(t *testing.T) {
		u = NewUser(t)
		Start(t, Options{User: u, Env: []string{markVariable}}, "sleep", "1000") // unmarked
	})
	if err := command("id", u.Name); err == nil {
		t.Error("the account is still there")
	}
	if _, err := os.Stat(u.Home); !os.IsNotExist(err) {
		t.Error("the home is still there")
	}
}

func TestAgentHoldsKeys(t *testing.T) {
	k := NewKey(t, filepath.Join(t.TempDir(), "id"), ECDSA, "")
	socket := StartAgent(t, k)
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	keys, err := agent.NewClient(conn).List()
	if err != nil || len(keys) != 1 || keys[0].Type() != "ecdsa-sha2-nistp256" {
		t.Errorf("the agent holds %v, %v", keys, err)
	}
}

func TestEncryptedKeysNeedTheirPassphrase(t *testing.T) {
	Need(t, "ssh-keygen")
	k := NewKey(t, filepath.Join(t.TempDir(), "id"), ED25519, "open sesame")
	out, err := exec.Command("ssh-keygen", "-y", "-P", "open sesame", "-f", k.Path).Output()
	if err != nil || !strings.HasPrefix(string(out), k.Line()) {
		t.Errorf("ssh-keygen reads %q, %v; want %q", out, err, k.Line())
	}
	if err := exec.Command("ssh-keygen", "-y", "-P", "", "-f", k.Path).Run(); err == nil {
		t.Error("the key opens without its passphrase")
	}
}

func TestTmuxShowsAProgram(t *testing.T) {
	x := StartTmux(t, TmuxOptions{Cols: 60, Rows: 10}, "sh")
	x.WaitText("$")
	x.Type("stty size; printf '\\033[1mbold\\033[m\\n'")
	x.Keys("Enter")
	x.WaitFor("bold text", func(lines []string) bool { return slices.Contains(lines, "bold") })
	if lines := x.Lines(); len(lines) != 10 || !slices.Contains(lines, "10 60") {
		t.Errorf("the screen: %q", lines)
	}
	if styled := strings.Join(x.Styled(), "\n"); !strings.Contains(styled, "\x1b[1mbold") {
		t.Errorf("no bold text in %q", styled)
	}
	x.Resize(50, 8)
	x.Type("stty size")
	x.Keys("Enter")
	x.WaitText("8 50")
	x.Type("exit")
	x.Keys("Enter")
	if lines := x.WaitDead(); !strings.Contains(strings.Join(lines, "\n"), "8 50") {
		t.Errorf("the screen is gone: %q", lines)
	}
}

func TestStockServerAndClientMakeASession(t *testing.T) {
	Need(t, "mosh-server", "mosh-client")
	server := StartServer(t, Options{}, "/usr/bin/mosh-server", "new", "-i", "127.0.0.1", "-p", "0", "--", "sh")
	if !slices.ContainsFunc(Processes(t), func(p Process) bool { return p.PID == server.PID }) {
		t.Errorf("process %d is none of ours: %v", server.PID, Processes(t))
	}
	client := Start(t, Options{Env: []string{server.ClientEnv()}}, "/usr/bin/mosh-client", "127.0.0.1", server.PortArg())
	if s := client.Do("echo $((6 * 7))"); !s.Has("42") {
		t.Errorf("no answer\n%s", s)
	}
	client.Send("exit\n")
	if got := client.Wait(); got != 0 {
		t.Errorf("exit status %d", got)
	}
	NothingLeft(t)
}

func TestTraceExecsSeesEveryArgumentAndVariable(t *testing.T) {
	argv, log := TraceExecs(t, "sh", "-c", "SECRET=in-env env >/dev/null; sh -c ': in-arg'")
	x := Start(t, Options{}, argv...)
	if got := x.Wait(); got != 0 {
		t.Fatalf("exit status %d\n%s", got, x.Screen())
	}
	for _, want := range []string{"SECRET=in-env", ": in-arg", Mark(t)} {
		if !strings.Contains(log(), want) {
			t.Errorf("%q is not in the trace:\n%s", want, log())
		}
	}
}

func TestGmoshIsBuiltOnceAsItShips(t *testing.T) {
	dir := Gmosh(t)
	if again := Gmosh(t); again != dir {
		t.Errorf("built in %s, then in %s", dir, again)
	}
	for _, name := range gmoshNames {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if fresh, err := buildGmosh(); err != nil || fresh != dir {
		t.Errorf("another process would build in %s, %v; want %s", fresh, err, dir)
	}
}

// echoServer sends every packet back with the port it came from, and reports it.
func echoServer(t *testing.T) (addr netip.AddrPort, sources chan netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4zero})
	if err != nil {
		t.Fatal(err)
	}
	sources = make(chan netip.AddrPort, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			sources <- from
			c.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), c.LocalAddr().(*net.UDPAddr).AddrPort().Port()), sources
}

func relayClient(t *testing.T, r *Relay) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func exchange(t *testing.T, c *net.UDPConn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != text {
		t.Fatalf("sent %q, got %q, %v", text, buf[:n], err)
	}
}

func TestRelayRebindsAndMoves(t *testing.T) {
	server, sources := echoServer(t)
	r := StartRelay(t, server, Conditions{}, 1)
	c, other := relayClient(t, r), relayClient(t, r)
	exchange(t, c, "one")
	first := <-sources
	exchange(t, c, "two")
	if again := <-sources; again != first {
		t.Errorf("from %v, then from %v", first, again)
	}
	exchange(t, other, "three")
	if second := <-sources; second == first {
		t.Errorf("two clients have one source, %v", second)
	}
	r.Rebind()
	exchange(t, c, "four")
	rebound := <-sources
	if rebound == first || rebound.Addr() != first.Addr() {
		t.Errorf("rebound from %v to %v", first, rebound)
	}
	r.Move("127.0.0.3")
	exchange(t, c, "five")
	if moved := <-sources; moved.Addr() != netip.MustParseAddr("127.0.0.3") || !slices.Equal(r.Sources(), []netip.AddrPort{moved}) {
		t.Errorf("moved to %v, sources %v", moved, r.Sources())
	}
	r.Inject([]byte("from nobody"))
	if injected := <-sources; injected == rebound || slices.Contains(r.Sources(), injected) {
		t.Errorf("injected from %v", injected)
	}
}

func TestRelayTapsCutsAndCounts(t *testing.T) {
	server, sources := echoServer(t)
	r := StartRelay(t, server, Conditions{}, 1)
	c := relayClient(t, r)
	var seen []string
	r.Tap(func(d Direction, p []byte) bool {
		seen = append(seen, fmt.Sprint(d, " ", string(p)))
		return string(p) != "drop"
	})
	c.Write([]byte("drop"))
	exchange(t, c, "keep")
	r.Tap(nil)
	if want := []string{"0 drop", "0 keep", "1 keep"}; !slices.Equal(seen, want) {
		t.Errorf("tapped %q, want %q", seen, want)
	}
	<-sources
	r.Cut(true)
	c.Write([]byte("lost"))
	waitTraffic(t, r, Traffic{Packets: 2, Bytes: 8, Lost: 1})
	r.Cut(false)
	exchange(t, c, "back")
}

// waitTraffic waits until the relay has read what was sent to it: there is no
// event for a packet that is lost.
func waitTraffic(t *testing.T, r *Relay, want Traffic) {
	t.Helper()
	for timeout := newTimeout(t); r.Traffic(ToServer) != want; {
		select {
		case <-timeout:
			t.Fatalf("traffic %+v, want %+v", r.Traffic(ToServer), want)
		default:
			runtime.Gosched()
		}
	}
}

func TestOneWayOfARelayIsNarrow(t *testing.T) {
	server, _ := echoServer(t)
	r := StartRelay(t, server, Conditions{}, 1)
	r.SetWay(ToClient, Conditions{Rate: 1})
	c := relayClient(t, r)
	back := make(chan struct{})
	r.Tap(func(d Direction, _ []byte) bool {
		if d == ToClient {
			close(back)
		}
		return true
	})
	c.Write(make([]byte, 1000))
	<-back
	r.Tap(nil)
	for timeout := newTimeout(t); r.Queued(ToClient) == 0; {
		select {
		case <-timeout:
			t.Fatal("nothing waits for the bottleneck")
		default:
			runtime.Gosched()
		}
	}
	if up, down := r.Queued(ToServer), r.Queued(ToClient); up != 0 || down > 1000 {
		t.Errorf("%d bytes wait on the way up, %d on the way down", up, down)
	}
}

func TestADetourIsNarrowForAPortAlone(t *testing.T) {
	d := StartDetour(t, 0)
	if err := d.Narrow(7, Conditions{Rate: 1000, Queue: 100}); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 60)
	packet[0] = 0x45 // IPv4 with a header of 20 bytes
	other := d.way(packet)
	packet[21] = 7
	if narrow := d.way(packet); narrow == other || other != d.line {
		t.Errorf("a packet from port 7 takes the line %p, others %p", narrow, other)
	}
	if d.way(packet[:20]) != d.line {
		t.Error("a packet without ports is taken for one from port 7")
	}
}

func TestRelayDelays(t *testing.T) {
	server, _ := echoServer(t)
	r := StartRelay(t, server, Conditions{Delay: 30 * time.Millisecond, Jitter: 5 * time.Millisecond}, 1)
	c := relayClient(t, r)
	begin := time.Now()
	exchange(t, c, "there and back")
	if took := time.Since(begin); took < 60*time.Millisecond {
		t.Errorf("a round trip took %v, want 60 ms at least", took)
	}
}

// idle is an alarm that nobody waits for.
type idle struct{}

func (idle) set(time.Time) {}
func (idle) wait() bool    { return false }
func (idle) close()        {}

// The conditions as such need no sockets and no clock.
func TestLineDecidesBySeed(t *testing.T) {
	fate := func(seed uint64) (lost []int) {
		l := newLine(Conditions{Loss: 0.3}, newRandom(seed, 0), idle{})
		for i := range 100 {
			before := l.traffic.Lost
			l.take([]byte("x"), nil)
			if l.traffic.Lost > before {
				lost = append(lost, i)
			}
		}
		return lost
	}
	a, b, c := fate(1), fate(1), fate(2)
	if !slices.Equal(a, b) || slices.Equal(a, c) || len(a) < 15 || len(a) > 45 {
		t.Errorf("lost with seed 1: %v and %v; with 2: %v", a, b, c)
	}
}

func TestLineQueuesAtItsRate(t *testing.T) {
	l := newLine(Conditions{Rate: 1000, Queue: 500}, newRandom(1, 0), idle{})
	for range 10 {
		l.take(make([]byte, 100), nil)
	}
	// Half a second of packets fits; a packet or two more if the test is slow.
	if n := len(l.onTheWay); n < 5 || l.traffic.Lost != 10-n {
		t.Errorf("%d packets wait, %d lost", n, l.traffic.Lost)
	}
	first, last := l.onTheWay[0].due, l.lastDue
	if got := last.Sub(first); got < 390*time.Millisecond {
		t.Errorf("five packets are due within %v, want 400 ms", got)
	}
}

func TestLineKeepsTheOrderIfAsked(t *testing.T) {
	for _, order := range []bool{true, false} {
		l := newLine(Conditions{Jitter: time.Hour, Order: order}, newRandom(1, 0), idle{})
		for range 50 {
			l.take([]byte("x"), nil)
		}
		slices.SortFunc(l.onTheWay, func(a, b delivery) int { return a.number - b.number })
		sorted := slices.IsSortedFunc(l.onTheWay, func(a, b delivery) int { return a.due.Compare(b.due) })
		if sorted != order {
			t.Errorf("order %v: sorted %v", order, sorted)
		}
	}
}

func TestLineLosesInBursts(t *testing.T) {
	l := newLine(Conditions{Burst: Burst{Enter: 0.05, Leave: 0.2}}, newRandom(1, 0), idle{})
	const n = 100_000
	bursts, was := 0, 0
	for range n {
		before := l.traffic.Lost
		l.take([]byte("x"), nil)
		if now := l.traffic.Lost - before; now > was {
			bursts, was = bursts+1, now
		} else {
			was = now
		}
		l.onTheWay = nil
	}
	share, length := float64(l.traffic.Lost)/n, float64(l.traffic.Lost)/float64(bursts)
	if share < 0.19 || share > 0.21 || length < 4.8 || length > 5.2 {
		t.Errorf("%.3f are lost, %.2f in a row; want 0.2 and 5", share, length)
	}
}

func TestLineHoldsPacketsBack(t *testing.T) {
	l := newLine(Conditions{Delay: time.Hour, Reorder: 0.25}, newRandom(1, 0), idle{})
	late := 0
	for range 1000 {
		l.take([]byte("x"), nil)
	}
	for _, d := range l.onTheWay {
		if time.Until(d.due) > time.Hour {
			late++
		}
	}
	if late < 200 || late > 300 {
		t.Errorf("%d of 1000 are held back, want 250", late)
	}
}

func TestStreamRelayDelays(t *testing.T) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if c, err := listener.Accept(); err == nil {
			io.Copy(c, c)
			c.Close()
		}
	}()
	r := StartStreamRelay(t, listener.Addr().(*net.TCPAddr).AddrPort(), Conditions{Delay: 20 * time.Millisecond}, 1)
	c, err := net.DialTCP("tcp4", nil, net.TCPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begin := time.Now()
	c.Write([]byte("there and back"))
	buf := make([]byte, 64)
	n, err := io.ReadAtLeast(c, buf, len("there and back"))
	if took := time.Since(begin); err != nil || string(buf[:n]) != "there and back" || took < 40*time.Millisecond {
		t.Errorf("%q, %v after %v, want 40 ms at least", buf[:n], err, took)
	}
}
