package peertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
)

// floodSize is how much a program writes, in bytes.
const floodSize = 30 << 20

// cpuTime returns the CPU time of a process's threads so far, user's and system's.
func cpuTime(t testing.TB, pid int) (sum time.Duration) {
	t.Helper()
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		ns, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(ns, 10, 64)
		sum += time.Duration(n)
	}
	if len(files) == 0 {
		t.Fatalf("no process %d", pid)
	}
	return sum
}

// flooded is a session in which 30 MB are written to the screen.
type flooded struct {
	*Terminal
	client, server int // process ids
}

// floods are the ways to a session with a shell in it.
var floods = []struct {
	name  string
	start func(t testing.TB) flooded
}{
	{"gmosh", func(t testing.TB) flooded {
		x := Start(t, Options{}, filepath.Join(Gmosh(t), "gmosh"), "--local", "127.0.0.1", "--", "sh")
		x.WaitPrompt()
		return flooded{x, x.PID(), processNamed(t, "server")}
	}},
	{"halves", func(t testing.TB) flooded {
		dir := Gmosh(t)
		return connect(t, filepath.Join(dir, "mosh-server"), filepath.Join(dir, "mosh-client"))
	}},
	{"stock", func(t testing.TB) flooded { return connect(t, "mosh-server", "mosh-client") }},
}

// connect starts both halves of a session.
func connect(t testing.TB, server, client string) flooded {
	t.Helper()
	Need(t, server, client)
	s := StartServer(t, Options{}, server, "new", "-i", "127.0.0.1", "-p", "0", "-c", "256", "--", "sh")
	x := Start(t, Options{Env: []string{s.ClientEnv()}}, client, "127.0.0.1", s.PortArg())
	x.WaitPrompt()
	return flooded{x, x.PID(), s.PID}
}

// processNamed returns the test's process that has word among its arguments.
func processNamed(t testing.TB, word string) int {
	t.Helper()
	for _, p := range Processes(t) {
		if slices.Contains(p.Args, word) {
			return p.PID
		}
	}
	t.Fatalf("no %s among\n%s", word, list(Processes(t)))
	return 0
}

// flood has the shell write text, and returns the screen once that is through.
func (x flooded) flood(text []byte) *Screen {
	x.t.Helper()
	file := filepath.Join(x.t.TempDir(), "text")
	WriteFile(x.t, file, string(text))
	x.Send("clear; cat " + file + "; echo the end\n")
	return x.WaitFor("the end", func(s *Screen) bool { return s.Has("the end") && s.AtPrompt() })
}

// wantScreen is what a terminal of the same size shows by itself.
func wantScreen(text []byte) []string {
	e := terminal.New(80, 24, terminal.Options{})
	e.Write(text)
	e.Write([]byte("the end\r\n$ "))
	f := e.Frame()
	return f.Text()
}

func floodText(seed uint64, n int) []byte {
	return program.Workloads()[0].Output(seed, n, 80, 24)
}

func TestTheScreenAfterAFloodIsThatOfTheTerminalItself(t *testing.T) {
	text := floodText(1, 4<<20)
	for _, f := range floods[:2] {
		t.Run(f.name, func(t *testing.T) {
			if got, want := f.start(t).flood(text).Lines(), wantScreen(text); !slices.Equal(got, want) {
				t.Errorf("the screen is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// BenchmarkFlood has a program write 30 MB of a log in a real session, and tells
// what that costs the two processes, in seconds of CPU.
func BenchmarkFlood(b *testing.B) {
	text := floodText(2, floodSize)
	want := wantScreen(text)
	for _, f := range floods {
		b.Run(f.name, func(b *testing.B) {
			x := f.start(b)
			server, client := cpuTime(b, x.server), cpuTime(b, x.client)
			out := x.Screen().Output
			for range b.N {
				if got := x.flood(text).Lines(); !slices.Equal(got, want) {
					b.Errorf("the screen is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
			n := float64(b.N)
			b.ReportMetric((cpuTime(b, x.server)-server).Seconds()/n, "server-cpu-s/op")
			b.ReportMetric((cpuTime(b, x.client)-client).Seconds()/n, "client-cpu-s/op")
			b.ReportMetric(float64(x.Screen().Output-out)/n, "shown-B/op")
		})
	}
}
