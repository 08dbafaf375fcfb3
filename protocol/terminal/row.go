package terminal

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Row is one line of a screen. Rows are shared between frames: a Row that is
// reachable through a Frame is never written to again. The emulator and Overlay
// copy a row before they change it.
type Row struct {
	cells   []cell
	side    *side  // nil for nearly all rows
	number  uint64 // line number; only grows
	gen     uint64 // the emulator's generation that may write to it; see Frame.gen
	wrapped bool   // the text goes on in the next row (soft wrap)
}

// side holds what does not fit into a row's cells. It is never shared between
// rows.
type side struct {
	text   []byte // clusters: a length byte, then UTF-8
	extras []extra
}

// extra is a rendition that few cells have.
type extra struct {
	fg, bg, underline Color
	link              *Link
}

func (x extra) equal(o extra) bool {
	if x.fg != o.fg || x.bg != o.bg || x.underline != o.underline {
		return false
	}
	return x.link == o.link || x.link != nil && o.link != nil && *x.link == *o.link
}

// usualCols is the width up to which a row and its cells are one allocation: a
// diff that changes a line makes one, and most terminals are that wide.
const usualCols = 80

func newRow(cols int) *Row {
	if cols > usualCols {
		return &Row{cells: make([]cell, cols)}
	}
	r := new(struct {
		Row
		buf [usualCols]cell
	})
	r.cells = r.buf[:cols:cols]
	return &r.Row
}

// Len returns the number of columns.
func (r *Row) Len() int { return len(r.cells) }

// Cell returns the cell in the given column, 0 ≤ col < Len.
func (r *Row) Cell(col int) Cell {
	c := r.cells[col]
	out := Cell{attr: Attr(c>>attrShift) & attrMask, wide: c&isWide != 0, tail: c&isTail != 0}
	if c&(isCluster|isTail) == 0 {
		out.char = c.char()
	}
	if c&isExtra != 0 {
		x := r.extra(c)
		out.fg, out.bg = x.fg, x.bg
	} else {
		out.fg, out.bg = unpackColor(c>>fgShift), unpackColor(c>>bgShift)
	}
	return out
}

// Wrapped reports whether the line continues in the row below (soft wrap).
func (r *Row) Wrapped() bool { return r.wrapped }

// Number returns the row's line number. A row gets one when it enters the main
// screen, greater than any before, and keeps it while it moves and changes;
// rows of the alternate screen have 0. Numbers are no part of equality.
func (r *Row) Number() uint64 { return r.number }

// Text appends the cell's characters to dst: a space for a blank, nothing for
// the right half of a wide character.
func (r *Row) Text(dst []byte, col int) []byte {
	c := r.cells[col]
	switch {
	case c&isTail != 0:
		return dst
	case c&isCluster != 0:
		return append(dst, r.cluster(c)...)
	}
	return appendRune(dst, c.char())
}

// Rendition returns how the cell in the given column is drawn.
func (r *Row) Rendition(col int) Rendition {
	c := r.cells[col]
	attr := Attr(c>>attrShift) & attrMask
	if c&isExtra != 0 {
		x := r.extra(c)
		return Rendition{FG: x.fg, BG: x.bg, UnderlineColor: x.underline, Attr: attr, Link: x.link}
	}
	return Rendition{FG: unpackColor(c >> fgShift), BG: unpackColor(c >> bgShift), Attr: attr}
}

// CellEqual reports whether column col of r looks the same as column ocol of o.
func (r *Row) CellEqual(col int, o *Row, ocol int) bool {
	a, b := r.cells[col], o.cells[ocol]
	if (a|b)&indirect == 0 {
		return a == b
	}
	return r.indirectEqual(a, o, b)
}

func (r *Row) indirectEqual(a cell, o *Row, b cell) bool {
	if (a^b)&(isCluster|isExtra|isWide|isTail|attrMask<<attrShift) != 0 {
		return false
	}
	if a&isCluster != 0 {
		if string(r.cluster(a)) != string(o.cluster(b)) {
			return false
		}
	} else if (a^b)&charMask != 0 {
		return false
	}
	if a&isExtra != 0 {
		return r.extra(a).equal(o.extra(b))
	}
	return (a^b)&styleBits&^isGuarded == 0
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
	for i, a := range r.cells {
		b := o.cells[i]
		if (a|b)&indirect == 0 && a == b {
			continue
		}
		if !r.CellEqual(i, o, i) {
			return false
		}
	}
	return true
}

// clone returns a row of its own with the same contents.
func (r *Row) clone() *Row { return r.cloneTo(newRow(len(r.cells))) }

// cloneTo makes n, a blank row as wide, a copy of r.
func (r *Row) cloneTo(n *Row) *Row {
	n.number, n.wrapped = r.number, r.wrapped
	copy(n.cells, r.cells)
	n.side = r.side.clone()
	return n
}

func (s *side) clone() *side {
	if s == nil {
		return nil
	}
	return &side{text: bytes.Clone(s.text), extras: slices.Clone(s.extras)}
}

// reset makes r a blank row.
func (r *Row) reset() {
	clear(r.cells)
	r.wrapped = false
	if r.side != nil {
		r.side.text = r.side.text[:0]
		clear(r.side.extras)
		r.side.extras = r.side.extras[:0]
	}
}

