package render

import (
	"unicode/utf8"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// clustered reports whether the cell's text is one character only where grapheme
// clusters are (mode 2027): code point by code point it would be of another width.
func clustered(text []byte, w int) bool {
	first, n := utf8.DecodeRune(text)
	if width.Latest.Rune(first) != w {
		return true
	}
	for text = text[n:]; len(text) > 0; text = text[n:] {
		var r rune
		if r, n = utf8.DecodeRune(text); width.Latest.Rune(r) > 0 {
			return true
		}
	}
	return false
}

// putCluster prints what stands in col, as a cluster if it is one. The mode is off
// by default and left so.
func (p *painter) putCluster(n *terminal.Row, col int) {
	start := len(p.out)
	p.out = p.d.appendGlyph(p.out, n, col)
	text := p.out[start:]
	if !p.d.Clusters || len(text) < 2 || !n.Cells()[col].Cluster() || !clustered(text, span(n.Cells(), col)) {
		return
	}
	const begin, end = "\x1b[?2027h", "\x1b[?2027l"
	size := len(text)
	p.out = append(p.out, begin+end...)
	copy(p.out[start+len(begin):], p.out[start:start+size])
	copy(p.out[start:], begin)
	copy(p.out[start+len(begin)+size:], end)
}

// geta stands for a character that is missing; it is wide.
const geta = "〓"

// unclustered makes the cluster at dst[start:] one that a receiver without mode 2027
// shows in as many columns as col of r has: the first character of it, or if that is
// not as wide, another.
func unclustered(dst []byte, start int, r *terminal.Row, col int) []byte {
	text, w := dst[start:], span(r.Cells(), col)
	if !clustered(text, w) {
		return dst
	}
	first, n := utf8.DecodeRune(text)
	if width.Latest.Rune(first) != w {
		return append(dst[:start], geta[:len(geta)*(w-1)]...)
	}
	for n < len(text) {
		next, size := utf8.DecodeRune(text[n:])
		if width.Latest.Rune(next) > 0 {
			break
		}
		n += size
	}
	return dst[:start+n]
}
