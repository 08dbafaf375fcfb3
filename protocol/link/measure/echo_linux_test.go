package measure

import (
	"flag"
	"testing"

	"gmosh/protocol/peertest"
)

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
// without prediction, in all systems at the same time.
func BenchmarkEcho(b *testing.B) {
	for _, p := range paths {
		b.Run(title(p.name), func(b *testing.B) {
			var results map[string]figures
			for _, name := range p.systems {
				b.Run(title(name), func(b *testing.B) {
					if results == nil {
						results = measure(b, p.network, 1, *keys, p.systems...)
					}
					report(b, results[name])
				})
			}
		})
	}
}

func report(b *testing.B, f figures) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(f.at(.5)), "p50-ms")
	b.ReportMetric(milliseconds(f.at(.9)), "p90-ms")
	b.ReportMetric(milliseconds(f.at(.99)), "p99-ms")
	b.ReportMetric(milliseconds(f.mean()), "mean-ms")
	b.ReportMetric(f.size, "B/key")
	b.ReportMetric(f.packets, "pkt/key")
}
