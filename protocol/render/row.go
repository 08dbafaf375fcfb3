package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

// drawRows draws what differs, top down.
func (p *painter) drawRows() {
	for i := range p.lines {
		ln := &p.lines[i]
		if ln.row == p.new.Row(i) && ln.from == 0 && ln.wrapped == p.d.wraps(p.new, i) {
			continue
		}
		p.drawRow(i, ln)
	}
}

// drawRow draws row i. If the row's soft-wrap flag has to be set, the character
// in the last column is printed (again, maybe) and the first of the row below
// right after it; if it has to be cleared, rewriting the last column does it.
func (p *painter) drawRow(i int, ln *line) {
	n := p.new.Row(i)
	wrap := p.d.wraps(p.new, i)
	r := rowPainter{painter: p, i: i, o: ln.row, n: n, cells: n.Cells(), again: -1}
	r.rewrap = wrap != ln.wrapped && (wrap || p.d.exact())
	r.last = lastGlyph(r.cells)
	r.limit, r.tail = p.cols, p.cols
	if wrap {
		r.limit = r.last // erasing and REP must leave the last column alone
	} else {
		r.tail = r.erasableTail()
	}
	written := ln.from >= p.cols
	if ln.from > 0 {
		r.again = r.unsettled(0, ln.from)
	}
	start := len(p.out)
	for col := ln.from; ; {
		next := r.nextChange(col)
		if r.rewrap && next > r.last && col <= r.last {
			if wrap && p.at.pending && p.at.row == i {
				break // as good as printed just now
			}
			next = r.last
		}
		if next >= p.cols {
			break
		}
		if next >= r.tail {
			r.eraseTail(next)
			break
		}
		if col = next; !wrap && !ln.wrapped && r.shift(col) {
			continue
		}
		col = r.draw(col)
	}
	if written = written || r.rewrap || len(p.out) > start; wrap && written && p.at.pending && p.at.row == i {
		p.wrapInto(i + 1)
	}
}

// wrapInto prints the first character of row i while a wrap into it is pending.
func (p *painter) wrapInto(i int) {
	n := p.new.Row(i)
	p.at = at{row: i, sureRow: true, sureCol: true}
	p.put(i, n, 0)
	p.lines[i].from = span(n.Cells(), 0)
}

// rowPainter draws one row.
type rowPainter struct {
	*painter
	i       int
	o, n    *terminal.Row // what the receiver has (nil: blank) and what it shall have
	cells   []terminal.Packed
	last    int  // where the character in the last column begins
	limit   int  // what may be erased or repeated ends before this column
	tail    int  // from here on all is erasable, in one background
	rewrap  bool // the last column must be written because of the soft-wrap flag
	shifted bool // ICH and DCH have been considered
	again   int  // a column that must be drawn whatever is there, or -1
}

// nextChange returns the first column from col on where the receiver needs
// something, the number of columns if there is none. It is where a character
// begins.
func (r *rowPainter) nextChange(col int) int {
	if col == r.again {
		return col
	}
	if r.o == nil {
		for col < len(r.cells) && r.same(nil, r.n, col) {
			col++
		}
		return col
	}
	old := r.o.Cells()
	for ; col < len(r.cells); col++ {
		c := r.cells[col]
		if old[col] == c && c.Direct() {
			continue
		}
		if c.Tail() && col > 0 && r.cells[col-1].Wide() {
			continue // goes with its other half
		}
		if !r.same(r.o, r.n, col) {
			return col
		}
	}
	return col
}

// erasableTail returns where the erasable end of the row begins.
func (r *rowPainter) erasableTail() int {
	col := len(r.cells)
	bg, ok := r.erasable(r.n, col-1)
	for ok && col > 0 {
		col--
		b, blank := r.erasable(r.n, col)
		if !blank || b != bg {
			return col + 1
		}
	}
	return col
}

// eraseTail erases from col to the end of the row.
func (r *rowPainter) eraseTail(col int) {
	bg, _ := r.erasable(r.n, col)
	if !r.rewrap && r.again < 0 && col+1 < len(r.cells) && r.nextChange(col+1) == len(r.cells) && r.blankPen(col) {
		r.put(r.i, r.n, col) // a single blank is shorter
		return
	}
	r.moveTo(r.i, col)
	r.erasePen(bg)
	r.out = append(r.out, "\x1b[K"...)
}

