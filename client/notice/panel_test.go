package notice

import (
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"

	"pgregory.net/rapid"
)

// facts are those of a session in good health.
func facts() Facts {
	return Facts{
		Peer: "gmosh v1\x1b[31m", Address: "192.0.2.1, UDP port 60001",
		SRTT: 301 * time.Millisecond, RTTVar: 4500 * time.Microsecond, Measured: true,
		Lost: Loss{In: .2, Out: .1, Known: true},
		Sent: Traffic{12, 900}, Received: Traffic{34, 5600},
		Shown:    Predictions{On: true, AtOnce: 7, Confirmed: 6, Wrong: 1},
		Features: []string{"a", "b"}, Close: "Ctrl-^ ?", Quit: "Ctrl-^ .",
	}
}

func TestPanelSaysHowTheConnectionDoes(t *testing.T) {
	var h History
	for i := range 10 {
		h.Sample(at(float64(i)), 300*time.Millisecond)
	}
	o := terminal.NewOverlay(screen(80, 24, 12))
	o.Frame.Cursor.Col = 40
	DrawPanel(o, facts(), &h, at(9))
	got := strings.Join(o.Frame.Text(), "\n")
	for _, want := range []string{
		"server      gmosh v1",
		"address     192.0.2.1, UDP port 60001",
		"round trip  301 ms, varies by 4.5 ms",
		"lost        20 % on the way in; on the way out, by timeouts, 10 %",
		"traffic     12 packets (900 B) out, 34 packets (5.6 kB) in",
		"keys        7 shown at once, 6 confirmed, 1 wrong",
		"features    a, b",
		"up to 300 ms",
		"██████████",
		"Ctrl-^ . quits; Ctrl-^ ? or Esc closes this",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Error("the server's name was not made fit to be shown")
	}
	if o.Frame.Cursor.Visible {
		t.Error("the cursor shines through")
	}
}

func TestPanelOfASessionThatHasHeardNothing(t *testing.T) {
	o := terminal.NewOverlay(screen(80, 24, 0))
	DrawPanel(o, Facts{}, new(History), at(0))
	got := strings.Join(o.Frame.Text(), "\n")
	for _, want := range []string{"not heard yet", "not measured yet", "nothing came", "not shown ahead", "those of mosh", "Esc closes this"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if !o.Frame.Cursor.Visible {
		t.Error("a cursor beside the panel was hidden")
	}
}

func TestPanelFitsIntoAnyScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cols, rows := rapid.IntRange(1, 200).Draw(t, "cols"), rapid.IntRange(1, 60).Draw(t, "rows")
		below := screen(cols, rows, rows-1)
		before := strings.Join(below.Text(), "\n")
		var h History
		h.Sample(start, time.Second)
		o := terminal.NewOverlay(below)
		DrawPanel(o, facts(), &h, start)
		text := o.Frame.Text()
		if first := text[0]; rows > 1 && rows < 10 && !strings.HasPrefix(strings.TrimLeft(first, "x "), "server"[:min(6, cols)]) {
			t.Errorf("a low screen begins with %q", first)
		}
		all := strings.Join(text, "\n")
		if quit := "Ctrl-^ . quits"; cols >= len(quit) && !strings.Contains(all, quit) {
			t.Errorf("at %d x %d it is not said how to quit:\n%s", cols, rows, all)
		}
		if closes := "Esc closes this"; cols >= 31 && !strings.Contains(all, closes) {
			t.Errorf("at %d x %d it is not said how to close it:\n%s", cols, rows, all)
		}
		if graph := "up to 1000 ms"; cols >= panelCols && strings.Contains(all, graph) != (rows >= 12) {
			t.Errorf("at %d x %d a graph is shown: %v\n%s", cols, rows, rows < 12, all)
		}
		if strings.Join(below.Text(), "\n") != before {
			t.Error("the frame below was changed")
		}
	})
}

func TestLossIsCountedOrEstimatedOrNotKnown(t *testing.T) {
	for want, l := range map[string]Loss{
		"nothing came in the last minute":                       {In: .2, Counted: true},
		"20 % on the way in; on the way out, by timeouts, 10 %": {In: .2, Out: .1, Known: true},
		"20 % on the way in, 10 % on the way out":               {In: .2, Out: .1, Known: true, Counted: true},
	} {
		if got := l.String(); got != want {
			t.Errorf("%+v: %q, want %q", l, got, want)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var h History
	for i := range 1000 {
		h.Sample(at(float64(i)), time.Second)
	}
	if len(h.seconds) > window+1 {
		t.Errorf("%d seconds are kept", len(h.seconds))
	}
}

func TestGraphHasAColumnForEachSecond(t *testing.T) {
	var h History
	h.Sample(at(0), 100*time.Millisecond)
	h.Sample(at(1), 50*time.Millisecond)
	h.Sample(at(1.5), 400*time.Millisecond)
	h.Sample(at(1.6), 60*time.Millisecond)
	h.Sample(at(3), time.Millisecond)
	graph, top := h.Graph(at(3), 2)
	want := []string{strings.Repeat(" ", 57) + "█  ", strings.Repeat(" ", 56) + "▄█ ▁"}
	if top != 400*time.Millisecond || graph[0] != want[0] || graph[1] != want[1] {
		t.Errorf("up to %v:\n%s", top, strings.Join(graph, "\n"))
	}
	graph, top = h.Graph(at(63), 2)
	if top != 0 || strings.TrimSpace(strings.Join(graph, "")) != "" {
		t.Errorf("a minute later, up to %v:\n%s", top, strings.Join(graph, "\n"))
	}
}
