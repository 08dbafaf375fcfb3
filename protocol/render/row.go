package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

// drawRows draws what differs, top down.
func (p *painter) drawRows() {
	for i := p.lo; i <= p.hi; i++ {
		ln := p.line(i)
		if ln.row == p.new.Row(i) && ln.from == 0 && ln.wrapped == p.d.wraps(&p.new, i) {
			continue
		}
		p.drawRow(i, ln)
	}
}

// drawRow draws row i. If the row's soft-wrap flag has to be set, the character
// in the last column is printed (again, maybe) and the first of the row below
// right after it; if it has to be cleared, rewriting the last column does it.
func (p *painter) drawRow(i int, ln *line) {
	wrap := p.beginRow(i, ln)
	from, start := int(ln.from), len(p.out)
	for col := from; ; {
		next := p.nextChange(col)
		if p.rewrap && next > p.last && col <= p.last {
			if wrap && p.at.pending && p.at.row == i {
				break // as good as printed just now
			}
			next = p.last
		}
		if next >= p.cols {
			break
		}
		if next >= p.tail {
			p.eraseTail(next)
			break
		}
		if col = next; !wrap && !ln.wrapped && p.shift(col) {
			continue
		}
		col = p.draw(col)
	}
	written := p.rewrap || from >= p.cols || len(p.out) > start
	if wrap && written && p.at.pending && p.at.row == i {
		p.wrapInto(i + 1)
	}
}

// beginRow makes row i the current one and reports whether it is to be left with
// its soft-wrap flag set.
func (p *painter) beginRow(i int, ln *line) (wrap bool) {
	n := p.new.Row(i)
	wrap = p.d.wraps(&p.new, i)
	p.current = current{i: i, o: ln.row, n: n, cells: n.Cells()}
	p.rewrap = wrap != ln.wrapped && (wrap || p.d.exact())
	p.last = lastGlyph(p.cells)
	p.limit, p.tail = p.cols, p.cols
	p.end = p.changesEnd()
	switch {
	case wrap:
		p.limit = p.last // erasing and REP must leave the last column alone
	case p.rewrap || p.end > 0 && p.cells[p.end-1].Blank():
		p.tail = p.erasableTail()
	}
	if ln.from > 0 {
		p.unsettle(0, int(ln.from))
	}
	return wrap
}

// changesEnd returns the column from which on the receiver has all there is, as
// far as it can be seen at a glance.
func (p *painter) changesEnd() int {
	end := len(p.cells)
	if p.o == nil {
		for end > 0 && p.cells[end-1].Blank() && p.cells[end-1].Plain() {
			end--
		}
		return end
	}
	return end - terminal.SameSuffix(p.o.Cells(), p.cells)
}

// wrapInto prints the first character of row i while a wrap into it is pending.
func (p *painter) wrapInto(i int) {
	n := p.new.Row(i)
	if i > p.hi { // a row that both frames share
		p.hi = i
		*p.line(i) = line{row: n, wrapped: p.d.wraps(&p.new, i)}
	}
	p.at = at{row: i, sureRow: true, sureCol: true}
	p.put(i, n, 0)
	p.line(i).from = int32(span(n.Cells(), 0))
}

// current is the row being drawn.
type current struct {
	i       int
	o, n    *terminal.Row // what the receiver has (nil: blank) and what it shall have
	cells   []terminal.Packed
	last    int  // where the character in the last column begins
	limit   int  // what may be erased or repeated ends before this column
	tail    int  // from here on all is erasable, in one background
	end     int  // from here on the receiver has all there is
	rewrap  bool // the last column must be written because of the soft-wrap flag
	shifted bool // ICH and DCH have been considered
	spoilt  int  // columns before this one must be drawn whatever is there
}

// nextChange returns the first column from col on where the receiver needs
// something, the number of columns if there is none. It is where a character
// begins.
func (p *painter) nextChange(col int) int {
	if col < p.spoilt {
		return col
	}
	if p.o == nil {
		for ; col < p.end; col++ {
			if c := p.cells[col]; !c.Blank() || !c.Plain() && !p.same(nil, p.n, col) {
				return col
			}
		}
		return len(p.cells)
	}
	old := p.o.Cells()
	if col < p.end {
		col += terminal.SamePrefix(old[col:p.end], p.cells[col:p.end])
	}
	for ; col < p.end; col++ {
		c := p.cells[col]
		if old[col] == c && c.Direct() {
			continue
		}
		if c.Tail() && col > 0 && p.cells[col-1].Wide() {
			continue // goes with its other half
		}
		if !p.same(p.o, p.n, col) {
			return col
		}
	}
	return len(p.cells)
}

