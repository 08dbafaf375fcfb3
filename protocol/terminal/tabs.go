package terminal

// tabStops holds the tab stops once an application has changed them: a bit a
// column. nil stands for one every eight columns.
type tabStops []uint64

const tabWidth = 8

// own makes the default stops explicit, so that they can be changed.
func (t *tabStops) own(cols int) {
	if *t == nil {
		*t = make(tabStops, (cols+63)/64)
		t.defaults(0, cols)
	}
}

// defaults sets the default stops in columns from…to-1.
func (t tabStops) defaults(from, to int) {
	for col := (from + tabWidth - 1) / tabWidth * tabWidth; col < to; col += tabWidth {
		t[col/64] |= 1 << (col % 64)
	}
}

func (t tabStops) has(col int) bool {
	if t == nil {
		return col%tabWidth == 0
	}
	return t[col/64]>>(col%64)&1 != 0
}

// resize keeps the stops of the columns that stay.
func (t *tabStops) resize(before, cols int) {
	if *t == nil {
		return
	}
	n := make(tabStops, (cols+63)/64)
	copy(n, *t)
	for col := cols; col < len(n)*64; col++ {
		n[col/64] &^= 1 << (col % 64)
	}
	n.defaults(before, cols)
	*t = n
}

func (e *Emulator) tab()        { e.forwardTabs(1) }
func (e *Emulator) tabForward() { e.forwardTabs(e.arg(0, 1)) }

// forwardTabs is HT and CHT. It goes no further than the right margin, and
// leaves a pending wrap pending: the cursor does not move then.
func (e *Emulator) forwardTabs(n int) {
	c := &e.f.Cursor
	if c.PendingWrap && e.modes.has(moreFix) {
		e.wrap(true)
	}
	last := e.limit() - 1
	if c.Col >= last {
		return
	}
	e.moved()
	for ; n > 0 && c.Col < last; n-- {
		for c.Col++; c.Col < last && !e.tabs.has(c.Col); c.Col++ {
		}
	}
}

// tabBack is CBT. It takes no notice of the left margin but in origin mode.
func (e *Emulator) tabBack() {
	c := &e.f.Cursor
	first := e.originColumn()
	e.moved()
	for n := e.arg(0, 1); n > 0 && c.Col > first; n-- {
		for c.Col--; c.Col > first && !e.tabs.has(c.Col); c.Col-- {
		}
	}
}

// setTab is HTS.
func (e *Emulator) setTab() {
	e.tabs.own(e.f.cols)
	e.tabs[e.f.Cursor.Col/64] |= 1 << (e.f.Cursor.Col % 64)
}

// clearTabs is TBC.
func (e *Emulator) clearTabs() {
	e.tabs.own(e.f.cols)
	switch e.arg(0, 0) {
	case 0:
		e.tabs[e.f.Cursor.Col/64] &^= 1 << (e.f.Cursor.Col % 64)
	case 3:
		clear(e.tabs)
	}
}
