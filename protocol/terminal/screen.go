package terminal

// screen is the screen that is not shown, main or alternate, and what DECSC
// saved on it.
type screen struct {
	rows   []*Row
	shared bool // a Frame has rows
	saved  savedCursor
	// The keyboard of the kitty protocol is each screen's own.
	kitty    []uint8
	keyboard uint8
}

// newRow returns a blank row that the emulator may write to.
func (e *Emulator) newRow() *Row {
	r := e.store.row(e.f.cols)
	r.gen = e.f.gen
	e.number(r)
	return r
}

// number gives a row that enters the screen its line number.
func (e *Emulator) number(r *Row) {
	r.number = 0
	if !e.alternate {
		r.number = e.f.next
		e.f.next++
	}
}

// Values of Emulator.apart that are no row.
const (
	nowhere = -1
	several = -2
)

// replaced notes that f.rows has another row in place y than the last frame.
func (e *Emulator) replaced(y int) {
	switch e.apart {
	case y:
	case nowhere:
		e.apart = y
	default:
		e.apart = several
	}
}

// standOn makes f's rows the emulator's, in the list rows if that is as long. An
// emulator that goes on from the last frame it gave out has them already, but for one
// or two.
func (e *Emulator) standOn(f *Frame, rows []*Row) {
	if e.f.one = nil; len(rows) != len(f.rows) {
		rows, e.apart = make([]*Row, len(f.rows)), several
	}
	switch {
	case e.apart == several || !sameList(e.given, f.rows):
		copy(rows, f.rows)
	case e.apart >= 0:
		rows[e.apart] = f.rows[e.apart]
	}
	e.f.rows, e.given, e.apart = rows, f.rows, nowhere
	if f.one != nil {
		rows[f.at], e.apart = f.one, f.at
	}
}

// row returns a row of the screen to write to.
func (e *Emulator) row(y int) *Row {
	r := e.f.rows[y]
	if r.gen != e.f.gen {
		r = e.claim(y)
	}
	return r
}

// claim replaces a row that a Frame may have by a copy.
func (e *Emulator) claim(y int) *Row {
	e.replaced(y)
	r := e.f.rows[y].cloneTo(e.store.row(e.f.cols))
	r.gen = e.f.gen
	e.f.rows[y] = r
	return r
}

// recycle returns a blank row in place of one that has left the screen: the
// same one, if no Frame has it.
func (e *Emulator) recycle(r *Row) *Row {
	if r.gen != e.f.gen {
		r = e.newRow()
	} else {
		r.reset()
		e.number(r)
		e.style.forget(r)
	}
	if e.style.erased != 0 || e.style.erasedExtra {
		e.fillBlank(r, 0, len(r.cells))
	}
	return r
}

// fillBlank erases columns from…to-1 of a row that may be written to. Erased
// cells have the pen's background (bce).
func (e *Emulator) fillBlank(r *Row, from, to int) {
	blank := e.erasedIn(r)
	cells := r.cells[from:to]
	if blank == 0 {
		clear(cells)
	} else {
		for i := range cells {
			cells[i] = blank
		}
	}
	if to == len(r.cells) {
		r.wrapped = false
	}
}

// cut makes the columns left and right of an edge independent: a wide character
// across it is blanked. A stock emulator has no such pairs: its wide character
// stays, and only the right half becomes what it is there, a blank.
func (e *Emulator) cut(r *Row, col int) {
	if col <= 0 || col >= len(r.cells) || r.cells[col]&isTail == 0 {
		return
	}
	r.cells[col] &= styleBits
	if !e.stock {
		r.cells[col-1] &= styleBits
	}
}

// erase blanks a part of a line of the screen.
func (e *Emulator) erase(y, from, to int) {
	if from >= to {
		return
	}
	r := e.row(y)
	e.cut(r, from)
	e.cut(r, to)
	e.fillBlank(r, from, to)
}

// eraseRows blanks whole lines, without copying those that a Frame has.
func (e *Emulator) eraseRows(from, to int) {
	if from >= to {
		return
	}
	for y := from; y < to; y++ {
		r := e.f.rows[y]
		if r.gen != e.f.gen {
			e.replaced(y)
			n := e.store.row(e.f.cols)
			n.gen, n.number = e.f.gen, r.number
			e.f.rows[y], r = n, n
		} else {
			r.reset()
			e.style.forget(r)
		}
		if e.style.erased != 0 || e.style.erasedExtra {
			e.fillBlank(r, 0, len(r.cells))
		}
	}
}

// fullWidth reports whether the region has no left and right margins.
func (e *Emulator) fullWidth() bool {
	return e.region.left == 0 && e.region.right == e.f.cols-1
}

// scrollUp is moveUp for what scrolls: lines that leave the screen go to who
// wants them.
func (e *Emulator) scrollUp(top, bottom, n int) {
	if e.scrolled != nil {
		e.handOver(top, bottom, min(n, bottom-top+1))
	}
	e.moveUp(top, bottom, n)
}

// moveUp moves the lines top…bottom up by n ≥ 1; blank ones come in below. With
// margins only the columns between them move.
func (e *Emulator) moveUp(top, bottom, n int) {
	n = min(n, bottom-top+1)
	switch {
	case !e.fullWidth():
		e.moveColumns(top, bottom, n)
	case n == 1 && bottom-top == len(e.f.rows)-1:
		e.scrollScreen()
	case n == 1:
		rows := e.movable(top, bottom)
		gone := rows[0]
		copy(rows, rows[1:])
		rows[len(rows)-1] = e.recycle(gone)
	default:
		e.rotateUp(e.movable(top, bottom), n)
	}
}