// erasePen makes bg the background that erasing leaves.
func (p *painter) erasePen(bg terminal.Color) {
	if p.pen.BG != bg {
		p.setPen(terminal.Rendition{BG: bg})
	}
}

// blankPen reports whether the current rendition serves for the blank in col.
func (p *rowPainter) blankPen(col int) bool {
	want := p.shown(p.n, col)
	if p.d.exact() {
		return p.pen.Equal(want)
	}
	return onBlank(p.pen).Equal(want)
}

// draw draws what stands in col and maybe more, and returns the column after it.
func (r *rowPainter) draw(col int) int {
	if next := r.drawBlanks(col); next > col {
		return next
	}
	if next := r.repeat(col); next > col {
		return next
	}
	w := span(r.cells, col)
	r.put(r.i, r.n, col)
	r.again = r.unsettled(col, w)
	col += w
	if r.again < 0 && r.at.sureCol && !r.at.pending {
		col = r.drawText(col)
	}
	return col
}

// unsettled returns the column after the character drawn in col, if what is there
// has been damaged: as the rest of a wide character, or because the receiver takes
// the new character, or took the old one, to be wider than it is. Otherwise -1.
func (r *rowPainter) unsettled(col, w int) int {
	next := col + w
	if next >= len(r.cells) {
		return -1
	}
	if r.d.distrusts(r.n, col) {
		return next
	}
	if r.o == nil {
		return -1
	}
	if r.o.Cells()[next-1].Wide() || r.d.distrusts(r.o, next-1) {
		return next
	}
	return -1
}

// drawText goes on after a character with the plain text that follows it in the
// same rendition. It leaves to draw what might be shorter otherwise.
func (r *rowPainter) drawText(col int) int {
	if r.penRow != r.n {
		return col
	}
	first := r.penCell
	var old []terminal.Packed
	if r.o != nil {
		old = r.o.Cells()
	}
	from := col
	for end := min(r.tail, r.limit, len(r.cells)-1); col < end; col++ {
		c := r.cells[col]
		ch := c.Rune()
		if ch < ' ' || ch >= 0x7f || c.Wide() || !c.SameStyle(first) {
			break
		}
		next := r.cells[col+1]
		if ch == ' ' && next.Blank() || r.d.REP && next == c {
			break
		}
		if old != nil {
			o := old[col]
			if o == c && c.Direct() || o.Wide() || o.Cluster() || o.Rune() >= 0x7f {
				break
			}
		} else if ch == ' ' && r.same(nil, r.n, col) {
			break
		}
		r.out = append(r.out, byte(ch))
	}
	r.at.col += col - from
	return col
}

// Lengths from which ECH and REP pay; both have to be followed by a move or are
// preceded by the character itself.
const (
	minErase  = 9
	minRepeat = 6
)

// drawBlanks draws a run of blanks, by erasing if it is long.
func (r *rowPainter) drawBlanks(col int) int {
	bg, ok := r.erasable(r.n, col)
	if !ok {
		return col
	}
	end := col + 1
	for end < r.limit {
		b, ok := r.erasable(r.n, end)
		if !ok || b != bg {
			break
		}
		end++
	}
	if end-col < 2 {
		return col
	}
	if end-col >= minErase && r.d.ECH {
		if end = r.lastChange(col, end); end-col >= minErase {
			r.moveTo(r.i, col)
			r.erasePen(bg)
			r.out = append(r.out, "\x1b["...)
			r.out = strconv.AppendInt(r.out, int64(end-col), 10)
			r.out = append(r.out, 'X')
			r.again = r.unsettled(end-1, 1)
			return end
		}
	}
	for r.again = -1; col < end; col++ {
		if r.again != col && r.same(r.o, r.n, col) {
			break
		}
		r.put(r.i, r.n, col)
		r.again = r.unsettled(col, 1)
	}
	return col
}

// lastChange returns the end of what the receiver needs of the columns from col to
// end, at least col+1.
func (r *rowPainter) lastChange(col, end int) int {
	for end > col+1 && r.same(r.o, r.n, end-1) {
		end--
	}
	return end
}

