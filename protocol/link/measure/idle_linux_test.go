package measure

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

var idle = flag.Duration("idle", 10*time.Minute, "how long BenchmarkIdle leaves sessions alone")

// BenchmarkIdle leaves a session of mosh and one of gmosh alone at the same time, and
// counts what they do: packets and bytes, both ways, and per side CPU time and context
// switches, those of Go's runtime included.
func BenchmarkIdle(b *testing.B) {
	systemNames := []string{"mosh", "gmosh"}
	results := map[string]usage{}
	var table strings.Builder
	fmt.Fprintf(&table, "| system | packets a minute | bytes a minute | CPU a minute, client | server | switches a minute, client | server |\n|---|---|---|---|---|---|---|\n")
	for _, name := range systemNames {
		b.Run(name, func(b *testing.B) {
			if len(results) == 0 {
				results = leaveAlone(b, systemNames)
			}
			u, minutes := results[name], idle.Minutes()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(u.packets)/minutes, "pkt/min")
			b.ReportMetric(float64(u.bytes)/minutes, "B/min")
			b.ReportMetric(u.cpu[0].Seconds()*1000/minutes, "client-ms/min")
			b.ReportMetric(u.cpu[1].Seconds()*1000/minutes, "server-ms/min")
			fmt.Fprintf(&table, "| %s | %.1f | %.0f | %.1f ms | %.1f ms | %.0f | %.0f |\n", name, float64(u.packets)/minutes, float64(u.bytes)/minutes,
				u.cpu[0].Seconds()*1000/minutes, u.cpu[1].Seconds()*1000/minutes, float64(u.switches[0])/minutes, float64(u.switches[1])/minutes)
		})
	}
	if *doc != "" && len(results) == len(systemNames) {
		replaceSection(b, "idle", fmt.Sprintf("%s\nMeans over %v.\n", table.String(), *idle))
	}
}

// usage is what a session has cost; client and server.
type usage struct {
	packets, bytes int
	cpu            [2]time.Duration
	switches       [2]int
}

func leaveAlone(b *testing.B, names []string) map[string]usage {
	lanes := make([]*lane, len(names))
	for i, name := range names {
		lanes[i] = systems[name](b, peertest.Conditions{Delay: 10 * ms}, 1, catProgram)
	}
	for _, l := range lanes {
		l.ready()
	}
	typeLine(lanes, 10, rand.New(rand.NewPCG(1, 1)))
	before := make([]usage, len(lanes))
	for i, l := range lanes {
		before[i] = l.usage()
	}
	pause(*idle)
	out := map[string]usage{}
	for i, name := range names {
		out[name] = lanes[i].usage().since(before[i])
	}
	return out
}

// usage is what the session of a lane has cost so far.
func (l *lane) usage() usage {
	up, down := l.traffic(peertest.ToServer), l.traffic(peertest.ToClient)
	u := usage{packets: up.Packets + down.Packets, bytes: up.Bytes + down.Bytes}
	for i, pid := range []int{l.term.PID(), l.server} {
		u.cpu[i], u.switches[i] = processUsage(pid)
	}
	return u
}

// since is what has been added to an earlier usage.
func (u usage) since(before usage) usage {
	u.packets, u.bytes = u.packets-before.packets, u.bytes-before.bytes
	for i := range u.cpu {
		u.cpu[i] -= before.cpu[i]
		u.switches[i] -= before.switches[i]
	}
	return u
}

// processUsage reads what the threads of a process have used so far (proc(5)).
func processUsage(pid int) (cpu time.Duration, switches int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		var ns, wait, slices int64
		if text, err := os.ReadFile(task + "/schedstat"); err == nil {
			fmt.Sscan(string(text), &ns, &wait, &slices)
		}
		cpu += time.Duration(ns)
		text, _ := os.ReadFile(task + "/status")
		for line := range strings.Lines(string(text)) {
			var n int
			if name, value, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(name, "ctxt_switches") {
				fmt.Sscan(value, &n)
				switches += n
			}
		}
	}
	return cpu, switches
}
