package render

// Inserting and deleting within a line moves the rest of it: ICH and DCH say so in
// a few bytes.

const (
	// maxShift is the largest number of cells that is looked for.
	maxShift = 8
	// shiftCost is what a shift must save, its own bytes included.
	shiftCost = 8
)

// shift inserts or deletes cells at col, where the receiver's row first differs, if
// that brings enough of the row's rest into place, and reports whether it did. It
// is tried at the first difference only, since that is where the shift begins.
func (p *painter) shift(col int) bool {
	if p.shifted || p.o == nil || p.end-col <= shiftCost || !p.d.InsertChars {
		return false
	}
	p.shifted = true
	best, n := shiftCost, 0
	for k := 1; k <= maxShift && col+k < len(p.cells); k++ {
		for _, k := range [...]int{k, -k} {
			if !p.shiftBegins(col, k) {
				continue
			}
			if g := p.shiftGain(col, k); g > best {
				best, n = g, k
			}
		}
	}
	if n == 0 || !p.shiftable(col) {
		return false
	}
	p.moveTo(p.i, col)
	p.erasePen(0)
	if n > 0 {
		p.out = appendCSI(p.out, n, '@')
	} else {
		p.out = appendCSI(p.out, -n, 'P')
	}
	p.o = p.o.Shifted(col, n)
	p.end = p.changesEnd()
	return true
}

// shiftBegins reports whether the first cells that a shift by n at col moves would
// be in place: most shifts can be ruled out by that.
func (p *painter) shiftBegins(col, n int) bool {
	to := col + max(n, 0)
	for i := to; i < min(to+4, len(p.cells)+min(n, 0)); i++ {
		if p.o.Cells()[i-n] != p.cells[i] {
			return false
		}
	}
	return true
}

// shiftable reports whether all there is from col on is of characters one column
// wide, whatever the receiver thinks.
func (p *painter) shiftable(col int) bool {
	old := p.o.Cells()
	for i := col; i < len(old); i++ {
		if c := old[i]; c.Wide() || c.Tail() || c.Cluster() || p.d.distrusts(p.o, i) {
			return false
		}
		if c := p.cells[i]; c.Wide() || c.Tail() || p.d.distrusts(p.n, i) {
			return false
		}
	}
	return true
}

// shiftGain counts the cells that a shift by n at col brings into place, less those
// that it moves out of theirs.
func (p *painter) shiftGain(col, n int) int {
	old := p.o.Cells()
	gain := 0
	for i := col + max(n, 0); i < len(old)+min(n, 0); i++ {
		was := old[i] == p.cells[i]
		is := old[i-n] == p.cells[i] && p.cells[i].Direct()
		switch {
		case is && !was:
			gain++
		case was && !is:
			gain--
		}
	}
	return gain
}
