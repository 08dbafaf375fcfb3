package terminal

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pieces are what random input is made of: enough of everything that something
// happens, and enough that is broken.
var pieces = []*rapid.Generator[string]{
	rapid.StringMatching(`[ -~]{1,12}`),
	rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\b", "\t", "\a", "\x0e", "\x0f", "\x18", "\x1a", "\x00", "\x7f"}),
	rapid.SampledFrom([]string{"日本", "語", "é", "e\u0301", "\u0301", "\u200d", "😀", "❤️", "\u00a0", "ｱ", "\u0378", "\ufffd"}),
	rapid.SampledFrom([]string{"\xff", "\xc0\x80", "\xe2\x82", "\xf0\x9f\x98", "\xed\xa0\x80", "\x80", "\xc2\x9b5n", "\xc2\x90", "\xc2\x9c", "\xf4\x90"}),
	rapid.StringMatching(`\x1b\[[0-9]{0,2}(;[0-9]{0,2})?[@A-HJ-MPSTXZ` + "`" + `abdefgrsu]`),
	rapid.StringMatching(`\x1b\[[0-9]{0,2}(;[0-9]{0,2})?[@PLMXJK]`),
	rapid.StringMatching(`\x1b\[([345][0-7]|[0-9]|[34]8[:;]5[:;][0-9]{1,3}|[345]8:2:[0-9]:[0-9]:[0-9]|4:[0-6]|7;44)?m`),
	rapid.StringMatching(`\x1b\[\?(1|3|5|6|7|9|25|40|45|47|69|1000|1004|1006|104[789]|2004|2026)[hlsr]`),
	rapid.StringMatching(`\x1b\[[0-9]{1,2};[0-9]{1,2}[rs]`),
	rapid.StringMatching(`\x1b\[[<=>?]?[0-9:;]{0,9}[ -/]?[@-~]`),
	rapid.StringMatching(`\x1b[()*+][0AB]`),
	rapid.StringMatching(`\x1b[6-9DEHMNOc=>no]`),
	rapid.SampledFrom([]string{"\x1b#8", "\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[1\"q", "\x1b[\"q", "\x1b[?1J", "\x1b[?2K", "\x1b['}", "\x1b[2'~", "\x1b[!p"}),
	rapid.SampledFrom([]string{"\x1b]0;title\a", "\x1b]8;;http://x/\x1b\\", "\x1b]8;id=a;http://y/\a", "\x1b]8;;\a", "\x1b]52;c;YQ==\a", "\x1b]52;c;?\a", "\x1b]2;cut", "\x1bP$qm\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm"}),
	rapid.StringMatching(`\x1b\[[0-9]{0,2};[0-9]{0,2};[0-9]{0,2};[0-9]{0,2}(;[0-9]{0,2}){0,4}\$[rtvxz{]`),
	rapid.StringMatching(`\x1b\[[0-2]?(\*x| @| A|#[{}PQR]|\$w)`),
	rapid.StringMatching(`\x1b\[[><=][0-9]{0,2}u`),
	rapid.StringMatching(`\x1b\]([45];[0-9]{1,3};(red|#fff|\?)|1[0-9];(blue|\?)|1[01][0-9];?|104;?|7;x|9;4;[0-5];9|9;x|777;notify;a;b|22;x|133;[ABCD])\x07`),
	rapid.SampledFrom([]string{"\x1bV", "\x1bW", "\x1b[?2027h", "\x1b[?2027l", "\ufe0f", "\U0001f1e9", "\U0001f468\u200d\U0001f469", "\x1b[?1046l", "\x1b[?41h", "\x1b[?1045h",
		"\x1bP1$t2;2;1;@;@;H;1;2;@;B0AB\x1b\\", "\x1bP2$t3/5\x1b\\", "\x1b[62;1\"p", "\x1b-A", "\x1b(>"}),
	rapid.SampledFrom([]string{"\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b[?", "\x1b[1;", "\x1b("}),
}

func drawInput(t *rapid.T, name string) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(pieces...), 0, 40).Draw(t, name), "")
}

func drawEmulator(t *rapid.T) *Emulator {
	return New(rapid.IntRange(1, 12).Draw(t, "cols"), rapid.IntRange(1, 6).Draw(t, "rows"),
		Options{Stock: rapid.Bool().Draw(t, "stock"), Clusters: true})
}

