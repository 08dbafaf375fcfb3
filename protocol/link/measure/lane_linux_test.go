package measure

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

const ms = time.Millisecond

// lane is a session of one system over a network of its own. The program at the far
// end is cat on a terminal that echoes, so what is timed is the link and nothing else.
type lane struct {
	t      testing.TB
	name   string
	term   *peertest.Terminal
	relay  *peertest.Relay // nil: it is no UDP
	server int             // process, of mosh or gmosh
	pings  *pinger         // in place of term
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
	return &lane{t: t, term: term, relay: relay, server: s.PID}
}

// startSSH starts OpenSSH's client and server with a stream relay between them.
func startSSH(t testing.TB, c peertest.Conditions, seed uint64, program string) *lane {
	t.Helper()
	peertest.Need(t, "ssh")
	s := peertest.StartSSHD(t, peertest.SSHDOptions{})
	relay := peertest.StartStreamRelay(t, s.Addr, c, seed)
	config := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, config, fmt.Sprintf("Host there\n\tHostName 127.0.0.1\n\tPort %d\n\tStrictHostKeyChecking no\n\tUserKnownHostsFile /dev/null\n\tLogLevel ERROR\n", relay.Addr().Port()))
	term := peertest.Start(t, peertest.Options{}, "ssh", "-tt", "-F", config, "-i", s.Key.Path, "there", program)
	return &lane{t: t, term: term}
}

// ready waits until the program runs, and lets the round trip be measured.
func (l *lane) ready(rng *rand.Rand) {
	if l.pings != nil {
		return
	}
	l.t.Helper()
	l.term.WaitText("READY")
	l.line(10, rng)
}

// traffic returns the packets and bytes that have gone both ways, payload of UDP.
func (l *lane) traffic() (packets, bytes int) {
	if l.relay == nil {
		return 0, 0
	}
	for _, d := range []peertest.Direction{peertest.ToServer, peertest.ToClient} {
		t := l.relay.Traffic(d)
		packets, bytes = packets+t.Packets, bytes+t.Bytes
	}
	return packets, bytes
}

// lineKeys is how many keys are typed before the line is killed again.
const lineKeys = 60

// echo types keys at a person's pace, 100 to 400 ms apart, and returns how long each
// took to be echoed.
func (l *lane) echo(keys int, rng *rand.Rand) (took []time.Duration) {
	for left := keys; left > 0; left -= lineKeys {
		took = append(took, l.line(min(left, lineKeys), rng)...)
	}
	return took
}

// line types some keys, waits for them all, and kills the line.
func (l *lane) line(keys int, rng *rand.Rand) (took []time.Duration) {
	if l.pings != nil {
		return l.pings.exchange(keys, rng)
	}
	l.t.Helper()
	var mu sync.Mutex
	var sent []time.Time
	gaps := make([]time.Duration, keys)
	for i := range gaps {
		gaps[i] = 100*ms + time.Duration(rng.Int64N(int64(300*ms)))
	}
	go func() {
		timer := time.NewTimer(0)
		defer timer.Stop()
		for i, gap := range gaps {
			<-timer.C
			mu.Lock()
			sent = append(sent, time.Now())
			l.term.Send(string(rune('a' + i%26)))
			mu.Unlock()
			timer.Reset(gap)
		}
	}()
	l.term.WaitFor("the echo of a line", func(s *peertest.Screen) bool {
		now := time.Now()
		mu.Lock()
		defer mu.Unlock()
		for len(took) < min(s.Frame.Cursor.Col, len(sent)) {
			took = append(took, now.Sub(sent[len(took)]))
		}
		return len(took) == keys
	})
	l.term.Send("\x15")
	l.term.WaitFor("an empty line", func(s *peertest.Screen) bool { return s.Frame.Cursor.Col == 0 })
	return took
}

// pause is a part of what is measured: a person's pace, or nobody there. Nothing is
// waited for in this way.
func pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// pinger measures the path's own time: datagrams that are sent back.
type pinger struct {
	conn *net.UDPConn
	t    testing.TB
}

func startPings(t testing.TB, c peertest.Conditions, seed uint64, _ string) *lane {
	t.Helper()
	loopback := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	server, err := net.ListenUDP("udp4", loopback)
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := server.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = server.WriteToUDPAddrPort(buf[:n], from)
		}
	})
	relay := peertest.StartRelay(t, server.LocalAddr().(*net.UDPAddr).AddrPort(), c, seed)
	client, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(relay.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
		work.Wait()
	})
	return &lane{t: t, relay: relay, pings: &pinger{client, t}}
}

// exchange sends datagrams at the pace of keys; those that are lost do not count.
func (p *pinger) exchange(n int, rng *rand.Rand) (took []time.Duration) {
	buf := make([]byte, 64)
	for i := range n {
		pause(100*ms + time.Duration(rng.Int64N(int64(300*ms))))
		begin := time.Now()
		_, _ = p.conn.Write([]byte{byte(i)})
		_ = p.conn.SetReadDeadline(begin.Add(2 * time.Second))
		if _, err := p.conn.Read(buf); err == nil {
			took = append(took, time.Since(begin))
		}
	}
	return took
}

// figures are what a row of a table shows.
type figures struct {
	took          []time.Duration // sorted
	packets, size float64         // per key
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
	return fmt.Sprintf("p50 %6.1f  p90 %6.1f  p99 %6.1f  mean %6.1f ms, %5.1f packets %5.0f bytes a key, %d keys", milliseconds(f.at(.5)),
		milliseconds(f.at(.9)), milliseconds(f.at(.99)), milliseconds(f.mean()), f.packets, f.size, len(f.took))
}

// measure types keys in sessions of all the systems at the same time, each over a
// network of its own with the same conditions.
func measure(t testing.TB, c peertest.Conditions, seed uint64, keys int, names ...string) map[string]figures {
	t.Helper()
	lanes := map[string]*lane{}
	for _, name := range names {
		clean := c
		clean.Loss, clean.Burst = 0, peertest.Burst{}
		lanes[name] = systems[name](t, clean, seed, catProgram)
		lanes[name].name = name
	}
	out := map[string]figures{}
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, name := range names {
		work.Go(func() {
			l, rng := lanes[name], rand.New(rand.NewPCG(seed, uint64(len(name))))
			l.ready(rng)
			if l.relay != nil {
				l.relay.Set(c)
			}
			packets, bytes := l.traffic()
			f := figures{took: l.echo(keys, rng)}
			p, b := l.traffic()
			f.packets, f.size = float64(p-packets)/float64(keys), float64(b-bytes)/float64(keys)
			slices.Sort(f.took)
			mu.Lock()
			defer mu.Unlock()
			out[name] = f
		})
	}
	work.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, name := range names {
		t.Logf("%-26s %v", name, out[name])
	}
	return out
}

// title makes a name one of a sub-benchmark.
func title(s string) string { return strings.NewReplacer(" ", "-", ",", "").Replace(s) }
