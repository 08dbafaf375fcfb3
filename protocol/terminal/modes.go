package terminal

import "slices"

// modes is the set of modes that are on and concern only the emulator. Those
// that the other end must share stand in Frame.
type modes uint32

const (
	appCursor       modes = 1 << iota // DECCKM
	insertMode                        // IRM
	newLineMode                       // LNM
	autoWrap                          // DECAWM
	originMode                        // DECOM
	reverseWrap                       // 45
	reverseWrapFar                    // 1045, which newer xterms have: as 45
	marginMode                        // DECLRMM
	columnsMode                       // 40: DECCOLM is obeyed
	wideColumns                       // DECCOLM
	moreFix                           // 41: a tab after the last column wraps first
	noAlternate                       // 1046, reset: there is no alternate screen
	syncOutput                        // 2026
	clusterMode                       // 2027
	schemeReports                     // 2031
	backarrow                         // DECBKM
	rectangleExtent                   // DECSACE

	defaultModes = autoWrap
)

func (m modes) has(o modes) bool { return m&o != 0 }

func (m *modes) set(o modes, on bool) {
	if *m &^= o; on {
		*m |= o
	}
}

// mode is a mode that can be set, reset and asked for.
type mode struct {
	set func(*Emulator, bool)
	get func(*Emulator) bool // nil: not to be asked for
	// fixed: it can only be asked for, and is always so (DECRQM's 3 and 4).
	fixed byte
	// denied, where it is set, says when a mode that there is comes to nothing.
	denied func(*Emulator) bool
}

// unless is a mode that comes to nothing where the user's terminal lacks something.
func (m mode) unless(l Lacking) mode {
	m.denied = lacks(l)
	return m
}

// always is a mode that cannot be changed.
func always(state byte) mode { return mode{fixed: state} }

const (
	permanentlySet   = '3'
	permanentlyReset = '4'
)

// remembered is a mode that shows in nothing but DECRQM's answer: printers, smooth
// scrolling, scroll bars, … By default it is as byDefault says.
func remembered(n int, byDefault bool) mode {
	return mode{
		set: func(e *Emulator, on bool) {
			if e.remembered == nil {
				e.remembered = map[int]bool{} // never more than there are modes
			}
			e.remembered[n] = on
		},
		get: func(e *Emulator) bool {
			if on, ok := e.remembered[n]; ok {
				return on
			}
			return byDefault
		},
	}
}

// ownMode is a mode that is nothing but remembered.
func ownMode(m modes) mode {
	return mode{
		set: func(e *Emulator, on bool) { e.modes.set(m, on) },
		get: func(e *Emulator) bool { return e.modes.has(m) },
	}
}

// shared is a mode that is a flag of the frame.
func shared(field func(*Frame) *bool) mode {
	return mode{
		set: func(e *Emulator, on bool) { *field(&e.f) = on },
		get: func(e *Emulator) bool { return *field(&e.f) },
	}
}

// mouse is a mode of which the last one set counts; resetting any ends all.
func mouse(m MouseMode) mode {
	return mode{
		set: func(e *Emulator, on bool) {
			if e.f.Mouse = 0; on {
				e.f.Mouse = m
			}
		},
		get:    func(e *Emulator) bool { return e.f.Mouse == m },
		denied: lacks(NoMouse),
	}
}

// coordinates is mouse for the encoding.
func coordinates(m MouseEncoding, needs Lacking) mode {
	return mode{
		set: func(e *Emulator, on bool) {
			if e.f.MouseEncoding = 0; on {
				e.f.MouseEncoding = m
			}
		},
		get:    func(e *Emulator) bool { return e.f.MouseEncoding == m },
		denied: lacks(needs),
	}
}

// ansiModes are numbered from 1; those of privateModes that follow are negative in
// remembered.
var ansiModes = map[int]mode{
	1:  always(permanentlyReset), // GATM
	2:  remembered(-2, false),    // KAM: the keyboard is not ours to lock
	3:  always(permanentlyReset), // CRM
	4:  ownMode(insertMode),
	5:  always(permanentlyReset), // SRTM
	7:  always(permanentlyReset), // VEM
	10: always(permanentlyReset), // HEM
	11: always(permanentlyReset), // PUM
	12: remembered(-12, true),    // SRM: echo is the pseudo terminal's business
	13: always(permanentlyReset), // FEAM
	14: always(permanentlyReset), // FETM
	15: always(permanentlyReset), // MATM
	16: always(permanentlyReset), // TTM
	17: always(permanentlyReset), // SATM
	18: always(permanentlyReset), // TSM
	19: always(permanentlyReset), // EBM
	20: ownMode(newLineMode),
}

