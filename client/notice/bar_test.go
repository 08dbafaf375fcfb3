package notice

import (
	"math"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond)
}

// session returns a bar whose server was heard, and replied to, at those seconds.
func session(heard, proof float64) *Bar {
	b := New("Ctrl-^ .", start)
	b.Heard(at(heard))
	b.Proved(at(proof))
	return b
}

func TestBarText(t *testing.T) {
	const help = `Commands: Ctrl-Z suspends, "." quits, "^" gives literal Ctrl-^`
	note := func(text string, when float64, d time.Duration) func(*Bar) {
		return func(b *Bar) { b.Note(text, at(when), d) }
	}
	tests := []struct {
		name         string
		heard, proof float64
		does         []func(*Bar)
		now          float64
		want         string
	}{
		{"all is well", 0, 0, nil, 6.4, ""},
		{"no contact", 0, 0, nil, 6.5, "mosh: Last contact 6 seconds ago. [To quit: Ctrl-^ .]"},
		{"no contact for almost a minute", 0, 0, nil, 59.9, "mosh: Last contact 59 seconds ago. [To quit: Ctrl-^ .]"},
		{"for a minute", 0, 0, nil, 60, "mosh: Last contact 1:00 ago. [To quit: Ctrl-^ .]"},
		{"for almost an hour", 0, 0, nil, 3599, "mosh: Last contact 59:59 ago. [To quit: Ctrl-^ .]"},
		{"for an hour", 0, 0, nil, 3600, "mosh: Last contact 1:00:00 ago. [To quit: Ctrl-^ .]"},
		{"for a day", 0, 0, nil, 86400 + 61, "mosh: Last contact 24:01:01 ago. [To quit: Ctrl-^ .]"},
		{"heard again", 60, 60, nil, 61, ""},
		{"heard, but no reply yet", 9, 0, nil, 9.9, ""},
		{"heard, but no reply", 9, 0, nil, 10, "mosh: Last reply 10 seconds ago. [To quit: Ctrl-^ .]"},
		{"neither: contact comes first", 1, 0, nil, 12, "mosh: Last contact 11 seconds ago. [To quit: Ctrl-^ .]"},

		{"a note", 0, 0, []func(*Bar){note("Hello.", 1, Brief)}, 1.9, "mosh: Hello. [To quit: Ctrl-^ .]"},
		{"a note is over", 0, 0, []func(*Bar){note("Hello.", 1, Brief)}, 2, ""},
		{"a note that stays", 100, 100, []func(*Bar){note("Hello.", 0, Stay)}, 100, "mosh: Hello. [To quit: Ctrl-^ .]"},
		{"until it is cleared", 1, 1, []func(*Bar){note("Hello.", 0, Stay), note("", 1, Stay)}, 2, ""},
		{"a note when late", 0, 0, []func(*Bar){note("Hello.", 0, Stay)}, 7, "mosh: Hello. (7 s without contact.) [To quit: Ctrl-^ .]"},
		{"a note when very late", 0, 0, []func(*Bar){note("Hello.", 0, Stay)}, 65, "mosh: Hello. (1:05 without contact.) [To quit: Ctrl-^ .]"},
		{"a note when no reply comes", 15, 0, []func(*Bar){note("Hello.", 0, Stay)}, 15, "mosh: Hello. (15 s without reply.) [To quit: Ctrl-^ .]"},

		{"a network error", 0, 0, []func(*Bar){func(b *Bar) { b.Failed("no route to host", at(1)) }}, 4,
			"mosh: no route to host [To quit: Ctrl-^ .]"},
		{"is over", 0, 0, []func(*Bar){func(b *Bar) { b.Failed("no route to host", at(1)) }}, 4.1, ""},
		{"goes sooner once sending works", 0, 0, []func(*Bar){
			func(b *Bar) { b.Failed("no route to host", at(1)) }, func(b *Bar) { b.Works(at(1.5)) }}, 2.5, ""},
		{"but not at once", 0, 0, []func(*Bar){
			func(b *Bar) { b.Failed("no route to host", at(1)) }, func(b *Bar) { b.Works(at(1.5)) }}, 2.4,
			"mosh: no route to host [To quit: Ctrl-^ .]"},
		{"and is not brought back", 0, 0, []func(*Bar){
			func(b *Bar) { b.Failed("no route to host", at(1)) }, func(b *Bar) { b.Works(at(4)) }}, 4.5, ""},
		{"an error hides a note, which comes back", 0, 0, []func(*Bar){
			note("Hello.", 0, Stay), func(b *Bar) { b.Failed("oops", at(0)) }}, 4, "mosh: Hello. [To quit: Ctrl-^ .]"},

		{"help has no quit hint", 0, 0, []func(*Bar){func(b *Bar) { b.Help(help) }}, 1, "mosh: " + help},
		{"help stays", 99, 99, []func(*Bar){func(b *Bar) { b.Help(help) }}, 99, "mosh: " + help},
		{"help hides an error", 0, 0, []func(*Bar){
			func(b *Bar) { b.Help(help) }, func(b *Bar) { b.Failed("oops", at(1)) }}, 1, "mosh: " + help},
		{"help ends", 0, 0, []func(*Bar){func(b *Bar) { b.Help(help) }, func(b *Bar) { b.Help("") }}, 1, ""},
		{"the end hides help", 0, 0, []func(*Bar){
			func(b *Bar) { b.Help(help) }, func(b *Bar) { b.End("Bye.") }}, 1, "mosh: Bye. [To quit: Ctrl-^ .]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := session(tt.heard, tt.proof)
			for _, do := range tt.does {
				do(b)
			}
			if got := b.Text(at(tt.now)); got != tt.want {
				t.Errorf("at %v s:\n got %q\nwant %q", tt.now, got, tt.want)
			}
		})
	}
}

