package predict

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// What is known without a proof, by a report and by what is on the screen.

// masks asks for a password with a line editor, which shows bullets for it.
type masks struct{ prompt string }

func (p *masks) start(f *far)                { f.print("\x1b[?2004h" + p.prompt) }
func (p *masks) discipline() wire.Discipline { return wire.Discipline{} }

func (p *masks) input(f *far, keys string) {
	for _, k := range SplitKeys(keys) {
		f.print(map[bool]string{true: "\r\n" + p.prompt, false: "●"}[k == "\r"])
	}
}

func TestTheFirstKeysAtAnUnmistakablePromptAreShownAtOnce(t *testing.T) {
	shell := func(prompt string) func() program {
		return func() program { return &shell{prompt: prompt, after: "ok\r\n"} }
	}
	for name, tt := range map[string]struct {
		prog    func() program
		reports bool
		want    string
	}{
		"a shell's":                  {shell("user@host:~$ "), true, "user@host:~$ [ls]▂"},
		"root's":                     {shell("~ # "), true, "~ # [ls]▂"},
		"a theme's":                  {shell("❯ "), true, "❯ [ls]▂"},
		"Python's":                   {shell(">>> "), true, ">>> [ls]▂"},
		"a stock server's":           {shell("user@host:~$ "), false, "user@host:~$ ▂"},
		"one that could be anything": {shell("more> "), true, "more> ▂"},
		"none":                       {shell(""), true, "▂"},
		"a password's":               {func() program { return &masks{prompt: "read> "} }, true, "read> ▂"},
		"one that is not the end":    {func() program { return &masks{prompt: "$ list\x1b[4D"} }, true, "$ ▂list"},
		"a menu's":                   {func() program { return &masks{prompt: "Select: "} }, true, "Select: ▂"},
		"a screen's with keys":       {newVi, true, "▂axxx xxxx"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, conditions{rtt: 300 * ms, reports: tt.reports}, New(Options{}), tt.prog)
			w.typ("l")
			w.typ("s")
			if got := w.cursorRow(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			w.settle()
			if w.scores.wrong > 0 {
				t.Errorf("wrong for %v", w.scores.wrong)
			}
		})
	}
}

// A prompt without bracketed paste may be that of a program with keys of its own.
func TestAPromptCountsOnlyWhereALineEditorReads(t *testing.T) {
	w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program {
		return &menu{screen: "Choose one: $ "}
	})
	w.typ("l")
	if got := w.cursorRow(); got != "Choose one: $ ▂" {
		t.Errorf("%q is shown", got)
	}
}

// What deceived once, has to prove itself.
func TestAPromptThatWasWrongIsNotBelievedAgain(t *testing.T) {
	w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program { return &masks{prompt: "$ "} })
	w.typ("l")
	if got := w.cursorRow(); got != "$ [l]▂" {
		t.Fatalf("at first: %q", got)
	}
	w.settle()
	w.typ("\r")
	w.settle()
	ahead := w.scores.ahead
	w.typ("l")
	if w.scores.ahead > ahead {
		t.Errorf("then: %q", w.cursorRow())
	}
}

// menu takes keys without a word.
type menu struct{ screen string }

func (p *menu) start(f *far)                { f.print(p.screen) }
func (p *menu) discipline() wire.Discipline { return wire.Discipline{} }
func (p *menu) input(*far, string)          {}

func TestThePromptOfAnotherFolderIsTheSamePrompt(t *testing.T) {
	for next, want := range map[string]string{
		"user@host ~/src> ": "user@host ~/src> [l]▂",
		"sftp> ":            "sftp> ▂",
		"user@host ~? ":     "user@host ~? ▂",
	} {
		p := &shell{prompt: "user@host ~> ", after: "ok\r\n"}
		w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program { twin := *p; return &twin })
		w.typ("a")
		w.settle()
		w.far.prog.(*shell).prompt, w.twin.prog.(*shell).prompt = next, next
		w.typ("\r")
		w.settle()
		w.typ("l")
		if got := w.cursorRow(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The line discipline itself deals with ^W and ^U: there is nothing to be proven.
func TestEditingACanonicalLineNeedsNoProof(t *testing.T) {
	for typed, want := range map[string]string{
		"some words\x17x":     "[some] [x]▂",
		"some words\x17\x17x": "[x]▂",
		"some words\x15new":   "[new]▂",
	} {
		w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), newCat)
		for _, k := range SplitKeys(typed) {
			w.typ(k)
		}
		if got := w.cursorRow(); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
		w.settle()
		if !sameScreen(&w.shown, &w.truths[len(w.truths)-1]) || w.scores.wrong > 0 {
			t.Errorf("%q: in the end %q; wrong for %v", typed, w.cursorRow(), w.scores.wrong)
		}
	}
}

func TestALineAtAPromptWrapsAndComesBack(t *testing.T) {
	w := proven(t, conditions{rtt: 300 * ms, reports: true}, Options{}, newShell)
	for range 40 {
		w.typ("b")
		w.run(20 * ms)
	}
	if got := w.cursorRow(); got != "[bbb]▂" {
		t.Errorf("typed on: %q", got)
	}
	for range 5 {
		w.typ("\x7f")
		w.run(20 * ms)
	}
	if got := w.row(0); !strings.HasSuffix(got, "b]▂") || len(got) >= len("$ a[]▂")+37 {
		t.Errorf("taken away: %q", got)
	}
	w.settle()
	if w.scores.wrong > 0 {
		t.Errorf("wrong for %v", w.scores.wrong)
	}
}

// paints is a line editor that colours the line anew with each key, as fish does.
type paints struct{ shell }

