package terminal

// Color is a cell's foreground, background or underline colour.
// The zero value is the terminal's default colour.
type Color uint32

const (
	colorIndexed Color = 1 << 24
	colorRGB     Color = 2 << 24
)

// Indexed is colour n of the 256-colour palette; 0–7 are SGR 30–37 and 8–15
// are SGR 90–97.
func Indexed(n uint8) Color { return colorIndexed | Color(n) }

// RGB is a direct (truecolor) colour.
func RGB(r, g, b uint8) Color {
	return colorRGB | Color(r)<<16 | Color(g)<<8 | Color(b)
}

// Index returns the palette index of an indexed colour.
func (c Color) Index() (n uint8, ok bool) { return uint8(c), c&^0xff == colorIndexed }

// RGB returns the components of a direct colour.
func (c Color) RGB() (r, g, b uint8, ok bool) {
	return uint8(c >> 16), uint8(c >> 8), uint8(c), c&^0xffffff == colorRGB
}

// Attr is a set of character attributes, with the underline style in three of
// its bits. The zero value is plain text.
type Attr uint16

// The attributes of a cell.
const (
	Bold Attr = 1 << iota
	Faint
	Italic
	Blink
	Inverse
	Invisible
	Strike
	Overline
	_ // in a cell: isGuarded

	underlineShift      = 9
	underlineMask  Attr = 7 << underlineShift
)

// Underline is the style of a cell's underline, as in SGR 4:n.
type Underline uint8

// Underline styles; NoUnderline is the zero value.
const (
	NoUnderline Underline = iota
	SingleUnderline
	DoubleUnderline
	CurlyUnderline
	DottedUnderline
	DashedUnderline
)

// Underline returns the underline style held in a.
func (a Attr) Underline() Underline { return Underline(a & underlineMask >> underlineShift) }

// WithUnderline returns a with its underline style replaced.
func (a Attr) WithUnderline(u Underline) Attr {
	return a&^underlineMask | Attr(u)<<underlineShift&underlineMask
}

// Link is the target of an OSC 8 hyperlink. A Link is never changed once it is
// part of a rendition.
type Link struct {
	ID  string // the id= parameter, empty if none was given
	URI string
}

// Rendition is how a cell is drawn: what SGR and OSC 8 set. It is a value;
// compare with Equal, since two links may be the same without being one.
type Rendition struct {
	FG, BG         Color
	UnderlineColor Color
	Attr           Attr
	Link           *Link
}

// Equal reports whether r and o draw alike.
func (r Rendition) Equal(o Rendition) bool {
	if r.FG != o.FG || r.BG != o.BG || r.UnderlineColor != o.UnderlineColor || r.Attr != o.Attr {
		return false
	}
	return r.Link == o.Link || r.Link != nil && o.Link != nil && *r.Link == *o.Link
}

// Cell is one character position of a Row, as a Row shows it to a reader: the
// row keeps it in half the space (see cell). Its text may need the Row
// (Row.Text), and so do hyperlinks and underline colours (Row.Rendition);
// compare cells through Row.CellEqual.
//
// An erased cell is a space: the two are not told apart.
type Cell struct {
	char   rune // the base character; 0 for a tail or a cluster
	attr   Attr
	wide   bool
	tail   bool
	fg, bg Color
}

// Wide reports whether c is the left half of a wide character. Its right half
// is the Tail in the next column, unless a stock emulator (Options.Stock) has
// printed over that: then the wide character still stands, and what is in the
// next column is not seen.
func (c Cell) Wide() bool { return c.wide }

// Tail reports whether c is the right half of a wide character.
func (c Cell) Tail() bool { return c.tail }

// Rune returns the first (base) character of a cell that is no cluster, 0 for
// a tail or a cluster. A blank cell is ' '.
func (c Cell) Rune() rune { return c.char }

// Blank reports whether c shows no character: a space without an underline,
// strike, overline or inverse rendition may still have a background.
func (c Cell) Blank() bool { return c.char == ' ' }

// FG returns the cell's foreground colour.
func (c Cell) FG() Color { return c.fg }

// BG returns the cell's background colour.
func (c Cell) BG() Color { return c.bg }

// Attr returns the cell's attributes.
func (c Cell) Attr() Attr { return c.attr }

// cell is a Cell as a Row stores it. The zero cell is a blank in the default
// rendition, so a new or cleared row needs no filling.
//
//	bits 0–20   the character XOR ' ', or an offset into side.text; 0 for a tail
//	     21–23  cluster, wide, tail
//	     24–35  Attr, with isGuarded in the bit that it leaves free
//	     36–44  foreground, 45–53 background: 0 default, else palette index + 1
//	     54     extra: bits 36–53 are an index into side.extras instead
//
// Cells without cluster, extra and guard look alike if and only if they are
// equal as numbers, in whatever row.
type cell uint64

const (
	charBits = 21
	charMask = 1<<charBits - 1

	isCluster cell = 1 << 21
	isWide    cell = 1 << 22
	isTail    cell = 1 << 23
	isExtra   cell = 1 << 54
	// isGuarded: selective erase leaves the cell alone (DECSCA). It does not
	// show, so it is no part of equality.
	isGuarded cell = 1 << (attrShift + 8)

	attrShift  = 24
	fgShift    = 36
	bgShift    = 45
	attrMask   = 1<<12 - 1 - 1<<8
	colorMask  = 1<<9 - 1
	extraShift = fgShift
	extraMask  = 1<<18 - 1

	textBits  = isCluster | isWide | isTail | charMask
	styleBits = ^textBits

	// indirect cells have to be compared by more than their number.
	indirect = isCluster | isExtra | isGuarded
)

// charCell is the text part of a cell that holds r.
func charCell(r rune) cell { return cell(r^' ') & charMask }

// char returns the character of a cell without cluster or tail.
func (c cell) char() rune { return rune(c&charMask) ^ ' ' }

// blank reports whether c shows a single space, in whatever rendition.
func (c cell) blank() bool { return c&textBits == 0 }

// packColor returns the nine bits of a colour that has such: all but RGB.
func packColor(c Color) (bits cell, ok bool) {
	if c == 0 {
		return 0, true
	}
	return cell(uint8(c)) + 1, c>>24 == colorIndexed>>24
}

func unpackColor(bits cell) Color {
	if bits &= colorMask; bits != 0 {
		return Indexed(uint8(bits - 1))
	}
	return 0
}

// packStyle returns the style bits of a cell in rendition s, if it needs no
// entry in side.extras; else only those of its attributes.
func packStyle(s Rendition) (style cell, ok bool) {
	style = cell(s.Attr&attrMask) << attrShift
	fg, ok1 := packColor(s.FG)
	bg, ok2 := packColor(s.BG)
	if !ok1 || !ok2 || s.UnderlineColor != 0 || s.Link != nil {
		return style, false
	}
	return style | fg<<fgShift | bg<<bgShift, true
}
