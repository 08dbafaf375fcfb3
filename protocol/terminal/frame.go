package terminal

// CursorShape is the argument of DECSCUSR (CSI Ps SP q), 0–6; 0 is the
// terminal's default.
type CursorShape uint8

// MouseMode is the DEC private mode that was set last: 0 (none), 9, 1000, 1001,
// 1002 or 1003.
type MouseMode uint16

// MouseEncoding is the DEC private mode of the coordinates that was set last: 0
// (X10), 1005, 1006, 1015 or 1016.
type MouseEncoding uint16

// Cursor is the position and look of the text cursor.
type Cursor struct {
	Row, Col int // from 0
	Visible  bool
	Shape    CursorShape
	// PendingWrap: the last column has been printed to; the next character
	// wraps first. Col is then the last column.
	PendingWrap bool
}

// Frame is a picture of a terminal at one moment, with the modes that a
// terminal at the other end must share. It is a value: assigning it copies it,
// its rows are shared and never written to. The zero Frame has no cells; use
// NewFrame.
//
// To draw over a frame (predictions, notices), use Overlay.
type Frame struct {
	cols int
	// rows is shared with other frames. one, if it is not nil, stands in the place of
	// rows[at]: most frames differ in one row from those before them.
	rows []*Row
	one  *Row
	at   int
	main []*Row // the main screen while rows is the alternate one, else nil
	// gen is not less than the gen of any row. An emulator that goes on from
	// here counts from gen+1, so that the rows it may write to are those with
	// its own number: no other has them.
	gen  uint64
	next uint64 // the next line number

	Cursor Cursor
	Pen    Rendition // the current rendition, which the next character gets

	Modes

	Labels  *Labels  // nil until the application has set one
	Palette *Palette // the colours that the application has set
	Signals *Signals // what it tells beside the screen

	// Counts, so that the same again is a change: OSC 52 writes, and OSC 9 and
	// 777. The newest of each stand in Signals.
	ClipboardSeq  uint64
	Notifications uint64

	// Bells counts BEL since the terminal was made. Any growth rings once.
	Bells uint64
}

// Modes are the modes of a Frame, as one value to be compared.
type Modes struct {
	ReverseVideo   bool // DECSCNM
	CursorBlink    bool // mode 12
	BracketedPaste bool // mode 2004
	FocusEvents    bool // mode 1004
	AltScroll      bool // mode 1007: the wheel is cursor keys on the alternate screen
	AppKeypad      bool // DECKPAM
	Mouse          MouseMode
	MouseEncoding  MouseEncoding
	Keyboard       Keyboard
}

// Labels are the names of the window. They are immutable once a frame has them.
type Labels struct{ Title, Icon string }

// Title returns the title that the application has set.
func (f *Frame) Title() string { return f.labels().Title }

// Icon returns the icon name that the application has set.
func (f *Frame) Icon() string { return f.labels().Icon }

func (f *Frame) labels() Labels {
	if f.Labels == nil {
		return Labels{}
	}
	return *f.Labels
}

// NewFrame returns a blank frame, the state 0 of a terminal of that size.
// The size is clamped as by ClampSize.
func NewFrame(cols, rows int) Frame {
	cols, rows = ClampSize(cols, rows)
	f := Frame{cols: cols, rows: make([]*Row, rows), Cursor: Cursor{Visible: true}}
	blank := newRow(cols)
	for i := range f.rows {
		f.rows[i] = blank
	}
	return f
}

// Size returns the frame's width and height in cells.
func (f *Frame) Size() (cols, rows int) { return f.cols, len(f.rows) }

// Row returns a row of the screen, 0 ≤ i < rows. It must not be kept as a way
// to change the frame: rows are shared.
func (f *Frame) Row(i int) *Row {
	if i == f.at && f.one != nil {
		return f.one
	}
	return f.rows[i]
}

// Equal reports whether both frames show the same, modes included. Rows that
// the frames share cost nothing.
func (f *Frame) Equal(o *Frame) bool {
	if f.cols != o.cols || len(f.rows) != len(o.rows) || !f.modesEqual(o) {
		return false
	}
	return f.sameScreen(o) && sameRows(f.main, o.main)
}

// modesEqual compares all but size and rows. The icon name alone does not make
// a new state (spec section 9), but what the title is compared with, is.
func (f *Frame) modesEqual(o *Frame) bool {
	return f.Cursor == o.Cursor && f.Pen.Equal(o.Pen) && f.Modes == o.Modes &&
		f.Palette.Equal(o.Palette) && f.Signals.Equal(o.Signals) && f.sameTitle(o) &&
		f.Notifications == o.Notifications && f.ClipboardSeq == o.ClipboardSeq && f.Bells == o.Bells
}

func (f *Frame) sameTitle(o *Frame) bool {
	return f.Labels == o.Labels || (f.Labels == nil) == (o.Labels == nil) && f.Title() == o.Title()
}

// Text returns the screen as lines of text without trailing blanks, for tests
// and people.
func (f *Frame) Text() []string {
	out := make([]string, len(f.rows))
	var buf []byte
	for i := range out {
		buf = buf[:0]
		r := f.Row(i)
		for c := range r.cells {
			buf = r.Text(buf, c)
		}
		n := len(buf)
		for n > 0 && buf[n-1] == ' ' {
			n--
		}
		out[i] = string(buf[:n])
	}
	return out
}

// Overlay is a frame of its own that may be drawn on; the rows it does not
// touch stay shared with the frame it came from. It is for predictions and
// notices. Not safe for concurrent use.
type Overlay struct {
	Frame Frame
	own   []bool
}

// NewOverlay returns a copy of f to draw on.
func NewOverlay(f Frame) *Overlay {
	o := &Overlay{Frame: f, own: make([]bool, len(f.rows))}
	o.Frame.rows, o.Frame.one = f.appendRows(nil), nil
	return o
}

// Set puts text (one character, with its combining marks) of the given width, 1
// or 2, at row and col in rendition s. The other half of any wide character it
// cuts becomes blank. Outside the screen, or a wide character in the last
// column, nothing happens.
func (o *Overlay) Set(row, col int, text string, width int, s Rendition) {
	if text == "" || row < 0 || row >= len(o.Frame.rows) || col < 0 || width < 1 || width > 2 || col+width > o.Frame.cols {
		return
	}
	r := o.row(row)
	r.breakWide(col)
	r.breakWide(col + width - 1)
	r.cells[col] = 0
	r.setText(col, []byte(text))
	r.setRendition(col, s)
	if width == 2 {
		r.cells[col] |= isWide
		r.cells[col+1] = isTail | r.cells[col]&styleBits
	}
}

// Restyle changes how the cell at row and col is drawn, and leaves its text.
func (o *Overlay) Restyle(row, col int, s Rendition) {
	if row < 0 || row >= len(o.Frame.rows) || col < 0 || col >= o.Frame.cols {
		return
	}
	o.row(row).setRendition(col, s)
}

func (o *Overlay) row(i int) *Row {
	if !o.own[i] {
		o.Frame.rows[i] = o.Frame.rows[i].clone()
		o.own[i] = true
	}
	return o.Frame.rows[i]
}
