package terminal

import (
	"slices"
	"strings"

	"gmosh/protocol/terminal/width"
)

// Options are what an Emulator is made with. The zero value is gmosh's own
// emulator with the newest width table.
type Options struct {
	// Stock: interpret as the emulator of a mosh 1.4.0 client does, quirks
	// included (spec section 9). It is what a stock server's screen diffs are
	// applied with.
	Stock bool
	// Widths is the table of character widths; both ends of a session must use
	// the same.
	Widths width.Version
	// Clusters: an application may switch grapheme clusters on (mode 2027) before
	// SetOuter says that the user's terminal shows them.
	Clusters bool
	// Scrolled, if it is set, is called with each line that leaves the top of
	// the main screen when the whole screen scrolls, in order. The row is never
	// written to again; keeping it, and how many, is the caller's business.
	Scrolled func(*Row)
}

// Bounds of an emulator's size. MaxCells keeps a screen below 8 MiB.
const (
	MaxSide  = 10000   // columns, and rows
	MaxCells = 1 << 20 // columns times rows
)

// ClampSize returns the size an emulator of cols x rows has: each at least 1
// and at most MaxSide, and no more rows than MaxCells allows.
func ClampSize(cols, rows int) (int, int) {
	cols = min(max(cols, 1), MaxSide)
	rows = min(max(rows, 1), MaxSide, MaxCells/cols)
	return cols, rows
}

// Emulator interprets what an application writes to its terminal. It belongs
// to one goroutine; the frames it gives out may be read from any.
type Emulator struct {
	f        Frame // the state as it stands: rows of the screen shown, cursor, pen, modes
	fn       *functions
	scrolled func(*Row)
	style    style
	in       parser
	scalars
	seldom

	// What Restart leaves: memory. No frame has f.rows. given is the list of the last
	// one; apart is where f.rows has another row: nowhere, in one place, or in several.
	given  []*Row
	apart  int
	store  store
	window []*Row // what f.rows is a window on, while whole screens scroll
}

// scalars are what is no pointer of an emulator's own state; Restart sets all of them.
type scalars struct {
	stock    bool
	clusters bool // Options.Clusters
	widths   width.Version

	region     region
	modes      modes
	charset    charset
	guard      cell // isGuarded while DECSCA or SPA is set
	protection protection
	checksums  uint8 // XTCHECKSUM
	last       lastPrinted
	alternate  bool // the alternate screen is shown
	level      int  // DECSCL
	c1         bool // answers have C1 controls, as single bytes (S8C1T)
}

// seldom is the rest of it, of which an emulator that applies screen diffs has nothing:
// to clear it each time would cost more than to interpret a small diff.
type seldom struct {
	other      *screen     // the screen not shown, nil until there was one
	saved      savedCursor // DECSC, of the screen shown
	tabs       tabStops
	answers    []byte
	savedModes map[int]bool // XTSAVE
	remembered map[int]bool // modes that do nothing else
	outer      Outer
	outerSet   bool
	kitty      []uint8          // what is below Frame.Keyboard.Kitty
	pens       []savedRendition // XTPUSHSGR
	palettes   []*Palette       // XTPUSHCOLORS
	titles     []Labels         // XTWINOPS 22
}

// used reports whether s is not as it was made.
func (s *seldom) used() bool {
	return s.other != nil || s.saved.set || s.tabs != nil || s.answers != nil || s.savedModes != nil ||
		s.remembered != nil || s.outerSet || s.kitty != nil || s.pens != nil || s.palettes != nil || s.titles != nil
}

// region is the scrolling region (DECSTBM, DECSLRM), inclusive.
type region struct{ top, bottom, left, right int }

// style is the pen (Frame.Pen) in the form that cells take.
type style struct {
	bits   cell // of a cell in Frame.Pen; without colours if it needs an extra
	erased cell // of an erased cell: the background alone
	// extra, erasedExtra: the bits are not complete, the row has to be asked.
	extra, erasedExtra bool
	// The row that was asked last, and its answer.
	row     *Row
	rowBits cell
}

