package terminal

// charset is which characters bytes 0x20–0x7e stand for: the sets designated as
// G0–G3, and the one that is in use. Bytes from 0x80 on are UTF-8, so there is no
// right half for a set to be shifted into.
type charset struct {
	g      [4]set
	gl     uint8
	single uint8 // 1 + G2 or G3 for the next character (SS2, SS3); 0: none
	plain  bool  // the next character is ASCII as it stands
}

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

// restore takes back what DECCIR told: the shift, the flags with SS2 and SS3, which
// sets have 96 characters, and the designators of all four.
func (c *charset) restore(gl, flags, sizes byte, designators string) {
	c.gl, c.single = gl, 0
	if flags&flagSS2 != 0 {
		c.single = 3
	} else if flags&flagSS3 != 0 {
		c.single = 4
	}
	for i := range c.g {
		n := min(1, len(designators))
		table := designators94
		if sizes>>i&1 != 0 {
			table = designators96
		}
		c.g[i] = table[designators[:n]]
		designators = designators[n:]
	}
	c.update()
}

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
	return s.translate(r)
}

// set is a character set; what gmosh does not know is ASCII.
type set uint8

const (
	setASCII set = iota
	setUK
	setLines // DEC special graphics
	setTechnical
	setSupplemental
	setLatin1
	setDutch
	setFinnish
	setFrench
	setFrenchCanadian
	setGerman
	setItalian
	setNorwegian
	setSpanish
	setSwedish
	setSwiss
	setCount
)

// designators94 and designators96 are what stands after ESC ( and its like, and
// after ESC - and its like (VT420 manual, table 2-3; VT510 manual, SCS).
var designators94 = map[string]set{
	"B": setASCII, "A": setUK, "0": setLines, ">": setTechnical, "<": setSupplemental,
	"4": setDutch, "C": setFinnish, "5": setFinnish, "R": setFrench, "f": setFrench,
	"Q": setFrenchCanadian, "9": setFrenchCanadian, "K": setGerman, "Y": setItalian,
	"E": setNorwegian, "6": setNorwegian, "`": setNorwegian,
	"Z": setSpanish, "H": setSwedish, "7": setSwedish, "=": setSwiss,
}

var designators96 = map[string]set{"A": setLatin1}

// name is a designator of the set.
func (s set) name() string { return setNames[s] }

var setNames = [setCount]string{
	"B", "A", "0", ">", "<", "A", "4", "C", "R", "Q", "K", "Y", "E", "Z", "H", "=",
}

func (s set) is96() bool { return s == setLatin1 }

// nationals are the characters that stand for #@[\]^_`{|}~ in the national
// replacement sets, where a space is the character itself.
var nationals = [setCount]string{
	setUK:             "£           ",
	setDutch:          "£¾ĳ½|   ¨ƒ¼´",
	setFinnish:        "  ÄÖÅÜ éäöåü",
	setFrench:         "£à°ç§   éùè¨",
	setFrenchCanadian: " àâçêî ôéùèû",
	setGerman:         " §ÄÖÜ   äöüß",
	setItalian:        "£§°çé  ùàòèì",
	setNorwegian:      " ÄÆØÅÜ äæøåü",
	setSpanish:        "£§¡Ñ¿   °ñç ",
	setSwedish:        " ÉÄÖÅÜ éäöåü",
	setSwiss:          "ùàéçêîèôäöüû",
}

const nationalPlaces = "#@[\\]^_`{|}~"

func (s set) translate(r rune) rune {
	switch {
	case r < 0x20 || r > 0x7e:
		return r
	case s == setLines:
		if r >= '_' {
			return lines[r-'_']
		}
		return r
	case s == setTechnical:
		return firstOf(technical[r-0x20], r)
	case s == setSupplemental:
		return firstOf(supplemental(r), r)
	case s == setLatin1:
		return r + 0x80
	case nationals[s] == "":
		return r
	}
	i := 0
	for _, n := range nationals[s] {
		if rune(nationalPlaces[i]) == r {
			return firstOf(n, r)
		}
		i++
	}
	return r
}

// firstOf is c, or r where a table has nothing.
func firstOf(c, r rune) rune {
	if c == 0 || c == ' ' {
		return r
	}
	return c
}

// lines is the DEC special graphics set from 0x5f on.
var lines = [...]rune{
	'\u00a0', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼',
	'⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
}

// supplemental is the DEC supplemental graphics set: Latin-1 but for a few places.
func supplemental(r rune) rune {
	switch r {
	case '(':
		return '¤'
	case 'W':
		return 'Œ'
	case ']':
		return 'Ÿ'
	case 'w':
		return 'œ'
	case '}':
		return 'ÿ'
	case ' ', '$', '&', ',', '-', '.', '/', '4', '8', '>', 'P', '^', 'p', '~':
		return 0
	}
	return r + 0x80
}

// technical is the DEC technical set from 0x20 on (VT420 manual, figure 2-6).
var technical = [0x5f]rune{
	0x01: '⎷', '┌', '─', '⌠', '⌡', '│', '⎡', '⎣', '⎤', '⎦', '⎛', '⎝', '⎞', '⎠', '⎨',
	0x10: '⎬', 0x1c: '≤', '≠', '≥', '∫',
	0x20: '∴', '∝', '∞', '÷', 'Δ', '∇', 'Φ', 'Γ', '∼', '≃', 'Θ', '×', 'Λ', '⇔', '⇒', '≡',
	0x30: 'Π', 'Ψ', 0, 'Σ', 0, 0, '√', 'Ω', 'Ξ', 'Υ', '⊂', '⊃', '∩', '∪', '∧', '∨',
	0x40: '¬', 'α', 'β', 'χ', 'δ', 'ε', 'φ', 'γ', 'η', 'ι', 'θ', 'κ', 'λ', 0, 'ν', '∂',
	0x50: 'π', 'ψ', 'ρ', 'σ', 'τ', 0, 'ƒ', 'ω', 'ξ', 'υ', 'ζ', '←', '↑', '→', '↓',
}
