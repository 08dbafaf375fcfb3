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
func (r *rowPainter) shift(col int) bool {
	if r.shifted || r.o == nil || !r.d.InsertChars {
		return false
	}
	r.shifted = true
	if !r.shiftable(col) {
		return false
	}
	best, n := shiftCost, 0
	for k := 1; k <= maxShift && col+k < len(r.cells); k++ {
		if g := r.shiftGain(col, k); g > best {
			best, n = g, k
		}
		if g := r.shiftGain(col, -k); g > best {
			best, n = g, -k
		}
	}
	if n == 0 {
		return false
	}
	r.moveTo(r.i, col)
	r.erasePen(0)
	if n > 0 {
		r.out = appendCSI(r.out, n, '@')
	} else {
		r.out = appendCSI(r.out, -n, 'P')
	}
	r.o = r.o.Shifted(col, n)
	return true
}

// shiftable reports whether enough differs from col on to look for a shift, and all
// of it is of characters one column wide, whatever the receiver thinks.
func (r *rowPainter) shiftable(col int) bool {
	old := r.o.Cells()
	changed := 0
	for i := col; i < len(old); i++ {
		if old[i] != r.cells[i] {
			changed++
		}
	}
	if changed <= shiftCost {
		return false
	}
	for i := col; i < len(old); i++ {
		if c := old[i]; c.Wide() || c.Tail() || c.Cluster() || r.d.distrusts(r.o, i) {
			return false
		}
		if c := r.cells[i]; c.Wide() || c.Tail() || r.d.distrusts(r.n, i) {
			return false
		}
	}
	return true
}

// shiftGain counts the cells that a shift by n at col brings into place, less those
// that it moves out of theirs.
func (r *rowPainter) shiftGain(col, n int) int {
	old := r.o.Cells()
	gain := 0
	for i := col + max(n, 0); i < len(old)+min(n, 0); i++ {
		was := old[i] == r.cells[i]
		is := old[i-n] == r.cells[i] && r.cells[i].Direct()
		switch {
		case is && !was:
			gain++
		case was && !is:
			gain--
		}
	}
	return gain
}
