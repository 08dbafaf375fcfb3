package predict

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

const ms = time.Millisecond

func newCat() program {
	return &tty{echo: true, lines: func(f *far, line string) { f.print(line + "\r\n") }}
}

// Once it is known that keys are echoed, hardly one is waited for: issue's measure
// is 98 % shown at once, so p99 is none, and no wrong cell.
func TestPlainTypingIsShownAtOnce(t *testing.T) {
	programs := map[string]func() program{"canonical": newCat, "bash": newShell}
	lines := []string{"ls -l some/where", "echo hello world", "git status", "make test", "vim notes.txt", "cd ../there", "grep -n this that"}
	for name, prog := range programs {
		for _, rtt := range []time.Duration{20 * ms, 100 * ms, 200 * ms, 300 * ms} {
			t.Run(fmt.Sprint(name, " ", rtt), func(t *testing.T) {
				w := newWorld(t, conditions{rtt: rtt, reports: true}, New(Options{}), prog)
				keys, atOnce := 0, 0
				for i := range 35 {
					for _, k := range SplitKeys(lines[i%len(lines)]) {
						before := w.scores
						w.typ(k)
						keys += w.scores.keys - before.keys
						atOnce += w.scores.atOnce - before.atOnce
						w.run(120 * ms)
					}
					w.typ("\r")
					w.run(rtt + 400*ms)
				}
				if share := float64(atOnce) / float64(keys); share < 0.99 || w.scores.wrong > 0 {
					t.Errorf("%.3f of %d keys are shown at once, cells are wrong for %v", share, keys, w.scores.wrong)
				}
			})
		}
	}
}

// proven returns a world whose program has echoed a key, so that what follows is shown.
func proven(t *testing.T, c conditions, o Options, prog func() program) *world {
	w := newWorld(t, c, New(o), prog)
	w.typ("a")
	w.run(c.rtt + time.Second)
	return w
}

func TestWhatKeysAreGuessedToDo(t *testing.T) {
	tests := map[string]struct {
		typed string // at once; what is before a | is waited for
		want  string // the cursor's row; what is underlined in brackets
	}{
		"characters":                   {"bc", "$ a[bc]▂"},
		"wide ones":                    {"世界", "$ a[世界]▂"},
		"a combining one":              {"e\u0301x", "$ a[e\u0301x]▂"},
		"backspace":                    {"bc\x7f", "$ a[b]▂"},
		"backspace over wide ones":     {"世\x7f", "$ a▂"},
		"no backspace over the prompt": {"\x7f\x7f\x7f", "$ ▂"},
		"the arrow keys":               {"bc\x1b[D\x1b[Dx", "$ a[x]▂[bc]"},
		"no arrow into the prompt":     {"\x1b[D\x1b[D\x1b[Dx", "$ [x]▂[a]"},
		"home and end":                 {"\x1b[H\x1b[F|b\x1b[Hx\x1b[Fy", "$ [xaby]▂"},
		"^A and ^E":                    {"b\x01x\x05y", "$ [xaby]▂"},
		"^W":                           {" word\x17x", "$ a [x]▂"},
		"^U":                           {"bcd\x15x", "$ [x]▂"},
		"^K":                           {"bcd\x01\x0bx", "$ [x]▂"},
		"Delete":                       {"\x01\x1b[3~a|bcd\x01\x1b[3~", "$ ▂[bcd]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := proven(t, conditions{rtt: 300 * ms, reports: true}, Options{}, newShell)
			before, after, practised := strings.Cut(tt.typed, "|")
			if !practised {
				before, after = "", tt.typed
			}
			for _, k := range SplitKeys(before) {
				w.typ(k)
				w.settle()
			}
			for _, k := range SplitKeys(after) {
				w.typ(k)
			}
			unmarked := func(s string) string { return strings.NewReplacer("[", "", "]", "").Replace(s) }
			if got := w.cursorRow(); strings.TrimRight(unmarked(got), " ") != unmarked(tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			w.settle()
			if !sameScreen(&w.shown, &w.truths[len(w.truths)-1]) || w.scores.wrong > 0 {
				t.Errorf("in the end %q; wrong for %v", w.cursorRow(), w.scores.wrong)
			}
		})
	}
}

