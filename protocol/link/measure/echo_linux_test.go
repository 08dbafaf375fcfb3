package measure

import (
	"flag"
	"fmt"
	"testing"

	"gmosh/protocol/internal/section"
	"gmosh/protocol/peertest"
)

var doc = flag.String("doc", "", "docs/link.md, if its tables are to be written anew")

var keys = flag.Int("keys", 300, "keys typed per system and path")

// path is a network that keystrokes are measured over.
type path struct {
	name    string
	network peertest.Conditions
	systems []string
}

// A path without loss can be compared with ssh: the relay of a stream loses nothing.
var (
	withSSH    = []string{"udp", "ssh", "mosh", "gmosh"}
	withoutSSH = []string{"mosh", "gmosh"}
)

var paths = []path{
	{"LAN", peertest.Conditions{Delay: 100 * 1000}, withSSH},
	{"20 ms", peertest.Conditions{Delay: 10 * ms}, withSSH},
	{"wifi", peertest.Conditions{Delay: 2 * ms, Jitter: 6 * ms, Order: true}, withSSH},
	{"200 ms", peertest.Conditions{Delay: 100 * ms}, withSSH},
	{"300 ms", peertest.Conditions{Delay: 140 * ms, Jitter: 20 * ms, Order: true}, withSSH},
	{"100 ms, 29 % lost", peertest.Conditions{Delay: 50 * ms, Loss: 0.29}, withoutSSH},
	{"100 ms, bursts of 5", peertest.Conditions{Delay: 50 * ms, Burst: peertest.Burst{Enter: 0.05, Leave: 0.2}}, withoutSSH},
	{"100 ms, reordered", peertest.Conditions{Delay: 50 * ms, Jitter: 10 * ms, Reorder: 0.2}, withoutSSH},
}

// BenchmarkEcho measures how long a typed key takes until its echo is on the screen,
// without prediction, in all systems in turn.
func BenchmarkEcho(b *testing.B) {
	run(b, "echo", paths)
}

// pairings are stock mosh, gmosh, and each half of the one with the other of the other.
var pairings = []string{"mosh", "gmosh client, mosh server", "mosh client, gmosh server", "gmosh"}

// BenchmarkPairings measures gmosh's halves with stock ones.
func BenchmarkPairings(b *testing.B) {
	run(b, "pairings", []path{
		{"LAN", peertest.Conditions{Delay: 100 * 1000}, pairings},
		{"20 ms", peertest.Conditions{Delay: 10 * ms}, pairings},
		{"200 ms", peertest.Conditions{Delay: 100 * ms}, pairings},
		{"100 ms, 29 % lost", peertest.Conditions{Delay: 50 * ms, Loss: 0.29}, pairings},
	})
}

const tableHead = `| path | system | p50 | p90 | p99 | mean | packets a key up | down | bytes a key | keys |
|---|---|---|---|---|---|---|---|---|---|
`

// run measures all systems on each path, and writes a table if it is asked for one. Of
// paths that -bench leaves out it keeps the rows.
func run(b *testing.B, section string, paths []path) {
	table := tableHead
	for _, p := range paths {
		var results map[string]figures
		b.Run(title(p.name), func(b *testing.B) {
			for _, name := range p.systems {
				b.Run(title(name), func(b *testing.B) {
					if results == nil {
						results = measure(b, p.network, 1, *keys, p.systems...)
					}
					report(b, results[name])
				})
			}
		})
		switch {
		case results != nil:
			for _, name := range p.systems {
				table += fmt.Sprintf("| %s | %s | %s |\n", p.name, name, results[name].row())
			}
		case *doc != "":
			table += oldRows(b, section, p.name)
		}
	}
	if *doc != "" {
		replaceSection(b, section, table)
	}
}

// row is the figures as cells of a table, times in ms.
func (f figures) row() string {
	traffic := " |  | "
	if f.size > 0 {
		traffic = fmt.Sprintf("%.1f | %.1f | %.0f", f.packets[peertest.ToServer], f.packets[peertest.ToClient], f.size)
	}
	return fmt.Sprintf("%.1f | %.1f | %.1f | %.1f | %s | %d", milliseconds(f.at(.5)), milliseconds(f.at(.9)), milliseconds(f.at(.99)),
		milliseconds(f.mean()), traffic, len(f.took))
}

// replaceSection writes text between the marks of a section of docs/link.md.
func replaceSection(t testing.TB, name, text string) {
	t.Helper()
	if err := section.Replace(*doc, name, text); err != nil {
		t.Fatal(err)
	}
}

// oldRows returns the rows that a section has of a path.
func oldRows(t testing.TB, name, path string) (rows string) {
	t.Helper()
	rows, err := section.Rows(*doc, name, path)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func report(b *testing.B, f figures) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(f.at(.5)), "p50-ms")
	b.ReportMetric(milliseconds(f.at(.9)), "p90-ms")
	b.ReportMetric(milliseconds(f.at(.99)), "p99-ms")
	b.ReportMetric(milliseconds(f.mean()), "mean-ms")
	b.ReportMetric(f.size, "B/key")
	b.ReportMetric(f.packets[peertest.ToServer], "up/key")
	b.ReportMetric(f.packets[peertest.ToClient], "down/key")
}
