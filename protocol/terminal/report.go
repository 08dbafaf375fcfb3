package terminal

import "strconv"

// The reports. What is answered is what this emulator can do, whatever the
// user's terminal is: the answer must not depend on who is attached.

// primaryAttributes is DA1: a VT420 with selective erase, horizontal scrolling,
// ANSI colour and OSC 52.
func (e *Emulator) primaryAttributes() {
	if e.arg(0, 0) == 0 {
		e.answer("\x1b[?64;6;21;22;52c")
	}
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

// reportVersion is XTVERSION.
func (e *Emulator) reportVersion() {
	if e.arg(0, 0) == 0 {
		e.answer("\x1bP>|gmosh\x1b\\")
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
// multiple sessions.
var privateReports = map[int]string{
	15: "\x1b[?13n",
	25: "\x1b[?20n",
	26: "\x1b[?27;1;0;0n",
	53: "\x1b[?50n",
	55: "\x1b[?50n",
	56: "\x1b[?57;0n",
	62: "\x1b[0*{",
	75: "\x1b[?70n",
	85: "\x1b[?83n",
}

// privateStatusReport is DECXCPR and its like.
func (e *Emulator) privateStatusReport() {
	n := e.arg(0, 0)
	if n == 6 {
		e.answer("\x1b[?" + e.position() + ";1R")
		return
	}
	e.answer(privateReports[n])
}

// position is where the cursor is, as CUP counts.
func (e *Emulator) position() string {
	c := &e.f.Cursor
	return strconv.Itoa(c.Row-e.originRow()+1) + ";" + strconv.Itoa(c.Col-e.originColumn()+1)
}

// windowFunction is the part of XTWINOPS that tells sizes in characters, and
// saves and restores titles. The rest would move the user's window or type its
// title.
func (e *Emulator) windowFunction() {
	size := strconv.Itoa(len(e.f.rows)) + ";" + strconv.Itoa(e.f.cols) + "t"
	switch e.arg(0, 0) {
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
	state := "0" // not known
	if m, ok := table[n]; ok && m.get != nil {
		if state = "2"; m.get(e) {
			state = "1"
		}
	}
	e.answer(intro + strconv.Itoa(n) + ";" + state + "$y")
}

// settings are what DECRQSS can ask for.
var settings = map[string]func(*Emulator) string{
	"m":   func(e *Emulator) string { return string(appendSGR(nil, e.f.Pen)) + "m" },
	"r":   func(e *Emulator) string { return pair(e.region.top, e.region.bottom) + "r" },
	"s":   func(e *Emulator) string { return pair(e.region.left, e.region.right) + "s" },
	" q":  func(e *Emulator) string { return strconv.Itoa(int(e.f.Cursor.Shape)) + " q" },
	"\"p": func(*Emulator) string { return "64;1\"p" },
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
	{Bold, ";1"}, {Faint, ";2"}, {Italic, ";3"}, {Blink, ";5"}, {Inverse, ";7"},
	{Invisible, ";8"}, {Strike, ";9"}, {Overline, ";53"},
}

// appendSGR appends the parameters of an SGR that sets s from anything.
func appendSGR(dst []byte, s Rendition) []byte {
	dst = append(dst, '0')
	for _, c := range sgrCodes {
		if s.Attr&c.attr != 0 {
			dst = append(dst, c.code...)
		}
	}
	switch u := s.Attr.Underline(); u {
	case NoUnderline:
	case SingleUnderline:
		dst = append(dst, ";4"...)
	default:
		dst = append(dst, ";4:"...)
		dst = strconv.AppendInt(dst, int64(u), 10)
	}
	dst = appendColor(dst, s.FG, "3")
	dst = appendColor(dst, s.BG, "4")
	return appendColor(dst, s.UnderlineColor, "5")
}

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