func TestNoHintWithoutEscapeKey(t *testing.T) {
	b := New("", start)
	if got, want := b.Text(at(7)), "mosh: Last contact 7 seconds ago."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestQuietBarNeedsNoTimerWhileHeartbeatsCome(t *testing.T) {
	b := session(3, 3)
	if got, want := b.Next(at(3)), at(9.5); !got.Equal(want) {
		t.Errorf("the next change is at %v, want %v: only if no heartbeat comes", got.Sub(start), want.Sub(start))
	}
}

// TestTextChangesOnlyAtNext walks from change to change and looks between them.
func TestTextChangesOnlyAtNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(label string, to int) time.Time {
			return start.Add(time.Duration(rapid.IntRange(0, to).Draw(t, label)) * time.Millisecond)
		}
		b := New("Ctrl-^ .", start)
		b.Heard(ms("heard", 20000))
		b.Proved(ms("proof", 20000))
		if rapid.Bool().Draw(t, "noted") {
			b.Note("Hello.", ms("note", 20000), time.Duration(rapid.IntRange(1, 9000).Draw(t, "for"))*time.Millisecond)
		}
		if rapid.Bool().Draw(t, "failed") {
			b.Failed("oops", ms("failure", 20000))
		}
		now := ms("now", 30000)
		for range 20 {
			next := b.Next(now)
			if next.IsZero() || !next.After(now) {
				t.Fatalf("at %v the next change is at %v", now.Sub(start), next)
			}
			between := now.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(now))-1).Draw(t, "between")))
			if was, is := b.Text(now), b.Text(between); was != is {
				t.Fatalf("%q became %q between %v and %v", was, is, now.Sub(start), next.Sub(start))
			}
			now = next
		}
	})
}

// screen returns a frame of that size full of x, with its cursor in a row.
func screen(cols, rows, cursorRow int) terminal.Frame {
	f := terminal.NewFrame(cols, rows)
	o := terminal.NewOverlay(f)
	for row := range rows {
		for col := range cols {
			o.Set(row, col, "x", 1, terminal.Rendition{})
		}
	}
	o.Frame.Cursor.Row = cursorRow
	return o.Frame
}

func TestDrawingLeavesTheFrameAlone(t *testing.T) {
	f := screen(40, 3, 1)
	before := strings.Join(f.Text(), "\n")
	o := terminal.NewOverlay(f)
	b := New("", start)
	b.Draw(o, at(7))
	if got, want := o.Frame.Text()[0], "mosh: Last contact 7 seconds ago."; got != want {
		t.Errorf("the bar is %q, want %q", got, want)
	}
	if after := strings.Join(f.Text(), "\n"); after != before {
		t.Errorf("the frame below became\n%s", after)
	}
	row := o.Frame.Row(0)
	for col := range 40 {
		if bg := row.Cell(col).BG(); bg != terminal.Indexed(4) {
			t.Fatalf("column %d has background %v: the bar covers the whole line", col, bg)
		}
	}
	if row.Cell(0).Attr()&terminal.Bold == 0 || row.Cell(39).Attr()&terminal.Bold != 0 {
		t.Error("the text is to be bold and the rest is not")
	}
}

func TestCursorIsHiddenOnlyUnderTheBar(t *testing.T) {
	for row, want := range []bool{false, true} {
		o := terminal.NewOverlay(screen(40, 3, row))
		session(0, 0).Draw(o, at(7))
		if o.Frame.Cursor.Visible != want {
			t.Errorf("cursor in row %d: visible is %v", row, o.Frame.Cursor.Visible)
		}
	}
	o := terminal.NewOverlay(screen(40, 3, 0))
	session(0, 0).Draw(o, at(1))
	if !o.Frame.Cursor.Visible || o.Frame.Text()[0][0] != 'x' {
		t.Error("a bar with nothing to say was drawn")
	}
}

func TestTextIsCutAtTheEdge(t *testing.T) {
	tests := []struct {
		cols       int
		text, want string
	}{
		{1, "abc", "m"},
		{8, "abc", "mosh: ab"},
		{9, "日本", "mosh: 日"}, // no half of a wide character
		{10, "日本", "mosh: 日本"},
		{8, "e\u0301a", "mosh: e\u0301a"},
		{8, "\u0301ab", "mosh: ab"}, // it joins the blank before it
	}
	for _, tt := range tests {
		o := terminal.NewOverlay(screen(tt.cols, 1, 0))
		b := New("", start)
		b.Note(tt.text, start, Stay)
		b.Draw(o, start)
		got := strings.ReplaceAll(o.Frame.Text()[0], "\u0301", "")
		if want := strings.ReplaceAll(tt.want, "\u0301", ""); got != want {
			t.Errorf("%q in %d columns is drawn as %q, want %q", tt.text, tt.cols, got, want)
		}
	}
}
