package render

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"gmosh/protocol/terminal"
)

// Strings of a frame come from an application, over the wire from a server that is
// only half trusted. Inside an OSC nothing may stand that ends it or does something
// by itself.

// maxLink bounds a link's target, in bytes; longer ones are dropped, since a cut
// target is another one.
const maxLink = 4096

// control reports whether r is a C0 or C1 control character or DEL.
func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// clean reports whether s is printable and well-formed.
func clean(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if control(rune(c)) {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || control(r) {
			return false
		}
		i += n
	}
	return true
}

// cleaned returns s without what clean objects to.
func cleaned(s string) string {
	if clean(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// cutRunes returns the first n characters of s.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// cleanLink returns l as it may be written, nil if nothing of it is left.
func cleanLink(l *terminal.Link) *terminal.Link {
	if l.URI == "" || len(l.URI)+len(l.ID) > maxLink {
		return nil
	}
	if clean(l.URI) && clean(l.ID) && !strings.ContainsAny(l.ID, ";:") {
		return l
	}
	c := terminal.Link{URI: cleaned(l.URI)}
	if !strings.ContainsAny(l.ID, ";:") {
		c.ID = cleaned(l.ID)
	}
	if c.URI == "" {
		return nil
	}
	return &c
}

func sameLink(a, b *terminal.Link) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// appendLink appends the OSC 8 that opens l, or closes the current link if l is
// nil.
func appendLink(dst []byte, l *terminal.Link) []byte {
	dst = append(dst, "\x1b]8;"...)
	if l != nil && l.ID != "" {
		dst = append(append(dst, "id="...), l.ID...)
	}
	dst = append(dst, ';')
	if l != nil {
		dst = append(dst, l.URI...)
	}
	return append(dst, '\a')
}

// joiner at the end of a cell makes some terminals draw the next character into the
// same cell, wherever the cursor has been put meanwhile. By itself it is not seen.
const joiner = "\u200d"

// A cell of a stock client takes no more from stockCell bytes on.
const stockCell = 32

// appendGlyph appends the character in column col of r as the receiver should get
// it: a space for what is no character at all, and a no-break space in front of
// combining characters that have nothing to stand on.
func (d *Dialect) appendGlyph(dst []byte, r *terminal.Row, col int) []byte {
	c := r.Cells()[col]
	if !c.Cluster() {
		ch := c.Rune()
		switch {
		case ch < utf8.RuneSelf && !control(ch):
			return append(dst, byte(ch))
		case control(ch) || c.Wide() && col+1 == r.Len():
			return append(dst, ' ')
		}
		return utf8.AppendRune(dst, ch)
	}
	start := len(dst)
	dst = r.Text(dst, col)
	if !d.Clusters {
		dst = unclustered(dst, start, r, col)
	}
	switch d.kind {
	case stock:
		dst = dst[:start+cutCluster(dst[start:])]
	case outer:
		dst = dst[:start+len(bytes.TrimRight(dst[start:], joiner))]
	}
	if !clean(string(dst[start:])) {
		return append(dst[:start], ' ')
	}
	return dst
}

// cutCluster returns how many bytes of a cluster a stock client's cell takes.
func cutCluster(text []byte) int {
	n := 0
	for n < len(text) && n < stockCell {
		_, size := utf8.DecodeRune(text[n:])
		n += size
	}
	return n
}
