package terminal

// sgr is what one parameter of SGR does to the pen.
type sgr struct {
	clear, set Attr
	target     target
	color      Color
	// The same in the bits of a cell.
	clears, sets cell
}

// packed adds what s does to the bits of a cell.
func (s sgr) packed() sgr {
	s.clears, s.sets = cell(s.clear|s.set)<<attrShift, cell(s.set)<<attrShift
	color, _ := packColor(s.color)
	switch s.target {
	case foreground:
		s.clears, s.sets = s.clears|colorMask<<fgShift, s.sets|color<<fgShift
	case background:
		s.clears, s.sets = s.clears|colorMask<<bgShift, s.sets|color<<bgShift
	}
	return s
}

// target is the colour that a parameter is about.
type target uint8

const (
	noColor target = iota
	foreground
	background
	underlineColor
	extended = 4 // the colour comes in the parameters that follow
)

// fullSGR is all but the sixteen colours.
var fullSGR = map[int]sgr{
	1: {set: Bold}, 2: {set: Faint}, 3: {set: Italic}, 5: {set: Blink}, 6: {set: Blink},
	7: {set: Inverse}, 8: {set: Invisible}, 9: {set: Strike}, 53: {set: Overline},
	4:  {clear: underlineMask, set: Attr(0).WithUnderline(SingleUnderline)},
	21: {clear: underlineMask, set: Attr(0).WithUnderline(DoubleUnderline)},
	22: {clear: Bold | Faint}, 23: {clear: Italic}, 24: {clear: underlineMask},
	25: {clear: Blink}, 27: {clear: Inverse}, 28: {clear: Invisible}, 29: {clear: Strike},
	55: {clear: Overline},
	38: {target: foreground | extended}, 39: {target: foreground},
	48: {target: background | extended}, 49: {target: background},
	58: {target: underlineColor | extended}, 59: {target: underlineColor},
}

// newSGRTable adds the sixteen colours to what the table holds, and makes it one
// to be indexed by parameter; a zero entry does nothing.
func newSGRTable(in map[int]sgr) (out [108]sgr) {
	for n, s := range in {
		out[n] = s
	}
	for i := range 8 {
		out[30+i] = sgr{target: foreground, color: Indexed(uint8(i))}
		out[40+i] = sgr{target: background, color: Indexed(uint8(i))}
		out[90+i] = sgr{target: foreground, color: Indexed(uint8(8 + i))}
		out[100+i] = sgr{target: background, color: Indexed(uint8(8 + i))}
	}
	for i := range out {
		out[i] = out[i].packed()
	}
	return out
}

// selectRendition is SGR.
func (e *Emulator) selectRendition() {
	seq, pen := &e.in.seq, &e.f.Pen
	if seq.n == 0 {
		seq.next(0)
	}
	if seq.subs == 0 && !e.style.extra && e.simpleRendition(pen) {
		return
	}
	for i := 0; i < seq.n; {
		i = e.sgrParam(pen, i)
	}
	e.penChanged()
}

// simpleRendition is selectRendition where it concerns nothing but attributes and the
// sixteen colours, as it mostly does: then pen and style are changed side by side. It
// reports whether it is so; else it leaves off before what it cannot do, and no harm is
// done by doing all of it again.
func (e *Emulator) simpleRendition(pen *Rendition) bool {
	seq, bits := &e.in.seq, e.style.bits
	for _, n := range seq.params[:seq.n] {
		if n <= 0 {
			resetPen(pen)
			bits &= isGuarded
			continue
		}
		if int(n) >= len(e.fn.sgr) {
			continue
		}
		s := &e.fn.sgr[n]
		if s.target >= underlineColor {
			return false
		}
		pen.apply(s, s.color)
		bits = bits&^s.clears | s.sets
	}
	e.style.bits, e.style.erased = bits, bits&(colorMask<<bgShift)
	return true
}

