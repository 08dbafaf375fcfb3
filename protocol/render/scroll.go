package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

// Scrolling moves what the receiver has already. Rows that moved are recognised by
// being the same row (an emulator moves references) or, when nothing is shared, by
// their hash; only rows that are not where they were are looked at.

// maxScrolls bounds how many regions one update scrolls.
const maxScrolls = 4

// scrollCost is what a scroll of a region costs about, in bytes, and so the least
// that it must save.
const scrollCost = 12

// move says that the rows of new from first to last (inclusive) stand shift rows
// lower on the receiver's screen (higher if it is negative).
type move struct{ first, last, shift, saves int }

// scroll scrolls regions of the receiver's screen where that saves bytes. A
// receiver whose bottom right cell is never drawn is left out of it: that cell would
// come to be elsewhere.
func (p *painter) scroll() {
	if p.hi-p.lo < 2 || !p.d.AutoWrap || !p.d.ScrollRegion && !p.d.InsertLines {
		return
	}
	for range maxScrolls {
		top, bottom := p.changed()
		if bottom-top < 2 {
			return
		}
		m := p.bestMove(top, bottom)
		if m.saves <= scrollCost {
			return
		}
		p.scrollBy(m)
	}
}

// inPlace reports whether the receiver has row i of new where it belongs.
func (p *painter) inPlace(i int) bool { return p.has(i, i) }

// has reports whether row at of the receiver's screen looks like row i of new.
func (p *painter) has(at, i int) bool {
	o, n := p.line(at).row, p.new.Row(i)
	if o == n {
		return true
	}
	if o == nil {
		return plainBlank(n)
	}
	return o.SameCells(n)
}

// plainBlank reports whether r is what a scroll brings in.
func plainBlank(r *terminal.Row) bool {
	for _, c := range r.Cells() {
		if !c.Blank() || !c.Plain() {
			return false
		}
	}
	return true
}

// changed returns the first and the last row that is not in place; bottom < top if
// all are.
func (p *painter) changed() (top, bottom int) {
	top, bottom = p.lo, p.hi
	for top <= bottom && p.inPlace(top) {
		top++
	}
	for bottom > top && p.inPlace(bottom) {
		bottom--
	}
	return top, bottom
}

// bestMove returns the move within the rows from top to bottom that saves most.
func (p *painter) bestMove(top, bottom int) move {
	best := move{}
	tried := [8]int{} // shifts; 0 is never one
	n := 0
	try := func(shift int) {
		for _, t := range tried[:n] {
			if t == shift {
				return
			}
		}
		if n < len(tried) {
			tried[n] = shift
			n++
			if m := p.gain(top, bottom, shift); m.saves > best.saves {
				best = m
			}
		}
	}
	if p.sharedShifts(top, bottom, try); n == 0 {
		p.hashedShifts(top, bottom, try)
	}
	return best
}

// sharedShifts calls try with the shifts of rows that new shares with the
// receiver's screen in another place.
func (p *painter) sharedShifts(top, bottom int, try func(int)) {
	guess := 0
	lines := p.lines(top, bottom)
	for i := range lines {
		n := p.new.Row(top + i)
		if lines[i].row == n {
			continue
		}
		if at := i + guess; guess != 0 && at >= 0 && at < len(lines) && lines[at].row == n {
			continue
		}
		for at := range lines {
			if lines[at].row == n {
				guess = at - i
				try(guess)
				break
			}
		}
	}
}

// maxHashed bounds the rows that hashedShifts compares, since it keeps the hashes
// on the stack.
const maxHashed = 128

// hashedShifts does the same for rows that only look alike. Rows of blanks are no
// evidence.
func (p *painter) hashedShifts(top, bottom int, try func(int)) {
	if bottom-top >= maxHashed {
		bottom = top + maxHashed - 1
	}
	var old [maxHashed]uint64
	some := uint64(0)
	for i := top; i <= bottom; i++ {
		if r := p.line(i).row; r != nil {
			old[i-top] = r.Hash()
			some |= old[i-top]
		}
	}
	if some == 0 {
		return
	}
	guess := 0
	for i := top; i <= bottom; i++ {
		h := p.new.Row(i).Hash()
		if h == 0 || h == old[i-top] {
			continue
		}
		if at := i + guess; guess != 0 && at >= top && at <= bottom && old[at-top] == h {
			continue
		}
		for at := top; at <= bottom; at++ {
			if old[at-top] == h {
				guess = at - i
				try(guess)
				break
			}
		}
	}
}

// sampled is of how many rows gain counts what they save; the others are taken to save
// as much as the last of these.
const sampled = 4

// gain finds the run of rows from top to bottom for which scrolling by shift saves
// most bytes: rows that come into place count for it, rows that were in place and
// are moved or scrolled in blank count against it.
func (p *painter) gain(top, bottom, shift int) move {
	best := move{shift: shift}
	lo, hi := max(top, top-shift), min(bottom, bottom-shift)
	run := move{first: lo, shift: shift}
	looked, saves := 0, 0 // rows counted, and what the last of them saves
	for i := lo; i <= hi; i++ {
		here, there := p.inPlace(i), p.has(i+shift, i)
		switch {
		case there && !here:
			if looked < sampled {
				saves = cost(p.line(i).row, p.new.Row(i))
				looked++
			}
			run.saves += saves
		case here && !there:
			run.saves -= cost(p.line(i+shift).row, p.new.Row(i))
		}
		if run.saves <= 0 {
			run = move{first: i + 1, shift: shift}
		} else if run.saves > best.saves {
			run.last = i
			best = run
		}
	}
	if best.saves > 0 {
		best.saves -= p.spoiled(best)
	}
	return best
}

