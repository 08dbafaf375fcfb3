package render

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// A terminal with another idea of some characters' widths, or none, may draw those
// wrongly, and nothing else.
func TestDisagreementAboutWidthsDoesNotSpread(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 30
	}
	disagreed := 0
	for seed := range uint64(seeds) {
		frames := seededFrames(seed, 8)
		d, err := ForTerm("xterm-256color", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []Dialect{d, Stock()} {
			disagreed += checkDisagreeing(t, frames, d)
		}
	}
	if disagreed == 0 {
		t.Error("nothing to disagree about came up")
	}
}

// checkDisagreeing shows frames on a terminal with an old width table. It returns
// how many characters the terminal sees otherwise.
func checkDisagreeing(t *testing.T, frames []terminal.Frame, d Dialect) (disagreed int) {
	cols, rows := frames[0].Size()
	e := terminal.New(cols, rows, terminal.Options{Widths: width.Glibc236, Stock: d.kind == stock})
	e.Write(Repaint(nil, &frames[0], d))
	for i := range frames[1:] {
		output := Frame(nil, &frames[i], &frames[i+1], d)
		e.Write(output)
		got, want := d.Project(e.Frame()), d.Project(frames[i+1])
		if got.Cursor != want.Cursor {
			t.Fatalf("%q gives cursor %+v, want %+v", output, got.Cursor, want.Cursor)
		}
		for y := range rows {
			g, w := got.Row(y), want.Row(y)
			over := 0 // what stands here in a stock emulator may reach over the next columns, whatever is printed there
			for col := 0; col < cols; col += span(w.Cells(), col) {
				if d.distrusts(w, col) {
					disagreed += min(1, versions(w, col))
					checkNothingOld(t, g, w, col, output)
					if d.kind == stock {
						over = col + d.widest(w, col)
					}
					continue
				}
				if col < over || beforeDistrusted(d, w, col) {
					continue
				}
				if !g.CellEqual(col, w, col) {
					t.Fatalf("%q gives at row %d column %d %q, want %q", output, y, col, g.Text(nil, col), w.Text(nil, col))
				}
			}
		}
	}
	return disagreed
}

// checkNothingOld: where a distrusted character should be, it is or nothing is.
func checkNothingOld(t *testing.T, got, want *terminal.Row, col int, output []byte) {
	t.Helper()
	if versions(want, col) == 0 {
		return
	}
	for i := range span(want.Cells(), col) {
		text := string(got.Text(nil, col+i))
		first, _ := utf8.DecodeRuneInString(text)
		if text != "" && first != ' ' && first != '\u00a0' && !strings.ContainsRune(string(want.Text(nil, col)), first) {
			t.Fatalf("%q leaves %q in column %d", output, text, col+i)
		}
	}
}

// beforeDistrusted: what the terminal takes for a combining mark goes to the
// character before it.
func beforeDistrusted(d Dialect, r *terminal.Row, col int) bool {
	next := col + span(r.Cells(), col)
	return next < r.Len() && d.distrusts(r, next)
}

func versions(r *terminal.Row, col int) (n int) {
	for _, ch := range string(r.Text(nil, col)) {
		if width.VersionDependent(ch) {
			n++
		}
	}
	return n
}
