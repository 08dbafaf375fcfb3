// Package program writes what programs write to a terminal: random output that
// uses text of all widths, renditions, cursor motion, erasing, scrolling, modes
// and strings about as often as shells, pagers and editors do, and now and then
// what none of them should.
//
// It is a test kit: protocol/render and protocol/screen feed it to emulators to
// get frames worth comparing. Pure: all chance comes from the Source.
package program

import (
	"fmt"
	"strings"
)

// Source is where the choices come from: a seeded generator or a property test's
// draws.
type Source interface {
	IntN(n int) int // 0 ≤ result < n
}

// Output returns the output of n steps of a program on a screen of cols by rows.
func Output(s Source, n, cols, rows int) []byte {
	w := writer{s: s, cols: cols, rows: rows}
	for range n {
		w.step()
	}
	return w.out
}

type writer struct {
	s          Source
	cols, rows int
	out        []byte
}

// steps are weighted by how often they stand here.
var steps = [...]func(*writer){
	(*writer).words, (*writer).words, (*writer).words, (*writer).words,
	(*writer).line, (*writer).line, (*writer).longLine,
	(*writer).foreign, (*writer).run, (*writer).blanks,
	(*writer).sgr, (*writer).sgr, (*writer).sgr,
	(*writer).move, (*writer).move, (*writer).control,
	(*writer).erase, (*writer).erase, (*writer).lines, (*writer).chars,
	(*writer).scroll, (*writer).region, (*writer).mode, (*writer).text, (*writer).odd, (*writer).signal,
}

func (w *writer) step() { steps[w.s.IntN(len(steps))](w) }

func (w *writer) add(format string, a ...any) { w.out = fmt.Appendf(w.out, format, a...) }

func (w *writer) pick(all ...string) string { return all[w.s.IntN(len(all))] }

func (w *writer) words() {
	w.add("%s", w.pick("a", "ls -la", "the quick brown fox ", "x", "error: ", "12345 ", "== ", "_", " ", "W"))
}

func (w *writer) line() {
	w.words()
	w.words()
	w.add("%s", w.pick("\r\n", "\r\n", "\n", "\r"))
}

// longLine goes through the right margin.
func (w *writer) longLine() {
	w.add("%s", strings.Repeat(w.pick("0123456789", "abcdefg ", "漢字", "é"), 1+w.s.IntN(2+w.cols/4)))
}

// foreign is text that is not ASCII: accents alone and combined, wide characters,
// emoji with what may follow them, box drawing, bidi, unassigned code points.
func (w *writer) foreign() {
	w.add("%s", w.pick("é", "e\u0301", "日本語", "한글", "a\u0300\u0316\u0320", "─", "│┌┐", "🙂", "👩‍👩‍👧", "❤️", "🇫🇷",
		"ﷺ", "שלום", "\u00a0", "\u0301", "ａ", "１", "\u200b", "\u00ad", "☰", "☲", "\u3164", "\uffa0", "\ufff9", "\u2ffc", "a\u0897", "\U0001fae8", "\U0010ffff", "\u0378"))
}

func (w *writer) run() {
	w.add("%s", strings.Repeat(w.pick("-", "=", "─", ".", "x", "漢"), w.s.IntN(w.cols+4)))
}

func (w *writer) blanks() { w.add("%s", strings.Repeat(" ", w.s.IntN(w.cols+2))) }

func (w *writer) sgr() {
	w.add("\x1b[%sm", w.pick("", "0", "1", "2", "3", "4", "5", "7", "8", "9", "22", "23", "24", "27", "29", "31", "92", "39", "44", "104", "49",
		"38;5;208", "48;5;17", "38;5;3", "38;2;10;200;30", "48;2;1;2;3", "1;33", "0;7", "7;31", "4:3", "21", "53", "55", "58:5:9", "58:2::1:2:3", "59", "1;4;35;46", "4:0"))
}

func (w *writer) move() {
	switch w.s.IntN(8) {
	case 0, 1, 2:
		w.add("\x1b[%d;%dH", 1+w.s.IntN(w.rows), 1+w.s.IntN(w.cols))
	case 3:
		w.add("\x1b[%dG", 1+w.s.IntN(w.cols))
	case 4:
		w.add("\x1b[%d%s", w.s.IntN(5), w.pick("A", "B", "C", "D"))
	case 5:
		w.add("\x1b[%d;%dH", w.rows, w.cols)
	case 6:
		w.add("\x1b[H")
	default:
		w.add("%s", w.pick("\x1b7", "\x1b8", "\x1b[d", "\x1b[999C", "\x1b[999Cx", "\x1b7ab\x1b8"))
	}
}