// sgrParam does to pen what parameter i says and returns the one to go on with.
func (e *Emulator) sgrParam(pen *Rendition, i int) (next int) {
	seq := &e.in.seq
	n := seq.value(i)
	subs := i + 1
	for subs < seq.n && seq.isSub(subs) {
		subs++
	}
	switch {
	case n <= 0:
		resetPen(pen)
	case n < len(e.fn.sgr):
		return e.applySGR(pen, e.fn.sgr[n], n, i, subs)
	}
	return subs
}

// resetPen is SGR 0; hyperlinks are not its business.
func resetPen(pen *Rendition) {
	pen.FG, pen.BG, pen.UnderlineColor, pen.Attr = 0, 0, 0, 0
}

// applySGR does what parameter i, n in number, says; its sub-parameters end
// before next. It returns the parameter to go on with.
func (e *Emulator) applySGR(pen *Rendition, s sgr, n, i, next int) int {
	color := s.color
	switch {
	case s.target&extended != 0:
		var ok bool
		if color, next, ok = e.extendedColor(i, next); !ok {
			return next
		}
	case next > i+1 && n == 4:
		return e.underlineStyle(pen, i, next)
	case next > i+1:
		return next // sub-parameters that nothing is known of
	}
	pen.apply(&s, color)
	return next
}

// apply does to a pen what a parameter says, with the colour that comes with it.
func (r *Rendition) apply(s *sgr, color Color) {
	r.Attr = r.Attr&^s.clear | s.set
	switch s.target &^ extended {
	case foreground:
		r.FG = color
	case background:
		r.BG = color
	case underlineColor:
		r.UnderlineColor = color
	}
}

// underlineStyle is SGR 4:n.
func (e *Emulator) underlineStyle(pen *Rendition, i, next int) int {
	if u := max(e.in.seq.value(i+1), 0); u <= int(DashedUnderline) {
		pen.Attr = pen.Attr.WithUnderline(Underline(u))
	}
	return next
}

// extendedColor reads what follows 38, 48 or 58 at parameter i: 5 and an index,
// or 2 and red, green, blue, as sub-parameters (then with a colour space before
// red, or, as many write it, without) or as parameters.
func (e *Emulator) extendedColor(i, next int) (c Color, after int, ok bool) {
	seq := &e.in.seq
	if next == i+1 { // 38;5;n, 38;2;r;g;b
		if e.stock && !seq.hasColor(i) {
			return 0, next, false
		}
		switch seq.value(i + 1) {
		case 5:
			c, ok = indexedArg(seq.value(i + 2))
			return c, min(i+3, seq.n), ok
		case 2:
			c, ok = rgbArgs(seq.value(i+2), seq.value(i+3), seq.value(i+4))
			return c, min(i+5, seq.n), ok
		}
		return 0, min(i+2, seq.n), false
	}
	switch subs := next - i - 1; {
	case seq.value(i+1) == 5 && subs >= 2:
		c, ok = indexedArg(seq.value(i + 2))
	case seq.value(i+1) == 2 && subs == 4:
		c, ok = rgbArgs(seq.value(i+2), seq.value(i+3), seq.value(i+4))
	case seq.value(i+1) == 2 && subs >= 5:
		c, ok = rgbArgs(seq.value(i+3), seq.value(i+4), seq.value(i+5))
	}
	return c, next, ok
}

// indexedArg and rgbArgs take parameters of which an absent one is 0.
func indexedArg(n int) (Color, bool) {
	n = max(n, 0)
	return Indexed(uint8(n)), n <= 255
}

func rgbArgs(r, g, b int) (Color, bool) {
	r, g, b = max(r, 0), max(g, 0), max(b, 0)
	return RGB(uint8(r), uint8(g), uint8(b)), max(r, g, b) <= 255
}

// hasColor reports whether a whole colour follows parameter i. Where none does,
// a stock emulator takes what follows as parameters of their own.
func (s *sequence) hasColor(i int) bool {
	switch s.value(i + 1) {
	case 5:
		return i+2 < s.n
	case 2:
		return i+4 < s.n
	}
	return false
}