var privateModes = map[int]mode{
	1:    ownMode(appCursor),
	2:    always(permanentlySet), // DECANM: there is no VT52
	3:    {set: (*Emulator).setColumns, get: func(e *Emulator) bool { return e.modes.has(wideColumns) }},
	4:    remembered(4, false), // DECSCLM
	5:    shared(func(f *Frame) *bool { return &f.ReverseVideo }),
	6:    {set: (*Emulator).setOrigin, get: func(e *Emulator) bool { return e.modes.has(originMode) }},
	7:    {set: (*Emulator).setAutoWrap, get: func(e *Emulator) bool { return e.modes.has(autoWrap) }},
	8:    always(permanentlyReset), // DECARM: not ours to change
	9:    mouse(9),
	12:   shared(func(f *Frame) *bool { return &f.CursorBlink }),
	18:   remembered(18, false), // DECPFF
	19:   remembered(19, false), // DECPEX
	25:   shared(func(f *Frame) *bool { return &f.Cursor.Visible }),
	30:   remembered(30, false), // scroll bar
	40:   ownMode(columnsMode),
	41:   ownMode(moreFix),
	42:   remembered(42, false), // DECNRCM: national sets can always be designated
	44:   remembered(44, false), // margin bell
	45:   ownMode(reverseWrap),
	46:   always(permanentlyReset), // logging
	47:   {set: (*Emulator).setAlternate, get: (*Emulator).isAlternate},
	66:   shared(func(f *Frame) *bool { return &f.AppKeypad }),
	67:   ownMode(backarrow),
	69:   {set: (*Emulator).setMargins, get: func(e *Emulator) bool { return e.modes.has(marginMode) }},
	1000: mouse(1000),
	1001: mouse(1001),
	1002: mouse(1002),
	1003: mouse(1003),
	1004: shared(func(f *Frame) *bool { return &f.FocusEvents }).unless(NoFocusEvents),
	1005: coordinates(1005, NoMouse),
	1006: coordinates(1006, NoMouse),
	1007: shared(func(f *Frame) *bool { return &f.AltScroll }),
	1010: remembered(1010, false), // scroll to the bottom on output
	1011: remembered(1011, false), // … on a key
	1015: coordinates(1015, NoMouse),
	1016: coordinates(1016, NoMouse|NoMousePixels),
	1034: always(permanentlyReset), // 8-bit keys: all is UTF-8
	1045: ownMode(reverseWrapFar),
	1046: {set: (*Emulator).allowAlternate, get: func(e *Emulator) bool { return !e.modes.has(noAlternate) }},
	1047: {set: (*Emulator).setAlternateCleared, get: (*Emulator).isAlternate},
	1048: {set: (*Emulator).setSaved, get: func(e *Emulator) bool { return e.saved.set }},
	1049: {set: (*Emulator).setAlternateSaved, get: (*Emulator).isAlternate},
	2004: shared(func(f *Frame) *bool { return &f.BracketedPaste }).unless(NoBracketedPaste),
	2026: ownMode(syncOutput),
	2027: {set: (*Emulator).setClusters, get: func(e *Emulator) bool { return e.modes.has(clusterMode) },
		denied: func(e *Emulator) bool { return !e.canCluster() }},
	2031: ownMode(schemeReports),
}

func (e *Emulator) setModes()          { e.eachMode(e.fn.ansi, true) }
func (e *Emulator) resetModes()        { e.eachMode(e.fn.ansi, false) }
func (e *Emulator) setPrivateModes()   { e.eachMode(e.fn.modes, true) }
func (e *Emulator) resetPrivateModes() { e.eachMode(e.fn.modes, false) }

func (e *Emulator) eachMode(table map[int]mode, on bool) {
	for i := range e.in.seq.n {
		if m, ok := table[e.in.seq.value(i)]; ok && m.set != nil {
			m.set(e, on)
		}
	}
}

// saveModes and restoreModes are XTSAVE and XTRESTORE.
func (e *Emulator) saveModes() {
	for i := range e.in.seq.n {
		n := e.in.seq.value(i)
		if m, ok := privateModes[n]; ok && m.get != nil {
			if e.savedModes == nil {
				e.savedModes = map[int]bool{} // never more than there are modes
			}
			e.savedModes[n] = m.get(e)
		}
	}
}

func (e *Emulator) restoreModes() {
	for i := range e.in.seq.n {
		n := e.in.seq.value(i)
		if on, ok := e.savedModes[n]; ok {
			privateModes[n].set(e, on)
		}
	}
}

// setColumns is DECCOLM. The size is the user's, but what comes with the change
// happens: margins gone, screen cleared, cursor home.
func (e *Emulator) setColumns(on bool) {
	if !e.modes.has(columnsMode) && !e.stock {
		return
	}
	e.modes.set(wideColumns, on)
	e.modes.set(marginMode, false)
	e.resetRegion()
	e.eraseRows(0, len(e.f.rows))
	e.home()
}