// scrollScreen moves all lines up by one. The list of rows is a window on a longer
// one, along which it moves.
func (e *Emulator) scrollScreen() {
	rows := e.f.rows
	n := len(rows)
	gone := rows[0]
	if cap(rows) == n {
		rows = e.rewind(rows)
	}
	e.apart = several
	rows = rows[1 : n+1]
	rows[n-1] = e.recycle(gone)
	e.f.rows = rows
}

// rewind returns the list of rows with room behind its end: at the start of the
// window's list, or of a new one if it is not the window's.
func (e *Emulator) rewind(rows []*Row) []*Row {
	n := len(rows)
	if len(e.window) == 0 || &rows[n-1] != &e.window[len(e.window)-1] {
		e.window = make([]*Row, 2*n)
	}
	copy(e.window, rows)
	return e.window[:n]
}

// handOver gives the lines that are about to leave the top of the main screen,
// if it is the whole screen that scrolls, to who wants them. They are no longer
// the emulator's to write to.
func (e *Emulator) handOver(top, bottom, n int) {
	if e.alternate || top != 0 || bottom != len(e.f.rows)-1 || !e.fullWidth() {
		return
	}
	for _, r := range e.f.rows[:n] {
		if r.gen == e.f.gen { // else a frame may have it, and somebody look at it
			r.gen--
		}
		e.scrolled(r)
	}
}

// scrollDown is the reverse of scrollUp.
func (e *Emulator) scrollDown(top, bottom, n int) {
	n = min(n, bottom-top+1)
	if !e.fullWidth() {
		e.moveColumns(top, bottom, -n)
		return
	}
	e.rotateDown(e.movable(top, bottom), n)
}

// movable returns the rows top…bottom to be moved.
func (e *Emulator) movable(top, bottom int) []*Row {
	e.apart = several
	return e.f.rows[top : bottom+1]
}

func (e *Emulator) rotateUp(rows []*Row, n int) {
	var few [32]*Row
	gone := append(few[:0], rows[:n]...)
	copy(rows, rows[n:])
	for i, r := range gone {
		rows[len(rows)-n+i] = e.recycle(r)
	}
}

func (e *Emulator) rotateDown(rows []*Row, n int) {
	var few [32]*Row
	gone := append(few[:0], rows[len(rows)-n:]...)
	copy(rows[n:], rows)
	for i, r := range gone {
		rows[i] = e.recycle(r)
	}
}

// moveColumns is scrolling between left and right margins, up by n or down by
// -n lines: the cells move, not the rows.
func (e *Emulator) moveColumns(top, bottom, n int) {
	from, to := e.region.left, e.region.right+1
	if n > 0 {
		for y := top; y <= bottom-n; y++ {
			e.copyCells(e.row(y), from, e.f.rows[y+n], from, to)
		}
		for y := bottom - n + 1; y <= bottom; y++ {
			e.erase(y, from, to)
		}
		return
	}
	for y := bottom; y >= top-n; y-- {
		e.copyCells(e.row(y), from, e.f.rows[y+n], from, to)
	}
	for y := top; y < top-n; y++ {
		e.erase(y, from, to)
	}
}

// copyCells copies columns from…to-1 of src over dst from column at on. dst may
// be written to. Both may be one row. Wide characters cut by an edge become
// blank.
func (e *Emulator) copyCells(dst *Row, at int, src *Row, from, to int) {
	e.cut(dst, at)
	e.cut(dst, at+to-from)
	if dst == src {
		copy(dst.cells[at:at+to-from], src.cells[from:to])
	} else {
		for i := from; i < to; i++ {
			dst.cells[at+i-from] = dst.adopt(src, src.cells[i])
		}
		e.style.forget(dst)
	}
	e.mend(dst, at)
	e.mend(dst, at+to-from)
	if at+to-from == len(dst.cells) {
		dst.wrapped = false
	}
}

// mend blanks the halves that an edge between columns has left alone: a tail
// right of it, and (but for a stock emulator) a wide character left of it.
func (e *Emulator) mend(r *Row, col int) {
	if col < len(r.cells) && r.cells[col]&isTail != 0 && (col == 0 || r.cells[col-1]&isWide == 0) {
		r.cells[col] &= styleBits
	}
	if !e.stock && col > 0 && r.cells[col-1]&isWide != 0 && (col == len(r.cells) || r.cells[col]&isTail == 0) {
		r.cells[col-1] &= styleBits
	}
}

// insertCells shifts the cells from the cursor to the right margin right by n,
// and blanks what becomes free.
func (e *Emulator) insertCells(n int) {
	x, limit := e.f.Cursor.Col, e.limit()
	r := e.row(e.f.Cursor.Row)
	n = min(n, limit-x)
	e.cut(r, x)
	e.cut(r, limit)
	copy(r.cells[x+n:limit], r.cells[x:limit-n])
	e.mend(r, limit)
	e.fillBlank(r, x, x+n)
	if limit == len(r.cells) {
		r.wrapped = false
	}
}

// deleteCells is the reverse of insertCells.
func (e *Emulator) deleteCells(n int) {
	x, limit := e.f.Cursor.Col, e.limit()
	r := e.row(e.f.Cursor.Row)
	n = min(n, limit-x)
	e.cut(r, x)
	e.cut(r, limit)
	copy(r.cells[x:limit-n], r.cells[x+n:limit])
	e.mend(r, x)
	e.fillBlank(r, limit-n, limit)
}

// limit returns the column after the last one that printing at the cursor may
// reach: the right margin, unless the cursor is beyond it.
func (e *Emulator) limit() int {
	if e.f.Cursor.Col <= e.region.right {
		return e.region.right + 1
	}
	return e.f.cols
}