// repeat draws a run of one character by REP if that pays.
func (r *rowPainter) repeat(col int) int {
	c := r.cells[col]
	if !r.d.REP || !c.Direct() || c.Wide() || c.Tail() || r.d.distrusts(r.n, col) {
		return col
	}
	end := col + 1
	for end < r.limit && end < len(r.cells)-1 && r.cells[end] == c {
		end++
	}
	end = r.lastChange(col, end)
	if end-col < minRepeat {
		return col
	}
	r.put(r.i, r.n, col)
	r.out = append(r.out, "\x1b["...)
	r.out = strconv.AppendInt(r.out, int64(end-col-1), 10)
	r.out = append(r.out, 'b')
	r.at.col = end
	r.again = r.unsettled(end-1, 1)
	return end
}

// put prints the character that begins in col of n, row i of the screen.
func (p *painter) put(i int, n *terminal.Row, col int) {
	w := span(n.Cells(), col)
	last := col+w == p.cols
	if last && i == p.rows-1 && !p.d.AutoWrap {
		p.leaveOut(i, col)
		return
	}
	p.reach(i, n, col)
	p.penFor(n, col)
	if p.d.distrusts(n, col) {
		p.putDistrusted(n, col, w)
		return
	}
	p.out = p.d.appendGlyph(p.out, n, col)
	p.at.col += w
	switch {
	case !last:
	case p.d.AutoWrap:
		p.at.col, p.at.pending = p.cols-1, true
	default:
		p.at.sureRow, p.at.sureCol = false, false
	}
}

// putDistrusted prints a character that the receiver may take to have another
// width. Where that could carry it over the margin, into cells of the next row or
// into a scroll, wrapping is switched off meanwhile.
func (p *painter) putDistrusted(n *terminal.Row, col, w int) {
	over := p.d.mayOverrun(n, col)
	if guard := over && p.d.AutoWrap; guard {
		p.out = append(p.out, "\x1b[?7l"...)
		p.out = p.d.appendGlyph(p.out, n, col)
		p.out = append(p.out, "\x1b[?7h"...)
		over = false
	} else {
		p.out = p.d.appendGlyph(p.out, n, col)
	}
	p.at.col += w
	p.at.sureCol, p.at.sureRow = false, !over
}

// leaveOut blanks a cell that cannot be drawn: the bottom right one where printing
// there scrolls the screen.
func (p *painter) leaveOut(i, col int) {
	p.moveTo(i, col)
	p.erasePen(0)
	p.out = append(p.out, "\x1b[K"...)
}

// penFor makes the rendition of column col of n the current one.
func (p *painter) penFor(n *terminal.Row, col int) {
	c := n.Cells()[col]
	if p.penRow == n && p.penCell.SameStyle(c) {
		return
	}
	want := p.shown(n, col)
	if !p.d.exact() && c.Blank() {
		if !onBlank(p.pen).Equal(want) {
			p.setPen(want)
		}
		return // what cannot be seen of it has been left out
	}
	p.setPen(want)
	p.penRow, p.penCell = n, c
}

// gap is how many unchanged cells are rather printed again than skipped: CUF is no
// shorter.
const gap = 4

// reach brings the cursor to column col of row i. A few cells in between that the
// receiver has already, in the current rendition, are printed.
func (p *painter) reach(i int, n *terminal.Row, col int) {
	k := col - p.at.col
	if k <= 0 || k > gap || p.at.row != i || !p.at.sureCol || p.at.pending {
		if !(k == 0 && p.at.row == i && p.at.sureCol && !p.at.pending) {
			p.moveTo(i, col)
		}
		return
	}
	cells := n.Cells()[p.at.col:col]
	for j, c := range cells {
		if ch := c.Rune(); ch < ' ' || ch >= 0x7f || c.Wide() || !p.drawnAs(n, p.at.col+j) {
			p.moveTo(i, col)
			return
		}
	}
	for _, c := range cells {
		p.out = append(p.out, byte(c.Rune()))
	}
	p.at.col = col
}

// drawnAs reports whether the current rendition is that of column col.
func (p *painter) drawnAs(n *terminal.Row, col int) bool {
	return p.penRow == n && p.penCell.SameStyle(n.Cells()[col]) || p.pen.Equal(p.shown(n, col))
}
