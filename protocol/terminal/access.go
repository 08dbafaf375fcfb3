package terminal

import "slices"

// Packed is a cell as a Row stores it, for those who have to look at many of them
// (protocol/render). Most are Direct: then all about the cell stands in the number.
// The text of a cluster, links, underline colours and direct colours stand in
// tables of the row and are read through Row.Text and Row.Rendition.
type Packed = cell

// Rows is the rows of a frame alone, a value. They belong to the frame and are never
// written to.
type Rows struct {
	list []*Row
	one  *Row // see Frame.one
	at   int  // -1: nowhere
}

// Rows returns the rows of the screen.
func (f *Frame) Rows() Rows {
	if f.one == nil {
		return Rows{list: f.rows, at: -1}
	}
	return Rows{f.rows, f.one, f.at}
}

// Len returns how many there are.
func (r *Rows) Len() int { return len(r.list) }

// Row returns one of them, 0 ≤ i < Len.
func (r *Rows) Row(i int) *Row {
	if i == r.at {
		return r.one
	}
	return r.list[i]
}

// Differing returns which rows of f are not the same row of o: those outside from…to-1
// are. Frames that have not as many rows differ in all.
func (f *Frame) Differing(o *Frame) (from, to int) {
	a, b := f.rows, o.rows
	if len(a) != len(b) {
		return 0, len(a)
	}
	to = len(a)
	if sameList(a, b) { // then all but what stands apart is the same
		to = min(max(f.at, o.at)+1, to)
		from = min(max(min(f.at, o.at), 0), to)
	}
	for to > from && f.Row(to-1) == o.Row(to-1) {
		to--
	}
	for from < to && f.Row(from) == o.Row(from) {
		from++
	}
	return from, to
}

// WrittenSince counts the rows of f that were written to after o was taken of the same
// emulator.
func (f *Frame) WrittenSince(o *Frame) (n int) {
	for i := range f.rows {
		if f.Row(i).gen > o.gen {
			n++
		}
	}
	return n
}

// Cells returns all cells of the row. They belong to the row and are never written
// to.
func (r *Row) Cells() []Packed { return r.cells }

// Direct reports whether nothing about c stands in its row's tables. Direct cells
// of whatever rows look alike if, and only if, they are equal.
func (c cell) Direct() bool { return c&indirect == 0 }

// SameStyle reports whether c and o, cells of one row, are drawn alike. Cells that
// are drawn alike may be reported as different, Direct ones are not.
func (c cell) SameStyle(o cell) bool { return (c^o)&styleBits == 0 }

// Plain reports whether c is drawn in the default rendition.
func (c cell) Plain() bool { return c&styleBits == 0 }

// Blank reports whether c is a single space, in whatever rendition.
func (c cell) Blank() bool { return c.blank() }

// Wide reports whether c is the left half of a wide character.
func (c cell) Wide() bool { return c&isWide != 0 }

// Tail reports whether c is the right half of a wide character.
func (c cell) Tail() bool { return c&isTail != 0 }

// Cluster reports whether c holds more than one code point.
func (c cell) Cluster() bool { return c&isCluster != 0 }

// Rune returns the character of c, 0 for a tail or a cluster.
func (c cell) Rune() rune {
	if c&(isCluster|isTail) != 0 {
		return 0
	}
	return c.char()
}

// ASCII returns the character of c if it is printable ASCII alone, else 0.
func (c cell) ASCII() byte {
	if c&(textBits&^0x7f) != 0 {
		return 0
	}
	if b := byte(c&0x7f) ^ ' '; b-' ' < 0x5f {
		return b
	}
	return 0
}

// AppendText appends to dst the characters at the start of cells that are printable
// ASCII drawn like the given cell, and returns how many. It ends before two blanks in a
// row; if repeat is not 0, before a character that stands there so often; and if old is
// not nil, before a cell that is the same there or that is no ASCII there. The last cell
// is only looked at as what comes next.
func AppendText(dst []byte, cells, old []Packed, like Packed, repeat int) (out []byte, n int) {
	if len(cells) < 2 {
		return dst, 0
	}
	room := slices.Grow(dst, len(cells))
	text := room[len(dst) : len(dst)+len(cells)-1]
	n = putText(text, cells, like&styleBits^' ')
	if repeat > 0 && n >= repeat {
		n = beforeRun(text[:n], repeat)
	}
	if old != nil {
		n = drawable(old, cells[:n])
	}
	return room[:len(dst)+n], n
}

// putText puts the printable ASCII at the start of cells, up to two blanks in a row, into
// text and returns how much it is. There is one cell more than text has room for. A cell
// XOR blank is its character.
func putText(text []byte, cells []Packed, blank Packed) int {
	next := cells[1 : len(text)+1]
	for i, c := range cells[:len(text)] {
		c ^= blank
		if c-' ' >= 0x5f || c == ' ' && next[i].blank() {
			return i
		}
		text[i] = byte(c)
	}
	return len(text)
}

