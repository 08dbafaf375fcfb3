package notice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gmosh/protocol/sanitize"
	"gmosh/protocol/terminal"
)

// Facts are what the panel says of a session.
type Facts struct {
	Peer     string // who the server is, with its version
	Address  string // where its packets go
	SRTT     time.Duration
	RTTVar   time.Duration
	Measured bool // the two are known

	Lost           Loss
	Sent, Received Traffic
	Shown          Predictions
	Features       []string // that both halves have
	Close, Quit    string   // keys, such as "Ctrl-^ ?"; empty: there are none
}

// Loss is which part of the packets was lost in the last minute, from 0 to 1.
type Loss struct {
	In, Out float64
	Known   bool // a packet came in that time
	Counted bool // Out is what the server has counted, no estimate
}

// Traffic is what went one way.
type Traffic struct{ Packets, Bytes uint64 }

// Predictions are what became of keys that were shown ahead of the server.
type Predictions struct {
	On                       bool
	AtOnce, Confirmed, Wrong uint64 // keys
}

// The panel's size with its frame of blanks; a smaller screen shows what it can of
// it.
const (
	panelCols = 72
	graphRows = 3
)

// lines are the panel's text for a screen of that size. Where there is no room for all
// of it the last line, which says how to leave, stays, and the graph goes first.
func (f Facts) lines(h *History, now time.Time, cols, rows int) []string {
	facts, hint := f.facts(), f.hint(cols)
	graph, top := h.Graph(now, graphRows)
	graph = append([]string{fmt.Sprintf("round trip in the last minute, up to %d ms", top.Milliseconds())}, graph...)
	switch few := len(facts) + 1; {
	case rows >= few+len(graph)+2:
		return slices.Concat(facts, []string{""}, graph, []string{"", hint})
	case rows >= few+len(graph):
		return slices.Concat(facts, graph, []string{hint})
	case rows < few:
		facts = facts[:max(rows-1, 0)]
	}
	return append(facts, hint)
}

// facts are the lines above the graph, the most telling first.
func (f Facts) facts() []string {
	return []string{
		"server      " + or(sanitize.Line(f.Peer, panelCols), "not heard yet"),
		"address     " + f.Address,
		"round trip  " + f.roundTrip(),
		"lost        " + f.Lost.String(),
		"traffic     " + fmt.Sprintf("%s out, %s in", f.Sent, f.Received),
		"keys        " + f.Shown.String(),
		"features    " + or(strings.Join(f.Features, ", "), "those of mosh"),
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (f Facts) roundTrip() string {
	if !f.Measured {
		return "not measured yet"
	}
	return fmt.Sprintf("%s ms, varies by %s ms", milliseconds(f.SRTT), milliseconds(f.RTTVar))
}

// milliseconds keeps a digit behind the point where it says something.
func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f", d.Seconds()*1000)
	}
	return fmt.Sprint(d.Round(time.Millisecond).Milliseconds())
}

// String says it in words.
func (l Loss) String() string {
	switch {
	case !l.Known:
		return "nothing came in the last minute"
	case !l.Counted:
		return fmt.Sprintf("%.0f %% on the way in; on the way out, by timeouts, %.0f %%", l.In*100, l.Out*100)
	}
	return fmt.Sprintf("%.0f %% on the way in, %.0f %% on the way out", l.In*100, l.Out*100)
}

// String says it in words: "12 packets (3.4 kB)".
func (t Traffic) String() string {
	size := fmt.Sprintf("%d B", t.Bytes)
	for _, unit := range []struct {
		name  string
		bytes float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if float64(t.Bytes) >= unit.bytes {
			size = fmt.Sprintf("%.1f %s", float64(t.Bytes)/unit.bytes, unit.name)
			break
		}
	}
	return fmt.Sprintf("%d packets (%s)", t.Packets, size)
}

// String says it in words.
func (p Predictions) String() string {
	if !p.On {
		return "not shown ahead of the server"
	}
	return fmt.Sprintf("%d shown at once, %d confirmed, %d wrong", p.AtOnce, p.Confirmed, p.Wrong)
}

// hint says how to leave, in a line of that many columns.
func (f Facts) hint(cols int) string {
	if f.Quit == "" {
		return "Esc closes this"
	}
	if long := f.Quit + " quits; " + f.Close + " or Esc closes this"; f.Close != "" && len(long) <= cols {
		return long
	}
	return f.Quit + " quits; Esc closes this"
}

// DrawPanel draws the panel in the middle of the screen, and hides a cursor that is
// under it. What does not fit is cut.
func DrawPanel(o *terminal.Overlay, f Facts, h *History, now time.Time) {
	cols, rows := o.Frame.Size()
	lines := f.lines(h, now, cols, rows)
	margin, edge := 2, 1 // of blanks, beside and above the text
	if cols < panelCols {
		margin = 0
	}
	if rows < len(lines)+2 {
		edge = 0
	}
	wide, high := min(panelCols, cols), min(len(lines)+2*edge, rows)
	top, left := (rows-high)/2, (cols-wide)/2
	for row := range high {
		o.SetWrapped(top+row, false)
		for col := range wide {
			o.Set(top+row, left+col, " ", 1, bar)
		}
	}
	for i, line := range lines[:high-2*edge] {
		drawAt(o, top+edge+i, left+margin, left+wide, line)
	}
	if c := &o.Frame.Cursor; c.Row >= top && c.Row < top+high && c.Col >= left && c.Col < left+wide {
		c.Visible = false
	}
}
