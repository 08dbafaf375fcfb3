package terminal

import (
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Mode 2027: a cell takes a whole grapheme cluster (UAX 29), which is as wide as the
// cluster is, not as its code points are one by one. It is for terminals that draw
// such clusters; without it a cell takes a character and the marks on it.

// setClusters is mode 2027. What was printed before is complete as it stands.
func (e *Emulator) setClusters(on bool) {
	e.last.row = -1
	e.modes.set(clusterMode, on && e.canCluster())
}

// canCluster reports whether mode 2027 can be set.
func (e *Emulator) canCluster() bool { return e.clusters || e.outer.Clusters }

// joins makes r part of the cell that was printed last, if both are one cluster.
func (e *Emulator) joins(r rune) bool {
	if e.last.row < 0 {
		return false
	}
	col := e.last.col
	var buf [maxCombined + 2*utf8.UTFMax]byte
	text := e.f.rows[e.last.row].Text(buf[:0], col)
	full := len(text) >= maxCombined
	text = utf8.AppendRune(text, r)
	first := graphemes.FromBytes(text)
	if !first.Next() || len(first.Value()) != len(text) {
		return false
	}
	if full {
		return true // and is not kept
	}
	wide := e.f.rows[e.last.row].cells[col]&isWide == 0 && displaywidth.Bytes(text) > 1
	room := e.canWiden(col)
	if wide && !room && e.widths.Rune(r) > 0 {
		return false // a character of its own then
	}
	to := e.row(e.last.row)
	e.style.forget(to)
	to.setText(col, text)
	if wide && room {
		e.widen(to, col)
	}
	return true
}

// canWiden reports whether the character in col, which was printed last, has room
// for a second column.
func (e *Emulator) canWiden(col int) bool {
	c := &e.f.Cursor
	return !c.PendingWrap && c.Col == col+1 && c.Col < e.limit()
}

// widen makes the character printed last, which turned out to be wide, take the
// column right of it.
func (e *Emulator) widen(r *Row, col int) {
	c, limit := &e.f.Cursor, e.limit()
	e.cut(r, c.Col)
	e.cut(r, c.Col+1)
	r.cells[col] |= isWide
	r.cells[col+1] = r.cells[col]&styleBits | isTail
	if c.Col++; c.Col == limit {
		e.atMargin(r, limit)
	}
}
