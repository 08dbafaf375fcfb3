package terminal

// modes is the set of modes that are on and concern only the emulator. Those
// that the other end must share stand in Frame.
type modes uint32

const (
	appCursor       modes = 1 << iota // DECCKM
	appKeypad                         // DECKPAM, DECNKM
	insertMode                        // IRM
	newLineMode                       // LNM
	autoWrap                          // DECAWM
	originMode                        // DECOM
	reverseWrap                       // 45
	marginMode                        // DECLRMM
	columnsMode                       // 40: DECCOLM is obeyed
	wideColumns                       // DECCOLM
	altScroll                         // 1007
	syncOutput                        // 2026
	cursorBlink                       // 12
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
}

// flag is a mode that is nothing but remembered.
func flag(m modes) mode {
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
		get: func(e *Emulator) bool { return e.f.Mouse == m },
	}
}

// coordinates is mouse for the encoding.
func coordinates(m MouseEncoding) mode {
	return mode{
		set: func(e *Emulator, on bool) {
			if e.f.MouseEncoding = 0; on {
				e.f.MouseEncoding = m
			}
		},
		get: func(e *Emulator) bool { return e.f.MouseEncoding == m },
	}
}

var ansiModes = map[int]mode{
	4:  flag(insertMode),
	20: flag(newLineMode),
}

var privateModes = map[int]mode{
	1:    flag(appCursor),
	3:    {set: (*Emulator).setColumns, get: func(e *Emulator) bool { return e.modes.has(wideColumns) }},
	5:    shared(func(f *Frame) *bool { return &f.ReverseVideo }),
	6:    {set: (*Emulator).setOrigin, get: func(e *Emulator) bool { return e.modes.has(originMode) }},
	7:    {set: (*Emulator).setAutoWrap, get: func(e *Emulator) bool { return e.modes.has(autoWrap) }},
	9:    mouse(9),
	12:   flag(cursorBlink),
	25:   shared(func(f *Frame) *bool { return &f.Cursor.Visible }),
	40:   flag(columnsMode),
	45:   flag(reverseWrap),
	47:   {set: (*Emulator).setAlternate, get: (*Emulator).isAlternate},
	66:   flag(appKeypad),
	67:   flag(backarrow),
	69:   {set: (*Emulator).setMargins, get: func(e *Emulator) bool { return e.modes.has(marginMode) }},
	1000: mouse(1000),
	1001: mouse(1001),
	1002: mouse(1002),
	1003: mouse(1003),
	1004: shared(func(f *Frame) *bool { return &f.FocusEvents }),
	1005: coordinates(1005),
	1006: coordinates(1006),
	1007: flag(altScroll),
	1015: coordinates(1015),
	1016: coordinates(1016),
	1047: {set: (*Emulator).setAlternateCleared, get: (*Emulator).isAlternate},
	1048: {set: (*Emulator).setSaved},
	1049: {set: (*Emulator).setAlternateSaved, get: (*Emulator).isAlternate},
	2004: shared(func(f *Frame) *bool { return &f.BracketedPaste }),
	2026: flag(syncOutput),
}

func (e *Emulator) setModes()          { e.eachMode(e.fn.ansi, true) }
func (e *Emulator) resetModes()        { e.eachMode(e.fn.ansi, false) }
func (e *Emulator) setPrivateModes()   { e.eachMode(e.fn.modes, true) }
func (e *Emulator) resetPrivateModes() { e.eachMode(e.fn.modes, false) }

func (e *Emulator) eachMode(table map[int]mode, on bool) {
	for i := range e.in.seq.n {
		if m, ok := table[e.in.seq.value(i)]; ok {
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

// setAlternate is mode 47: it only switches. The cursor stays where it is.
func (e *Emulator) setAlternate(on bool) {
	if on == e.alternate {
		return
	}
	e.last.row = -1
	if e.other == nil {
		e.other = &screen{}
	}
	o := e.other
	e.f.rows, o.rows = o.rows, e.f.rows
	e.rowsShared, o.shared = o.shared, e.rowsShared
	e.saved, o.saved = o.saved, e.saved
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
	e.modes = e.modes&^(appCursor|appKeypad|insertMode|originMode|marginMode|reverseWrap) | autoWrap
	e.f.Cursor.Visible = true
	e.resetRegion()
	e.f.Pen, e.guard, e.protection = Rendition{}, 0, protectDEC
	e.penChanged()
	e.charset = newCharset()
	e.saved = savedCursor{}
}

// hardReset is RIS. What counts (bells, clipboard) and the title stay.
func (e *Emulator) hardReset() {
	e.setAlternate(false)
	e.other = nil
	e.softReset()
	e.modes = defaultModes
	e.savedModes, e.titles = nil, nil
	e.tabs = nil
	f := &e.f
	f.ReverseVideo, f.BracketedPaste, f.FocusEvents = false, false, false
	f.Mouse, f.MouseEncoding = 0, 0
	f.Cursor = Cursor{Visible: true}
	e.eraseRows(0, len(f.rows))
}
