//go:build unix

package terminal_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"
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

// see puts a case to xterm.
func (x *xterm) see(c *conformanceCase) (seenAfter, error) {
	x.t.Helper()
	if _, err := x.in.WriteString(conformanceReset + c.asked(true)); err != nil {
		x.t.Fatal(err)
	}
	x.out.SetReadDeadline(time.Now().Add(30 * time.Second))
	var all []byte
	for buf := make([]byte, 64<<10); len(markAnswer.FindAllIndex(all, -1)) < c.marks(); {
		n, err := x.out.Read(buf)
		if err != nil && !errors.Is(err, io.EOF) {
			x.t.Fatalf("%s: %s: xterm answered %q, then: %v", c.where, c.name, all, err)
		}
		all = append(all, buf[:n]...)
	}
	x.sizes(c)
	return c.seen(string(all))
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
