//go:build unix

package terminal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/peertest"
	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// conformanceReset undoes what the case before may have left in xterm: first what RIS
// does not.
const conformanceReset = "\x1b F\x1b[64;1\"p\x1b[?1046h\x1b[?40l\x1b[?41l\x1b[?45l\x1b[?80l" +
	"\x1b]104\a\x1b]105\a\x1b]110\a\x1b]111\a\x1b]112\a\x1b]117\a\x1b]119\a\x1b[>T\x1b]0;\a\x1b[0#y" + xtermReset

// sizes waits until xterm has its size again, if a case has changed that.
func (x *xterm) sizes(c *conformanceCase) {
	x.t.Helper()
	if !strings.Contains(c.in, "\x1b[?40h") && !strings.Contains(c.in, "\x1b[8;") {
		return
	}
	for range 1000 {
		if x.answers(fmt.Sprintf("\x1b[?40l\x1b[8;%d;%dt\x1b[18t", tableRows, tableCols)) == fmt.Sprintf("\x1b[8;%d;%dt", tableRows, tableCols) {
			return
		}
	}
	x.t.Fatalf("%s: %s: xterm does not get back its size", c.where, c.name)
}

// marked writes to a terminal and returns what it answers, to a number of marks.
func marked(t *testing.T, c *conformanceCase, in, out *os.File, text string, marks int) string {
	t.Helper()
	if _, err := in.WriteString(text); err != nil {
		t.Fatal(err)
	}
	out.SetReadDeadline(time.Now().Add(30 * time.Second))
	var all []byte
	for buf := make([]byte, 64<<10); len(markAnswer.FindAllIndex(all, -1)) < marks; {
		n, err := out.Read(buf)
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%s: %s: answered with %q, then: %v", c.where, c.name, all, err)
		}
		all = append(all, buf[:n]...)
	}
	return string(all)
}

// see puts a case to xterm.
func (x *xterm) see(c *conformanceCase) (seenAfter, error) {
	x.t.Helper()
	answers := marked(x.t, c, x.in, x.out, conformanceReset+c.asked(true), c.marks())
	x.sizes(c)
	return c.seen(answers)
}

func TestColoursHaveTheNamesThatXtermKnows(t *testing.T) {
	t.Parallel()
	x := startXterm(t)
	for _, name := range terminal.ColorNames() {
		ask := "\x1b]4;1;" + name + "\a\x1b]4;1;?\a"
		e := terminal.New(tableCols, tableRows, terminal.Options{})
		e.Write([]byte(ask))
		if got, want := string(e.TakeAnswers()), x.answers("\x1b]104;1\a"+ask); got != want {
			t.Errorf("%s: %q, xterm %q", name, got, want)
		}
	}
}

func TestXtermConformsToTheTable(t *testing.T) {
	t.Parallel()
	x := startXterm(t)
	all := readConformance(t)
	passed, both := 0, 0
	for _, c := range all {
		bad := c.fails(x.see(c))
		switch {
		case bad == "":
			passed++
			if c.ours+c.refused == "" {
				both++
			}
			if c.xterm != "" {
				t.Errorf("%s: %s: it is so in xterm, though the table says %q", c.where, c.name, c.xterm)
			}
		case c.xterm == "":
			t.Errorf("%s: %s: in xterm %s", c.where, c.name, bad)
		}
	}
	t.Logf("%d cases: xterm passes %d, and ours %d of these", len(all), passed, both)
}

// tmux is no yardstick, but nobody should miss what it does.
func TestWhatTmuxHasOfTheTableIsNotMissing(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "tmux")
	in, out, argv := pipes(t)
	x := peertest.StartTmux(t, peertest.TmuxOptions{Cols: tableCols, Rows: tableRows}, argv...)
	all := readConformance(t)
	passed := 0
	for _, c := range all {
		answers := marked(t, c, in, out, "\x1b[?1049l\x1b]0;\a\x1bc\x1b[H\x1b7"+c.in+mark, 1)
		at := markAnswer.FindStringSubmatchIndex(answers)
		s := seenAfter{claims: make([]string, len(c.claims))}
		var styled *terminal.Emulator
		for i, claim := range c.claims {
			switch claim.kind {
			case "answers":
				s.claims[i] = answers[:at[0]]
			case "cursor":
				s.claims[i] = answers[at[2]:at[3]] + "," + answers[at[4]:at[5]]
			case "title":
				s.claims[i] = x.Query("#{pane_title}")
			case "style":
				if styled == nil {
					styled = terminal.New(tableCols, tableRows, terminal.Options{})
					styled.Write([]byte(strings.Join(x.Styled(), "\r\n")))
				}
				s.claims[i] = styleIn(styled, claim.arg)
			}
		}
		if c.rows != nil {
			s.rows = x.Lines()
		}
		if c.fails(s, nil) != "" {
			continue
		}
		if passed++; c.ours != "" {
			t.Errorf("%s: %s: tmux has it, though the table says that ours has not: %q", c.where, c.name, c.ours)
		}
	}
	t.Logf("%d cases: tmux passes %d", len(all), passed)
}

// untold reports whether a row has what xterm does not tell as it is: it makes one
// character of a letter and its accent, and a blank of what is invisible.
func untold(r *terminal.Row) bool {
	for col, c := range r.Cells() {
		if c.Cluster() || r.Rendition(col).Attr&terminal.Invisible != 0 {
			return true
		}
	}
	return false
}

// The screens that the cases end with, drawn one over the other on a real xterm as a
// client draws them, are there character by character, and so are the cursor and the
// renditions that cases are about.
func TestScreensOfTheTableAreDrawnOnARealXterm(t *testing.T) {
	t.Parallel()
	x := startXterm(t)
	d, err := render.ForTerm("xterm-256color", "")
	if err != nil {
		t.Fatal(err)
	}
	last := terminal.NewFrame(tableCols, tableRows)
	out := render.Repaint(nil, &last, d)
	for _, c := range readConformance(t) {
		e := terminal.New(tableCols, tableRows, terminal.Options{Widths: width.Glibc236})
		e.Write([]byte(c.in))
		f := e.Frame()
		if untold(f.Row(0)) {
			continue
		}
		out = render.Frame(out, &last, &f, d)
		shown := conformanceCase{where: c.where, name: c.name, in: string(out) + "\x1b7", rows: f.Text(),
			claims: []conformanceClaim{{line: "cursor", kind: "cursor", want: func(got string) bool {
				return got == fmt.Sprintf("%d,%d", f.Cursor.Row+1, f.Cursor.Col+1)
			}}}}
		for col := range 4 {
			if f.Row(0).Cells()[col].Blank() {
				continue // an erased one remembers in which colour it would have been drawn
			}
			place := fmt.Sprintf("1,%d", col+1)
			want := styleIn(terminal.Resume(d.Project(f), terminal.Options{}), place)
			shown.claims = append(shown.claims, conformanceClaim{line: "style " + want, kind: "style", arg: place,
				want: func(got string) bool { return got == want }})
		}
		got, err := shown.seen(marked(t, c, x.in, x.out, shown.asked(true), shown.marks()))
		if bad := shown.fails(got, err); bad != "" {
			t.Fatalf("%s: %s: %q is drawn wrongly: %s", c.where, c.name, out, bad)
		}
		last, out = f, append(out[:0], "\x1b8"...) // asking has moved the cursor
	}
}