func TestGuessesAreUnderlinedOnSlowLinksOnly(t *testing.T) {
	for rtt, want := range map[time.Duration]string{20 * ms: "$ ab▂", 300 * ms: "$ a[b]▂"} {
		w := proven(t, conditions{rtt: rtt}, Options{}, newShell)
		w.typ("b")
		if got := w.cursorRow(); got != want {
			t.Errorf("at %v: %q, want %q", rtt, got, want)
		}
	}
}

func TestModes(t *testing.T) {
	tests := []struct {
		mode  Mode
		rtt   time.Duration
		fresh bool // nothing was proven yet
		want  string
	}{
		{Adaptive, 4 * ms, false, "$ a▂"}, // nobody notices that
		{Adaptive, 12 * ms, false, "$ ab▂"},
		{Adaptive, 12 * ms, true, "$ ▂"},
		{Always, 4 * ms, false, "$ ab▂"},
		{Always, 4 * ms, true, "$ ▂"},
		{Never, 300 * ms, false, "$ a▂"},
		{Experimental, 4 * ms, true, "$ b▂"},
	}
	for _, tt := range tests {
		w := newWorld(t, conditions{rtt: tt.rtt}, New(Options{Mode: tt.mode}), newShell)
		if !tt.fresh {
			w.typ("a")
			w.settle()
		}
		w.typ("b")
		if got := w.cursorRow(); got != tt.want {
			t.Errorf("%v at %v: %q, want %q", tt.mode, tt.rtt, got, tt.want)
		}
	}
	for _, name := range []string{"adaptive", "always", "never", "experimental"} {
		if m, err := ParseMode(name); err != nil || m.String() != name {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	if _, err := ParseMode("sometimes"); err == nil {
		t.Error("an unknown mode has no error")
	}
}

func TestOverwritingMovesNothing(t *testing.T) {
	w := proven(t, conditions{rtt: 300 * ms}, Options{Overwrite: true}, newVi)
	for _, k := range []string{"i", "x"} { // a is an append in vi
		w.typ(k)
	}
	if row := w.row(0); strings.Contains(row, "xaxx") {
		t.Errorf("the text is moved: %q", row)
	}
}

func TestAPasteIsNotGuessed(t *testing.T) {
	w := proven(t, conditions{rtt: 300 * ms}, Options{}, newShell)
	w.typ(strings.Repeat("x", pasteSize+1))
	if got := w.cursorRow(); got != "$ a▂" {
		t.Errorf("shown: %q", got)
	}
	w.settle()
	if !sameScreen(&w.shown, &w.truths[len(w.truths)-1]) {
		t.Errorf("in the end %q", w.cursorRow())
	}
}

// What is typed before the first frame has come is for a screen that nobody has seen:
// it is neither guessed nor counted, whatever stands there afterwards.
func TestKeysTypedBeforeThereIsAScreenAreNotGuessed(t *testing.T) {
	for _, arrives := range []string{"Welcome\r\n$ ", "echo\r\n$ echo\r\n\r\n$ "} {
		p := New(Options{Mode: Always})
		emu := terminal.New(40, 8, terminal.Options{})
		frame, now := emu.Frame(), time.Unix(1000, 0)
		view := View{Frame: &frame, SRTT: 300 * ms, Measured: true, Blank: true}
		p.Typed(now, []byte("echo\r"), view)
		emu.Write([]byte(arrives))
		frame = emu.Frame()
		view.Blank, view.Sent, view.EchoAck = false, 1, 1
		p.Arrived(now.Add(300*ms), view)
		if got := p.Stats(); got != (Stats{}) {
			t.Errorf("%+v", got)
		}
		p.Typed(now.Add(time.Second), []byte("x"), view)
		emu.Write([]byte("x"))
		frame = emu.Frame()
		view.Sent, view.EchoAck = 2, 2
		p.Arrived(now.Add(2*time.Second), view)
		if got, want := p.Stats(), (Stats{Typed: 1, Confirmed: 1, Credited: 1}); got != want {
			t.Errorf("then %+v, want %+v", got, want)
		}
	}
}

// Keys that come in one read, as from a busy terminal or through another session, are
// typed like others.
func TestABurstOfKeysIsShownAtOnce(t *testing.T) {
	for name, tt := range map[string]struct{ typed, want string }{
		"behind what is proven": {"bcdef ghij", "$ a[bcdef] [ghij]▂"},
		"with corrections":      {"bxx\x7f\x7fcd", "$ a[bcd]▂"},
		"as long as may be":     {strings.Repeat("b", 36), "$ a[" + strings.Repeat("b", 36) + "]▂"},
	} {
		t.Run(name, func(t *testing.T) {
			w := proven(t, conditions{rtt: 300 * ms}, Options{}, newShell)
			w.typ(tt.typed)
			if got := w.cursorRow(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			w.settle()
			if !sameScreen(&w.shown, &w.truths[len(w.truths)-1]) {
				t.Errorf("in the end %q", w.cursorRow())
			}
		})
	}
}

// A bracketed paste is none of it, however short it is and however it is cut.
func TestABracketedPasteIsNotGuessed(t *testing.T) {
	for _, tt := range []struct {
		chunks []string
		apart  time.Duration
	}{
		{[]string{"\x1b[200~xyz\x1b[201~"}, 0},
		{[]string{"\x1b[200~xyz", "xyz", "x\x1b[201~"}, 600 * ms},
		{[]string{"\x1b[2", "00~x", "yz\x1b[20", "1~"}, 0},
		{[]string{"\x1b[200~" + strings.Repeat("x", pasteSize), "yz", "yz", "z\x1b[201~"}, 600 * ms},
	} {
		w := proven(t, conditions{rtt: 300 * ms, reports: true}, Options{}, newShell)
		for _, chunk := range tt.chunks {
			ahead := w.scores.ahead
			w.typ(chunk)
			if w.scores.ahead > ahead {
				t.Errorf("%q: shown %q", tt.chunks, w.cursorRow())
			}
			w.run(tt.apart)
		}
		w.settle()
		for range 2 { // over more than a row, the first key is the proof
			w.typ("b")
			w.settle()
		}
		w.typ("b")
		if got := w.cursorRow(); !strings.HasSuffix(got, "[b]▂") {
			t.Errorf("%q: typed after it, and shown: %q", tt.chunks, got)
		}
	}
}

// sudo asks for a password: nothing of it is ever on the screen.
func TestAPasswordIsNotShown(t *testing.T) {
	for _, reports := range []bool{false, true} {
		w := proven(t, conditions{rtt: 300 * ms, reports: reports}, Options{Mode: Always}, newShell)
		for _, k := range SplitKeys("\x7fsudo\r") {
			w.typ(k)
		}
		w.run(time.Second)
		for _, k := range SplitKeys("WXYZ") {
			w.typ(k)
			for range 5 {
				w.run(40 * ms)
				if screen := strings.Join(w.shown.Text(), ""); strings.ContainsAny(screen, "WXYZ") {
					t.Fatalf("with reports %v: %q", reports, screen)
				}
			}
		}
	}
}

// What was painted before it was known that echo is off goes with the report.
func TestAReportTakesAwayWhatIsNotEchoed(t *testing.T) {
	p := New(Options{})
	frame := terminal.NewFrame(20, 3)
	view := View{Frame: &frame, SRTT: 300 * ms, Measured: true, Discipline: &wire.Discipline{Canonical: true, Echo: true}}
	now := time.Unix(1000, 0)
	p.Arrived(now, view)
	shown := func() string {
		over := terminal.NewOverlay(frame)
		p.Draw(now, over)
		return over.Frame.Text()[0]
	}
	p.Typed(now, []byte("se"), view)
	if got := shown(); got != "se" {
		t.Errorf("%q is shown in canonical mode with echo", got)
	}
	view.Sent = 1
	view.Discipline = &wire.Discipline{Canonical: true}
	p.Arrived(now.Add(300*ms), view)
	if got := shown(); got != "" {
		t.Errorf("%q is left", got)
	}
	p.Typed(now, []byte("cret"), view)
	if got := shown(); got != "" {
		t.Errorf("%q is shown without echo", got)
	}
}

func TestStatsSayWhatBecameOfKeys(t *testing.T) {
	w := proven(t, conditions{rtt: 300 * ms}, Options{}, newShell)
	w.typ("b")
	w.typ("c")
	w.settle()
	want := Stats{Typed: 3, AtOnce: 2, Confirmed: 3, Credited: 3}
	if got := w.p.(*Predictor).Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
