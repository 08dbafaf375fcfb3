package measure

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/fragment"
	"gmosh/protocol/peertest"
)

var floodTurns = flag.Int("floods", 3, "how often each system is flooded on each path")

// shellProgram is a shell whose prompt peertest knows.
const shellProgram = "echo READY; PS1='$ ' exec sh -i"

// How long a flood lasts until it is looked at, and how long it is looked at.
const (
	floodWarm  = 2 * time.Second
	floodTime  = 3 * time.Second
	floodGrain = 2 * ms // between two looks at the queue
)

// flooding is a program that prints without end, in a shell, over a bottleneck on the way
// down.
type flooding struct {
	lines       string // what is printed
	rate, queue int    // bytes a second, bytes
	trip        time.Duration
	systems     []string
}

// What is printed: lines that make every frame another one, and yes.
const (
	randomLines = "random lines"
	yes         = "yes"
)

var (
	bothMoshes = []string{"mosh", "gmosh"}
	allThree   = []string{"ssh", "mosh", "gmosh"}
)

var floodings = []flooding{
	{randomLines, 8_000, 16 << 10, 50 * ms, bothMoshes},
	{randomLines, 8_000, 256 << 10, 200 * ms, bothMoshes},
	{randomLines, 32_000, 256 << 10, 50 * ms, bothMoshes},
	{randomLines, 32_000, 16 << 10, 200 * ms, bothMoshes},
	{randomLines, 125_000, 16 << 10, 50 * ms, bothMoshes},
	{randomLines, 125_000, 256 << 10, 200 * ms, allThree},
	{randomLines, 125_000, 1 << 20, 200 * ms, bothMoshes},
	{randomLines, 1_250_000, 256 << 10, 50 * ms, allThree},
	{randomLines, 1_250_000, 1 << 20, 200 * ms, bothMoshes},
	{yes, 8_000, 16 << 10, 50 * ms, bothMoshes},
	{yes, 8_000, 256 << 10, 200 * ms, bothMoshes},
	{yes, 32_000, 256 << 10, 200 * ms, bothMoshes},
	{yes, 125_000, 1 << 20, 50 * ms, bothMoshes},
	{yes, 125_000, 256 << 10, 200 * ms, allThree},
	{yes, 1_250_000, 16 << 10, 50 * ms, bothMoshes},
	{yes, 1_250_000, 1 << 20, 200 * ms, bothMoshes},
}

// name is the flooding as the first cells of a table's row.
func (f flooding) name() string {
	return fmt.Sprintf("%s | %d kbit/s | %v | %d kB", f.lines, f.rate/125, f.trip, f.queue>>10)
}

// limit is how long the prompt may take after Ctrl-C: a round trip and a quarter, and
// the link time of two frames, or of the one packet in which a frame of yes fits.
func (f flooding) limit(frame int) time.Duration {
	frames := 2
	if f.lines == yes {
		frames = 1
	}
	return f.trip*5/4 + time.Duration(float64(frames*frame)/float64(f.rate)*float64(time.Second))
}

// command is what makes the flood; file holds random lines.
func (f flooding) command(file string) string {
	if f.lines == yes {
		return "yes"
	}
	return "while cat " + file + "; do :; done"
}

// flooded is what a system has made of its floods.
type flooded struct {
	queue []int // bytes before the bottleneck, sorted
	busy  float64
	frame int             // bytes
	stop  []time.Duration // from Ctrl-C to the prompt, sorted
}