func (e *Emulator) setOrigin(on bool) {
	e.modes.set(originMode, on)
	e.home()
}

func (e *Emulator) setAutoWrap(on bool) {
	e.modes.set(autoWrap, on)
	e.f.Cursor.PendingWrap = e.f.Cursor.PendingWrap && on
}

// setMargins is DECLRMM; without it there are no left and right margins.
func (e *Emulator) setMargins(on bool) {
	if on && e.level < marginLevel {
		return
	}
	if on == e.modes.has(marginMode) {
		return
	}
	e.modes.set(marginMode, on)
	e.region.left, e.region.right = 0, e.f.cols-1
}

func (e *Emulator) setSaved(on bool) {
	if on {
		e.saveCursor()
	} else {
		e.restoreCursor()
	}
}

func (e *Emulator) isAlternate() bool { return e.alternate }

// allowAlternate is mode 1046: without it there is no alternate screen.
func (e *Emulator) allowAlternate(on bool) {
	if !on {
		e.setAlternate(false)
	}
	e.modes.set(noAlternate, !on)
}

// setAlternate is mode 47: it only switches. The cursor stays where it is.
func (e *Emulator) setAlternate(on bool) {
	if on == e.alternate || on && e.modes.has(noAlternate) {
		return
	}
	e.last.row = -1
	if e.other == nil {
		e.other = &screen{}
	}
	o := e.other
	if o.shared { // as the main one of a frame
		o.rows, o.shared = slices.Clone(o.rows), false
	}
	e.f.rows, o.rows = o.rows, e.f.rows
	e.apart = several
	e.saved, o.saved = o.saved, e.saved
	e.kitty, o.kitty = o.kitty, e.kitty
	e.f.Keyboard.Kitty, o.keyboard = o.keyboard, e.f.Keyboard.Kitty
	e.alternate = on
	if e.f.rows == nil {
		e.f.rows = make([]*Row, len(o.rows))
		for i := range e.f.rows {
			e.f.rows[i] = e.newRow()
		}
	}
}

// setAlternateCleared is mode 1047: the alternate screen is cleared when it is
// left.
func (e *Emulator) setAlternateCleared(on bool) {
	if !on && e.alternate {
		e.eraseRows(0, len(e.f.rows))
	}
	e.setAlternate(on)
}

// setAlternateSaved is mode 1049: it saves the cursor and clears the alternate
// screen before it is used.
func (e *Emulator) setAlternateSaved(on bool) {
	if on {
		if e.modes.has(noAlternate) {
			return
		}
		e.saveCursor()
		e.setAlternate(true)
		e.eraseRows(0, len(e.f.rows))
		return
	}
	e.setAlternate(false)
	e.restoreCursor()
}

// softReset is DECSTR.
func (e *Emulator) softReset() {
	e.modes = e.modes&^(appCursor|insertMode|originMode|marginMode|reverseWrap|reverseWrapFar) | autoWrap
	e.f.Cursor.Visible, e.f.AppKeypad = true, false
	delete(e.remembered, -2) // KAM
	delete(e.remembered, 42) // DECNRCM
	e.resetRegion()
	e.f.Pen, e.guard, e.protection = Rendition{}, 0, protectDEC
	e.penChanged()
	e.charset = newCharset()
	e.saved = savedCursor{}
}

// Levels of conformance (DECSCL): what a function needs stands where it is named.
const (
	marginLevel  = 4 // DECLRMM
	highestLevel = 4 // a VT420
)

// setLevel is DECSCL: a level, and whether answers are 7-bit (1; level 1 has no
// others). It resets as DECSTR does (VT220 manual, and xterm).
func (e *Emulator) setLevel() {
	if n := e.arg(0, 0) - 60; n >= 1 && n <= highestLevel+1 {
		e.softReset()
		e.level = min(n, highestLevel)
		e.c1 = n > 1 && e.arg(1, 0) != 1
	}
}

// hardReset is RIS. What counts (bells, clipboard, notifications), the title and the
// directory stay.
func (e *Emulator) hardReset() {
	e.setAlternate(false)
	e.other = nil
	e.softReset()
	e.modes, e.level, e.c1, e.checksums = defaultModes, highestLevel, false, 0
	e.savedModes, e.remembered = nil, nil
	e.titles, e.pens, e.palettes, e.kitty = nil, nil, nil, nil
	e.tabs = nil
	f := &e.f
	f.ReverseVideo, f.BracketedPaste, f.FocusEvents, f.CursorBlink, f.AltScroll = false, false, false, false, false
	f.Mouse, f.MouseEncoding, f.Keyboard = 0, 0, Keyboard{}
	f.Cursor = Cursor{Visible: true}
	f.Palette = nil
	if f.Signals != nil {
		e.signal(func(s *Signals) { s.Progress, s.Pointer = Progress{}, "" })
	}
	e.eraseRows(0, len(f.rows))
}
