package terminal

// lineFeed is LF, VT and FF.
func (e *Emulator) lineFeed() {
	e.index()
	if e.modes.has(newLineMode) {
		e.carriageReturn()
	}
}

// carriageReturn goes to the left margin, or from left of it to the edge.
func (e *Emulator) carriageReturn() {
	c := &e.f.Cursor
	if c.Col >= e.region.left {
		c.Col = e.region.left
	} else {
		c.Col = 0
	}
}

// backspace is BS; a pending wrap is not a column of its own.
func (e *Emulator) backspace() { e.back(1) }

// back moves the cursor n columns left, up to the left margin or, from left of
// it, the edge; with reverse wrap on to the end of the line above.
func (e *Emulator) back(n int) {
	c := &e.f.Cursor
	reverse := e.modes.has(reverseWrap|reverseWrapFar) && e.modes.has(autoWrap)
	if c.PendingWrap && reverse {
		n-- // the cursor is past the last column, in a way
	}
	e.moved()
	for ; n > 0; n-- {
		left := 0
		if c.Col >= e.region.left {
			left = e.region.left
		}
		switch {
		case c.Col > left:
			c.Col--
		case !reverse:
			return
		default:
			c.Col = e.region.right
			c.Row = e.lineAbove()
		}
	}
}

// lineAbove is where a reverse wrap goes: from the top margin to the bottom one.
func (e *Emulator) lineAbove() int {
	switch y := e.f.Cursor.Row; y {
	case e.region.top:
		return e.region.bottom
	case 0:
		return len(e.f.rows) - 1
	default:
		return y - 1
	}
}

// moved ends what depends on the cursor not having moved.
func (e *Emulator) moved() {
	e.f.Cursor.PendingWrap = false
	e.last.row = -1
}

// inColumns reports whether the cursor is between the left and right margins.
func (e *Emulator) inColumns() bool {
	x := e.f.Cursor.Col
	return x >= e.region.left && x <= e.region.right
}

// index moves the cursor down; at the bottom margin the region scrolls.
func (e *Emulator) index() {
	c := &e.f.Cursor
	switch {
	case c.Row == e.region.bottom:
		if e.inColumns() {
			e.scrollUp(e.region.top, e.region.bottom, 1)
		}
	case c.Row < len(e.f.rows)-1:
		c.Row++
	}
}

// reverseIndex moves the cursor up; at the top margin the region scrolls.
func (e *Emulator) reverseIndex() {
	c := &e.f.Cursor
	switch {
	case c.Row == e.region.top:
		if e.inColumns() {
			e.scrollDown(e.region.top, e.region.bottom, 1)
		}
	case c.Row > 0:
		c.Row--
	}
}

func (e *Emulator) nextLine() {
	e.index()
	e.carriageReturn()
}

// backIndex is DECBI: left, and at the left margin the columns shift right.
func (e *Emulator) backIndex() {
	c := &e.f.Cursor
	if c.Col != e.region.left {
		c.Col = max(c.Col-1, 0)
		return
	}
	e.shiftColumns(1, (*Emulator).insertCells)
}

// forwardIndex is DECFI, the reverse of backIndex.
func (e *Emulator) forwardIndex() {
	c := &e.f.Cursor
	if c.Col != e.region.right {
		c.Col = min(c.Col+1, e.f.cols-1)
		return
	}
	c.Col = e.region.left
	e.shiftColumns(1, (*Emulator).deleteCells)
	c.Col = e.region.right
}

// shiftColumns does something to each line of the region with the cursor in it,
// if the cursor is inside the region.
func (e *Emulator) shiftColumns(n int, shift func(*Emulator, int)) {
	c := &e.f.Cursor
	y := c.Row
	if y < e.region.top || y > e.region.bottom || !e.inColumns() {
		return
	}
	for c.Row = e.region.top; c.Row <= e.region.bottom; c.Row++ {
		shift(e, n)
	}
	c.Row = y
}

// insertColumns is DECIC and deleteColumns DECDC. The cursor does not move.
func (e *Emulator) insertColumns() { e.editColumns((*Emulator).insertCells) }
func (e *Emulator) deleteColumns() { e.editColumns((*Emulator).deleteCells) }

func (e *Emulator) editColumns(shift func(*Emulator, int)) {
	e.last.row = -1
	e.shiftColumns(e.arg(0, 1), shift)
}

func (e *Emulator) cursorUp()   { e.up(e.arg(0, 1)) }
func (e *Emulator) cursorDown() { e.down(e.arg(0, 1)) }

func (e *Emulator) cursorNextLine() {
	e.down(e.arg(0, 1))
	e.carriageReturn()
}

func (e *Emulator) cursorPreviousLine() {
	e.up(e.arg(0, 1))
	e.carriageReturn()
}

// up stops at the top margin, or at the edge from above it.
func (e *Emulator) up(n int) {
	c := &e.f.Cursor
	limit := 0
	if c.Row >= e.region.top {
		limit = e.region.top
	}
	c.Row = max(c.Row-n, limit)
}

