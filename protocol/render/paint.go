package render

import (
	"unicode/utf8"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// painter writes one update. It belongs to one call and lives on its stack, which
// is why it holds no pointer to any part of itself and copies what it is given.
type painter struct {
	d          Dialect
	out        []byte
	new        terminal.Rows // of the frame that is to be shown
	cols, rows int

	at  at                 // the receiver's cursor
	pen terminal.Rendition // the receiver's current rendition

	// What the receiver shows from row lo on; see line. Rows above lo and below hi
	// are the same rows of the same frame on both sides: nobody looks at them.
	lo, hi int
	room   [roomLines]line
	more   []line

	current

	// A cell of the row being drawn that has the rendition of pen, so that
	// renditions need not be made and compared for every cell.
	penRow  *terminal.Row
	penCell terminal.Packed
}

// line is a row as the receiver has it.
type line struct {
	row     *terminal.Row // nil: blank, in the default background
	from    int32         // columns before this one are drawn already
	wrapped bool
}

// roomLines is how many rows a painter has room for; more cost an allocation, and all
// of it has to be cleared for each update.
const roomLines = 32

// begin makes p write to dst what makes new of a receiver that shows old, or
// nothing at all if old is nil.
func (p *painter) begin(dst []byte, old, new *terminal.Frame, d *Dialect) {
	p.d, p.out, p.new = *d, dst, new.Rows()
	p.cols, p.rows = new.Size()
	p.at = at{sureRow: true, sureCol: true}
	p.hi = p.rows - 1
	if old != nil {
		// Whether a row's soft wrap can be reproduced depends on the row below it, too.
		from, to := new.Differing(old)
		p.lo, p.hi = max(from-1, 0), to-1
	}
	n := p.hi - p.lo + 2
	if p.cols <= 2 {
		n = p.rows - p.lo + 1 // a row that is but its first character goes on into the next
	}
	if n > roomLines { // wrapInto may come to need one more
		p.more = make([]line, n)
	}
	if old == nil {
		return
	}
	rows := old.Rows()
	for i := p.lo; i <= p.hi; i++ {
		*p.line(i) = line{row: rows.Row(i), wrapped: d.wraps(&rows, i)}
	}
	p.pen = d.rendition(old.Pen)
	p.at.row, p.at.col = d.cursor(old)
	p.at.pending = d.pendingWrap(old)
}

// lines returns what the receiver shows of the rows from first to last.
func (p *painter) lines(first, last int) []line {
	if p.more != nil {
		return p.more[first-p.lo : last+1-p.lo]
	}
	return p.room[first-p.lo : last+1-p.lo]
}

func (p *painter) line(i int) *line {
	if p.more != nil {
		return &p.more[i-p.lo]
	}
	return &p.room[i-p.lo]
}

// cursor returns where the receiver's cursor is once f has been drawn.
func (d *Dialect) cursor(f *terminal.Frame) (row, col int) {
	cols, rows := f.Size()
	row = min(max(f.Cursor.Row, 0), rows-1)
	col = min(max(f.Cursor.Col, 0), cols-1)
	if d.pendingWrap(f) {
		col = cols - 1
	}
	return row, col
}

// pendingWrap reports whether the receiver's cursor waits past the last column.
// Only our own emulator is made to: a stock one would stand too far left, and on a
// real terminal the cursor looks the same.
func (d *Dialect) pendingWrap(f *terminal.Frame) bool {
	return d.kind == full && f.Cursor.PendingWrap
}

// wraps reports whether row i of a screen is to be left with its soft-wrap flag set. It
// can be where printing through the margin neither scrolls nor depends on what
// width the receiver gives to the characters on both sides: one that is dropped
// does not wrap.
func (d *Dialect) wraps(rows *terminal.Rows, i int) bool {
	return rows.Row(i).Wrapped() && d.canWrap(rows, i)
}

func (d *Dialect) canWrap(rows *terminal.Rows, i int) bool {
	r := rows.Row(i)
	return d.AutoWrap && i+1 < rows.Len() && !d.distrusts(r, lastGlyph(r.Cells())) && !d.distrusts(rows.Row(i+1), 0)
}

// lastGlyph returns the column where the character in the last column begins.
func lastGlyph(cells []terminal.Packed) int {
	last := len(cells) - 1
	if last > 0 && cells[last].Tail() && cells[last-1].Wide() {
		return last - 1
	}
	return last
}

// span returns the columns of the character that begins in col.
func span(cells []terminal.Packed, col int) int {
	if cells[col].Wide() && col+1 < len(cells) {
		return 2
	}
	return 1
}

// distrusts reports whether the receiver may take the character in col to have
// another width than we do.
func (d *Dialect) distrusts(r *terminal.Row, col int) bool {
	c := r.Cells()[col]
	ch := c.Rune()
	switch {
	case d.kind == full || !c.Cluster() && ch < utf8.RuneSelf:
		return false
	case d.kind == outer:
		return c.Cluster() || width.Latest.Ambiguous(ch)
	case c.Cluster():
		return versionDependent(r, col)
	}
	return width.VersionDependent(ch)
}

// mayOverrun reports whether the character in col, whose width is distrusted, may
// reach beyond the last column.
func (d *Dialect) mayOverrun(r *terminal.Row, col int) bool {
	end := col + d.widest(r, col)
	return end > r.Len() || end == r.Len() && !d.AutoWrap
}

// widest is how many columns a receiver with another width table may take for the
// character in col: two for each of its code points.
func (d *Dialect) widest(r *terminal.Row, col int) int {
	var room [64]byte
	return 2 * utf8.RuneCount(d.appendGlyph(room[:0], r, col))
}

func versionDependent(r *terminal.Row, col int) bool {
	var room [64]byte
	for text := r.Text(room[:0], col); len(text) > 0; {
		ch, n := utf8.DecodeRune(text)
		if width.VersionDependent(ch) {
			return true
		}
		text = text[n:]
	}
	return false
}

// shown is how the cell in col looks on the receiver.
func (p *painter) shown(r *terminal.Row, col int) terminal.Rendition {
	c := r.Cells()[col]
	if c.Plain() {
		return terminal.Rendition{}
	}
	out := r.Rendition(col)
	if p.d.kind == full && out.Link == nil {
		return out // as it stands
	}
	out = p.d.rendition(out)
	if !p.d.exact() && c.Blank() {
		out = onBlank(out)
	}
	return out
}

// erasable reports whether erasing in background bg leaves exactly what stands in
// column col of r.
func (p *painter) erasable(r *terminal.Row, col int) (bg terminal.Color, ok bool) {
	c := r.Cells()[col]
	if c.Blank() && c.Plain() {
		return 0, true
	}
	if !c.Blank() {
		return 0, false
	}
	look := p.shown(r, col)
	bg = look.BG
	look.BG = 0
	return bg, look == (terminal.Rendition{}) && (bg == 0 || p.d.BCE)
}

// same reports whether the receiver, which has o (nil: a blank row), already shows
// column col of n.
func (p *painter) same(o, n *terminal.Row, col int) bool {
	if o == nil {
		bg, ok := p.erasable(n, col)
		return ok && bg == 0
	}
	a, b := o.Cells()[col], n.Cells()[col]
	if o.CellEqual(col, n, col) {
		return true
	}
	if a.Wide() != b.Wide() || a.Tail() != b.Tail() {
		return false
	}
	if a.Cluster() || b.Cluster() {
		if !p.sameText(o, n, col) {
			return false
		}
	} else if a.Rune() != b.Rune() {
		return false
	}
	return b.Tail() || p.shown(o, col).Equal(p.shown(n, col))
}

func (p *painter) sameText(o, n *terminal.Row, col int) bool {
	var a, b [64]byte
	return string(p.d.appendGlyph(a[:0], o, col)) == string(p.d.appendGlyph(b[:0], n, col))
}

// settle brings cursor and rendition to where new has them.
func (p *painter) settle(new *terminal.Frame) {
	row, col := p.d.cursor(new)
	if p.d.pendingWrap(new) {
		p.waitAtMargin(row)
	} else {
		p.moveTo(row, col)
	}
	p.setPen(p.d.rendition(new.Pen))
}

// waitAtMargin leaves a wrap pending in the given row: by printing its last
// character (again).
func (p *painter) waitAtMargin(row int) {
	if p.at.pending && p.at.row == row {
		return
	}
	n := p.new.Row(row)
	p.put(row, n, lastGlyph(n.Cells()))
}