func (p *paints) input(f *far, keys string) {
	p.shell.input(f, keys)
	f.print(fmt.Sprintf("\x1b7\r\x1b[2C\x1b[3%dm%s\x1b[m\x1b8", 1+len(p.line)%6, string(p.line)))
}

// Colours that change left of what is typed are no other line.
func TestColoursThatChangeLeaveTypingCertain(t *testing.T) {
	w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program {
		return &paints{shell{prompt: "$ ", after: "ok\r\n"}}
	})
	for _, k := range SplitKeys("a line of words") {
		before := w.scores
		w.typ(k)
		if w.scores.soon == before.soon {
			t.Errorf("%q is not shown: %q", k, w.cursorRow())
		}
		w.run(130 * ms)
	}
}

// A suggestion behind a line is none of the line: ^E goes before it.
func TestTheEndOfALineIsBeforeWhatIsSuggested(t *testing.T) {
	w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program {
		return &shell{prompt: "$ ", suggest: "make tests", after: "ok\r\n"}
	})
	for _, k := range SplitKeys("make\x01\x05x") {
		w.typ(k)
		w.run(250 * ms)
	}
	if got := w.cursorRow(); !strings.HasPrefix(strings.NewReplacer("[", "", "]", "").Replace(got), "$ makex▂") {
		t.Errorf("%q", got)
	}
	w.settle()
	if w.scores.wrong > 0 {
		t.Errorf("wrong for %v", w.scores.wrong)
	}
}

// notes is an editor without modes: all keys are text but the arrows, and ^B, which
// makes a command of the next key.
type notes struct {
	vi
	prefix bool
}

func newNotes() program {
	return &notes{vi: vi{text: []string{"first line", "second line", "third line"}, insert: true}}
}

func (p *notes) input(f *far, keys string) {
	for _, k := range SplitKeys(keys) {
		switch {
		case p.prefix:
			p.prefix = false
		case k == "\x10":
			p.row = max(p.row-1, 0)
		case k == "\x1b[B":
			p.row = min(p.row+1, len(p.text)-1)
		case k == "\x0e": // not what it is elsewhere
			p.prefix = true
		case k == "\x1b[A": // a completion
			p.inserting("u")
		default:
			p.inserting(k)
		}
	}
	p.draw(f)
}

// Who typed before an arrow key, types on after it, if it did what it is for.
func TestAJourneyThroughATextNeedsNoNewProof(t *testing.T) {
	for keys, shown := range map[string]bool{
		"\x1b[B":       true,
		"\x1b[B\x1b[B": true,
		"\x0e":         false, // nothing moved: the x may be a command
		"\x1b[A":       false, // what was there is another text now
		"\x1b":         false,
		"\x1b[B\x1b":   false,
	} {
		w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), newNotes)
		w.typ("a")
		w.settle()
		for _, k := range SplitKeys(keys) {
			w.typ(k)
			w.run(700 * ms)
		}
		w.typ("x")
		if got := w.cursorRow(); strings.Contains(got, "[x") != shown {
			t.Errorf("after %q: shown %v: %q", keys, !shown, got)
		}
	}
}

// An editor that names its mode is believed, once it was seen to be true.
func TestAModeThatIsNamedNeedsNoNewProof(t *testing.T) {
	for name, tt := range map[string]struct {
		caption bool
		before  string // typed as people do
		keys    string // and then an x
		shown   bool
	}{
		"in again":                {true, "iwords to prove it", "\x1b|i", true},
		"out":                     {true, "iwords to prove it", "\x1b", false},
		"the next line":           {true, "iwords to prove it", "\r", true},
		"in, but unnamed":         {false, "iwords to prove it", "\x1b|i", false},
		"the next, unnamed":       {false, "iwords to prove it", "\r", false},
		"a key of many kinds":     {true, "iwords to prove it", "\x12", false},
		"in for the first time":   {true, "", "i", false},
		"where keys were no text": {true, "iQ|words to prove", "\x1b|i", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, conditions{rtt: 300 * ms, reports: true}, New(Options{}), func() program {
				return &vi{text: []string{"one", "two"}, caption: tt.caption, quit: func() {}}
			})
			for _, k := range SplitKeys(tt.before) {
				if k == "|" {
					w.settle()
					continue
				}
				w.typ(k)
				w.run(130 * ms)
			}
			w.settle()
			for _, k := range strings.Split(tt.keys, "|") {
				w.typ(k)
				w.settle()
			}
			ahead := w.scores.ahead
			w.typ("x")
			if shown := w.scores.ahead > ahead; shown != tt.shown {
				t.Errorf("shown %v: %q", shown, w.cursorRow())
			}
		})
	}
}

// A line may begin in the middle of a row, and be lost there: no key after it is
// guessed to be beyond the row.
func TestTheEndOfALineIsWithinItsRow(t *testing.T) {
	p := New(Options{})
	emu := terminal.New(10, 3, terminal.Options{})
	frame := emu.Frame()
	view := View{Frame: &frame, SRTT: 100 * ms, Measured: true}
	now := time.Unix(1000, 0)
	print := func(s string, acked uint64) {
		emu.Write([]byte(s))
		frame = emu.Frame()
		view.EchoAck = acked
		p.Arrived(now, view)
	}
	print("aa\x1b[5C", 0)
	for _, keys := range []string{"b ", "b ", "\x1b[C", "\x7f"} {
		p.Typed(now, []byte(keys), view)
		view.Sent++
	}
	print("a", 1)
	over := terminal.NewOverlay(frame)
	p.Draw(now, over)
	if c := over.Frame.Cursor; c.Col >= 10 {
		t.Errorf("the cursor is shown in column %d", c.Col)
	}
}