// erasableTail returns where the erasable end of the row begins.
func (p *painter) erasableTail() int {
	col := len(p.cells)
	bg, ok := p.erasable(p.n, col-1)
	for ok && col > 0 {
		col--
		b, blank := p.erasable(p.n, col)
		if !blank || b != bg {
			return col + 1
		}
	}
	return col
}

// eraseTail erases from col to the end of the row.
func (p *painter) eraseTail(col int) {
	bg, _ := p.erasable(p.n, col)
	if !p.rewrap && p.spoilt <= col && col+1 < len(p.cells) && p.nextChange(col+1) == len(p.cells) && p.blankPen(col) {
		p.put(p.i, p.n, col) // a single blank is shorter
		return
	}
	p.moveTo(p.i, col)
	p.erasePen(bg)
	p.out = append(p.out, "\x1b[K"...)
}

// erasePen makes bg the background that erasing leaves.
func (p *painter) erasePen(bg terminal.Color) {
	if p.pen.BG != bg {
		p.setPen(terminal.Rendition{BG: bg})
	}
}

// blankPen reports whether the current rendition serves for the blank in col.
func (p *painter) blankPen(col int) bool {
	want := p.shown(p.n, col)
	return p.pen.Equal(want) || !p.d.exact() && onBlank(p.pen).Equal(want)
}

// draw draws what stands in col and maybe more, and returns the column after it.
func (p *painter) draw(col int) int {
	c := p.cells[col]
	if c.Blank() {
		if next := p.drawBlanks(col); next > col {
			return next
		}
	}
	if p.d.REP && col+minRepeat <= len(p.cells) && p.cells[col+1] == c {
		if next := p.repeat(col); next > col {
			return next
		}
	}
	w := span(p.cells, col)
	p.put(p.i, p.n, col)
	p.unsettle(col, w)
	col += w
	if p.spoilt <= col && p.at.sureCol && !p.at.pending {
		col = p.drawText(col)
	}
	return col
}

// unsettle marks the columns after the character drawn in col whose contents have
// been damaged: as the rest of a wide character, or because the receiver takes the
// new character, or took the old one, to be wider than it is.
func (p *painter) unsettle(col, w int) {
	next := col + w
	if p.d.kind == full { // who never disagrees
		if next < len(p.cells) && p.o != nil && p.o.Cells()[next-1].Wide() {
			p.spoilt = max(p.spoilt, next+1)
		}
		return
	}
	if p.d.distrusts(p.n, col) {
		p.spoilt = max(p.spoilt, next+1, col+p.d.widest(p.n, col))
	}
	if next < len(p.cells) && p.o != nil && (p.o.Cells()[next-1].Wide() || p.d.distrusts(p.o, next-1)) {
		p.spoilt = max(p.spoilt, next+1)
	}
}

// drawText goes on after a character with the plain text that follows it in the
// same rendition. It leaves to draw what might be shorter otherwise, what the receiver
// has already, and what may be damaged by drawing over a part of it.
func (p *painter) drawText(col int) int {
	if p.penRow != p.n {
		return col
	}
	end := min(p.end, p.tail, p.limit, len(p.cells)-1)
	if end <= col {
		return col
	}
	repeat := 0
	if p.d.REP {
		repeat = minRepeat
	}
	var old []terminal.Packed
	if p.o != nil {
		old = p.o.Cells()[col:]
	}
	n := 0
	p.out, n = terminal.AppendText(p.out, p.cells[col:end+1], old, p.penCell, repeat)
	p.at.col += n
	return col + n
}

// Lengths from which ECH and REP pay; both have to be followed by a move or are
// preceded by the character itself.
const (
	minErase  = 9
	minRepeat = 6
)