// beforeRun returns how much of text comes before a character that stands there n times
// or more in a row. Of n such, two stand where it looks.
func beforeRun(text []byte, n int) int {
	for i := 0; i+1 < len(text); i += n - 1 {
		c := text[i]
		if text[i+1] != c {
			continue
		}
		from, to := i, i+2
		for from > 0 && text[from-1] == c {
			from--
		}
		for to < len(text) && text[to] == c {
			to++
		}
		if to-from >= n {
			return from
		}
	}
	return len(text)
}

// drawable returns how many of the cells may simply be drawn over what there is: up to
// what is there already, or what may be damaged by drawing over a part of it.
func drawable(old, cells []Packed) int {
	for i, c := range cells {
		if o := old[i]; o == c && c.Direct() || o.ASCII() == 0 {
			return i
		}
	}
	return len(cells)
}

// SamePrefix returns how many cells at the start of a and b, which are as long, are
// Direct and equal; SameSuffix counts from their end.
func SamePrefix(a, b []Packed) int {
	i := 0
	b = b[:len(a)]
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		if (x[0]^y[0])|(x[1]^y[1])|(x[2]^y[2])|(x[3]^y[3])|(x[0]|x[1]|x[2]|x[3])&indirect != 0 {
			break
		}
	}
	for i < len(a) && a[i] == b[i] && a[i].Direct() {
		i++
	}
	return i
}

// SameSuffix is SamePrefix from the end.
func SameSuffix(a, b []Packed) int {
	n := len(a)
	b = b[:len(a)]
	for ; n >= 4; n -= 4 {
		x, y := a[n-4:n:n], b[n-4:n:n]
		if (x[0]^y[0])|(x[1]^y[1])|(x[2]^y[2])|(x[3]^y[3])|(x[0]|x[1]|x[2]|x[3])&indirect != 0 {
			break
		}
	}
	for n > 0 && a[n-1] == b[n-1] && a[n-1].Direct() {
		n--
	}
	return len(a) - n
}

// Glyphs counts the cells that are neither blank, nor the right half of a wide
// character, nor the same as the one before.
func Glyphs(cells []Packed) (n int) {
	var left Packed
	for _, c := range cells {
		if c == left {
			continue
		}
		left = c
		n += int(((c & textBits &^ isTail) + textBits) >> attrShift) // without a jump: 1, or 0 for 0
	}
	return n
}

// SameCells is Equal without regard to soft wraps.
func (r *Row) SameCells(o *Row) bool {
	if r == o {
		return true
	}
	if len(r.cells) != len(o.cells) {
		return false
	}
	// Rows that differ mostly do so all over, and lines of one program begin alike.
	mid := len(r.cells) / 3
	if a, b := r.cells[mid], o.cells[mid]; a != b && a.Direct() && b.Direct() {
		return false
	}
	from := SamePrefix(r.cells, o.cells)
	for i, a := range r.cells[from:] {
		b := o.cells[from+i]
		if (a|b)&indirect == 0 {
			if a != b {
				return false
			}
		} else if !r.indirectEqual(a, o, b) {
			return false
		}
	}
	return true
}

// Hash returns a number that is the same for rows that are the same as far as it
// looks: at every fourth cell, and not at the row's tables; 0 for a row that is blank
// there, in the default rendition.
func (r *Row) Hash() uint64 {
	var h uint64
	for i := 0; i < len(r.cells); i += 4 {
		c := r.cells[i]
		if c&indirect != 0 {
			if c&isCluster != 0 {
				c = c&isWide | isCluster
			} else if c&isExtra != 0 {
				c &= textBits
			}
			c &^= isGuarded
		}
		h = (h>>32 ^ h ^ uint64(c)) * 0x9e3779b97f4a7c15
	}
	return h
}

// Shifted returns a copy of r without soft wrap in which ICH (n > 0) or DCH (n < 0)
// of that many cells has been done in column col, with blanks in the default
// rendition. There is no wide character from col on.
func (r *Row) Shifted(col, n int) *Row {
	s := r.clone()
	s.wrapped = false
	if n > 0 {
		copy(s.cells[col+n:], r.cells[col:])
		clear(s.cells[col : col+n])
	} else {
		copy(s.cells[col:], r.cells[col-n:])
		clear(s.cells[len(s.cells)+n:])
	}
	return s
}

// SetWrapped changes whether a row of the overlay continues in the one below.
func (o *Overlay) SetWrapped(row int, wrapped bool) { o.row(row).wrapped = wrapped }

// Put replaces the character at row and col, of width 1 or 2, and nothing else: the
// other half of a wide character that it cuts stays as it is.
func (o *Overlay) Put(row, col int, text string, width int, s Rendition) {
	r := o.row(row)
	r.cells[col] = 0
	r.setText(col, []byte(text))
	r.setRendition(col, s)
	if width == 2 {
		r.cells[col] |= isWide
		r.cells[col+1] = isTail | r.cells[col]&styleBits
	}
}