func (w *writer) control() { w.add("%s", w.pick("\b", "\t", "\a", "\x1bM", "\x1bD", "\x1bE", "\v")) }

func (w *writer) erase() {
	w.add("\x1b[%s", w.pick("K", "K", "1K", "2K", "J", "1J", "2J", "X", "5X", "40X"))
}

func (w *writer) lines() { w.add("\x1b[%d%s", 1+w.s.IntN(4), w.pick("L", "M")) }

func (w *writer) chars() { w.add("\x1b[%d%s", 1+w.s.IntN(6), w.pick("@", "P", "b")) }

func (w *writer) scroll() {
	if w.s.IntN(2) == 0 {
		w.add("\x1b[%d%s", 1+w.s.IntN(4), w.pick("S", "T"))
		return
	}
	w.add("\x1b[%d;1H%s", w.rows, strings.Repeat("\n", 1+w.s.IntN(w.rows)))
}

func (w *writer) region() {
	if w.s.IntN(2) == 0 {
		w.add("\x1b[r")
		return
	}
	top := 1 + w.s.IntN(w.rows)
	w.add("\x1b[%d;%dr\x1b[%d;1H%s", top, top+w.s.IntN(w.rows), top, w.pick("\n\n", "\x1bM", "x\r\ny\r\n", ""))
}

func (w *writer) mode() {
	w.add("\x1b[%s%s", w.pick("?25", "?5", "?7", "?6", "4", "?2004", "?1000", "?1002", "?1003", "?9", "?1006", "?1015", "?1016", "?1004", "?1049", "?1049", "?47", "?1", "?12", "?1007", "?66", "?2027", "?2027"), w.pick("h", "l", "l"))
	if w.s.IntN(4) == 0 {
		w.add("\x1b[%d q", w.s.IntN(7))
	}
}

func (w *writer) text() {
	w.add("%s", w.pick("\x1b]0;shell\a", "\x1b]2;title — é\a", "\x1b]1;icon\a", "\x1b]2;\a",
		"\x1b]8;;https://example.org/a\a", "\x1b]8;id=7;https://example.org/b\x1b\\", "\x1b]8;;\a", "\x1b]8;;\a",
		"\x1b]52;c;aGVsbG8=\a", "\x1b]52;p;d29ybGQ=\a", "\x1b]52;c;?\a", "\x1b(0lqk\x1b(B", "\x1b[!p"))
}

// signal is what is told to the terminal beside the screen, and to the keyboard.
func (w *writer) signal() {
	w.add("%s", w.pick("\x1b]4;1;#123456\a", "\x1b]4;1;red;200;blue\a", "\x1b]104;1\a", "\x1b]104\a", "\x1b]10;#abc\a", "\x1b]12;green\a", "\x1b]110\a",
		"\x1b]112\a", "\x1b]5;1;red\a", "\x1b]105\a", "\x1b]7;file://host/é\a", "\x1b]7;\a", "\x1b]9;4;1;40\a", "\x1b]9;4;2\a", "\x1b]9;4;0\a",
		"\x1b]9;done\a", "\x1b]9;1st; and\a", "\x1b]777;notify;a;b;c\a", "\x1b]22;text\a", "\x1b]22;\a", "\x1b]133;A\a", "\x1b]133;D;1\a",
		"\x1b=", "\x1b>", "\x1b[>5u", "\x1b[<u", "\x1b[=2u", "\x1b[>4;2m", "\x1b[>4m"))
}

// odd is what no program should write.
func (w *writer) odd() {
	w.add("%s", w.pick("\x1bc", "\x1b#8", "\x1b[;m", "\x1b[999;999H", "\x1b[38;5m", "\x1b[1;2;3;4;5;6;7;8;9;10m", "\xff\xfe", "\x1b[", "\x1b]0;cut",
		"\x18", "\u009b1m", "\x1bP$q\x1b\\", "\x1b[c", "\x1b[6n", "\x1b[?2026h", "\x1b[3J", "\x1b[5;2r"))
}
