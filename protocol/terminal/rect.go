package terminal

import (
	"fmt"
	"unicode/utf8"
)

// The functions on rectangles (VT420 manual, chapter 5). All count places as CUP
// does, in origin mode from the margins; none moves the cursor or takes notice of
// the margins otherwise.

// rect is a part of the screen, inclusive, counted from 0.
type rect struct{ top, left, bottom, right int }

// rectArgs reads Pt;Pl;Pb;Pr from parameter i on. ok is false if that is no
// rectangle of the screen.
func (e *Emulator) rectArgs(i int) (r rect, ok bool) {
	within := e.page()
	r = rect{
		top:    e.arg(i, 1) - 1 + within.top,
		left:   e.arg(i+1, 1) - 1 + within.left,
		bottom: min(e.arg(i+2, largest)-1+within.top, within.bottom),
		right:  min(e.arg(i+3, largest)-1+within.left, within.right),
	}
	return r, r.top <= r.bottom && r.left <= r.right
}

// page is the part of the screen that rectangles are counted in: all of it, or in
// origin mode what is within the margins.
func (e *Emulator) page() rect {
	if e.modes.has(originMode) {
		return rect{e.region.top, e.region.left, e.region.bottom, e.region.right}
	}
	return rect{bottom: len(e.f.rows) - 1, right: e.f.cols - 1}
}

// fillRectangle is DECFRA: a character, in the current rendition.
func (e *Emulator) fillRectangle() {
	ch := rune(e.arg(0, 0))
	if !utf8.ValidRune(ch) || e.widths.Rune(ch) != 1 || ch < 0xa0 && (ch < 0x20 || ch > 0x7e) {
		return
	}
	r, ok := e.rectArgs(1)
	if !ok {
		return
	}
	for y := r.top; y <= r.bottom; y++ {
		row := e.row(y)
		e.cut(row, r.left)
		e.cut(row, r.right+1)
		c := charCell(ch) | e.penIn(row)
		for x := r.left; x <= r.right; x++ {
			row.cells[x] = c
		}
	}
}

// eraseRectangle is DECERA.
func (e *Emulator) eraseRectangle() {
	if r, ok := e.rectArgs(0); ok {
		for y := r.top; y <= r.bottom; y++ {
			e.erase(y, r.left, r.right+1)
		}
	}
}

// eraseRectangleSelective is DECSERA.
func (e *Emulator) eraseRectangleSelective() {
	if r, ok := e.rectArgs(0); ok {
		for y := r.top; y <= r.bottom; y++ {
			e.eraseSelective(y, r.left, r.right+1)
		}
	}
}

// copyRectangle is DECCRA: Pt;Pl;Pb;Pr;Pp;Pt;Pl;Pp. There is one page, which any
// number means.
func (e *Emulator) copyRectangle() {
	from, ok := e.rectArgs(0)
	within := e.page()
	top, left := e.arg(5, 1)-1+within.top, e.arg(6, 1)-1+within.left
	if !ok || top > within.bottom || left > within.right {
		return
	}
	from.bottom = min(from.bottom, from.top+within.bottom-top)
	from.right = min(from.right, from.left+within.right-left)
	n := from.bottom - from.top
	for i := range n + 1 {
		if from.top < top {
			i = n - i // from below, so as not to copy what was copied
		}
		e.copyCells(e.row(top+i), left, e.f.rows[from.top+i], from.left, from.right+1)
	}
}

// setExtent is DECSACE: whether DECCARA and DECRARA change a stream of characters,
// from the first corner to the second, or a rectangle.
func (e *Emulator) setExtent() {
	switch e.arg(0, 0) {
	case 0, 1:
		e.modes.set(rectangleExtent, false)
	case 2:
		e.modes.set(rectangleExtent, true)
	}
}

// changeAttributes is DECCARA and reverseAttributes DECRARA: Pt;Pl;Pb;Pr and then
// parameters of SGR.
func (e *Emulator) changeAttributes() { e.eachExtent(e.changed) }

func (e *Emulator) reverseAttributes() {
	toggled := e.toggles()
	e.eachExtent(func(s Rendition) Rendition {
		s.Attr ^= toggled &^ underlineMask
		if toggled.Underline() != NoUnderline {
			u := SingleUnderline
			if s.Attr.Underline() != NoUnderline {
				u = NoUnderline
			}
			s.Attr = s.Attr.WithUnderline(u)
		}
		return s
	})
}

// changed is s after the SGR that the sequence ends with.
func (e *Emulator) changed(s Rendition) Rendition {
	seq := &e.in.seq
	if seq.n <= 4 {
		resetPen(&s)
	}
	for i := 4; i < seq.n; {
		i = e.sgrParam(&s, i)
	}
	return s
}

// toggles are the attributes that DECRARA names; 0 is all that DEC had.
func (e *Emulator) toggles() (a Attr) {
	all := Bold | Blink | Inverse | Attr(0).WithUnderline(SingleUnderline)
	seq := &e.in.seq
	if seq.n <= 4 {
		return all
	}
	for i := 4; i < seq.n; i++ {
		switch n := seq.value(i); {
		case n <= 0:
			a |= all
		case n < len(e.fn.sgr):
			a |= e.fn.sgr[n].set
		}
	}
	return a
}

