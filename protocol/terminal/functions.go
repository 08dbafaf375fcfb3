package terminal

// function is a control function.
type function struct {
	run func(*Emulator)
	// keep: a pending wrap stays pending, and a combining mark still joins the
	// character printed before.
	keep bool
}

// functions is a dialect, made for finding what a sequence does.
type functions struct {
	c0    [32]function
	esc   [0x80]function
	csi   [5][0x80]function // by prefix and final character
	inter map[interKey]function
	modes map[int]mode // private
	ansi  map[int]mode
	osc   map[string]func(e *Emulator, text []byte, tooBig bool)
	sgr   [108]sgr
}

// interKey names a function with an intermediate character.
type interKey struct{ prefix, inter, final byte }

// isESC stands for the prefix of an escape sequence in an interKey.
const isESC = 0xff

// dialect is what each control function of an emulator does, as tables by name.
// A sequence is named as it is written: prefix, intermediate, final character.
type dialect struct {
	c0          map[byte]function
	esc, csi    map[string]function
	modes, ansi map[int]mode
	osc         map[string]func(e *Emulator, text []byte, tooBig bool)
	sgr         map[int]sgr
}

func newFunctions(d dialect) functions {
	t := functions{
		inter: map[interKey]function{},
		modes: d.modes, ansi: d.ansi, osc: d.osc, sgr: newSGRTable(d.sgr),
	}
	for b, f := range d.c0 {
		t.c0[b] = f
	}
	for name, f := range d.esc {
		if len(name) == 1 {
			t.esc[name[0]] = f
			continue
		}
		t.inter[interKey{isESC, intermediate(name[0]), name[1]}] = f
	}
	for name, f := range d.csi {
		var key interKey
		if name[0] >= '<' && name[0] <= '?' {
			key.prefix, name = name[0]-'<'+1, name[1:]
		}
		if len(name) == 1 {
			t.csi[key.prefix][name[0]] = f
			continue
		}
		key.inter, key.final = intermediate(name[0]), name[1]
		t.inter[key] = f
	}
	return t
}

// intermediate is the value that sequence.inter has for a character.
func intermediate(b byte) byte { return b - 0x20 + 1 }

// run performs a control function; an unknown one does nothing (but a stock
// emulator forgets the pending wrap even then).
func (e *Emulator) run(f *function) {
	if !f.keep && (f.run != nil || e.stock) {
		e.f.Cursor.PendingWrap = false
		e.last.row = -1
	}
	if f.run != nil {
		f.run(e)
	}
}

func (e *Emulator) dispatchCSI(final byte) {
	seq := &e.in.seq
	if seq.inter == 0 {
		f := &e.fn.csi[seq.prefix][final]
		if seq.subs != 0 && (e.stock || final != 'm') {
			f = &function{} // of all functions SGR alone has parameters within parameters
		}
		e.run(f)
		return
	}
	e.dispatchInter(interKey{seq.prefix, seq.inter, final})
}

func (e *Emulator) dispatchESC(final byte) {
	if e.in.seq.inter == 0 {
		e.run(&e.fn.esc[final])
		return
	}
	e.dispatchInter(interKey{isESC, e.in.seq.inter, final})
}

func (e *Emulator) dispatchInter(key interKey) {
	f := e.fn.inter[key]
	if e.in.seq.tooFar {
		f = function{}
	}
	e.run(&f)
}

// arg is sequence.arg of the sequence that is performed.
func (e *Emulator) arg(i, def int) int { return e.in.seq.arg(i, def) }

// keep makes a function that leaves a pending wrap alone.
func keep(run func(*Emulator)) function { return function{run: run, keep: true} }

// does makes a function that, like all that move or erase, ends a pending wrap.
func does(run func(*Emulator)) function { return function{run: run} }

// from makes a function that there is from a level of conformance on (DECSCL).
func from(level int, f function) function {
	run := f.run
	f.run = func(e *Emulator) {
		if e.level >= level {
			run(e)
		}
	}
	return f
}

