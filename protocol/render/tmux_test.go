package render

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
)

// inTmux shows output on a real terminal that is not ours, and returns that once it
// has read all of it: it answers a status report that follows.
func inTmux(t *testing.T, cols, rows int, output []byte) *peertest.Tmux {
	t.Helper()
	peertest.Need(t, "tmux", "stty", "dd")
	file := filepath.Join(peertest.PublicDir(t), "output")
	if err := os.WriteFile(file, append(output, "\x1b[5n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	x := peertest.StartTmux(t, peertest.TmuxOptions{Cols: cols, Rows: rows}, "sh", "-c",
		`stty raw -echo && cat "$0" && until [ "$(dd bs=1 count=1 2>/dev/null)" = n ]; do :; done; tmux wait-for -S shown; exec cat`, file)
	x.Run("wait-for", "shown")
	return x
}

// pattern matches a row as tmux may show it. What stands for a character whose
// width tmux may see otherwise is tmux's business.
func pattern(r *terminal.Row, d Dialect) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for col := 0; col < r.Len(); col += span(r.Cells(), col) {
		switch {
		case d.distrusts(r, col):
			b.WriteString(".{0,12}?")
		default:
			b.WriteString(regexp.QuoteMeta(string(r.Text(nil, col))))
		}
	}
	return regexp.MustCompile(b.String() + " *$")
}

func TestRealTmuxShowsTheFrame(t *testing.T) {
	for i, term := range []string{"tmux-256color", "screen-256color", "xterm-256color", "tmux-256color", "screen", "linux"} {
		t.Run(fmt.Sprint(term, " ", i), func(t *testing.T) {
			d, err := ForTerm(term, "")
			if err != nil {
				t.Fatal(err)
			}
			frames := seededFrames(uint64(1000+i), 20)
			output := Repaint(Open(nil, d, true), &frames[0], d)
			for i := range frames[1:] {
				output = Frame(output, &frames[i], &frames[i+1], d)
			}
			last := &frames[len(frames)-1]
			cols, rows := last.Size()
			x := inTmux(t, cols, rows, output)
			for i, got := range x.Lines() {
				got += strings.Repeat(" ", cols)
				if want := pattern(last.Row(i), d); !want.MatchString(got) {
					t.Errorf("row %d: %q, want %s", i, got, want)
				}
			}
			row, col := d.cursor(last)
			if got, want := x.Query("#{cursor_y},#{cursor_x}"), fmt.Sprintf("%d,%d", row, col); got != want {
				t.Errorf("cursor at %s, want %s", got, want)
			}
			if got := x.Query("#{pane_title}"); d.Title && last.Labels != nil && got != last.Title() {
				t.Errorf("title %q, want %q", got, last.Title())
			}
		})
	}
}

// Someone who selects a long line in the outer terminal gets it in one piece.
func TestLongLinesStayInOnePieceInTmux(t *testing.T) {
	long := strings.Repeat("0123456789", 13)
	d, err := ForTerm("tmux-256color", "")
	if err != nil {
		t.Fatal(err)
	}
	e := terminal.New(40, 10, terminal.Options{})
	frames := []terminal.Frame{e.Frame()}
	for _, s := range []string{"$ " + long[:60], long[60:], "\r\nshort\r\n", "\x1b[1;1H\x1b[1m$\x1b[m\x1b[7;1H"} {
		e.Write([]byte(s))
		frames = append(frames, e.Frame())
	}
	output := Repaint(nil, &frames[0], d)
	for i := range frames[1:] {
		output = Frame(output, &frames[i], &frames[i+1], d)
	}
	joined := inTmux(t, 40, 10, output).Run("capture-pane", "-p", "-J")
	if want := "$ " + long + "\n"; !strings.HasPrefix(joined, want) {
		t.Errorf("tmux has %q, want it to begin with %q", joined, want)
	}
}
