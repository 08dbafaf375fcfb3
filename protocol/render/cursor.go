package render

import "strconv"

// The painter moves the receiver's cursor by whatever is shortest. Where the cursor
// is may be known (sure), known to be in a row only (after a character whose width
// the terminal may see otherwise), or not at all. From a pending wrap, only
// what sets the column outright is used: how far BS goes back, and whether a
// vertical move keeps the wrap, differs between emulators.

// at tells where the receiver's cursor is.
type at struct {
	row, col int
	sureRow  bool
	sureCol  bool // only with sureRow
	pending  bool // the last column has been written to; col is that column
}

// moveTo brings the cursor to row and col, without a pending wrap.
func (p *painter) moveTo(row, col int) {
	if p.at.sureCol && !p.at.pending && p.at.row == row && p.at.col == col {
		return
	}
	if p.moveShort(row, col) {
		return
	}
	start := len(p.out)
	p.out = appendCUP(p.out, row, col)
	if p.at.sureRow && !p.cornered() {
		end := len(p.out)
		out, ok := p.appendDirect(p.out, row, col)
		end = p.ifShorter(start, end, out, ok)
		out, ok = p.appendReturn(p.out, row, col)
		p.ifShorter(start, end, out, ok)
	}
	p.at = at{row: row, col: col, sureRow: true, sureCol: true}
}

// moveShort makes the moves that updates are full of, if this is one of them: nothing
// is shorter then.
func (p *painter) moveShort(row, col int) bool {
	if !p.at.sureCol || p.at.pending {
		return false
	}
	switch n := col - p.at.col; {
	case row == p.at.row && n > 0:
		p.out = appendCSI(p.out, n, 'C')
	case row == p.at.row+1 && col == 0 && n < 0:
		p.out = append(p.out, "\r\n"...)
	default:
		return false
	}
	p.at.row, p.at.col = row, col
	return true
}

// ifShorter puts what stands in out from end on in the place of what stands from
// start to end, if it is ok and shorter, and returns the new end.
func (p *painter) ifShorter(start, end int, out []byte, ok bool) int {
	if ok && len(out)-end < end-start {
		end = start + copy(out[start:], out[end:])
		p.out = out[:end]
	}
	return end
}

// cornered: a stock emulator that has written the bottom right cell stands one
// column too far left, so that only CUP is right.
func (p *painter) cornered() bool {
	return p.d.kind == stock && p.at.pending && p.at.row == p.rows-1
}

// appendDirect moves from where the cursor is: first within the row, then down or
// up.
func (p *painter) appendDirect(dst []byte, row, col int) ([]byte, bool) {
	dst, ok := p.appendColumn(dst, col)
	if !ok {
		return dst, false
	}
	return p.appendRows(dst, row)
}

// appendReturn moves by way of the row's start.
func (p *painter) appendReturn(dst []byte, row, col int) ([]byte, bool) {
	dst = append(dst, '\r')
	dst, ok := p.appendRows(dst, row)
	if col > 0 {
		dst = appendCSI(dst, col, 'C')
	}
	return dst, ok
}

// appendColumn changes the column only. A wrap is not pending afterwards.
func (p *painter) appendColumn(dst []byte, col int) ([]byte, bool) {
	if !p.at.sureCol || p.at.pending {
		if !p.d.Columns {
			return dst, false
		}
		return appendCSI(dst, col+1, 'G'), true
	}
	n := col - p.at.col
	switch {
	case n == 0:
	case n < 0 && n >= -3:
		dst = append(dst, "\b\b\b"[:-n]...)
	case p.d.Columns && digits(col+1) < digits(max(n, -n)):
		dst = appendCSI(dst, col+1, 'G')
	case n < 0:
		dst = appendCSI(dst, -n, 'D')
	default:
		dst = appendCSI(dst, n, 'C')
	}
	return dst, true
}

// appendRows changes the row only.
func (p *painter) appendRows(dst []byte, row int) ([]byte, bool) {
	n := row - p.at.row
	switch {
	case n == 0:
	case n > 0 && n <= 3:
		dst = append(dst, "\n\n\n"[:n]...)
	case n == -1:
		dst = append(dst, "\x1bM"...) // RI, which does not scroll below the top row
	case n > 0:
		dst = appendCSI(dst, n, 'B')
	default:
		dst = appendCSI(dst, -n, 'A')
	}
	return dst, true
}

// appendCUP appends CSI row ; col H, both from 0, without what is the default.
func appendCUP(dst []byte, row, col int) []byte {
	dst = append(dst, "\x1b["...)
	if row > 0 {
		dst = strconv.AppendInt(dst, int64(row+1), 10)
	}
	if col > 0 {
		dst = append(dst, ';')
		dst = strconv.AppendInt(dst, int64(col+1), 10)
	}
	return append(dst, 'H')
}

// appendCSI appends CSI n final, without n where it is the default, 1.
func appendCSI(dst []byte, n int, final byte) []byte {
	dst = append(dst, "\x1b["...)
	if n != 1 {
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	return append(dst, final)
}

func digits(n int) int {
	switch {
	case n < 2:
		return 0 // the default is left out
	case n < 10:
		return 1
	case n < 100:
		return 2
	}
	return 3
}
