package terminal

// Resize changes the size, clamped as by ClampSize. The top left stays; what is
// new is blank in the pen's background. Nothing is wrapped anew.
func (e *Emulator) Resize(cols, rows int) {
	cols, rows = ClampSize(cols, rows)
	before := e.f.cols
	if cols == before && rows == len(e.f.rows) {
		return
	}
	e.last.row = -1
	e.style.row = nil
	e.f.cols = cols
	e.f.rows, e.apart = e.resized(e.f.rows, rows), several
	if e.other != nil {
		e.other.rows, e.other.shared = e.resized(e.other.rows, rows), false
		e.other.saved.clamp(cols, rows)
	}
	e.saved.clamp(cols, rows)
	e.tabs.resize(before, cols)
	e.resetRegion()
	c := &e.f.Cursor
	if c.Row >= rows || c.Col >= cols || cols != before {
		c.PendingWrap = false
	}
	c.Row, c.Col = min(c.Row, rows-1), min(c.Col, cols-1)
}

func (s *savedCursor) clamp(cols, rows int) {
	s.cursor.Row, s.cursor.Col = min(s.cursor.Row, rows-1), min(s.cursor.Col, cols-1)
	s.cursor.PendingWrap = false
}

// resized returns the rows of a screen at the new size. Rows of the right width
// are kept as they are, shared or not.
func (e *Emulator) resized(old []*Row, rows int) []*Row {
	out := make([]*Row, rows)
	n := copy(out, old)
	for i := range n {
		out[i] = e.fitted(out[i])
	}
	for i := n; i < rows; i++ {
		out[i] = e.newRow()
		e.fillBlank(out[i], 0, e.f.cols)
	}
	return out
}

// fitted returns the row cut or padded to the emulator's width.
func (e *Emulator) fitted(r *Row) *Row {
	had := len(r.cells)
	if had == e.f.cols {
		return r
	}
	n := e.store.row(e.f.cols)
	n.gen, n.number = e.f.gen, r.number
	n.side = r.side.clone()
	copy(n.cells, r.cells)
	if had < e.f.cols {
		e.fillBlank(n, had, e.f.cols)
	}
	e.mend(n, e.f.cols)
	n.wrapped = false
	return n
}
