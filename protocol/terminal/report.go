package terminal

import "strconv"

// The reports: what this emulator can do, and where something depends on the user's
// terminal, what its client told of that (Outer). Nothing is asked of it, and nothing
// is told that somebody else has written: a title that a file set would be typed.

// primaryAttributes is DA1: a VT420 with selective erase, national and technical
// sets, terminal state reports, horizontal scrolling and rectangles; and ANSI colour
// and OSC 52, if the user's terminal has them.
func (e *Emulator) primaryAttributes() {
	if e.arg(0, 0) != 0 {
		return
	}
	color, clipboard := ";22", ";52"
	if e.outer.Lacks&NoColors != 0 {
		color = ""
	}
	if e.outer.Lacks&NoClipboard != 0 {
		clipboard = ""
	}
	e.answer("\x1b[?64;6;9;15;17;21" + color + ";28" + clipboard + "c")
}

// secondaryAttributes is DA2: VT420, and a version that applications compare
// with xterm's patch levels to decide what they may send.
func (e *Emulator) secondaryAttributes() {
	if e.arg(0, 0) == 0 {
		e.answer("\x1b[>41;354;0c")
	}
}

// tertiaryAttributes is DA3: a unit without a number.
func (e *Emulator) tertiaryAttributes() {
	if e.arg(0, 0) == 0 {
		e.answer("\x1bP!|00000000\x1b\\")
	}
}

// statusReport is DSR.
func (e *Emulator) statusReport() {
	switch e.arg(0, 0) {
	case 5:
		e.answer("\x1b[0n")
	case 6:
		e.answer("\x1b[" + e.position() + "R")
	}
}

// privateReports are the fixed answers of DSR with a question mark: no printer,
// no user-defined keys locked, an American keyboard, no locator, no macros, no
// multiple sessions. The first column is the level that they begin with.
var privateReports = map[int]struct {
	level  int
	answer string
}{
	15: {2, "\x1b[?13n"},
	25: {2, "\x1b[?20n"},
	53: {3, "\x1b[?50n"},
	55: {3, "\x1b[?50n"},
	56: {3, "\x1b[?57;0n"},
	62: {4, "\x1b[0000*{"},
	75: {4, "\x1b[?70n"},
	85: {4, "\x1b[?83n"},
}

// keyboardReports are the answer to DSR ?26 by level: language, status, type.
var keyboardReports = [highestLevel + 1]string{2: "\x1b[?27;1n", 3: "\x1b[?27;1;0n", 4: "\x1b[?27;1;0;0n"}

// privateStatusReport is DECXCPR and its like.
func (e *Emulator) privateStatusReport() {
	switch n := e.arg(0, 0); {
	case n == 6 && e.level < 3: // no pages
		e.answer("\x1b[?" + e.position() + "R")
	case n == 6:
		e.answer("\x1b[?" + e.position() + ";1R")
	case n == 26:
		e.answer(keyboardReports[e.level])
	case n == 63 && e.level >= 4: // DECCKSR: the checksum of no macros
		e.answer("\x1bP" + strconv.Itoa(e.arg(1, 0)) + "!~0000\x1b\\")
	case n == 996:
		e.answerScheme()
	case privateReports[n].level <= e.level:
		e.answer(privateReports[n].answer)
	}
}

// position is where the cursor is, as CUP counts.
func (e *Emulator) position() string {
	c := &e.f.Cursor
	return strconv.Itoa(c.Row-e.originRow()+1) + ";" + strconv.Itoa(c.Col-e.originColumn()+1)
}

// windowFunction is the part of XTWINOPS that tells sizes, in characters and (where
// the client told them) in pixels, and saves and restores titles. The rest would move the user's window or type its
// title.
func (e *Emulator) windowFunction() {
	size := strconv.Itoa(len(e.f.rows)) + ";" + strconv.Itoa(e.f.cols) + "t"
	w, h := e.outer.CellWidth, e.outer.CellHeight
	switch n := e.arg(0, 0); n {
	case 14, 16:
		switch {
		case w <= 0 || h <= 0: // not known
		case n == 14:
			e.answer("\x1b[4;" + strconv.Itoa(h*len(e.f.rows)) + ";" + strconv.Itoa(w*e.f.cols) + "t")
		default:
			e.answer("\x1b[6;" + strconv.Itoa(h) + ";" + strconv.Itoa(w) + "t")
		}
	case 18:
		e.answer("\x1b[8;" + size)
	case 19:
		e.answer("\x1b[9;" + size)
	case 22:
		e.pushTitle()
	case 23:
		e.popTitle(e.arg(1, 0))
	}
}

