package terminal

// protection is who may erase guarded cells: it is of the terminal, not of a cell,
// and follows from which function guarded last.
type protection uint8

const (
	protectDEC protection = iota // DECSCA: all but selective erasure may
	protectISO                   // SPA: selective erasure alone may
)

// protect is DECSCA: what is printed from now on resists selective erasure.
func (e *Emulator) protect() {
	switch e.arg(0, 0) {
	case 0, 2:
		e.setGuard(0)
	case 1:
		e.setGuard(isGuarded)
	default:
		return
	}
	e.protection = protectDEC
}

// startGuarded is SPA: what is printed from now on resists ED, EL and ECH.
func (e *Emulator) startGuarded() {
	e.protection = protectISO
	e.setGuard(isGuarded)
}

// endGuarded is EPA.
func (e *Emulator) endGuarded() { e.setGuard(0) }

func (e *Emulator) setGuard(guard cell) {
	e.guard = guard
	e.penChanged()
}

// eraseSpan is erase for ED, EL and ECH, which leave alone what SPA guards.
func (e *Emulator) eraseSpan(y, from, to int) {
	if e.protection == protectDEC {
		e.erase(y, from, to)
		return
	}
	for x := from; x < to; x++ {
		if e.f.rows[y].cells[x]&isGuarded == 0 {
			e.erase(y, x, x+1)
		}
	}
}

// eraseLines is eraseRows for ED.
func (e *Emulator) eraseLines(from, to int) {
	if e.protection == protectDEC {
		e.eraseRows(from, to)
		return
	}
	for y := from; y < to; y++ {
		e.eraseSpan(y, 0, e.f.cols)
	}
}

// eraseSelective blanks the cells that DECSCA does not guard. Unlike the other
// erasures it keeps how they are drawn.
func (e *Emulator) eraseSelective(y, from, to int) {
	if from >= to {
		return
	}
	r := e.row(y)
	for x := from; x < to; x++ {
		if e.protection == protectDEC && r.cells[x]&isGuarded != 0 {
			continue
		}
		e.cut(r, x)
		r.cells[x] &= styleBits
		e.mend(r, x+1)
	}
	if to == len(r.cells) {
		r.wrapped = false
	}
}