// check is what is always so, whatever was written.
func check(e *Emulator) error {
	screens := [][]*Row{e.f.rows}
	if e.other != nil {
		screens = append(screens, e.other.rows)
	}
	seen := map[*Row]bool{}
	for _, rows := range screens {
		if len(rows) != len(e.f.rows) {
			return fmt.Errorf("%d rows on one screen, %d on the other", len(rows), len(e.f.rows))
		}
		for y, r := range rows {
			if err := checkRow(r, e.f.cols, e.stock); err != nil {
				return fmt.Errorf("row %d: %w", y, err)
			}
			if r.gen > e.f.gen {
				return fmt.Errorf("row %d is of generation %d, the emulator of %d", y, r.gen, e.f.gen)
			}
			if r.gen == e.f.gen && seen[r] {
				return fmt.Errorf("row %d stands twice on the screen", y)
			}
			seen[r] = true
		}
	}
	return checkState(e)
}

func checkState(e *Emulator) error {
	c, m := e.f.Cursor, e.region
	cols, rows := e.f.Size()
	switch {
	case c.Row < 0 || c.Row >= rows || c.Col < 0 || c.Col >= cols:
		return fmt.Errorf("cursor %+v outside %dx%d", c, cols, rows)
	case c.PendingWrap && c.Col != cols-1 && c.Col != m.right:
		return fmt.Errorf("wrap pending at %+v, region %+v", c, m)
	case m.top < 0 || m.bottom >= rows || m.left < 0 || m.right >= cols || m.top > m.bottom || m.left > m.right:
		return fmt.Errorf("region %+v in %dx%d", m, cols, rows)
	case e.last.row >= rows || e.last.row >= 0 && (e.last.col < 0 || e.last.col >= cols):
		return fmt.Errorf("last printed %+v in %dx%d", e.last, cols, rows)
	case e.tabs != nil && len(e.tabs) != (cols+63)/64:
		return fmt.Errorf("%d words of tab stops for %d columns", len(e.tabs), cols)
	case len(e.answers) > maxAnswers:
		return fmt.Errorf("%d bytes of answers", len(e.answers))
	}
	if s := e.style; s.row != nil && s.extra {
		x := s.row.extra(s.rowBits)
		if want := (extra{e.f.Pen.FG, e.f.Pen.BG, e.f.Pen.UnderlineColor, e.f.Pen.Link}); !x.equal(want) {
			return fmt.Errorf("the pen is remembered as %+v, it is %+v", x, want)
		}
	}
	return nil
}

func checkRow(r *Row, cols int, stock bool) error {
	if len(r.cells) != cols {
		return fmt.Errorf("%d cells, want %d", len(r.cells), cols)
	}
	for x, c := range r.cells {
		switch {
		case c&isTail != 0 && (x == 0 || r.cells[x-1]&isWide == 0):
			return fmt.Errorf("right half of nothing in column %d", x)
		case c&isWide != 0 && !stock && (x+1 == cols || r.cells[x+1]&isTail == 0):
			return fmt.Errorf("left half of nothing in column %d", x)
		case c&isTail != 0 && c&(isWide|isCluster|charMask) != 0:
			return fmt.Errorf("tail with text in column %d", x)
		case c&isExtra != 0 && (r.side == nil || int(c>>extraShift&extraMask) >= len(r.side.extras)):
			return fmt.Errorf("column %d refers to no rendition", x)
		case c&isCluster != 0 && (r.side == nil || int(c&charMask)+len(r.cluster(c)) >= len(r.side.text)):
			return fmt.Errorf("column %d refers to no text", x)
		case c&isCluster != 0 && len(r.cluster(c)) > maxCluster:
			return fmt.Errorf("%d bytes in column %d", len(r.cluster(c)), x)
		}
	}
	if r.side == nil {
		return nil
	}
	if n, most := cap(r.side.text), 64+2*cols*(maxCombined+8); n > most {
		return fmt.Errorf("%d bytes of text for %d columns", n, cols)
	}
	if n, most := cap(r.side.extras), 16+4*cols; n > most {
		return fmt.Errorf("%d renditions for %d columns", n, cols)
	}
	return nil
}

func TestAnyInputLeavesTheEmulatorConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEmulator(t)
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			e.Write([]byte(drawInput(t, "input")))
			if err := check(e); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "resize") {
				e.Resize(rapid.IntRange(-1, 14).Draw(t, "cols"), rapid.IntRange(-1, 8).Draw(t, "rows"))
			}
			if rapid.Bool().Draw(t, "snapshot") {
				e.Frame()
			}
			if err := check(e); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestInputCutAnywhereGivesTheSameFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawEmulator(t)
		cols, rows := a.f.Size()
		b := New(cols, rows, Options{Stock: a.stock})
		input := []byte(drawInput(t, "input"))
		a.Write(input)
		for rest := input; len(rest) > 0; {
			n := rapid.IntRange(1, min(len(rest), 9)).Draw(t, "n")
			b.Write(rest[:n])
			rest = rest[n:]
		}
		fa, fb := a.Frame(), b.Frame()
		if !fa.Equal(&fb) {
			t.Fatalf("in one:\n%s\nin parts:\n%s", dump(&fa), dump(&fb))
		}
		if x, y := string(a.TakeAnswers()), string(b.TakeAnswers()); x != y {
			t.Fatalf("answers %q, in parts %q", x, y)
		}
	})
}

// A frame is a value: neither the emulator that gave it, nor one that goes on
// from it, changes it later.
func TestFramesNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		emulators := []*Emulator{drawEmulator(t)}
		var frames []Frame
		var dumps []string
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			e := rapid.SampledFrom(emulators).Draw(t, "emulator")
			e.Write([]byte(drawInput(t, "input")))
			if rapid.IntRange(0, 3).Draw(t, "resize") == 0 {
				e.Resize(rapid.IntRange(1, 14).Draw(t, "cols"), rapid.IntRange(1, 8).Draw(t, "rows"))
			}
			f := e.Frame()
			frames, dumps = append(frames, f), append(dumps, dump(&f))
			from := rapid.SampledFrom(frames).Draw(t, "frame")
			emulators = append(emulators, Resume(from, Options{Stock: e.stock, Clusters: true}))
			for i := range frames {
				if got := dump(&frames[i]); got != dumps[i] {
					t.Fatalf("frame %d was\n%s\nand became\n%s", i, dumps[i], got)
				}
			}
		}
	})
}

func TestResumeStandsOnItsFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawEmulator(t)
		e.Write([]byte(drawInput(t, "input")))
		f := e.Frame()
		r := Resume(f, Options{Stock: e.stock, Clusters: true})
		if got := r.Frame(); !got.Equal(&f) || !f.Equal(&got) {
			t.Fatalf("resumed\n%s\nfrom\n%s", dump(&got), dump(&f))
		}
		r.Write([]byte(drawInput(t, "more")))
		if err := check(r); err != nil {
			t.Fatal(err)
		}
	})
}

// dump is everything about a frame, as text.
func dump(f *Frame) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %v %v %+v %s %s %d alternate %v\n", f.CursorBlink, f.AltScroll, f.AppKeypad, f.Keyboard,
		paletteText(f.Palette), signalsText(f.Signals), f.Notifications, f.Alternate())
	if f.Alternate() {
		main := f.Main()
		b.WriteString("main " + dump(&main))
	}
	fmt.Fprintf(&b, "%+v pen %s %v %v %v %v %v title %v %q %q clip %d %+v bells %d\n", f.Cursor, renditionText(f.Pen),
		f.ReverseVideo, f.BracketedPaste, f.FocusEvents, f.Mouse, f.MouseEncoding,
		f.Labels != nil, f.Title(), f.Icon(), f.ClipboardSeq, f.Clipboard(), f.Bells)
	for i := range f.rows {
		r := f.Row(i)
		var last string
		for x := range r.cells {
			if s := renditionText(r.Rendition(x)); s != last {
				fmt.Fprintf(&b, "{%s}", s)
				last = s
			}
			if r.cells[x]&isTail != 0 {
				b.WriteString("<")
			}
			b.Write(r.Text(nil, x))
		}
		fmt.Fprintf(&b, "| wrapped %v number %d\n", r.wrapped, r.number)
	}
	return b.String()
}

func renditionText(s Rendition) string {
	out := string(appendSGR(nil, s))
	if s.Link != nil {
		out += " " + s.Link.ID + " " + s.Link.URI
	}
	return out
}
