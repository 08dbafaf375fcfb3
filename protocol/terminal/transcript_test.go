package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A transcript is what an application writes and what must then be on the
// screen, by the text of the standard that defines the function. The files in
// testdata/transcripts hold one after the other:
//
//	== what is shown          a new transcript, on a blank screen of 10x4
//	size 20x6 | stock         another size; the stock dialect
//	outer                     the client tells of the user's terminal (testOuter)
//	in \e[2;2Hx               written; Go's escapes, and \e
//	resize 8x3
//	| text                    a row of the screen, from the top; rows that are
//	                          not given are blank. Blanks at the end are not written
//	cursor 1,2                row and column from 1; + if a wrap is pending
//	style 1,2 0;1;31          a cell's rendition as SGR
//	pen 0;1;31                the current rendition as SGR
//	wrapped 1 2               the rows that are soft-wrapped
//	answers \e[0n
//	title text | icon text | clipboard c YQ== | bells 1
//	modes mouse=1000 paste    what Frame says is on
//	palette 1=#ff0000 | signals dir=file://h/ progress=1,50 | notices 1 title/body
type transcript struct {
	name   string
	e      *Emulator
	inputs []func(*Emulator)
	claims []claim
	rows   []string
	where  string
}

// claim is one line of a transcript that states something.
type claim struct {
	line string
	got  func(*Emulator, *Frame) string
	want string
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, name := range files {
		for _, tr := range readTranscripts(t, name) {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txt")+"/"+tr.name, tr.run)
		}
	}
}

func (tr *transcript) run(t *testing.T) {
	for _, in := range tr.inputs {
		in(tr.e)
		if err := check(tr.e); err != nil {
			t.Errorf("%s: %v", tr.where, err)
		}
	}
	f := tr.e.Frame()
	if tr.rows != nil {
		want := make([]string, len(f.rows))
		copy(want, tr.rows)
		if got := f.Text(); strings.Join(got, "\n") != strings.Join(want, "\n") || len(tr.rows) > len(f.rows) {
			t.Errorf("%s: the screen is\n%s\nwant\n%s", tr.where, frameBox(got), frameBox(want))
		}
	}
	for _, c := range tr.claims {
		if got := c.got(tr.e, &f); got != c.want {
			t.Errorf("%s: %s: got %s", tr.where, c.line, got)
		}
	}
}

func frameBox(rows []string) string { return "|" + strings.Join(rows, "\n|") }

// statements are the lines that say what must be so: the name, and how to find
// out from an emulator. arg is what stands before the last word.
var statements = map[string]func(e *Emulator, f *Frame, arg string) string{
	"cursor": func(_ *Emulator, f *Frame, _ string) string {
		plus := ""
		if f.Cursor.PendingWrap {
			plus = "+"
		}
		return fmt.Sprintf("%d,%d%s", f.Cursor.Row+1, f.Cursor.Col+1, plus)
	},
	"style": func(_ *Emulator, f *Frame, arg string) string {
		var row, col int
		fmt.Sscanf(arg, "%d,%d", &row, &col)
		return arg + " " + renditionText(f.Row(row-1).Rendition(col-1))
	},
	"pen":     func(_ *Emulator, f *Frame, _ string) string { return renditionText(f.Pen) },
	"answers": func(e *Emulator, _ *Frame, _ string) string { return string(e.TakeAnswers()) },
	"title":   func(_ *Emulator, f *Frame, _ string) string { return f.Title() },
	"icon":    func(_ *Emulator, f *Frame, _ string) string { return f.Icon() },
	"bells":   func(_ *Emulator, f *Frame, _ string) string { return strconv.FormatUint(f.Bells, 10) },
	"clipboard": func(_ *Emulator, f *Frame, _ string) string {
		return fmt.Sprintf("%d %s %s", f.ClipboardSeq, f.Clipboard().Selection, f.Clipboard().Data)
	},
	"wrapped": func(_ *Emulator, f *Frame, _ string) string {
		var out []string
		for i := range f.rows {
			if f.Row(i).Wrapped() {
				out = append(out, strconv.Itoa(i+1))
			}
		}
		return strings.Join(out, " ")
	},
	"palette": func(_ *Emulator, f *Frame, _ string) string { return paletteText(f.Palette) },
	"signals": func(_ *Emulator, f *Frame, _ string) string { return signalsText(f.Signals) },
	"notices": func(_ *Emulator, f *Frame, _ string) string {
		out := strconv.FormatUint(f.Notifications, 10)
		for _, n := range f.Signals.get().Notifications {
			out += " " + n.Title + "/" + n.Body
		}
		return out
	},
	"modes": func(e *Emulator, f *Frame, _ string) string { return modeNames(e, f) },
}