// spoiled is what it costs to draw again those rows that m scrolls in blank
// although they were in place.
func (p *painter) spoiled(m move) int {
	first, last := m.last+1, m.last+m.shift
	if m.shift < 0 {
		first, last = m.first+m.shift, m.first-1
	}
	n := 0
	for i := first; i <= last; i++ {
		if p.inPlace(i) {
			n += cost(nil, p.new.Row(i))
		}
	}
	return n
}

// maxCost is where cost stops counting.
const maxCost = 16

// cost estimates the bytes that turn o (nil: a blank row) into n: the cells that
// differ.
func cost(o, n *terminal.Row) int {
	c := 0
	cells := n.Cells()
	if o == nil {
		for _, cell := range cells {
			if !cell.Blank() {
				if c++; c == maxCost {
					break
				}
			}
		}
		return c
	}
	old := o.Cells()[:len(cells)]
	for i, cell := range cells {
		if cell != old[i] {
			if c++; c == maxCost {
				break
			}
		}
	}
	return c
}

// scrollBy writes m and does it to lines.
func (p *painter) scrollBy(m move) {
	top, bottom, n := m.first, m.last+m.shift, m.shift
	if n < 0 {
		top, bottom, n = m.first+m.shift, m.last, -n
	}
	p.erasePen(0)
	p.writeScroll(top, bottom, n, m.shift > 0)
	lines := p.lines(top, bottom)
	if m.shift > 0 {
		copy(lines, lines[n:])
		clear(lines[len(lines)-n:])
	} else {
		copy(lines[n:], lines)
		clear(lines[:n])
	}
}

// writeScroll scrolls the rows from top to bottom by n, up or down, by whatever
// this receiver has for it.
func (p *painter) writeScroll(top, bottom, n int, up bool) {
	lastRow := bottom == p.rows-1
	switch {
	case top == 0 && lastRow && up:
		p.scrollScreen(n)
	case top == 0 && lastRow && p.d.ScrollCount:
		p.out = appendCSI(p.out, n, 'T')
		p.at.sureCol, p.at.pending = false, false
	case lastRow && p.d.InsertLines:
		p.shiftLines(top, n, up)
	case p.d.ScrollRegion:
		p.scrollRegion(top, bottom, n, up)
	case up:
		p.shiftLines(top, n, true)
		p.shiftLines(bottom-n+1, n, false)
	default:
		p.shiftLines(bottom-n+1, n, true)
		p.shiftLines(top, n, false)
	}
}

// scrollScreen scrolls the whole screen up by n: by SU, or from the bottom row by
// line feeds if that is shorter.
func (p *painter) scrollScreen(n int) {
	start, was := len(p.out), p.at
	col := 0
	if p.at.sureCol && !p.at.pending {
		col = p.at.col
	}
	p.moveTo(p.rows-1, col)
	for range n {
		p.out = append(p.out, '\n')
	}
	if p.d.ScrollCount && len("\x1b[S")+digits(n) < len(p.out)-start {
		p.out = appendCSI(p.out[:start], n, 'S')
		p.at = was
		p.at.sureCol, p.at.pending = was.sureCol && !was.pending, false
	}
}

// shiftLines deletes n lines at row, or inserts as many.
func (p *painter) shiftLines(row, n int, remove bool) {
	p.moveTo(row, 0)
	final := byte('L')
	if remove {
		final = 'M'
	}
	p.out = appendCSI(p.out, n, final)
}

// scrollRegion scrolls within margins and resets them. Both homes the cursor.
func (p *painter) scrollRegion(top, bottom, n int, up bool) {
	p.out = append(p.out, "\x1b["...)
	if top > 0 {
		p.out = strconv.AppendInt(p.out, int64(top+1), 10)
	}
	if bottom < p.rows-1 {
		p.out = append(p.out, ';')
		p.out = strconv.AppendInt(p.out, int64(bottom+1), 10)
	}
	p.out = append(p.out, 'r')
	home := at{sureRow: true, sureCol: true}
	p.at = home
	switch {
	case p.d.ScrollCount && up:
		p.out = appendCSI(p.out, n, 'S')
	case p.d.ScrollCount:
		p.out = appendCSI(p.out, n, 'T')
	case up:
		p.moveTo(bottom, 0)
		for range n {
			p.out = append(p.out, '\n')
		}
	default:
		p.moveTo(top, 0)
		for range n {
			p.out = append(p.out, "\x1bM"...)
		}
	}
	p.out = append(p.out, "\x1b[r"...)
	p.at = home
}

// clearBelow erases the rest of the screen at once where at least two of its rows
// have to be blanked.
func (p *painter) clearBelow() {
	if p.hi-p.lo < 1 {
		return
	}
	from, needed := p.hi+1, 0
	for from > p.lo && p.blankRow(from-1) {
		from--
		if !p.inPlace(from) {
			needed++
		}
	}
	if needed < 2 {
		return
	}
	for i := p.hi + 1; i < p.rows; i++ {
		if !p.blankRow(i) {
			return
		}
	}
	for p.inPlace(from) {
		from++
	}
	p.moveTo(from, 0)
	p.erasePen(0)
	p.out = append(p.out, "\x1b[J"...)
	clear(p.lines(from, p.hi))
}

// blankRow reports whether row i of new is what ED leaves in the default
// background.
func (p *painter) blankRow(i int) bool {
	n := p.new.Row(i)
	if plainBlank(n) {
		return !p.d.wraps(&p.new, i)
	}
	for col := range n.Cells() {
		if bg, ok := p.erasable(n, col); !ok || bg != 0 {
			return false
		}
	}
	return !p.d.wraps(&p.new, i)
}
