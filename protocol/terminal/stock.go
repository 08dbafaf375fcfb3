package terminal

import "strconv"

// stockFunctions is the dialect of a mosh 1.4.0 client's emulator (spec section
// 9): less than ours, and a few functions of it different.
var stockFunctions = newFunctions(dialect{
	c0:    stockC0,
	esc:   stockESC,
	csi:   stockCSI,
	modes: only(privateModes, 1, 3, 5, 6, 7, 9, 25, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 2004),
	ansi:  only(ansiModes, 4),
	osc:   only(commands, "", "0", "1", "2", "52"),
	sgr:   only(fullSGR, 1, 3, 4, 5, 7, 8, 22, 23, 24, 25, 27, 28, 38, 39, 48, 49),
})

// only is a table with nothing but the given keys.
func only[K comparable, V any](table map[K]V, keys ...K) map[K]V {
	out := make(map[K]V, len(keys))
	for _, k := range keys {
		out[k] = table[k]
	}
	return out
}

var stockC0 = map[byte]function{
	0x07: does((*Emulator).bell),
	0x08: keep((*Emulator).stockBackspace),
	0x09: keep((*Emulator).tab),
	0x0a: does((*Emulator).index),
	0x0b: does((*Emulator).index),
	0x0c: does((*Emulator).index),
	0x0d: does((*Emulator).carriageReturn),
}

var stockESC = map[string]function{
	"7":  does((*Emulator).saveCursor),
	"8":  does((*Emulator).restoreCursor),
	"D":  does((*Emulator).index),
	"E":  does((*Emulator).nextLine),
	"H":  does((*Emulator).setTab),
	"M":  does((*Emulator).reverseIndex),
	"c":  does((*Emulator).hardReset),
	"#8": does((*Emulator).fillWithE),
}

var stockCSI = map[string]function{
	"@":  does((*Emulator).insertCharacters),
	"A":  does((*Emulator).stockUp),
	"B":  does((*Emulator).stockDown),
	"C":  does((*Emulator).cursorForward),
	"D":  does((*Emulator).cursorBack),
	"G":  does((*Emulator).cursorColumn),
	"H":  does((*Emulator).cursorPosition),
	"I":  keep((*Emulator).tabForward),
	"J":  does((*Emulator).eraseDisplay),
	"K":  does((*Emulator).eraseLine),
	"L":  does((*Emulator).insertLines),
	"M":  does((*Emulator).deleteLines),
	"P":  does((*Emulator).deleteCharacters),
	"S":  does((*Emulator).scrollUpLines),
	"T":  does((*Emulator).scrollDownLines),
	"X":  does((*Emulator).eraseCharacters),
	"Z":  keep((*Emulator).tabBack),
	"`":  does((*Emulator).cursorColumn),
	"c":  does((*Emulator).stockPrimaryAttributes),
	">c": does((*Emulator).stockSecondaryAttributes),
	"d":  does((*Emulator).cursorRow),
	"f":  does((*Emulator).cursorPosition),
	"g":  keep((*Emulator).clearTabs),
	"h":  keep((*Emulator).setModes),
	"?h": keep((*Emulator).setPrivateModes),
	"l":  keep((*Emulator).resetModes),
	"?l": keep((*Emulator).resetPrivateModes),
	"m":  keep((*Emulator).selectRendition),
	"n":  does((*Emulator).stockStatusReport),
	"!p": does((*Emulator).softReset),
	"r":  does((*Emulator).setTopBottom),
}

// stockBackspace is not what a stock emulator does. A stock server counts the
// cursor as one past the last column after it has printed there, and goes back
// from that to the last column with one BS; a stock client, which does not
// count like that, ends one too far left. Ours follows the server.
func (e *Emulator) stockBackspace() {
	c := &e.f.Cursor
	if !c.PendingWrap {
		c.Col = max(c.Col-1, 0)
	}
	e.moved()
}

// stockUp and stockDown stop at the edges of the screen, not at the margins.
func (e *Emulator) stockUp() {
	e.f.Cursor.Row = max(e.f.Cursor.Row-e.arg(0, 1), 0)
}

func (e *Emulator) stockDown() {
	e.f.Cursor.Row = min(e.f.Cursor.Row+e.arg(0, 1), len(e.f.rows)-1)
}

func (e *Emulator) stockPrimaryAttributes()   { e.answer("\x1b[?62c") }
func (e *Emulator) stockSecondaryAttributes() { e.answer("\x1b[>1;10;0c") }

func (e *Emulator) stockStatusReport() {
	c := &e.f.Cursor
	switch e.arg(0, 0) {
	case 5:
		e.answer("\x1b[0n")
	case 6:
		e.answer("\x1b[" + strconv.Itoa(c.Row+1) + ";" + strconv.Itoa(c.Col+1) + "R")
	}
}