func paletteText(p *Palette) string {
	var out []string
	for _, c := range p.All() {
		r, g, b, _ := c.Color.RGB()
		name := strconv.Itoa(int(c.Slot))
		if osc, ok := c.Slot.Dynamic(); ok {
			name = "OSC" + strconv.Itoa(osc)
		}
		out = append(out, fmt.Sprintf("%s=#%02x%02x%02x", name, r, g, b))
	}
	return strings.Join(out, " ")
}

func signalsText(in *Signals) string {
	s, out := in.get(), []string{}
	if s.Directory != "" {
		out = append(out, "dir="+s.Directory)
	}
	if s.Progress != (Progress{}) {
		out = append(out, fmt.Sprintf("progress=%d,%d", s.Progress.State, s.Progress.Percent))
	}
	if s.Pointer != "" {
		out = append(out, "pointer="+s.Pointer)
	}
	if s.Prompt.Mark != 0 {
		out = append(out, fmt.Sprintf("prompt=%c,%d", s.Prompt.Mark, s.Prompt.Status))
	}
	return strings.Join(out, " ")
}

// testOuter is a terminal that tells all there is to tell.
var testOuter = Outer{
	Version: "XTerm(379)", Foreground: RGB(1, 2, 3), Background: RGB(255, 255, 255), Cursor: RGB(4, 5, 6),
	Palette: []Color{RGB(0, 0, 0), RGB(205, 0, 0)}, CellWidth: 8, CellHeight: 16, Colors: 256, TrueColor: true,
	Kitty: true, OtherKeys: true, Clusters: true,
}

func modeNames(e *Emulator, f *Frame) string {
	var out []string
	add := func(on bool, name string) {
		if on {
			out = append(out, name)
		}
	}
	add(!f.Cursor.Visible, "hidden")
	add(f.Cursor.Shape != 0, fmt.Sprintf("shape=%d", f.Cursor.Shape))
	add(f.ReverseVideo, "reverse")
	add(f.BracketedPaste, "paste")
	add(f.FocusEvents, "focus")
	add(f.Mouse != 0, fmt.Sprintf("mouse=%d", f.Mouse))
	add(f.MouseEncoding != 0, fmt.Sprintf("encoding=%d", f.MouseEncoding))
	add(f.CursorBlink, "blink")
	add(f.AltScroll, "wheel")
	add(f.AppKeypad, "keypad")
	add(f.Keyboard.ModifyOtherKeys != 0, fmt.Sprintf("modify=%d", f.Keyboard.ModifyOtherKeys))
	add(f.Keyboard.Kitty != 0, fmt.Sprintf("kitty=%d", f.Keyboard.Kitty))
	add(e.AppCursorKeys(), "cursorkeys")
	add(e.Synchronized(), "sync")
	return strings.Join(out, " ")
}

func readTranscripts(t *testing.T, name string) []*transcript {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []*transcript
	for i, line := range strings.Split(string(data), "\n") {
		where := fmt.Sprintf("%s:%d", name, i+1)
		if line == "" || line[0] == '#' {
			continue
		}
		if title, ok := strings.CutPrefix(line, "== "); ok {
			all = append(all, &transcript{name: title, where: where, e: New(10, 4, Options{})})
			continue
		}
		if len(all) == 0 || !all[len(all)-1].add(line) {
			t.Fatalf("%s: %q means nothing", where, line)
		}
	}
	return all
}

func (tr *transcript) add(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "stock":
		cols, rows := tr.e.f.Size()
		tr.e = New(cols, rows, Options{Stock: true})
	case "size", "resize":
		var cols, rows int
		if _, err := fmt.Sscanf(rest, "%dx%d", &cols, &rows); err != nil {
			return false
		}
		if word == "size" {
			tr.e = New(cols, rows, Options{Stock: tr.e.stock})
		} else {
			tr.inputs = append(tr.inputs, func(e *Emulator) { e.Resize(cols, rows) })
		}
	case "outer":
		tr.inputs = append(tr.inputs, func(e *Emulator) { e.SetOuter(testOuter) })
	case "in":
		in, err := unescape(rest)
		if err != nil {
			return false
		}
		tr.inputs = append(tr.inputs, func(e *Emulator) { e.Write([]byte(in)) })
	case "|":
		row, err := unescape(rest)
		if err != nil {
			return false
		}
		tr.rows = append(tr.rows, row)
	default:
		got, ok := statements[word]
		want, err := unescape(rest)
		if !ok || err != nil {
			return false
		}
		arg, _, _ := strings.Cut(rest, " ")
		tr.claims = append(tr.claims, claim{line: line, want: want, got: func(e *Emulator, f *Frame) string { return got(e, f, arg) }})
	}
	return true
}

func unescape(s string) (string, error) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\e`, `\x1b`), `"`, `\"`)
	return strconv.Unquote(`"` + s + `"`)
}
