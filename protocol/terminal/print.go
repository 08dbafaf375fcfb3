package terminal

import "unicode/utf8"

// maxCombined is the size of a cell's text, in bytes, from which on it takes no
// more combining marks (spec section 9).
const maxCombined = 32

// lastPrinted is the cell that the next combining mark joins; row is -1 if
// something else than printing came since.
type lastPrinted struct{ row, col int }

// style.forget drops the answer of a row whose tables have changed.
func (s *style) forget(r *Row) {
	if s.row == r {
		s.row = nil
	}
}

// penChanged brings style up to date with Frame.Pen.
func (e *Emulator) penChanged() {
	s, pen := &e.style, &e.f.Pen
	if s.row != nil {
		s.row = nil
	}
	fg, ok1 := packColor(pen.FG)
	bg, ok2 := packColor(pen.BG)
	s.bits = cell(pen.Attr&attrMask)<<attrShift | e.guard
	s.extra = !ok1 || !ok2 || pen.UnderlineColor != 0 || pen.Link != nil
	if !s.extra {
		s.bits |= fg<<fgShift | bg<<bgShift
	}
	s.erased, s.erasedExtra = bg<<bgShift, !ok2
	if !ok2 {
		s.erased = 0
	}
}

// penIn returns the style bits of the pen in row r, which may be written to.
func (e *Emulator) penIn(r *Row) cell {
	s := &e.style
	if !s.extra {
		return s.bits
	}
	if s.row != r {
		s.row, s.rowBits = r, r.style(e.f.Pen)|e.guard
	}
	return s.rowBits
}

// erasedIn returns an erased cell of row r, which may be written to.
func (e *Emulator) erasedIn(r *Row) cell {
	if !e.style.erasedExtra {
		return e.style.erased
	}
	e.style.forget(r)
	return r.style(Rendition{BG: e.f.Pen.BG})
}

// printASCII prints a run of printable ASCII characters. Everything that could
// make one of them special has to be looked at once a line, not once a
// character: this is the path that a flood takes.
func (e *Emulator) printASCII(p []byte) {
	if !e.charset.plain || e.modes.has(insertMode) {
		for _, b := range p {
			e.print(e.charset.translate(rune(b)), 1)
		}
		return
	}
	c := &e.f.Cursor
	for len(p) > 0 {
		if c.PendingWrap {
			e.wrap(true)
		}
		from, limit := c.Col, e.limit()
		to := min(from+len(p), limit)
		r := e.row(c.Row)
		if r.cells[from]&isTail != 0 {
			e.cut(r, from)
		}
		if to < len(r.cells) && r.cells[to]&isTail != 0 {
			e.cut(r, to)
		}
		style := e.style.bits
		if e.style.extra {
			style = e.penIn(r)
		}
		putASCII(r.cells[from:to], p, style^' ')
		e.last = lastPrinted{c.Row, to - 1}
		if to < limit {
			c.Col = to
			return
		}
		e.atMargin(r, limit)
		if p = p[to-from:]; !c.PendingWrap && len(p) > 0 {
			p = p[len(p)-1:] // no autowrap: the last column is written over and over
		}
	}
}

// putASCII fills cells with the characters at the start of p; blank is a blank cell
// XOR ' '.
func putASCII(cells []cell, p []byte, blank cell) {
	p = p[:len(cells)]
	for i, b := range p {
		cells[i] = blank ^ cell(b)
	}
}

// atMargin puts a cursor that has reached limit back on the last column, with a
// wrap pending if it wraps.
func (e *Emulator) atMargin(r *Row, limit int) {
	c := &e.f.Cursor
	c.Col = limit - 1
	c.PendingWrap = e.modes.has(autoWrap)
	if limit == len(r.cells) {
		r.wrapped = false
	}
}

// wrapWide is wrap for a wide character that finds one column left. A stock
// emulator blanks that column and does not count the line as going on.
func (e *Emulator) wrapWide() {
	if e.stock {
		e.erase(e.f.Cursor.Row, e.f.Cursor.Col, e.f.cols)
	}
	e.wrap(!e.stock)
}

// wrap goes to the start of the next line and, if mark is set, marks this one
// as going on there.
func (e *Emulator) wrap(mark bool) {
	c := &e.f.Cursor
	if mark && c.Col == e.f.cols-1 {
		e.row(c.Row).wrapped = true
	}
	c.PendingWrap = false
	if c.Col >= e.region.left && c.Col <= e.region.right {
		c.Col = e.region.left
	} else {
		c.Col = 0
	}
	e.index()
}

