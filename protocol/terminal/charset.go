package terminal

// charset is which characters bytes 0x20–0x7e stand for: the sets designated as
// G0–G3, and the one that is in use.
type charset struct {
	g      [4]set
	gl     uint8
	single uint8 // 1 + G2 or G3 for the next character (SS2, SS3); 0: none
	plain  bool  // the next character is ASCII as it stands
}

// set is a character set; what gmosh does not know is ASCII.
type set uint8

const (
	setASCII set = iota
	setUK
	setLines // DEC special graphics
)

// designators are the final bytes of ESC ( F and its like.
var designators = map[byte]set{'B': setASCII, 'A': setUK, '0': setLines}

func newCharset() charset { return charset{plain: true} }

func (c *charset) designate(n int, s set) {
	c.g[n] = s
	c.update()
}

func (c *charset) lockShift(n uint8) {
	c.gl = n
	c.update()
}

func (c *charset) singleShift(n uint8) {
	c.single = 1 + n
	c.update()
}

func (c *charset) update() { c.plain = c.single == 0 && c.g[c.gl] == setASCII }

// translate returns what an ASCII character stands for.
func (c *charset) translate(r rune) rune {
	if c.plain {
		return r
	}
	s := c.g[c.gl]
	if c.single != 0 {
		s = c.g[c.single-1]
		c.single = 0
		c.update()
	}
	switch {
	case s == setUK && r == '#':
		return '£'
	case s == setLines && r >= '_' && r <= '~':
		return lines[r-'_']
	}
	return r
}

// lines is the DEC special graphics set from 0x5f on.
var lines = [...]rune{
	'\u00a0', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼',
	'⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
}
