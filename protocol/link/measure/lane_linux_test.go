package measure

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/peertest"
)

const ms = time.Millisecond

// lane is a session of one system over a network of its own. The program at the far
// end is cat on a terminal that echoes, so what is timed is the link and nothing else.
type lane struct {
	t      testing.TB
	term   *peertest.Terminal
	relay  *peertest.Relay // nil: it is no UDP
	server int             // process, of mosh or gmosh
	key    datagram.Key    // of their session
	pings  *pinger         // in place of term

	mu      sync.Mutex
	pressed []time.Time // when each key of the line was typed
}

const catProgram = "echo READY; exec cat"

// stock is where Debian has mosh's programs.
const stock = "/usr/bin/"

// systems are what is measured: by client and server.
var systems = map[string]func(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane{
	"udp": startPings,
	"ssh": startSSH,
	"mosh": func(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
		return startMosh(t, stock, stock, c, seed, program)
	},
	"gmosh": func(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
		return startMosh(t, ours(t), ours(t), c, seed, program)
	},
	"gmosh client, mosh server": func(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
		return startMosh(t, ours(t), stock, c, seed, program)
	},
	"mosh client, gmosh server": func(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
		return startMosh(t, stock, ours(t), c, seed, program)
	},
}

func ours(t testing.TB) string { return peertest.Gmosh(t) + "/" }

// startMosh starts a session with the mosh-client and mosh-server of two folders,
// without prediction.
func startMosh(t testing.TB, client, server string, c peertest.Conditions, seed uint64, program string) *lane {
	t.Helper()
	peertest.Need(t, "mosh-server", "mosh-client")
	s := peertest.StartServer(t, peertest.Options{}, server+"mosh-server", "new", "-i", "127.0.0.1", "-p", "0", "--", "sh", "-c", program)
	relay := peertest.StartRelay(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Port), c, seed)
	env := []string{s.ClientEnv(), "MOSH_PREDICTION_DISPLAY=never"}
	term := peertest.Start(t, peertest.Options{Env: env}, client+"mosh-client", "127.0.0.1", fmt.Sprint(relay.Addr().Port()))
	return &lane{t: t, term: term, relay: relay, server: s.PID, key: s.Key}
}

// startSSH starts OpenSSH's client and server with a stream relay between them.
func startSSH(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
	t.Helper()
	peertest.Need(t, "ssh")
	s := peertest.StartSSHD(t, peertest.SSHDOptions{})
	relay := peertest.StartStreamRelay(t, s.Addr, c, seed)
	return sshTo(t, s, relay.Addr().Addr(), relay.Addr().Port(), program)
}

// sshTo starts ssh to a server that is reached at an address.
func sshTo(t testing.TB, s *peertest.SSHD, host netip.Addr, port uint16, program string) *lane {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, config, fmt.Sprintf("Host there\n\tHostName %s\n\tPort %d\n\tStrictHostKeyChecking no\n\tUserKnownHostsFile /dev/null\n\tLogLevel ERROR\n", host, port))
	term := peertest.Start(t, peertest.Options{}, "ssh", "-tt", "-F", config, "-i", s.Key.Path, "there", program)
	return &lane{t: t, term: term}
}

// ready waits until the program runs.
func (l *lane) ready() {
	l.t.Helper()
	if l.term != nil {
		l.term.WaitText("READY")
	}
}

// traffic returns the packets and bytes that have been sent in a direction, payload of
// UDP, those that were lost included.
func (l *lane) traffic(d peertest.Direction) peertest.Traffic {
	if l.relay == nil {
		return peertest.Traffic{}
	}
	return l.relay.Traffic(d)
}

// press types a line's next key.
func (l *lane) press() {
	l.mu.Lock() // the echo may be faster than the append
	defer l.mu.Unlock()
	if l.pings != nil {
		l.pressed = append(l.pressed, l.pings.send(len(l.pressed)))
		return
	}
	l.pressed = append(l.pressed, l.term.Press(string(rune('a'+len(l.pressed)%26))))
}

// echoes waits for all keys of a line, returns how long each took, and kills the line.
func (l *lane) echoes(keys int) (took []time.Duration) {
	l.t.Helper()
	if l.pings != nil {
		l.pings.receive(keys, func(i int, at time.Time) {
			l.mu.Lock()
			defer l.mu.Unlock()
			took = append(took, at.Sub(l.pressed[i]))
		})
		l.pressed = nil
		return took
	}
	l.term.WaitFor("the echo of a line", func(s *peertest.Screen) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		for len(took) < min(s.Frame.Cursor.Col, len(l.pressed)) {
			took = append(took, s.At.Sub(l.pressed[len(took)]))
		}
		return len(took) == keys
	})
	l.pressed = nil
	l.term.Send("\x15")
	l.term.WaitFor("an empty line", func(s *peertest.Screen) bool { return s.Frame.Cursor.Col == 0 })
	return took
}

// lineKeys is how many keys are typed before the line is killed again.
const lineKeys = 60