// eachExtent changes how the cells named by the first four parameters are drawn.
func (e *Emulator) eachExtent(change func(Rendition) Rendition) {
	r, ok := e.rectArgs(0)
	if !e.modes.has(rectangleExtent) {
		// The second corner may be left of the first: it ends the stream.
		within := e.page()
		ok = r.top <= r.bottom && r.left <= within.right &&
			(r.top < r.bottom || r.left <= r.right)
	}
	if !ok {
		return
	}
	within := e.page()
	for y := r.top; y <= r.bottom; y++ {
		from, to := r.left, r.right
		if !e.modes.has(rectangleExtent) {
			if y > r.top {
				from = within.left
			}
			if y < r.bottom {
				to = within.right
			}
		}
		e.restyle(y, from, to+1, change)
	}
}

// restyle changes how columns from…to-1 of a line are drawn. Neighbours that look
// alike are asked once.
func (e *Emulator) restyle(y, from, to int, change func(Rendition) Rendition) {
	r := e.row(y)
	e.style.forget(r)
	var last, styled cell
	for x := from; x < to; x++ {
		was := r.cells[x] & styleBits
		if x == from || was != last || was&isExtra != 0 {
			r.setRendition(x, change(r.Rendition(x)))
			last, styled = was, r.cells[x]&styleBits|was&isGuarded
		}
		r.cells[x] = r.cells[x]&textBits | styled
	}
}

// checksum extensions (XTCHECKSUM): what DECRQCRA leaves undone.
const (
	sumPositive   = 1 << iota // the sum is not negated
	sumNoAttrs                // attributes do not count
	sumNoTrim                 // blanks at the end of a line count
	_                         // blanks that nothing was written to are left out: there are none here
	sumWide                   // characters are not cut to 8 bits
	sumExtensions = 1<<iota - 1
)

// setChecksum is XTCHECKSUM.
func (e *Emulator) setChecksum() { e.checksums = uint8(e.arg(0, 0) & sumExtensions) }

// requestChecksum is DECRQCRA: Pid;Pp;Pt;Pl;Pb;Pr. It tells an application what
// stands on its own screen and nothing else.
func (e *Emulator) requestChecksum() {
	sum := 0
	if r, ok := e.rectArgs(2); ok {
		for y := r.top; y <= r.bottom; y++ {
			sum += e.rowSum(e.f.rows[y], r.left, r.right, y == r.top)
		}
	}
	if e.checksums&sumPositive == 0 {
		sum = -sum
	}
	e.answer(fmt.Sprintf("\x1bP%d!~%04X\x1b\\", max(e.in.seq.value(0), 0), sum&0xffff))
}

// attrSums is what a VT420 adds to a character for its attributes; of underlines it
// has the single one alone, and what is invisible counts as a blank.
var attrSums = []struct {
	attr Attr
	sum  int
}{
	{Inverse, 0x20}, {Blink, 0x40}, {Bold, 0x80},
}

// rowSum adds up columns from…to of a row. Blanks in the default rendition count only
// before something else, but for the very first cell. (xterm counts those that were
// printed, too; here they are as the erased ones.)
func (e *Emulator) rowSum(r *Row, from, to int, first bool) (sum int) {
	blanks := 0
	for x := from; x <= to; x++ {
		n := e.cellSum(r, x)
		if r.cells[x] == 0 && !(first && x == from) && e.checksums&sumNoTrim == 0 {
			blanks += n
			continue
		}
		sum += blanks + n
		blanks = 0
	}
	return sum
}

func (e *Emulator) cellSum(r *Row, x int) (sum int) {
	c := r.cells[x]
	attr := Attr(c>>attrShift) & attrMask
	switch {
	case attr&Invisible != 0:
		sum = ' '
	case c&isTail != 0:
		sum = e.charSum(0xffff) // as xterm has it
	case c&isCluster != 0:
		first, _ := utf8.DecodeRune(r.cluster(c))
		sum = e.charSum(first)
	default:
		sum = e.charSum(c.char())
	}
	if e.checksums&sumNoAttrs != 0 {
		return sum
	}
	if attr.Underline() == SingleUnderline {
		sum += 0x10
	}
	for _, a := range attrSums {
		if attr&a.attr != 0 {
			sum += a.sum
		}
	}
	return sum
}

func (e *Emulator) charSum(ch rune) int {
	if e.checksums&sumWide == 0 {
		ch &= 0xff
	}
	return int(ch)
}

// scrollLeft is SL and scrollRight SR: the columns within the margins move.
func (e *Emulator) scrollLeft()  { e.scrollColumns((*Emulator).deleteCells) }
func (e *Emulator) scrollRight() { e.scrollColumns((*Emulator).insertCells) }

func (e *Emulator) scrollColumns(shift func(*Emulator, int)) {
	c := &e.f.Cursor
	if e.last.row = -1; !e.inRegion() {
		return
	}
	x := c.Col
	c.Col = e.region.left
	e.shiftColumns(e.arg(0, 1), shift)
	c.Col = x
}
