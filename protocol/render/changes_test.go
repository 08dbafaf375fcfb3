package render

import (
	"fmt"
	"strings"
	"testing"

	"gmosh/protocol/terminal"
)

// change is a typical change of an 80x24 screen: what a program printed before and
// then.
type change struct {
	name         string
	before, then string
	// mosh is the length of the HostBytes of mosh-server 1.4.0 for the same: what
	// it sent to a client that typed one key between the two, measured by
	// decrypting its packets.
	mosh int
}

// lorem returns a line of n words that depends on seed only.
func lorem(seed, n int) string {
	words := strings.Fields("alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa")
	var out []string
	for x := uint32(seed)*2654435761 + 12345; n > 0; n-- {
		x = x*1664525 + 1013904223
		out = append(out, words[x>>28])
	}
	return strings.Join(out, " ")
}

// log returns n lines of a log from line number from on.
func log(from, n int) string {
	var out []string
	for i := from; i < from+n; i++ {
		out = append(out, fmt.Sprintf("%05d %s", i, lorem(i, 4+i%5)))
	}
	return strings.Join(out, "\r\n")
}

// colours is a screen of source code in colours.
func colours(rows int) string {
	var out []string
	for i := range rows {
		var line strings.Builder
		for j, w := range strings.Fields(lorem(1000+i, 9)) {
			fmt.Fprintf(&line, "\x1b[%dm%s\x1b[m ", []int{0, 31, 0, 32, 1, 33, 34, 0}[(i+j)%8], w)
		}
		out = append(out, line.String())
	}
	return strings.Join(out, "\r\n")
}

const clearScreen = "\x1b[H\x1b[2J"

func status(line, percent int, time string) string {
	return fmt.Sprintf("\x1b[24;1H\x1b[7m%-80s\x1b[m\x1b[%d;10H",
		fmt.Sprintf(" notes.txt  line %d of 340  (%d%%)%40s ", line, percent, time), line-7)
}

var changes = []change{
	{"typed character", clearScreen + "user@host:~$ ls", "x", 1},
	{"typed character in colour", clearScreen + "user@host:~$ ls", "\x1b[32mx\x1b[m", 12},
	{"typed at the margin", clearScreen + strings.Repeat("x", 80), "y", 21},
	{"deleted character", clearScreen + "user@host:~$ lsx", "\b \b", 15},
	{"typed within a line", clearScreen + "user@host:~$ " + lorem(5, 9) + "\x1b[1;20H", "\x1b[@Z", 55},
	{"status line", clearScreen + log(0, 23) + status(12, 3, "12:04:31"), status(13, 4, "12:04:32"), 56},
	{"line of output", clearScreen + log(0, 24), "\r\n" + log(24, 1), 59},
	{"scrolled page", clearScreen + log(0, 24), "\r\n" + log(24, 5), 249},
	{"scrolled region", clearScreen + log(0, 24), "\x1b[3;20r\x1b[20;1H\r\n" + log(100, 1) + "\x1b[r\x1b[24;1H", 1166},
	{"scrolled back in a pager", clearScreen + log(10, 23) + "\r\n:", "\x1b[H\x1bM\x1bM" + log(8, 2) + "\x1b[24;1H\x1b[K:", 1502},
	{"redrawn one line down", clearScreen + log(0, 23) + "\r\n:", clearScreen + log(1, 23) + "\r\n:", 1474},
	{"cleared", clearScreen + log(0, 24), clearScreen + "$ ", 122},
	{"full repaint", clearScreen + log(0, 24), clearScreen + colours(24), 3079},
	{"full repaint of rules", clearScreen + log(0, 24), clearScreen + strings.Repeat(strings.Repeat("=", 79)+"\r\n", 23), 1884},
	{"wide text", clearScreen + log(0, 24), clearScreen + strings.Repeat("漢字を書く、読む。\r\n", 20), 680},
}

// frames returns the screen before and after the change.
func (c change) frames() (a, b terminal.Frame) {
	e := terminal.New(80, 24, terminal.Options{})
	e.Write([]byte(c.before))
	a = e.Frame()
	e.Write([]byte(c.then))
	return a, e.Frame()
}

func TestTypicalChangesAreNoLargerThanMoshs(t *testing.T) {
	for _, c := range changes {
		a, b := c.frames()
		stock, full := Frame(nil, &a, &b, Stock()), Frame(nil, &a, &b, Full())
		if len(stock) > c.mosh || len(full) > c.mosh {
			t.Errorf("%s: %d bytes towards stock, %d towards gmosh; mosh: %d\n%q\n%q", c.name, len(stock), len(full), c.mosh, stock, full)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range changes {
		old, new := c.frames()
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			dst := make([]byte, 0, 1<<14)
			b.ReportAllocs()
			for b.Loop() {
				dst = Frame(dst[:0], &old, &new, Full())
			}
			b.ReportMetric(float64(len(dst)), "bytes")
		})
	}
}