// fullFunctions is gmosh's own dialect.
var fullFunctions = newFunctions(dialect{
	c0: fullC0, esc: fullESC, csi: fullCSI,
	modes: privateModes, ansi: ansiModes, osc: commands, sgr: fullSGR,
})

var fullC0 = map[byte]function{
	0x07: keep((*Emulator).bell),
	0x08: keep((*Emulator).backspace),
	0x09: keep((*Emulator).tab),
	0x0a: does((*Emulator).lineFeed),
	0x0b: does((*Emulator).lineFeed),
	0x0c: does((*Emulator).lineFeed),
	0x0d: does((*Emulator).carriageReturn),
	0x0e: keep(func(e *Emulator) { e.charset.lockShift(1) }),
	0x0f: keep(func(e *Emulator) { e.charset.lockShift(0) }),
}

var fullESC = withDesignators(map[string]function{
	"6":  from(4, does((*Emulator).backIndex)),
	"7":  keep((*Emulator).saveCursor),
	"8":  does((*Emulator).restoreCursor),
	"9":  from(4, does((*Emulator).forwardIndex)),
	"=":  keep(func(e *Emulator) { e.f.AppKeypad = true }),
	">":  keep(func(e *Emulator) { e.f.AppKeypad = false }),
	"D":  does((*Emulator).index),
	"E":  does((*Emulator).nextLine),
	"H":  keep((*Emulator).setTab),
	"M":  does((*Emulator).reverseIndex),
	"V":  keep((*Emulator).startGuarded),
	"W":  keep((*Emulator).endGuarded),
	"N":  keep(func(e *Emulator) { e.charset.singleShift(2) }),
	"O":  keep(func(e *Emulator) { e.charset.singleShift(3) }),
	"Z":  keep((*Emulator).primaryAttributes),
	"c":  does((*Emulator).hardReset),
	"n":  keep(func(e *Emulator) { e.charset.lockShift(2) }),
	"o":  keep(func(e *Emulator) { e.charset.lockShift(3) }),
	"#8": does((*Emulator).alignmentTest),
	" F": from(2, keep(func(e *Emulator) { e.c1 = false })), // S7C1T
	" G": from(2, keep(func(e *Emulator) { e.c1 = true })),  // S8C1T
})

// withDesignators adds ESC ( F and its like for every F. Sets that are not known are
// ASCII.
func withDesignators(esc map[string]function) map[string]function {
	for n, inter := range []byte("()*+") {
		for final := byte(0x30); final < 0x7f; final++ {
			esc[string([]byte{inter, final})] = designates(n, designators94[string(rune(final))])
		}
	}
	for n, inter := range []byte("-./") {
		for final := byte(0x30); final < 0x7f; final++ {
			esc[string([]byte{inter, final})] = designates(n+1, designators96[string(rune(final))])
		}
	}
	return esc
}

func designates(n int, s set) function {
	return keep(func(e *Emulator) { e.charset.designate(n, s) })
}