// cluster returns the text of a cell with isCluster; it belongs to the row.
func (r *Row) cluster(c cell) []byte {
	at := c & charMask
	n := cell(r.side.text[at])
	return r.side.text[at+1 : at+1+n]
}

func (r *Row) extra(c cell) extra { return r.side.extras[c>>extraShift&extraMask] }

func (r *Row) sideTables() *side {
	if r.side == nil {
		r.side = &side{}
	}
	return r.side
}

// maxCluster bounds the text of one cell. A cell stops taking combining marks
// at maxCombined bytes already, so that only an Overlay could reach it.
const maxCluster = 255

// setText gives the cell in column col the text (one character with its marks,
// not empty), keeping its style and its other text bits.
func (r *Row) setText(col int, text []byte) {
	first, n := utf8.DecodeRune(text)
	if n == len(text) {
		r.cells[col] = r.cells[col]&^(isCluster|charMask) | charCell(first)
		return
	}
	for len(text) > maxCluster {
		_, n := utf8.DecodeLastRune(text)
		text = text[:len(text)-n]
	}
	r.cells[col] &^= isCluster | charMask // what it held may go
	at := r.addText(text)
	r.cells[col] |= isCluster | at
}

// addText puts a cluster's text into the row's table and returns its offset.
func (r *Row) addText(text []byte) cell {
	s := r.sideTables()
	if len(s.text)+1+len(text) > cap(s.text) && len(s.text) > 0 {
		r.compactText(1 + len(text))
	}
	at := cell(len(s.text))
	s.text = append(s.text, byte(len(text)))
	s.text = append(s.text, text...)
	return at
}

// compactText drops the text that no cell refers to any more, and makes the
// table at most twice as large as what is left needs: so it cannot outgrow the
// row however often its cells are written, at a constant cost a write.
func (r *Row) compactText(room int) {
	live := room
	for _, c := range r.cells {
		if c&isCluster != 0 {
			live += 1 + len(r.cluster(c))
		}
	}
	text := make([]byte, 0, 2*live)
	for i, c := range r.cells {
		if c&isCluster != 0 {
			at := cell(len(text))
			text = append(append(text, byte(len(r.cluster(c)))), r.cluster(c)...)
			r.cells[i] = c&^charMask | at
		}
	}
	r.side.text = text
}

// setRendition gives the cell in column col the rendition s.
func (r *Row) setRendition(col int, s Rendition) {
	r.cells[col] = r.cells[col]&textBits | r.style(s)
}

// style returns the style bits for rendition s in this row.
func (r *Row) style(s Rendition) cell {
	style, ok := packStyle(s)
	if ok {
		return style
	}
	x := extra{fg: s.FG, bg: s.BG, underline: s.UnderlineColor, link: s.Link}
	return style | isExtra | r.addExtra(x)<<extraShift
}

// recentExtras is how far back addExtra looks for an equal entry: runs of text
// come in few renditions, and a duplicate does no harm.
const recentExtras = 8

// addExtra finds or adds an entry of the row's table and returns its index.
func (r *Row) addExtra(x extra) cell {
	s := r.sideTables()
	for i := len(s.extras) - 1; i >= max(0, len(s.extras)-recentExtras); i-- {
		if s.extras[i].equal(x) {
			return cell(i)
		}
	}
	if len(s.extras) == cap(s.extras) && len(s.extras) > 0 {
		r.compactExtras()
	}
	s.extras = append(s.extras, x)
	return cell(len(s.extras) - 1)
}

// compactExtras is compactText for renditions: at most one entry a cell is left.
func (r *Row) compactExtras() {
	old := r.side.extras
	moved := make([]cell, len(old)) // 1 + new index
	live := 0
	for _, c := range r.cells {
		if c&isExtra == 0 {
			continue
		}
		if i := c >> extraShift & extraMask; moved[i] == 0 {
			live++
			moved[i] = cell(live)
		}
	}
	extras := make([]extra, live, 2*(live+1))
	for i, to := range moved {
		if to != 0 {
			extras[to-1] = old[i]
		}
	}
	for i, c := range r.cells {
		if c&isExtra != 0 {
			to := moved[c>>extraShift&extraMask] - 1
			r.cells[i] = c&^(extraMask<<extraShift) | to<<extraShift
		}
	}
	r.side.extras = extras
}

// adopt returns the cell c of row src as a cell of r: what it refers to in
// src's tables is put into r's.
func (r *Row) adopt(src *Row, c cell) cell {
	if c&isExtra != 0 {
		c = c&^(extraMask<<extraShift) | r.addExtra(src.extra(c))<<extraShift
	}
	if c&isCluster != 0 {
		c = c&^charMask | r.addText(src.cluster(c))
	}
	return c
}

// breakWide blanks the other half of a wide character that col is part of.
func (r *Row) breakWide(col int) {
	switch c := r.cells[col]; {
	case c&isWide != 0 && col+1 < len(r.cells) && r.cells[col+1]&isTail != 0:
		r.cells[col+1] &= styleBits
	case c&isTail != 0 && col > 0 && r.cells[col-1]&isWide != 0:
		r.cells[col-1] &= styleBits
	}
}

func appendRune(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byte(r))
	}
	return utf8.AppendRune(dst, r)
}
