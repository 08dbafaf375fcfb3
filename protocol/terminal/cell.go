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

// The attributes of a cell. Protected is DECSCA's (selective erase), which is
// no part of SGR.
const (
	Bold Attr = 1 << iota
	Faint
	Italic
	Blink
	Inverse
	Invisible
	Strike
	Overline
	Protected

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

// Cell is one character position of a Row, 16 bytes without pointers. What
// does not fit (clusters, hyperlinks, underline colours) stands in tables of
// the row, so a Cell means something only together with its Row: use the
// Row's methods to read its text and rendition, and compare cells of two rows
// through Row.CellEqual.
//
// An erased cell is a space: the two are not told apart.
type Cell struct {
	content uint32 // a rune, or an index into Row.clusters; with the flags below
	fg, bg  Color
	attr    Attr
	extra   uint16 // 1 + index into Row.extras; 0: no link, default underline colour
}

const (
	flagCluster uint32 = 1 << 31 // the low bits index Row.clusters
	flagWide    uint32 = 1 << 30 // left half of a character two columns wide
	flagTail    uint32 = 1 << 29 // right half of one; its low bits are zero
	contentMask uint32 = 1<<21 - 1
)

// blankCell is an erased cell in the default rendition.
var blankCell = Cell{content: ' '}

// Wide reports whether c is the left half of a wide character.
func (c Cell) Wide() bool { return c.content&flagWide != 0 }

// Tail reports whether c is the right half of a wide character.
func (c Cell) Tail() bool { return c.content&flagTail != 0 }

// Rune returns the first (base) character of a cell that is no cluster, 0 for
// a tail or a cluster. A blank cell is ' '.
func (c Cell) Rune() rune {
	if c.content&(flagCluster|flagTail) != 0 {
		return 0
	}
	return rune(c.content & contentMask)
}

// Blank reports whether c shows no character: a space without an underline,
// strike, overline or inverse rendition may still have a background.
func (c Cell) Blank() bool { return c.content == ' ' }

// FG returns the cell's foreground colour.
func (c Cell) FG() Color { return c.fg }

// BG returns the cell's background colour.
func (c Cell) BG() Color { return c.bg }

// Attr returns the cell's attributes.
func (c Cell) Attr() Attr { return c.attr }
