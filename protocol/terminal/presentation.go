package terminal

import (
	"strconv"
	"strings"
)

// The state of the terminal as reports that can be given back to it (VT420 manual,
// "Terminal state reports"), and the stack of renditions that xterm adds.

// reportPresentation is DECRQPSR: the cursor (DECCIR) or the tab stops (DECTABSR).
func (e *Emulator) reportPresentation() {
	switch e.arg(0, 0) {
	case 1:
		e.answer("\x1bP1$u" + e.cursorReport() + "\x1b\\")
	case 2:
		e.answer("\x1bP2$u" + e.tabReport() + "\x1b\\")
	}
}

// restorePresentation is DECRSPS: DCS 1 or 2 $ t and a report.
func (e *Emulator) restorePresentation(kind byte, report string) {
	switch kind {
	case '1':
		e.restoreCursorReport(report)
	case '2':
		e.restoreTabReport(report)
	}
}

// renditionBits are the attributes in DECCIR's third from last field.
var renditionBits = []struct {
	attr Attr
	bit  byte
}{
	{Bold, 1}, {Attr(0).WithUnderline(SingleUnderline), 2}, {Blink, 4}, {Inverse, 8},
}

// Flags of DECCIR.
const (
	flagOrigin = 1 << iota
	flagSS2
	flagSS3
	flagWrap
)

func (e *Emulator) cursorReport() string {
	rendition, attrs, flags, sizes := byte('@'), byte('@'), byte('@'), byte('@')
	for _, r := range renditionBits {
		if e.f.Pen.Attr&r.attr != 0 {
			rendition += r.bit
		}
	}
	if e.guard != 0 {
		attrs++
	}
	if e.modes.has(originMode) {
		flags += flagOrigin
	}
	switch e.charset.single {
	case 3:
		flags += flagSS2
	case 4:
		flags += flagSS3
	}
	if e.f.Cursor.PendingWrap {
		flags += flagWrap
	}
	designators := ""
	for i, s := range e.charset.g {
		designators += s.name()
		if s.is96() {
			sizes += 1 << i
		}
	}
	return strings.Join([]string{
		e.position(), "1", string(rendition), string(attrs), string(flags),
		strconv.Itoa(int(e.charset.gl)), "2", string(sizes), designators,
	}, ";")
}

func (e *Emulator) restoreCursorReport(report string) {
	f := strings.SplitN(report, ";", 10)
	if len(f) < 10 || len(f[3]) != 1 || len(f[4]) != 1 || len(f[5]) != 1 || len(f[8]) != 1 {
		return
	}
	row, err1 := strconv.ParseUint(f[0], 10, 16)
	col, err2 := strconv.ParseUint(f[1], 10, 16)
	gl, err3 := strconv.ParseUint(f[6], 10, 2)
	if err1 != nil || err2 != nil || err3 != nil {
		return
	}
	e.moved()
	for _, r := range renditionBits {
		e.f.Pen.Attr &^= r.attr
		if f[3][0]&r.bit != 0 {
			e.f.Pen.Attr |= r.attr
		}
	}
	e.guard = 0
	if f[4][0]&1 != 0 {
		e.guard = isGuarded
	}
	e.penChanged()
	e.modes.set(originMode, f[5][0]&flagOrigin != 0)
	e.setRow(int(row) - 1)
	e.setColumn(int(col) - 1)
	e.f.Cursor.PendingWrap = f[5][0]&flagWrap != 0 && e.f.Cursor.Col == e.limit()-1 && e.modes.has(autoWrap)
	e.pendAgain()
	e.charset.restore(uint8(gl), f[5][0], f[8][0], f[9])
}

func (e *Emulator) tabReport() string {
	var stops []string
	for col := range e.f.cols {
		if e.tabs.has(col) {
			stops = append(stops, strconv.Itoa(col+1))
		}
	}
	return strings.Join(stops, "/")
}

func (e *Emulator) restoreTabReport(report string) {
	e.tabs.own(e.f.cols)
	clear(e.tabs)
	for stop := range strings.SplitSeq(report, "/") {
		if n, err := strconv.ParseUint(stop, 10, 16); err == nil && n >= 1 && int(n) <= e.f.cols {
			e.tabs[(n-1)/64] |= 1 << ((n - 1) % 64)
		}
	}
}

// defaultTabs is DECST8C (CSI ? 5 W).
func (e *Emulator) defaultTabs() {
	if e.arg(0, 0) == 5 {
		e.tabs = nil
	}
}

// savedRendition is what XTPUSHSGR saves, and which parts of it.
type savedRendition struct {
	pen   Rendition
	attrs Attr
	fg    bool
	bg    bool
}

// pushRendition is XTPUSHSGR: the parts that its parameters name, or all.
func (e *Emulator) pushRendition() {
	s := savedRendition{pen: e.f.Pen}
	if e.in.seq.n == 0 {
		s.attrs, s.fg, s.bg = attrMask, true, true
	}
	for i := range e.in.seq.n {
		switch n := e.in.seq.value(i); {
		case n == 30:
			s.fg = true
		case n == 31:
			s.bg = true
		case n > 0 && n < 30:
			if set := e.fn.sgr[n].set; set.Underline() != NoUnderline {
				s.attrs |= underlineMask
			} else {
				s.attrs |= set
			}
		}
	}
	e.pens = pushed(e.pens, s)
}

// popRendition is XTPOPSGR.
func (e *Emulator) popRendition() {
	if len(e.pens) == 0 {
		return
	}
	s, pen := e.pens[len(e.pens)-1], &e.f.Pen
	e.pens = e.pens[:len(e.pens)-1]
	pen.Attr = pen.Attr&^s.attrs | s.pen.Attr&s.attrs
	if s.fg {
		pen.FG = s.pen.FG
	}
	if s.bg {
		pen.BG = s.pen.BG
	}
	if s.attrs&underlineMask != 0 {
		pen.UnderlineColor = s.pen.UnderlineColor
	}
	e.penChanged()
}

// reportRendition is XTREPORTSGR: what the cells of a rectangle have in common.
func (e *Emulator) reportRendition() {
	r, ok := e.rectArgs(0)
	if !ok {
		return
	}
	common := e.f.rows[r.top].Rendition(r.left)
	for y := r.top; y <= r.bottom; y++ {
		for x := r.left; x <= r.right; x++ {
			s := e.f.rows[y].Rendition(x)
			if s.Attr.Underline() != common.Attr.Underline() {
				common.Attr = common.Attr.WithUnderline(NoUnderline)
			}
			common.Attr &= s.Attr | underlineMask
			if s.FG != common.FG {
				common.FG = 0
			}
			if s.BG != common.BG {
				common.BG = 0
			}
			if s.UnderlineColor != common.UnderlineColor {
				common.UnderlineColor = 0
			}
		}
	}
	e.answer("\x1b[" + string(appendSGR(nil, common)) + "m")
}