// BenchmarkFloods floods gmosh and stock mosh in turn, and OpenSSH on some paths, and
// types Ctrl-C.
func BenchmarkFloods(b *testing.B) {
	const section = "real floods"
	file := filepath.Join(b.TempDir(), "lines")
	peertest.WriteFile(b, file, base64Lines(1, 8<<20))
	table := "| flood | rate | RTT | queue | system | frame | queue p50 | queue p95 | link in use | Ctrl-C to prompt p50 | worst | limit |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
	for _, f := range floodings {
		rows := ""
		b.Run(title(strings.NewReplacer(" | ", "-", "/", "p").Replace(f.name())), func(b *testing.B) {
			results := f.measure(b, f.command(file))
			for _, name := range f.systems {
				r := results[name]
				rows += fmt.Sprintf("| %s | %s | %s |\n", f.name(), name, f.row(name, r))
				b.ReportMetric(milliseconds(r.stop[len(r.stop)/2]), name+"-p50-ms")
				b.ReportMetric(milliseconds(r.stop[len(r.stop)-1]), name+"-worst-ms")
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(milliseconds(f.limit(results["gmosh"].frame)), "limit-ms")
		})
		if rows == "" && *doc != "" {
			rows = oldRows(b, section, f.name())
		}
		table += rows
	}
	if *doc != "" {
		replaceSection(b, section, table+"\n"+queuePlot(table))
	}
}

// base64Lines are random lines of 76 characters.
func base64Lines(seed uint64, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	rng := rand.New(rand.NewPCG(seed, 3))
	text := make([]byte, n/77*77)
	for i := range text {
		text[i] = alphabet[rng.IntN(64)]
		if i%77 == 76 {
			text[i] = '\n'
		}
	}
	return string(text)
}

// measure floods all systems in turn.
func (f flooding) measure(t testing.TB, command string) map[string]flooded {
	t.Helper()
	c := peertest.Conditions{Delay: f.trip / 2}
	narrow := peertest.Conditions{Delay: f.trip / 2, Rate: f.rate, Queue: f.queue}
	lanes, out := map[string]*lane{}, map[string]flooded{}
	for _, name := range f.systems {
		if name == "ssh" {
			lanes[name] = startRemoteSSH(t, c, narrow, shellProgram)
		} else {
			lanes[name] = systems[name](t, c, 1, shellProgram)
			lanes[name].relay.SetWay(peertest.ToClient, narrow)
		}
		lanes[name].ready()
	}
	for turn := range *floodTurns {
		for i := range f.systems {
			name := f.systems[(i+turn)%len(f.systems)]
			r := out[name]
			lanes[name].flood(command, f.rate, &r)
			out[name] = r
		}
	}
	for name, r := range out {
		slices.Sort(r.queue)
		slices.Sort(r.stop)
		r.busy /= float64(*floodTurns)
		t.Logf("%s, %-5s %s", f.name(), name, f.row(name, r))
		out[name] = r
	}
	return out
}

// flood floods a session once.
func (l *lane) flood(command string, rate int, r *flooded) {
	l.t.Helper()
	l.term.WaitPrompt()
	l.term.Send(command + "\r")
	pause(floodWarm)
	if l.relay == nil {
		pause(floodTime)
	} else {
		l.watchFlood(rate, r)
	}
	at := l.term.Press("\x03")
	r.stop = append(r.stop, l.term.WaitPrompt().At.Sub(at))
}

// watchFlood looks at the bottleneck for a while.
func (l *lane) watchFlood(rate int, r *flooded) {
	bytes, frames := 0, 0
	conn, joiner := datagram.New(l.key, datagram.ToServer, 0), new(fragment.Joiner)
	l.relay.Tap(func(d peertest.Direction, packet []byte) bool {
		if d == peertest.ToServer {
			return true
		}
		bytes += len(packet)
		if payload, _, err := conn.Open(nil, time.Now(), packet, false); err == nil {
			if _, whole, _ := joiner.Add(payload); whole {
				frames++
			}
		}
		return true
	})
	ticker := time.NewTicker(floodGrain)
	defer ticker.Stop()
	begin := time.Now()
	for now := begin; now.Sub(begin) < floodTime; now = <-ticker.C {
		r.queue = append(r.queue, l.relay.Queued(peertest.ToClient))
	}
	took := time.Since(begin)
	l.relay.Tap(nil)
	r.busy += float64(bytes) / took.Seconds() / float64(rate)
	r.frame = max(r.frame, bytes/max(frames, 1))
}

// row is the result as cells of a table, times in ms.
func (f flooding) row(name string, r flooded) string {
	queue, limit := " |  |  | ", ""
	if name != "ssh" {
		queue = fmt.Sprintf("%d B | %d B | %d B | %.0f %%", r.frame, r.queue[len(r.queue)/2], r.queue[len(r.queue)*95/100], r.busy*100)
	}
	if name == "gmosh" {
		limit = fmt.Sprintf("%.0f", milliseconds(f.limit(r.frame)))
	}
	return fmt.Sprintf("%s | %.0f | %.0f | %s", queue, milliseconds(r.stop[len(r.stop)/2]), milliseconds(r.stop[len(r.stop)-1]), limit)
}

// queuePlot draws the queues of a table of floods. Those of yes are empty.
func queuePlot(table string) string {
	var out strings.Builder
	out.WriteString("```\nBytes before the bottleneck in a flood of random lines, p50 # and p95 -, five columns double 64 bytes\n\n")
	for line := range strings.Lines(table) {
		cell := strings.Split(line, " | ")
		if len(cell) < 8 || cell[0] != "| "+randomLines || !strings.HasSuffix(cell[6], " B") {
			continue
		}
		p50, p95 := columns(cell[6]), columns(cell[7])
		fmt.Fprintf(&out, "%12s %6s %8s %-6s|%s%s\n", cell[1], cell[2], cell[3], cell[4],
			strings.Repeat("#", p50), strings.Repeat("-", p95-p50))
	}
	out.WriteString("```\n")
	return out.String()
}

// columns is how long a line for so many bytes is.
func columns(cell string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(cell, " B"))
	return max(int(5*math.Log2(float64(max(n, 1))/64)), 0)
}

// startRemoteSSH starts OpenSSH's client and server with a network in between that the
// kernel sees, so that TCP does what it does at a bottleneck.
func startRemoteSSH(t testing.TB, up, down peertest.Conditions, program string) *lane {
	t.Helper()
	way := peertest.StartDetour(t, up.Delay)
	s := peertest.StartSSHD(t, peertest.SSHDOptions{Listen: way.Here})
	if err := way.Narrow(s.Addr.Port(), down); err != nil {
		t.Fatal(err)
	}
	return sshTo(t, s, way.There, s.Addr.Port(), program)
}
