package terminal

// A frame holds both screens: what is shown, and while that is the alternate screen
// also the main one, which comes back without a byte being drawn. The alternate
// screen that is not shown is in no frame: applications clear it before they use it.

// Alternate reports whether f shows the alternate screen.
func (f *Frame) Alternate() bool { return f.main != nil }

// Main returns f as it would be with the main screen shown.
func (f *Frame) Main() Frame {
	out := *f
	if f.main != nil {
		out.rows, out.main = f.main, nil
	}
	return out
}

// OnAlternate returns f, which shows the main screen, with the rows of alt shown as
// the alternate screen instead; a nil alt is a blank one. Both have one size.
func (f *Frame) OnAlternate(alt *Frame) Frame {
	out := *f
	out.main = f.rows
	if alt != nil {
		out.rows = alt.rows
		return out
	}
	blank := newRow(f.cols)
	out.rows = make([]*Row, len(f.rows))
	for i := range out.rows {
		out.rows[i] = blank
	}
	return out
}

// WithMain returns f, which shows the alternate screen, with main's rows as the main
// one.
func (f *Frame) WithMain(main *Frame) Frame {
	out := *f
	out.main = main.rows
	return out
}

// SameMain reports whether both have the same on the main screen.
func (f *Frame) SameMain(o *Frame) bool {
	a, b := f.mainRows(), o.mainRows()
	return sameRows(a, b)
}

func (f *Frame) mainRows() []*Row {
	if f.main != nil {
		return f.main
	}
	return f.rows
}

func sameRows(a, b []*Row) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) > 0 && &a[0] == &b[0] {
		return true
	}
	for i := range a {
		if a[i] != b[i] && !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// Shown returns f without the screen that is not shown.
func (f *Frame) Shown() Frame {
	out := *f
	out.main = nil
	return out
}
