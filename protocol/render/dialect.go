package render

// Depth is how many colours a receiver shows: the size of its palette, or
// TrueColor.
type Depth uint32

// The depths that are told apart; others are rounded down by ForTerm.
const (
	Monochrome Depth = 0
	Colors8    Depth = 8
	Colors16   Depth = 16
	Colors256  Depth = 256
	TrueColor  Depth = 1 << 24
)

// Dialect is what a receiver can show and which sequences it knows. It is a value
// and comparable. Get one from Stock, Full or ForTerm; a client may then switch
// single fields, for instance after asking the terminal.
type Dialect struct {
	Colors Depth

	// Attributes beyond bold, underline and inverse, which everything has.
	Faint, Italic, Blink, Invisible, Strike, Overline bool
	UnderlineStyles, UnderlineColors                  bool // SGR 4:n; SGR 58 and 59
	Links                                             bool // OSC 8

	// Modes and strings.
	CursorVisibility bool // DECTCEM
	CursorShape      bool // DECSCUSR
	ReverseVideo     bool // DECSCNM
	BracketedPaste   bool // mode 2004
	FocusEvents      bool // mode 1004
	Mouse            bool // modes 9, 1000 to 1003, 1005, 1006, 1015
	MousePixels      bool // mode 1016
	CursorBlink      bool // mode 12
	AltScroll        bool // mode 1007
	Keypad           bool // DECKPAM, DECKPNM
	KittyKeys        bool // the kitty keyboard protocol; a real terminal has to be asked for it
	OtherKeys        bool // modifyOtherKeys; it too
	Clusters         bool // mode 2027
	Clipboard        bool // OSC 52
	Palette          bool // OSC 4, 5, 10 to 19 and what resets them
	Progress         bool // OSC 9;4
	Notifications    bool // OSC 9, 777
	Directory        bool // OSC 7
	Pointer          bool // OSC 22
	PromptMarks      bool // OSC 133
	Title            bool // OSC 0, 1, 2
	// TitlePrefix is put in front of titles (and of icon names that are equal to
	// them) on their way out; it is no part of any frame.
	TitlePrefix string
	TitleStack  bool // XTWINOPS 22 and 23: Open saves the title, Close restores it

	// Sequences that save bytes.
	ECH          bool // CSI Ps X
	BCE          bool // erased cells get the current background
	REP          bool // CSI Ps b
	InsertChars  bool // ICH, DCH
	InsertLines  bool // IL, DL
	ScrollRegion bool // DECSTBM
	ScrollCount  bool // SU, SD
	Columns      bool // CHA, VPA
	SGROff       bool // SGR 22 to 29, 39, 49: attributes can be switched off singly
	SyncOutput   bool // mode 2026: a large update appears at once

	// AutoWrap: a character in the last column leaves the cursor there until the
	// next one wraps (terminfo am and xenl), as xterm does. Without it the last
	// column is only drawn where what the terminal then does cannot matter, the
	// bottom right cell not at all, and soft wraps are not reproduced.
	AutoWrap bool

	// AltScreen: Open switches to a screen of its own and Close back.
	AltScreen bool
	// enter and leave do it (terminfo smcup and rmcup).
	enter, leave string

	kind kind
}

// kind is who the receiver is; it decides how equal frames must come out.
type kind uint8

const (
	outer kind = iota // a real terminal: what looks equal is equal
	stock             // a stock mosh client's emulator: equal cells
	full              // our own emulator: equal cells
)

// exact reports whether the receiver must end up with equal cells, not just with
// cells that look equal.
func (d *Dialect) exact() bool { return d.kind != outer }

// Stock is the dialect of a mosh 1.4.0 client's emulator (spec section 9), kept to
// what 1.2.5 reads too wherever a frame can be shown without the rest.
func Stock() Dialect {
	return Dialect{
		kind:             stock,
		Colors:           TrueColor,
		Italic:           true,
		Blink:            true,
		Invisible:        true,
		CursorVisibility: true,
		ReverseVideo:     true,
		BracketedPaste:   true,
		FocusEvents:      true,
		Mouse:            true,
		Clipboard:        true,
		Title:            true,
		ECH:              true,
		BCE:              true,
		InsertChars:      true,
		InsertLines:      true,
		ScrollRegion:     true,
		ScrollCount:      true,
		Columns:          true,
		AutoWrap:         true,
	}
}

// Full is the dialect of our own emulator: what a gmosh server sends to a gmosh
// client.
func Full() Dialect {
	d := Stock()
	d.kind = full
	d.Faint, d.Strike, d.Overline = true, true, true
	d.UnderlineStyles, d.UnderlineColors, d.Links = true, true, true
	d.CursorShape, d.CursorBlink, d.MousePixels = true, true, true
	d.AltScroll, d.Keypad, d.KittyKeys, d.OtherKeys, d.Clusters = true, true, true, true, true
	d.Palette, d.Progress, d.Notifications, d.Directory = true, true, true, true
	d.Pointer, d.PromptMarks = true, true
	d.REP, d.SGROff = true, true
	return d
}