// reportMode is DECRQM.
func (e *Emulator) reportMode() { e.answerMode("\x1b[", ansiModes) }

func (e *Emulator) reportPrivateMode() { e.answerMode("\x1b[?", privateModes) }

func (e *Emulator) answerMode(intro string, table map[int]mode) {
	n := max(e.in.seq.value(0), 0)
	state := byte('0') // not known
	switch m := table[n]; {
	case m.fixed != 0:
		state = m.fixed
	case m.get == nil:
	case m.denied != nil && m.denied(e):
		state = permanentlyReset
	case m.get(e):
		state = '1'
	default:
		state = '2'
	}
	e.answer(intro + strconv.Itoa(n) + ";" + string(state) + "$y")
}

// settings are what DECRQSS can ask for.
var settings = map[string]func(*Emulator) string{
	"m":  func(e *Emulator) string { return string(appendSGR(nil, e.f.Pen)) + "m" },
	"r":  func(e *Emulator) string { return pair(e.region.top, e.region.bottom) + "r" },
	"s":  func(e *Emulator) string { return pair(e.region.left, e.region.right) + "s" },
	" q": func(e *Emulator) string { return strconv.Itoa(int(e.f.Cursor.Shape)) + " q" },
	"\"p": func(e *Emulator) string {
		if e.c1 {
			return "6" + strconv.Itoa(e.level) + ";0\"p"
		}
		return "6" + strconv.Itoa(e.level) + ";1\"p"
	},
	"$}": func(*Emulator) string { return "0$}" }, // there is no status line
	"$~": func(*Emulator) string { return "0$~" },
	"$|": func(e *Emulator) string { return strconv.Itoa(e.f.cols) + "$|" },
	"*|": func(e *Emulator) string { return strconv.Itoa(len(e.f.rows)) + "*|" },
	"t":  func(e *Emulator) string { return strconv.Itoa(len(e.f.rows)) + "t" },
	"*x": func(e *Emulator) string {
		if e.modes.has(rectangleExtent) {
			return "2*x"
		}
		return "0*x"
	},
	"\"q": func(e *Emulator) string {
		if e.guard != 0 {
			return "1\"q"
		}
		return "0\"q"
	},
}

func pair(a, b int) string { return strconv.Itoa(a+1) + ";" + strconv.Itoa(b+1) }

// reportSetting is DECRQSS.
func (e *Emulator) reportSetting(name string) {
	if f, ok := settings[name]; ok {
		e.answer("\x1bP1$r" + f(e) + "\x1b\\")
		return
	}
	e.answer("\x1bP0$r\x1b\\")
}

// sgrCodes are the attributes in the order that DECRQSS tells them.
var sgrCodes = []struct {
	attr Attr
	code string
}{
	{Bold, ";1"}, {Faint, ";2"}, {Italic, ";3"}, {underlineMask, ";4"}, {Blink, ";5"}, {Inverse, ";7"},
	{Invisible, ";8"}, {Strike, ";9"}, {Overline, ";53"},
}

// appendSGR appends the parameters of an SGR that sets s from anything.
func appendSGR(dst []byte, s Rendition) []byte {
	dst = append(dst, '0')
	for _, c := range sgrCodes {
		if s.Attr&c.attr == 0 {
			continue
		}
		dst = append(dst, c.code...)
		if u := s.Attr.Underline(); c.attr == underlineMask && u != SingleUnderline {
			dst = strconv.AppendInt(append(dst, ':'), int64(u), 10)
		}
	}
	dst = appendColor(dst, s.FG, "3")
	dst = appendColor(dst, s.BG, "4")
	return appendColor(dst, s.UnderlineColor, "5")
}

// brightTens are the tens of the bright ones among the first 16 colours.
var brightTens = map[string]string{"3": "9", "4": "10"}

// appendColor appends a colour; which is the tens of its parameter.
func appendColor(dst []byte, c Color, which string) []byte {
	if c == 0 {
		return dst
	}
	dst = append(dst, ';')
	if n, ok := c.Index(); ok {
		if n < 8 && which != "5" {
			return append(append(dst, which...), '0'+n)
		}
		if n < 16 && which != "5" {
			return append(append(dst, brightTens[which]...), '0'+n-8)
		}
		dst = append(append(dst, which...), "8:5:"...)
		return strconv.AppendInt(dst, int64(n), 10)
	}
	r, g, b, _ := c.RGB()
	dst = append(append(dst, which...), "8:2:"...) // no colour space
	for _, v := range [...]uint8{r, g, b} {
		dst = strconv.AppendInt(append(dst, ':'), int64(v), 10)
	}
	return dst
}
