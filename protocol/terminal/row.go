package terminal

// extra is the part of a rendition that few cells have.
type extra struct {
	underline Color
	link      *Link
}

// Row is one line of a screen. Rows are shared between frames: a Row that is
// reachable through a Frame is never written to again. The emulator and Overlay
// copy a row before they change it.
type Row struct {
	cells    []Cell
	clusters []string // texts of cells with more than one code point
	extras   []extra

	number  uint64 // line number on the main screen; only grows
	wrapped bool   // the text goes on in the next row (soft wrap)
}

// Len returns the number of columns.
func (r *Row) Len() int { return len(r.cells) }

// Cell returns the cell in the given column, 0 ≤ col < Len.
func (r *Row) Cell(col int) Cell { return r.cells[col] }

// Wrapped reports whether the line continues in the row below (soft wrap).
func (r *Row) Wrapped() bool { return r.wrapped }

// Number returns the row's line number on the main screen. Numbers only grow
// from the top down and over time; they are not part of equality.
func (r *Row) Number() uint64 { return r.number }

// Text appends the cell's characters to dst: a space for a blank, nothing for
// the right half of a wide character.
func (r *Row) Text(dst []byte, col int) []byte {
	c := r.cells[col]
	switch {
	case c.content&flagTail != 0:
		return dst
	case c.content&flagCluster != 0:
		return append(dst, r.clusters[c.content&contentMask]...)
	}
	return appendRune(dst, rune(c.content&contentMask))
}

// Rendition returns how the cell in the given column is drawn.
func (r *Row) Rendition(col int) Rendition { return r.rendition(r.cells[col]) }

func (r *Row) rendition(c Cell) Rendition {
	out := Rendition{FG: c.fg, BG: c.bg, Attr: c.attr}
	if c.extra != 0 {
		x := r.extras[c.extra-1]
		out.UnderlineColor, out.Link = x.underline, x.link
	}
	return out
}

// CellEqual reports whether column col of r looks the same as column ocol of o.
func (r *Row) CellEqual(col int, o *Row, ocol int) bool {
	a, b := r.cells[col], o.cells[ocol]
	if (a.content|b.content)&flagCluster == 0 && a.extra|b.extra == 0 {
		return a == b
	}
	if (a.content^b.content)&(flagCluster|flagWide|flagTail) != 0 || a.fg != b.fg || a.bg != b.bg || a.attr != b.attr {
		return false
	}
	if a.content&flagCluster != 0 {
		if r.clusters[a.content&contentMask] != o.clusters[b.content&contentMask] {
			return false
		}
	} else if a.content != b.content {
		return false
	}
	return r.rendition(a).Equal(o.rendition(b))
}

// Equal reports whether both rows look the same and wrap alike; shared rows
// compare in constant time.
func (r *Row) Equal(o *Row) bool {
	if r == o {
		return true
	}
	if len(r.cells) != len(o.cells) || r.wrapped != o.wrapped {
		return false
	}
	for i := range r.cells {
		if r.cells[i] == o.cells[i] && (r.cells[i].content&flagCluster == 0 && r.cells[i].extra == 0) {
			continue
		}
		if !r.CellEqual(i, o, i) {
			return false
		}
	}
	return true
}

// clone returns a row of its own with the same contents.
func (r *Row) clone() *Row {
	n := &Row{number: r.number, wrapped: r.wrapped}
	n.cells = append(make([]Cell, 0, len(r.cells)), r.cells...)
	n.clusters = append([]string(nil), r.clusters...)
	n.extras = append([]extra(nil), r.extras...)
	return n
}

// setRendition gives the cell in column col the rendition s.
func (r *Row) setRendition(col int, s Rendition) {
	c := &r.cells[col]
	c.fg, c.bg, c.attr = s.FG, s.BG, s.Attr
	c.extra = r.extraIndex(s.UnderlineColor, s.Link)
}

// extraIndex finds or adds an entry of the row's table. A row that has run out
// of entries (more than any row has columns) drops the link and the colour.
func (r *Row) extraIndex(underline Color, link *Link) uint16 {
	if underline == 0 && link == nil {
		return 0
	}
	for i, x := range r.extras {
		if x.underline == underline && (x.link == link || x.link != nil && link != nil && *x.link == *link) {
			return uint16(i + 1)
		}
	}
	if len(r.extras) >= maxRowTable {
		return 0
	}
	r.extras = append(r.extras, extra{underline, link})
	return uint16(len(r.extras))
}

// maxRowTable bounds a row's side tables; compaction keeps live entries far below.
const maxRowTable = 1<<16 - 2
