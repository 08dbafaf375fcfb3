package notice

import (
	"strings"
	"time"
)

// window is how far back a History looks, in seconds; its graph has a column for
// each.
const window = 60

// History is the last minute of a connection. It is told of samples only: no timer
// runs for it. The zero History is one of a connection that begins.
type History struct {
	seconds []second // the oldest first
}

// second is what happened in one.
type second struct {
	at  int64         // Unix time
	rtt time.Duration // the longest
}

// Sample takes a round trip that was measured now.
func (h *History) Sample(now time.Time, rtt time.Duration) {
	if n := len(h.seconds); n == 0 || h.seconds[n-1].at != now.Unix() {
		h.seconds = append(h.seconds, second{at: now.Unix()})
	}
	last := &h.seconds[len(h.seconds)-1]
	last.rtt = max(last.rtt, rtt)
	for h.seconds[0].at <= now.Unix()-window {
		h.seconds = h.seconds[1:]
	}
}

// blocks fill a cell from below by eighths.
var blocks = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// Graph draws the longest round trip of each of the last 60 seconds, in rows of 60
// characters; top is what its upper edge stands for, 0 if there is nothing to draw.
func (h *History) Graph(now time.Time, rows int) (graph []string, top time.Duration) {
	var columns [window]time.Duration
	for _, s := range h.seconds {
		if column := window - 1 - (now.Unix() - s.at); column >= 0 && column < window {
			columns[column] = s.rtt
			top = max(top, s.rtt)
		}
	}
	for row := rows - 1; row >= 0; row-- {
		var b strings.Builder
		for _, rtt := range columns {
			b.WriteString(blocks[eighths(rtt, top, rows)[row]])
		}
		graph = append(graph, b.String())
	}
	return graph, top
}

// eighths says how much of each cell of a column is filled, the lowest first. What
// is there at all is seen.
func eighths(rtt, top time.Duration, rows int) []int {
	cells := make([]int, rows)
	if rtt <= 0 {
		return cells
	}
	full := max(int(rtt*time.Duration(rows*8)/top), 1)
	for i := range cells {
		cells[i] = min(max(full-8*i, 0), 8)
	}
	return cells
}
