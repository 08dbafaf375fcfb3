package ssp_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/internal/section"
	"gmosh/protocol/simnet"
)

// doc is docs/link.md, where `make bench-link` writes what it finds.
var doc = flag.String("doc", "", "file whose tables are to be written anew")

func TestWriteTheTablesOfFloodsAndLoss(t *testing.T) {
	if *doc == "" {
		t.Skip("no -doc file is given")
	}
	for name, table := range map[string]func(*testing.T) string{"floods": floodTable, "loss": lossTable} {
		if err := section.Replace(*doc, name, table(t)); err != nil {
			t.Error(err)
		}
	}
}

// floodTable measures each flood over each link, and draws the queues.
func floodTable(t *testing.T) string {
	var table, plot strings.Builder
	table.WriteString("| flood | rate | RTT | queue | frame | queue p50 | queue p95 | link in use | Ctrl-C to prompt | limit |\n|---|---|---|---|---|---|---|---|---|---|\n")
	plot.WriteString("```\nBytes before the bottleneck in a flood of random lines, p50 # and p95 -, a column is 128 bytes\n\n")
	for _, f := range floods {
		for _, rate := range floodRates {
			for _, rtt := range floodTrips {
				for _, queue := range floodQueues {
					r := floodScreen(t, 1, f.line, rate, queue, rtt/2)
					frameTime := time.Duration(float64(r.frame) / float64(rate) * float64(time.Second))
					limit := rtt*5/4 + time.Duration(f.room*float64(frameTime))
					fmt.Fprintf(&table, "| %s | %d kbit/s | %v | %d kB | %d B | %d B | %d B | %.0f %% | %v | %v |\n", f.name, rate/125, rtt, queue>>10,
						r.frame, r.percentile(.5), r.percentile(.95), r.busy*100, r.stop.Round(ms), limit.Round(ms))
					if f.room == 2 {
						p50, p95 := r.percentile(.5)/128, r.percentile(.95)/128
						fmt.Fprintf(&plot, "%6d kbit/s %5v %5d kB |%s%s\n", rate/125, rtt, queue>>10, strings.Repeat("#", p50), strings.Repeat("-", p95-p50))
					}
				}
			}
		}
	}
	plot.WriteString("```\n")
	return table.String() + "\n" + plot.String()
}

// lossTable measures confirmed echo in virtual time: ten sessions of two hundred keys for
// each row, that were without loss before.
func lossTable(t *testing.T) string {
	const n, keys = 10, 200
	clean := simnet.Conditions{Delay: 50 * ms}
	var out strings.Builder
	out.WriteString("| path, 100 ms RTT | p50 | p90 | p99 | mean | packets a key up | down | bytes a key |\n|---|---|---|---|---|---|---|---|\n")
	for _, c := range []struct {
		name string
		path simnet.Conditions
	}{
		{"nothing lost", clean},
		{"1 % lost each way", simnet.Conditions{Delay: 50 * ms, Loss: 0.01}},
		{"5 % lost each way", simnet.Conditions{Delay: 50 * ms, Loss: 0.05}},
		{"29 % lost each way", simnet.Conditions{Delay: 50 * ms, Loss: 0.29}},
		{"40 % lost each way", simnet.Conditions{Delay: 50 * ms, Loss: 0.4}},
		{"bursts of 5, 20 % lost", simnet.Conditions{Delay: 50 * ms, Burst: simnet.Burst{Enter: .05, Leave: .2}}},
		{"20 % held back by 50 ms", simnet.Conditions{Delay: 50 * ms, Reorder: 0.2}},
	} {
		var took []time.Duration
		var up, down, bytes float64
		for seed := range uint64(n) {
			w := newScreenWorld(t, seed, true, clean, clean)
			w.typed(seed, 20)
			w.setConditions(c.path)
			client, server := w.client.Stats(), w.server.Stats()
			took = append(took, w.typed(seed, keys)...)
			u, d := w.perKey(client, server, keys)
			up, down = up+u/n, down+d/n
			bytes += float64(w.client.Stats().BytesOut+w.server.Stats().BytesOut-client.BytesOut-server.BytesOut) / keys / n
		}
		slices.Sort(took)
		fmt.Fprintf(&out, "| %s | %v | %v | %v | %v | %.1f | %.1f | %.0f |\n", c.name, percentile(took, .5), percentile(took, .9), percentile(took, .99), mean(took), up, down, bytes)
	}
	return out.String()
}