// New returns an emulator with a blank screen; the size is clamped as by
// ClampSize.
func New(cols, rows int, opts Options) *Emulator {
	e := Resume(NewFrame(cols, rows), opts)
	for i := range e.f.rows {
		e.f.rows[i] = e.newRow()
	}
	e.apart = several
	return e
}

// Resume returns an emulator whose screen and synchronised modes are those of
// f, and everything else (tab stops, scroll region, parser, …) as in a new one.
// It is what a screen diff is applied with. f is not changed by it.
func Resume(f Frame, opts Options) *Emulator {
	e := new(Emulator)
	e.Restart(&f, opts)
	return e
}

// Restart makes e what Resume returns, and uses its memory again. Frames that e has
// given out stay as they are.
func (e *Emulator) Restart(f *Frame, opts Options) {
	rows := e.f.rows
	e.f = *f
	e.standOn(f, rows)
	e.f.gen++
	e.fn = &fullFunctions
	if opts.Stock {
		e.fn = &stockFunctions
	}
	e.scrolled = opts.Scrolled
	e.scalars = scalars{
		stock: opts.Stock, widths: opts.Widths, clusters: opts.Clusters,
		modes: defaultModes, level: highestLevel, charset: newCharset(), last: lastPrinted{row: -1},
	}
	e.in.restart(opts.Stock)
	if e.seldom.used() {
		e.seldom = seldom{}
	}
	if f.main != nil {
		if e.f.main = nil; !opts.Stock {
			e.alternate, e.other = true, &screen{rows: f.main, shared: true}
		}
	}
	e.resetRegion()
	e.penChanged()
}

// Frame returns the screen as it is. It costs a copy of the Frame value, and of the
// list of rows if more than one is not where the last frame had it; what the emulator
// changes later it copies first.
func (e *Emulator) Frame() (f Frame) {
	f = e.f
	if e.apart == several {
		e.given, e.apart = slices.Clone(e.f.rows), nowhere
	}
	if f.rows = e.given; e.apart >= 0 {
		f.one, f.at = e.f.rows[e.apart], e.apart
	}
	// A wrap that waits at a right margin cannot be told from a frame, which
	// has no margins.
	f.Cursor.PendingWrap = f.Cursor.PendingWrap && f.Cursor.Col == f.cols-1 && !e.f.rows[f.Cursor.Row].wrapped
	if e.alternate && !e.stock {
		f.main, e.other.shared = e.other.rows[:len(f.rows):len(f.rows)], true
	}
	e.f.gen++
	return f
}

// TakeAnswers returns what the application has been answered since the last
// call, for the caller to write to the pty, and nil if nothing. What an
// application asks beyond maxAnswers in between is not answered.
func (e *Emulator) TakeAnswers() []byte {
	out := e.answers
	e.answers = nil
	return out
}

// AppCursorKeys reports whether the application wants cursor keys as ESC O A
// (DECCKM), for the translation of what the user types.
func (e *Emulator) AppCursorKeys() bool { return e.modes.has(appCursor) }

// Synchronized reports whether the application is in the middle of an update
// (mode 2026). Frames had better be held back then, for a time that is the
// caller's to bound.
func (e *Emulator) Synchronized() bool { return e.modes.has(syncOutput) }

// maxAnswers bounds what waits for TakeAnswers, in bytes.
const maxAnswers = 16 << 10

// singleBytes are the control characters of answers as S8C1T has them: bytes and not
// UTF-8, in which xterm sends them too.
var singleBytes = strings.NewReplacer("\x1b[", "\x9b", "\x1b]", "\x9d", "\x1bP", "\x90", "\x1b\\", "\x9c")

// answer appends a reply, whole or not at all.
func (e *Emulator) answer(s string) {
	if e.c1 {
		s = singleBytes.Replace(s)
	}
	if len(e.answers)+len(s) <= maxAnswers {
		e.answers = append(e.answers, s...)
	}
}
