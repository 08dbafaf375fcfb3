package render

import (
	"testing"

	"pgregory.net/rapid"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
)

// draws makes a rapid test's draws a program.Source.
type draws struct{ t *rapid.T }

func (d draws) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "") }

// drawFrames returns a frame and one that a program has made of it.
func drawFrames(t *rapid.T) (a, b terminal.Frame) {
	s := draws{t}
	cols := rapid.SampledFrom([]int{1, 2, 3, 5, 10, 20, 40, 80}).Draw(t, "cols")
	rows := rapid.SampledFrom([]int{1, 2, 3, 6, 24}).Draw(t, "rows")
	e := terminal.New(cols, rows, terminal.Options{Clusters: true})
	e.Write(program.Output(s, rapid.IntRange(0, 60).Draw(t, "before"), cols, rows))
	a = e.Frame()
	if s.IntN(8) == 0 { // cells that have nothing to do with it
		blank := terminal.NewFrame(cols, rows)
		blank.Labels, blank.ClipboardSeq, blank.Bells = a.Labels, a.ClipboardSeq, a.Bells
		blank.Notifications, blank.Signals, blank.Palette = a.Notifications, a.Signals, a.Palette
		e = terminal.Resume(blank, terminal.Options{Clusters: true})
	}
	e.Write(program.Output(s, rapid.IntRange(0, 30).Draw(t, "after"), cols, rows))
	return a, e.Frame()
}

// checkExact is the property that the wire rests on.
func checkExact(t rapid.TB, a, b *terminal.Frame, d Dialect) {
	t.Helper()
	from, want := d.Project(*a), d.Project(*b)
	output := Frame(nil, a, b, d)
	got := receive(t, from, output, d)
	counted(t, &got, a, b, d)
	if diff := differences(&got, &want); diff != "" {
		t.Fatalf("%q gives\n%s", output, diff)
	}
	checkSize(t, a, b, d, output)
}

// checkSize: never larger than a repaint, and nothing for what is equal.
func checkSize(t rapid.TB, a, b *terminal.Frame, d Dialect, output []byte) {
	t.Helper()
	events := len(d.appendEvents(nil, a, b))
	if d.kind == full && (a.Alternate() || b.Alternate()) {
		events = len(output) // two screens
	}
	if whole := Repaint(nil, b, d); len(output)-events > len(whole) {
		t.Fatalf("%d bytes, but a repaint is %d:\n%q\n%q", len(output), len(whole), output, whole)
	}
	if same := Frame(nil, b, b, d); len(same) != 0 {
		t.Fatalf("equal frames give %q", same)
	}
}

func TestFullReceiverEndsWithTheSameFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFrames(t)
		checkExact(t, &a, &b, Full())
	})
}

func TestStockReceiverEndsWithTheSameFrameAsFarAsItCanShowIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFrames(t)
		checkExact(t, &a, &b, Stock())
	})
}

// terminals are what ForTerm is tested with: one of each family.
var terminals = []string{
	"xterm", "xterm-256color", "xterm-direct", "xterm-r6", "xterm-kitty", "foot", "mintty", "vte-256color", "iterm2", "st-256color",
	"putty", "nsterm", "rxvt-unicode-256color", "rxvt", "Eterm", "kterm", "tmux-256color", "screen", "screen-256color",
	"linux", "cygwin", "hurd", "eterm-color", "dtterm", "vt100", "vt102", "vt220", "vt420", "ansi", "pcansi", "sun", "unheard-of",
}

// checkOuter: what a real terminal shows looks like what it should, after a
// repaint and after an update of it.
func checkOuter(t rapid.TB, a, b *terminal.Frame, d Dialect) {
	t.Helper()
	cols, rows := a.Size()
	e := terminal.New(cols, rows, terminal.Options{Clusters: d.Clusters})
	e.Write([]byte("\x1b[2;5rgarbage\x1b[4h\x1b[?6h\x1b[1;35m\x1b(0\x1b[?1003;1006;2004h"))
	blank := terminal.NewFrame(cols, rows)
	start := Repaint(Events(nil, &blank, a, d), a, d)
	e.Write(start)
	checkLooks(t, e, a, d, start)
	update := Frame(nil, a, b, d)
	e.Write(update)
	checkLooks(t, e, b, d, update)
	checkSize(t, a, b, d, update)
}

// checkLooks compares what can be told apart by looking. Soft wraps are only set,
// never cleared, on a real terminal.
func checkLooks(t rapid.TB, e *terminal.Emulator, f *terminal.Frame, d Dialect, output []byte) {
	t.Helper()
	if a := e.TakeAnswers(); len(a) > 0 {
		t.Fatalf("the terminal answered %q to %q", a, output)
	}
	got, want := d.Project(e.Frame()), d.Project(*f)
	for _, f := range []*terminal.Frame{&got, &want} {
		f.Bells, f.ClipboardSeq, f.Notifications = 0, 0, 0
		told := f.Told()
		told.Clipboards = nil
		f.Signals = &told
		*f = unwrapped(*f)
	}
	if want.Labels == nil { // nothing was written
		got.Labels = nil
	}
	if diff := differences(&got, &want); diff != "" {
		t.Fatalf("%q gives\n%s", output, diff)
	}
}

func unwrapped(f terminal.Frame) terminal.Frame {
	o := terminal.NewOverlay(f)
	_, rows := f.Size()
	for i := range rows {
		if f.Row(i).Wrapped() {
			o.SetWrapped(i, false)
		}
	}
	return o.Frame
}

func TestOuterTerminalsLookRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFrames(t)
		term := rapid.SampledFrom(terminals).Draw(t, "TERM")
		d, err := ForTerm(term, "")
		if err != nil {
			t.Fatal(err)
		}
		d.Clusters = rapid.Bool().Draw(t, "clusters")
		d.KittyKeys, d.OtherKeys = rapid.Bool().Draw(t, "kitty keyboard"), rapid.Bool().Draw(t, "modifyOtherKeys")
		checkOuter(t, &a, &b, d)
	})
}
