package terminal

import "unicode/utf8"

func (e *Emulator) bell() { e.f.Bells++ }

// eraseDisplay is ED. ED 3 is about scrollback, which a frame has none of.
func (e *Emulator) eraseDisplay() {
	c := &e.f.Cursor
	switch e.arg(0, 0) {
	case 0:
		e.eraseSpan(c.Row, c.Col, e.f.cols)
		e.eraseLines(c.Row+1, len(e.f.rows))
	case 1:
		e.eraseLines(0, c.Row)
		e.eraseSpan(c.Row, 0, c.Col+1)
	case 2:
		e.eraseLines(0, len(e.f.rows))
	}
}

// eraseLine is EL.
func (e *Emulator) eraseLine() {
	c := &e.f.Cursor
	switch e.arg(0, 0) {
	case 0:
		e.eraseSpan(c.Row, c.Col, e.f.cols)
	case 1:
		e.eraseSpan(c.Row, 0, c.Col+1)
	case 2:
		e.eraseSpan(c.Row, 0, e.f.cols)
	}
}

// eraseCharacters is ECH; margins do not matter to it.
func (e *Emulator) eraseCharacters() {
	c := &e.f.Cursor
	e.eraseSpan(c.Row, c.Col, min(c.Col+e.arg(0, 1), e.f.cols))
}

// insertCharacters is ICH. Outside the margins it does nothing, and so do DCH,
// IL and DL.
func (e *Emulator) insertCharacters() {
	if e.inColumns() {
		e.insertCells(e.arg(0, 1))
	}
}

// deleteCharacters is DCH.
func (e *Emulator) deleteCharacters() {
	if e.inColumns() {
		e.deleteCells(e.arg(0, 1))
	}
}

// insertLines is IL: the cursor's line and those below it move down.
func (e *Emulator) insertLines() {
	if e.inRegion() {
		e.scrollDown(e.f.Cursor.Row, e.region.bottom, e.arg(0, 1))
		e.f.Cursor.Col = e.region.left
	}
}

// deleteLines is DL.
func (e *Emulator) deleteLines() {
	if e.inRegion() {
		e.moveUp(e.f.Cursor.Row, e.region.bottom, e.arg(0, 1))
		e.f.Cursor.Col = e.region.left
	}
}

// inRegion reports whether the cursor is inside all margins.
func (e *Emulator) inRegion() bool {
	y := e.f.Cursor.Row
	return y >= e.region.top && y <= e.region.bottom && e.inColumns()
}

// scrollUpLines is SU. The cursor does not move: a wrap that waits still does.
func (e *Emulator) scrollUpLines() {
	e.last.row = -1
	e.scrollUp(e.region.top, e.region.bottom, e.arg(0, 1))
}

// scrollDownLines is SD. With five parameters it is highlight mouse tracking,
// which gmosh does not have.
func (e *Emulator) scrollDownLines() {
	e.last.row = -1
	if e.in.seq.n < 5 {
		e.scrollDown(e.region.top, e.region.bottom, e.arg(0, 1))
	}
}

// repeat is REP: the character printed last, again. More than what fills the
// screen twice shows the same as a screenful less.
func (e *Emulator) repeat() {
	if e.last.row < 0 {
		return
	}
	row := e.f.rows[e.last.row]
	c := row.Cell(e.last.col)
	r, w := c.Rune(), 1
	if c.Wide() {
		w = 2
	}
	if r == 0 { // a cluster: its base character
		for _, r = range string(row.Text(nil, e.last.col)) {
			break
		}
	}
	n := e.arg(0, 1)
	if cells := e.f.cols * len(e.f.rows); n > 2*cells {
		n = cells + n%e.f.cols
	}
	e.printRun(r, w, n)
}

// printRun prints a character n times.
func (e *Emulator) printRun(r rune, w, n int) {
	if r < utf8.RuneSelf && e.charset.plain {
		var run [64]byte
		for i := range run {
			run[i] = byte(r)
		}
		for ; n > len(run); n -= len(run) {
			e.printASCII(run[:])
		}
		e.printASCII(run[:n])
		return
	}
	for ; n > 0; n-- {
		e.print(r, w)
	}
}

// selectiveEraseDisplay is DECSED.
func (e *Emulator) selectiveEraseDisplay() {
	c := &e.f.Cursor
	from, to := 0, len(e.f.rows)
	switch e.arg(0, 0) {
	case 0:
		e.eraseSelective(c.Row, c.Col, e.f.cols)
		from = c.Row + 1
	case 1:
		e.eraseSelective(c.Row, 0, c.Col+1)
		to = c.Row
	case 2:
	default:
		return
	}
	for y := from; y < to; y++ {
		e.eraseSelective(y, 0, e.f.cols)
	}
}

// selectiveEraseLine is DECSEL.
func (e *Emulator) selectiveEraseLine() {
	c := &e.f.Cursor
	switch e.arg(0, 0) {
	case 0:
		e.eraseSelective(c.Row, c.Col, e.f.cols)
	case 1:
		e.eraseSelective(c.Row, 0, c.Col+1)
	case 2:
		e.eraseSelective(c.Row, 0, e.f.cols)
	}
}

// alignmentTest is DECALN: a screen full of E, in the plain rendition.
func (e *Emulator) alignmentTest() {
	resetPen(&e.f.Pen)
	e.penChanged()
	e.resetRegion()
	e.modes.set(originMode, false)
	e.fillWithE()
	e.home()
}

func (e *Emulator) fillWithE() {
	e.eraseRows(0, len(e.f.rows))
	for _, r := range e.f.rows {
		for x := range r.cells {
			r.cells[x] = charCell('E')
		}
	}
}