var fullCSI = map[string]function{
	"@":   does((*Emulator).insertCharacters),
	"A":   does((*Emulator).cursorUp),
	"B":   does((*Emulator).cursorDown),
	"C":   does((*Emulator).cursorForward),
	"D":   keep((*Emulator).cursorBack),
	"E":   does((*Emulator).cursorNextLine),
	"F":   does((*Emulator).cursorPreviousLine),
	"G":   does((*Emulator).cursorColumn),
	"H":   does((*Emulator).cursorPosition),
	"I":   keep((*Emulator).tabForward),
	"J":   does((*Emulator).eraseDisplay),
	"?J":  does((*Emulator).selectiveEraseDisplay),
	"K":   does((*Emulator).eraseLine),
	"?K":  does((*Emulator).selectiveEraseLine),
	"L":   does((*Emulator).insertLines),
	"M":   does((*Emulator).deleteLines),
	"P":   does((*Emulator).deleteCharacters),
	"S":   keep((*Emulator).scrollUpLines),
	"T":   keep((*Emulator).scrollDownLines),
	"X":   does((*Emulator).eraseCharacters),
	"Z":   keep((*Emulator).tabBack),
	"^":   keep((*Emulator).scrollDownLines),
	"`":   does((*Emulator).cursorColumn),
	"a":   does((*Emulator).cursorForwardRelative),
	"b":   keep((*Emulator).repeat),
	"c":   keep((*Emulator).primaryAttributes),
	">c":  keep((*Emulator).secondaryAttributes),
	"=c":  from(4, keep((*Emulator).tertiaryAttributes)),
	"d":   does((*Emulator).cursorRow),
	"e":   does((*Emulator).cursorDownRelative),
	"f":   does((*Emulator).cursorPosition),
	"g":   keep((*Emulator).clearTabs),
	"h":   keep((*Emulator).setModes),
	"?h":  keep((*Emulator).setPrivateModes),
	"l":   keep((*Emulator).resetModes),
	"?l":  keep((*Emulator).resetPrivateModes),
	"m":   keep((*Emulator).selectRendition),
	"n":   keep((*Emulator).statusReport),
	"?n":  keep((*Emulator).privateStatusReport),
	"!p":  does((*Emulator).softReset),
	"$p":  from(3, keep((*Emulator).reportMode)),
	"?$p": from(3, keep((*Emulator).reportPrivateMode)),
	" q":  keep((*Emulator).cursorShape),
	"\"q": keep((*Emulator).protect),
	">q":  keep((*Emulator).reportVersion),
	"r":   does((*Emulator).setTopBottom),
	"?r":  keep((*Emulator).restoreModes),
	"s":   keep((*Emulator).setLeftRight),
	"?s":  keep((*Emulator).saveModes),
	"t":   keep((*Emulator).windowFunction),
	"u":   does((*Emulator).restoreCursor),
	"'}":  from(4, keep((*Emulator).insertColumns)),
	"'~":  from(4, keep((*Emulator).deleteColumns)),
	" @":  keep((*Emulator).scrollLeft),
	" A":  keep((*Emulator).scrollRight),
	"$r":  from(4, keep((*Emulator).changeAttributes)),
	"$t":  from(4, keep((*Emulator).reverseAttributes)),
	"$v":  from(4, keep((*Emulator).copyRectangle)),
	"$x":  from(4, keep((*Emulator).fillRectangle)),
	"$z":  from(4, keep((*Emulator).eraseRectangle)),
	"${":  from(4, keep((*Emulator).eraseRectangleSelective)),
	"*x":  from(4, keep((*Emulator).setExtent)),
	"*y":  from(4, keep((*Emulator).requestChecksum)),
	"#y":  from(4, keep((*Emulator).setChecksum)),
	"#{":  keep((*Emulator).pushRendition),
	"#p":  keep((*Emulator).pushRendition),
	"#}":  keep((*Emulator).popRendition),
	"#q":  keep((*Emulator).popRendition),
	"#|":  keep((*Emulator).reportRendition),
	"#P":  keep((*Emulator).pushColors),
	"#Q":  keep((*Emulator).popColors),
	"#R":  keep((*Emulator).reportColors),
	"$w":  from(3, keep((*Emulator).reportPresentation)),
	"?W":  keep((*Emulator).defaultTabs),
	"\"p": keep((*Emulator).setLevel),
	">m":  keep((*Emulator).modifyKeys),
	"?m":  keep((*Emulator).reportModifyKeys),
	">n":  keep((*Emulator).unmodifyKeys),
	">u":  keep((*Emulator).pushKeyboard),
	"<u":  keep((*Emulator).popKeyboard),
	"=u":  keep((*Emulator).setKeyboard),
	"?u":  keep((*Emulator).reportKeyboard),
}