// typeLine types a line in all lanes, one key in each in turn, so that whatever the
// machine does meets them alike: at a person's pace, 100 to 400 ms between two keys of
// a lane. It returns how long each key took to be echoed.
func typeLine(lanes []*lane, keys int, rng *rand.Rand) (took [][]time.Duration) {
	took = make([][]time.Duration, len(lanes))
	var work sync.WaitGroup
	for i, l := range lanes {
		work.Go(func() { took[i] = l.echoes(keys) })
	}
	order := rng.Perm(len(lanes))
	for range keys {
		for _, i := range order {
			pause((100*ms + time.Duration(rng.Int64N(int64(300*ms)))) / time.Duration(len(lanes)))
			lanes[i].press()
		}
	}
	work.Wait()
	return took
}

// pause is a part of what is measured: a person's pace, or nobody there. Nothing is
// waited for in this way.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// pinger measures the path's own time: datagrams that another process sends back.
type pinger struct {
	conn *net.UDPConn
	t    testing.TB
}

// echoVariable makes a test binary the program that sends datagrams back.
const echoVariable = "GMOSH_MEASURE_ECHO"

func TestMain(m *testing.M) {
	if os.Getenv(echoVariable) == "" {
		os.Exit(m.Run())
	}
	if err := sendBack(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sendBack says where it listens, and sends back what comes there until its input ends.
func sendBack(in io.Reader, out io.Writer) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() {
		_, _ = io.Copy(io.Discard, in)
		conn.Close()
	})
	fmt.Fprintln(out, conn.LocalAddr())
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return nil // closed: nothing else fails on an unconnected socket
		}
		_, _ = conn.WriteToUDPAddrPort(buf[:n], from) // lost, like others
	}
}

func startPings(t testing.TB, c peertest.Conditions, seed uint64, _ string) *lane {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(binary)
	program.Env = append(os.Environ(), echoVariable+"=1")
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := program.Wait(); err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	server, err := netip.ParseAddrPort(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	relay := peertest.StartRelay(t, server, c, seed)
	client, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(relay.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &lane{t: t, relay: relay, pings: &pinger{client, t}}
}

// send sends a datagram with a number and returns when.
func (p *pinger) send(number int) time.Time {
	at := time.Now()
	_, _ = p.conn.Write([]byte{byte(number)}) // lost, like others
	return at
}

// receive waits for so many datagrams, and tells when each came.
func (p *pinger) receive(n int, came func(number int, at time.Time)) {
	buf := make([]byte, 64)
	for range n {
		if _, err := p.conn.Read(buf); err != nil {
			p.t.Errorf("ping: %v", err)
			return
		}
		came(int(buf[0]), time.Now())
	}
}

// figures are what a row of a table shows.
type figures struct {
	took    []time.Duration // sorted
	packets [2]float64      // per key, by direction
	size    float64         // bytes per key, both ways
}

func (f figures) at(p float64) time.Duration {
	if len(f.took) == 0 {
		return 0
	}
	return f.took[min(int(p*float64(len(f.took))), len(f.took)-1)]
}

func (f figures) mean() (m time.Duration) {
	for _, d := range f.took {
		m += d
	}
	return m / time.Duration(max(len(f.took), 1))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (f figures) String() string {
	return fmt.Sprintf("p50 %7.2f  p90 %7.2f  p99 %7.2f  mean %7.2f ms, %4.1f packets up, %4.1f down, %5.0f bytes a key, %d keys", milliseconds(f.at(.5)),
		milliseconds(f.at(.9)), milliseconds(f.at(.99)), milliseconds(f.mean()), f.packets[peertest.ToServer], f.packets[peertest.ToClient], f.size, len(f.took))
}

// measure types keys in sessions of all the systems in turn, each over a network of its
// own with the same conditions.
func measure(t testing.TB, c peertest.Conditions, seed uint64, keys int, names ...string) map[string]figures {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	clean := c
	clean.Loss, clean.Burst = 0, peertest.Burst{}
	lanes, all := make([]*lane, len(names)), make([]figures, len(names))
	for i, name := range names {
		lanes[i] = systems[name](t, clean, seed, catProgram)
	}
	for _, l := range lanes {
		l.ready()
	}
	typeLine(lanes, 10, rng) // the round trip gets known
	for i, l := range lanes {
		if l.relay != nil {
			l.relay.Set(c)
		}
		all[i].count(l, -1)
	}
	for left := keys; left > 0 && !t.Failed(); left -= lineKeys {
		for i, took := range typeLine(lanes, min(left, lineKeys), rng) {
			all[i].took = append(all[i].took, took...)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	out := map[string]figures{}
	for i, name := range names {
		f := &all[i]
		f.count(lanes[i], 1)
		f.size /= float64(keys)
		for d := range f.packets {
			f.packets[d] /= float64(keys)
		}
		slices.Sort(f.took)
		t.Logf("%-26s %v", name, *f)
		out[name] = *f
	}
	return out
}

// count adds what has gone through a lane so far, or takes it off.
func (f *figures) count(l *lane, sign float64) {
	for _, d := range []peertest.Direction{peertest.ToServer, peertest.ToClient} {
		t := l.traffic(d)
		f.packets[d] += sign * float64(t.Packets)
		f.size += sign * float64(t.Bytes)
	}
}

// title makes a name one of a sub-benchmark.
func title(s string) string { return strings.NewReplacer(" ", "-", ",", "").Replace(s) }
