package program

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Workload is one of the kinds of output that speed is measured with.
type Workload struct {
	Name  string
	write func(*generator)
}

// Workloads returns the five kinds that are measured.
func Workloads() []Workload {
	return []Workload{
		{"log", (*generator).logLine},
		{"coloured", (*generator).colouredLine},
		{"cjk", (*generator).cjkLine},
		{"vim", (*generator).vimRedraw},
		{"scroll", (*generator).shortLine},
	}
}

// Output returns n bytes or a little more, made from seed for a screen of cols by
// rows.
func (w Workload) Output(seed uint64, n, cols, rows int) []byte {
	g := newGenerator(seed, cols, rows)
	for g.Len() < n {
		w.write(g)
	}
	return g.Bytes()
}

// Lines returns n lines of a log, none of them longer than cols.
func Lines(seed uint64, n, cols int) string {
	var out []byte
	g := newGenerator(seed, cols, 0)
	for range n {
		g.Reset()
		g.logLine()
		out = append(append(out, "\r\n"...), bytes.TrimSpace(g.Bytes()[:min(g.Len(), cols-1)])...)
	}
	return string(out)
}

// Listing returns n lines of a program's text in colours, as an editor draws them.
func Listing(seed uint64, n, cols int) string {
	g := newGenerator(seed, cols, n)
	for i := range n {
		if i > 0 {
			g.WriteString("\r\n")
		}
		for col := 0; ; g.WriteByte(' ') {
			before := g.Len()
			g.word()
			word := string(g.Bytes()[before:])
			g.Truncate(before)
			if col += len(word) + 1; col > cols-12 {
				break
			}
			if color := 30 + g.IntN(10); color < 37 {
				word = fmt.Sprintf("\x1b[%dm%s\x1b[m", color, word)
			}
			g.WriteString(word)
		}
	}
	return g.String()
}

func newGenerator(seed uint64, cols, rows int) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1)), cols: cols, rows: rows}
}

// generator writes the output of one workload.
type generator struct {
	*rand.Rand
	bytes.Buffer
	cols, rows int
}

const letters = "etaoinshrdlucmfwypvbgkjqxz"

// word writes a word of ordinary length.
func (g *generator) word() {
	for range 2 + g.IntN(8) {
		g.WriteByte(letters[min(g.IntN(26), g.IntN(26))])
	}
}

func (g *generator) words(n int) {
	for i := range n {
		if i > 0 {
			g.WriteByte(' ')
		}
		g.word()
	}
}

// logLine is a line of a system's log, some longer than the screen is wide.
func (g *generator) logLine() {
	fmt.Fprintf(g, "2026-11-%02d %02d:%02d:%02d.%06d host%d ", 1+g.IntN(30), g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1e6), g.IntN(9))
	g.word()
	fmt.Fprintf(g, "[%d]: ", g.IntN(40000))
	g.words(3 + g.IntN(10))
	g.WriteString("\r\n")
}

// colouredLine is what a compiler, a test runner or ls writes.
func (g *generator) colouredLine() {
	for range 4 + g.IntN(4) {
		switch g.IntN(4) {
		case 0:
			fmt.Fprintf(g, "\x1b[%dm", 30+g.IntN(8))
		case 1:
			fmt.Fprintf(g, "\x1b[1;%dm", 90+g.IntN(8))
		case 2:
			fmt.Fprintf(g, "\x1b[38;5;%dm", g.IntN(256))
		case 3:
			fmt.Fprintf(g, "\x1b[38;2;%d;%d;%dm", g.IntN(4)*60, g.IntN(256), g.IntN(4)*60)
		}
		g.words(1 + g.IntN(2))
		g.WriteString("\x1b[0m ")
	}
	g.WriteString("\r\n")
}

var emoji = strings.Fields("😀 🎉 🚀 ❤️ 👍🏽 👩‍💻 🇩🇪 ✅ e\u0301 ñ")

func (g *generator) cjkLine() {
	for range 4 + g.IntN(6) {
		switch g.IntN(5) {
		case 0:
			g.WriteString(emoji[g.IntN(len(emoji))])
		case 1:
			for range 1 + g.IntN(8) {
				g.WriteRune(rune(0x3041 + g.IntN(80)))
			}
		case 2:
			for range 1 + g.IntN(4) {
				g.WriteRune(rune(0xac00 + g.IntN(11000)))
			}
		default:
			for range 2 + g.IntN(9) {
				g.WriteRune(rune(0x4e00 + g.IntN(20000)))
			}
		}
		g.WriteByte(' ')
	}
	g.WriteString("\r\n")
}

// vimRedraw is an editor moving through a file: scrolls of a region, lines
// drawn in pieces of syntax, a status line, the cursor put back.
func (g *generator) vimRedraw() {
	g.WriteString("\x1b[?25l")
	if g.IntN(2) == 0 {
		fmt.Fprintf(g, "\x1b[1;%dr\x1b[%d;1H\n\x1b[r", g.rows-2, g.rows-2)
	} else {
		fmt.Fprintf(g, "\x1b[%d;1H\x1b[M", 1+g.IntN(g.rows-2))
	}
	for range 1 + g.IntN(6) {
		fmt.Fprintf(g, "\x1b[%d;%dH\x1b[94m%4d \x1b[m", 1+g.IntN(g.rows-2), 1+g.IntN(4), g.IntN(9999))
		for range 1 + g.IntN(5) {
			fmt.Fprintf(g, "\x1b[%dm", 31+g.IntN(6))
			g.word()
			g.WriteString("\x1b[m ")
			g.word()
		}
		g.WriteString("\x1b[K")
	}
	fmt.Fprintf(g, "\x1b[%d;%dH\x1b[7m %d,%d-%d  %d%% \x1b[m", g.rows, max(1, g.cols-20), g.IntN(999), g.IntN(80), g.IntN(80), g.IntN(100))
	fmt.Fprintf(g, "\x1b[%d;%dH\x1b[?25h", 1+g.IntN(g.rows), 1+g.IntN(g.cols))
}

// shortLine is long scrolling: little on each line.
func (g *generator) shortLine() {
	fmt.Fprintf(g, "%d ", g.IntN(1e6))
	if g.IntN(3) == 0 {
		g.word()
	}
	g.WriteString("\r\n")
}
