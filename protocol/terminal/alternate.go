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
		out.rows, out.one, out.main = f.main, nil, nil
	}
	return out
}

// OnAlternate returns f, which shows the main screen, with the rows of alt shown as
// the alternate screen instead; a nil alt is a blank one. Both have one size.
func (f *Frame) OnAlternate(alt *Frame) Frame {
	out := *f
	out.main = f.list()
	if alt != nil {
		out.rows, out.one, out.at = alt.rows, alt.one, alt.at
		return out
	}
	blank := newRow(f.cols)
	out.rows, out.one = make([]*Row, len(f.rows)), nil
	for i := range out.rows {
		out.rows[i] = blank
	}
	return out
}

// WithMain returns f, which shows the alternate screen, with main's rows as the main
// one.
func (f *Frame) WithMain(main *Frame) Frame {
	out := *f
	out.main = main.list()
	return out
}

// SameMain reports whether both have the same on the main screen.
func (f *Frame) SameMain(o *Frame) bool {
	if f.main != nil && o.main != nil {
		return sameRows(f.main, o.main)
	}
	a, b := f.Main(), o.Main()
	return a.sameScreen(&b)
}

func sameRows(a, b []*Row) bool {
	if len(a) != len(b) {
		return false
	}
	if sameList(a, b) {
		return true
	}
	for i := range a {
		if a[i] != b[i] && !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// sameScreen reports whether the same is on the screens of f and o.
func (f *Frame) sameScreen(o *Frame) bool {
	if len(f.rows) != len(o.rows) {
		return false
	}
	from, to := f.Differing(o)
	for i := from; i < to; i++ {
		if !f.Row(i).Equal(o.Row(i)) {
			return false
		}
	}
	return true
}

// appendRows appends the rows of the screen to dst.
func (f *Frame) appendRows(dst []*Row) []*Row {
	n := len(dst)
	if dst = append(dst, f.rows...); f.one != nil {
		dst[n+f.at] = f.one
	}
	return dst
}

// list returns the rows of the screen as a list that is never written to.
func (f *Frame) list() []*Row {
	if f.one == nil {
		return f.rows
	}
	return f.appendRows(nil)
}

// sameList reports whether a and b are one list.
func sameList(a, b []*Row) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Shown returns f without the screen that is not shown.
func (f *Frame) Shown() Frame {
	out := *f
	out.main = nil
	return out
}