// printUTF8 is printASCII for the run of other characters at the start of p, as
// far as there is nothing special about them: no marks, no end of the line. It
// returns how far it came.
func (e *Emulator) printUTF8(p []byte) int {
	c := &e.f.Cursor
	if c.PendingWrap || e.stock || e.modes.has(insertMode|clusterMode) {
		return 0
	}
	row := e.row(c.Row)
	cells := row.cells[:e.limit()]
	style := e.penIn(row)
	col, last, i := c.Col, c.Col, 0
	for i < len(p) && p[i] >= utf8.RuneSelf {
		r, n := decode(p[i:])
		if n == 0 {
			break
		}
		w := e.widths.Rune(r)
		if w <= 0 || col+w >= len(cells) {
			break
		}
		if i == 0 {
			e.cut(row, col)
		}
		last = col
		cells[col] = style | charCell(r)
		if w == 2 {
			cells[col] |= isWide
			cells[col+1] = style | isTail
		}
		col += w
		i += n
	}
	if i > 0 {
		e.mend(row, col)
		e.last = lastPrinted{c.Row, last}
		c.Col = col
	}
	return i
}

// printRune prints a character that is not ASCII. Control characters are not
// its business: what the table has no width for is dropped.
func (e *Emulator) printRune(r rune) {
	if e.modes.has(clusterMode) && e.joins(r) {
		return
	}
	switch w := e.widths.Rune(r); w {
	case 1, 2:
		e.print(r, w)
	case 0:
		e.combine(r)
	}
}

// print prints a character that takes w columns, 1 or 2.
func (e *Emulator) print(r rune, w int) {
	c := &e.f.Cursor
	if c.PendingWrap {
		e.wrap(true)
	}
	limit := e.limit()
	if w > limit-c.Col {
		if !e.modes.has(autoWrap) || w > e.f.cols {
			return
		}
		e.wrapWide()
		if limit = e.limit(); w > limit-c.Col {
			return
		}
	}
	if e.modes.has(insertMode) {
		e.insertCells(w)
	}
	row := e.row(c.Row)
	e.cut(row, c.Col)
	e.cut(row, c.Col+w)
	style := e.penIn(row)
	row.cells[c.Col] = style | charCell(r)
	if w == 2 {
		row.cells[c.Col] |= isWide
		if e.stock { // an ordinary erased cell, but for what stands left of it
			style = e.erasedIn(row)
		}
		row.cells[c.Col+1] = style | isTail
	}
	e.last = lastPrinted{c.Row, c.Col}
	c.Col += w
	if c.Col == limit {
		e.atMargin(row, limit)
	}
}

// combine adds a combining mark to the cell printed last.
func (e *Emulator) combine(r rune) {
	row, col, ok := e.combineAt()
	if !ok {
		return
	}
	to := e.row(row)
	if to.cells[col]&isTail != 0 && col > 0 {
		col--
	}
	var buf [maxCombined + 2*utf8.UTFMax]byte
	text := to.Text(buf[:0], col)
	if len(text) >= maxCombined {
		return
	}
	to.setText(col, utf8.AppendRune(text, r))
}

// combineAt returns the cell that a combining mark joins: the one printed last,
// or else the one left of the cursor.
func (e *Emulator) combineAt() (row, col int, ok bool) {
	c := &e.f.Cursor
	switch {
	case e.last.row >= 0:
		return e.last.row, e.last.col, true
	case e.stock:
		row, col = c.Row, c.Col
		e.holdMark()
		return row, col, true
	case c.PendingWrap:
		return c.Row, c.Col, true
	}
	return c.Row, c.Col - 1, c.Col > 0
}

// holdMark is where a stock emulator differs: after a motion a mark joins the
// cursor's own cell, and if that is empty it is shown on a no-break space and
// the cursor moves on. The right half of a wide character is such an empty cell.
func (e *Emulator) holdMark() {
	c := &e.f.Cursor
	r := e.row(c.Row)
	cell := &r.cells[c.Col]
	if *cell&^isTail&textBits != 0 {
		return
	}
	*cell = *cell&styleBits | charCell('\u00a0')
	if c.PendingWrap = false; c.Col < e.f.cols-1 {
		c.Col++
	} else {
		c.PendingWrap = true
	}
}