func (e *Emulator) down(n int) {
	c := &e.f.Cursor
	limit := len(e.f.rows) - 1
	if c.Row <= e.region.bottom {
		limit = e.region.bottom
	}
	c.Row = min(c.Row+n, limit)
}

func (e *Emulator) cursorForward() {
	c := &e.f.Cursor
	c.Col = min(c.Col+e.arg(0, 1), e.limit()-1)
}

func (e *Emulator) cursorBack() { e.back(min(e.arg(0, 1), e.f.cols*len(e.f.rows))) }

// cursorPosition is CUP and HVP.
func (e *Emulator) cursorPosition() {
	e.setRow(e.arg(0, 1) - 1)
	e.setColumn(e.arg(1, 1) - 1)
}

func (e *Emulator) cursorColumn() { e.setColumn(e.arg(0, 1) - 1) }
func (e *Emulator) cursorRow()    { e.setRow(e.arg(0, 1) - 1) }

func (e *Emulator) cursorForwardRelative() {
	c := &e.f.Cursor
	e.setColumn(c.Col - e.originColumn() + e.arg(0, 1))
}

func (e *Emulator) cursorDownRelative() {
	c := &e.f.Cursor
	e.setRow(c.Row - e.originRow() + e.arg(0, 1))
}

// setRow and setColumn take a place counted from 0; in origin mode from the
// margins, which the cursor then cannot leave.
func (e *Emulator) setRow(row int) {
	limit := len(e.f.rows) - 1
	if e.modes.has(originMode) {
		limit = e.region.bottom
	}
	e.f.Cursor.Row = min(max(row+e.originRow(), 0), limit)
}

func (e *Emulator) setColumn(col int) {
	limit := e.f.cols - 1
	if e.modes.has(originMode) {
		limit = e.region.right
	}
	e.f.Cursor.Col = min(max(col+e.originColumn(), 0), limit)
}

func (e *Emulator) originRow() int {
	if e.modes.has(originMode) {
		return e.region.top
	}
	return 0
}

func (e *Emulator) originColumn() int {
	if e.modes.has(originMode) {
		return e.region.left
	}
	return 0
}

// home goes to the first place there is.
func (e *Emulator) home() {
	e.moved()
	e.f.Cursor.Row, e.f.Cursor.Col = e.originRow(), e.originColumn()
}

func (e *Emulator) resetRegion() {
	e.region = region{bottom: len(e.f.rows) - 1, right: e.f.cols - 1}
}

// setTopBottom is DECSTBM.
func (e *Emulator) setTopBottom() {
	top := e.arg(0, 1) - 1
	bottom := min(e.arg(1, len(e.f.rows)), len(e.f.rows)) - 1
	if top < bottom {
		e.region.top, e.region.bottom = top, bottom
		e.home()
	}
}

// setLeftRight is DECSLRM where margins are allowed (DECLRMM), else SCOSC.
func (e *Emulator) setLeftRight() {
	if !e.modes.has(marginMode) {
		e.saveCursor()
		return
	}
	left := e.arg(0, 1) - 1
	right := min(e.arg(1, e.f.cols), e.f.cols) - 1
	if left < right {
		e.region.left, e.region.right = left, right
		e.home()
	}
}

// cursorShape is DECSCUSR.
func (e *Emulator) cursorShape() {
	if n := max(e.in.seq.value(0), 0); n <= 6 {
		e.f.Cursor.Shape = CursorShape(n)
	}
}

// savedCursor is what DECSC saves.
type savedCursor struct {
	cursor  Cursor // position and pending wrap
	pen     Rendition
	guard   cell
	charset charset
	origin  bool
	set     bool // something was saved
}

// saveCursor is DECSC and SCOSC.
func (e *Emulator) saveCursor() {
	e.saved = savedCursor{e.f.Cursor, e.f.Pen, e.guard, e.charset, e.modes.has(originMode), true}
}

// restoreCursor is DECRC and SCORC; where nothing was saved, it goes home.
func (e *Emulator) restoreCursor() {
	s, c := &e.saved, &e.f.Cursor
	e.moved()
	c.Row, c.Col, c.PendingWrap = s.cursor.Row, s.cursor.Col, s.cursor.PendingWrap
	e.f.Pen, e.guard = s.pen, s.guard
	e.penChanged()
	e.charset = s.charset
	e.charset.update()
	e.modes.set(originMode, s.origin)
	if s.origin {
		c.Row = min(max(c.Row, e.region.top), e.region.bottom)
		c.Col = min(max(c.Col, e.region.left), e.region.right)
		c.PendingWrap = c.PendingWrap && c.Col == e.limit()-1
	}
	e.pendAgain()
}

// pendAgain is what follows from a wrap that is pending though nothing was printed: the
// line no longer goes on in the next one. No frame has a cursor waiting at the end of a
// line that does, which could not be drawn.
func (e *Emulator) pendAgain() {
	if c := &e.f.Cursor; c.PendingWrap && e.f.rows[c.Row].wrapped {
		e.row(c.Row).wrapped = false
	}
}
