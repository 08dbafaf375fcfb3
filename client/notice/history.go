package notice

import (
	"strings"
	"time"
)

// window is how far back a History looks, in seconds; its graph has a column for
// each.
const window = 60

// Reading is what the connection's counters say after a packet has come.
type Reading struct {
	RTT      time.Duration // a sample of the round trip time that is new; 0: none
	Expected uint64        // the sequence number that the next packet is to have
	Opened   uint64        // authentic packets so far
	LossOut  float64       // what is lost on the way out, as estimated, 0 to 1
}

// History is the last minute of a connection. It is told of packets only: no timer
// runs for it. The zero History is one of a connection that begins.
type History struct {
	seconds []second // the oldest first; the first may lie before the window
}

// second is what happened in one: counters as they were at its end.
type second struct {
	at               int64 // Unix time
	expected, opened uint64
	lossOut          float64
	rtt              time.Duration // the longest; 0: no sample
}

// Packet takes note of a packet.
func (h *History) Packet(now time.Time, r Reading) {
	if len(h.seconds) == 0 { // what was lost before the first, nobody knows
		h.seconds = append(h.seconds, second{at: now.Unix() - window, expected: max(r.Expected, 1) - 1, opened: max(r.Opened, 1) - 1})
	}
	last := &h.seconds[len(h.seconds)-1]
	if last.at != now.Unix() {
		h.seconds = append(h.seconds, second{at: now.Unix()})
		last = &h.seconds[len(h.seconds)-1]
	}
	last.expected, last.opened, last.lossOut = r.Expected, r.Opened, r.LossOut
	last.rtt = max(last.rtt, r.RTT)
	for len(h.seconds) > 1 && h.seconds[1].at <= now.Unix()-window {
		h.seconds = h.seconds[1:]
	}
}

// within returns the seconds of the last minute, and the one before them.
func (h *History) within(now time.Time) (before second, seconds []second) {
	for i, s := range h.seconds {
		if s.at > now.Unix()-window {
			return before, h.seconds[i:]
		}
		before = s
	}
	return before, nil
}

// Loss returns which share of the packets was lost in the last minute on the way
// here, by the gaps in their numbers, and on the way out, as it was estimated; ok is
// false if no packet came.
func (h *History) Loss(now time.Time) (in, out float64, ok bool) {
	before, seconds := h.within(now)
	if len(seconds) == 0 {
		return 0, 0, false
	}
	last := seconds[len(seconds)-1]
	sent, came := last.expected-before.expected, last.opened-before.opened
	if sent > came { // else packets came twice
		in = float64(sent-came) / float64(sent)
	}
	for _, s := range seconds {
		out += s.lossOut
	}
	return in, out / float64(len(seconds)), true
}

// blocks fill a cell from below by eighths.
var blocks = [...]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// Graph draws the longest round trip of each of the last 60 seconds, in rows of 60
// characters; top is what its upper edge stands for, 0 if there is nothing to draw.
func (h *History) Graph(now time.Time, rows int) (graph []string, top time.Duration) {
	_, seconds := h.within(now)
	var columns [window]time.Duration
	for _, s := range seconds {
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