// drawBlanks draws a run of blanks, by erasing if it is long.
func (p *painter) drawBlanks(col int) int {
	bg, ok := p.erasable(p.n, col)
	if !ok {
		return col
	}
	end := col + 1
	for end < p.limit {
		b, ok := p.erasable(p.n, end)
		if !ok || b != bg {
			break
		}
		end++
	}
	if end-col < 2 {
		return col
	}
	if end-col >= minErase && p.d.ECH {
		if end = p.lastChange(col, end); end-col >= minErase {
			p.moveTo(p.i, col)
			p.erasePen(bg)
			p.out = append(p.out, "\x1b["...)
			p.out = strconv.AppendInt(p.out, int64(end-col), 10)
			p.out = append(p.out, 'X')
			p.unsettle(end-1, 1)
			return end
		}
	}
	for ; col < end; col++ {
		if col >= p.spoilt && p.same(p.o, p.n, col) {
			break
		}
		p.put(p.i, p.n, col)
		p.unsettle(col, 1)
	}
	return col
}

// lastChange returns the end of what the receiver needs of the columns from col to
// end, at least col+1.
func (p *painter) lastChange(col, end int) int {
	for end > max(col+1, p.spoilt) && p.same(p.o, p.n, end-1) {
		end--
	}
	return end
}

// repeat draws a run of one character by REP if that pays.
func (p *painter) repeat(col int) int {
	c := p.cells[col]
	if !p.d.REP || !c.Direct() || c.Wide() || c.Tail() || p.d.distrusts(p.n, col) {
		return col
	}
	end := col + 1
	for end < p.limit && end < len(p.cells)-1 && p.cells[end] == c {
		end++
	}
	end = p.lastChange(col, end)
	if end-col < minRepeat {
		return col
	}
	p.put(p.i, p.n, col)
	p.out = append(p.out, "\x1b["...)
	p.out = strconv.AppendInt(p.out, int64(end-col-1), 10)
	p.out = append(p.out, 'b')
	p.at.col = end
	p.unsettle(end-1, 1)
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
	ch := n.Cells()[col].ASCII()
	if ch == 0 && p.d.distrusts(n, col) {
		p.putDistrusted(i, n, col, w)
		return
	}
	p.reach(i, n, col)
	p.penFor(n, col)
	switch {
	case ch != 0:
		p.out = append(p.out, ch)
	case n.Cells()[col].Cluster():
		p.putCluster(n, col)
	default:
		p.out = p.d.appendGlyph(p.out, n, col)
	}
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
func (p *painter) putDistrusted(i int, n *terminal.Row, col, w int) {
	p.blankUnder(i, n, col, w)
	p.reach(i, n, col)
	p.penFor(n, col)
	over := p.d.mayOverrun(n, col)
	guard := over && p.d.AutoWrap
	if guard {
		p.out = append(p.out, "\x1b[?7l"...)
	}
	p.putCluster(n, col)
	if guard {
		p.out = append(p.out, "\x1b[?7h"...)
	}
	p.at.col += w
	p.at.sureCol, p.at.sureRow = false, !over || guard
}

// blankUnder blanks the columns where the receiver's old text would stay visible if
// it drew the distrusted character in col in fewer columns than it has here: the
// second one of a wide character, and the first if it may not know the character at
// all.
func (p *painter) blankUnder(i int, n *terminal.Row, col, w int) {
	if i != p.i || p.o == nil {
		return
	}
	from := col
	if !versionDependent(n, col) {
		from++
	}
	want := onBlank(p.shown(n, col))
	for ; from < col+w; from++ {
		if c := p.o.Cells()[from]; !c.Blank() && !c.Tail() || !onBlank(p.shown(p.o, from)).Equal(want) {
			break
		}
	}
	if from == col+w || col+w == p.cols && !p.d.AutoWrap {
		return
	}
	p.reach(i, n, from)
	p.setPen(want)
	for ; from < col+w; from++ {
		p.out = append(p.out, ' ')
		p.at.col++
	}
	if p.at.col == p.cols {
		p.at.col, p.at.pending = p.cols-1, true
	}
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
	if c.Plain() {
		if plain := (terminal.Rendition{}); p.pen != plain {
			p.setPen(plain)
		}
		p.penRow, p.penCell = n, c
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
