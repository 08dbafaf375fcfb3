package terminal

import "strconv"

// Keyboard is how the application wants keys reported beyond the usual. The server
// does not translate keys: who has the keyboard must know.
type Keyboard struct {
	ModifyOtherKeys uint8 // XTMODKEYS 4: 0 to 2
	Kitty           uint8 // flags of the kitty keyboard protocol, 5 bits
}

// kittyMask are the flags that the kitty keyboard protocol has.
const kittyMask = 1<<5 - 1

// pushKeyboard is CSI > flags u, popKeyboard CSI < n u.
func (e *Emulator) pushKeyboard() {
	e.kitty = pushed(e.kitty, e.f.Keyboard.Kitty)
	e.f.Keyboard.Kitty = uint8(e.arg(0, 0) & kittyMask)
}

func (e *Emulator) popKeyboard() {
	n := e.arg(0, 1)
	if n > len(e.kitty) {
		e.kitty, e.f.Keyboard.Kitty = nil, 0
		return
	}
	left := len(e.kitty) - n
	e.f.Keyboard.Kitty = e.kitty[left]
	e.kitty = e.kitty[:left]
}

// setKeyboard is CSI = flags ; mode u: 1 sets all, 2 adds, 3 takes away.
func (e *Emulator) setKeyboard() {
	flags, k := uint8(e.arg(0, 0)&kittyMask), &e.f.Keyboard.Kitty
	switch e.arg(1, 1) {
	case 1:
		*k = flags
	case 2:
		*k |= flags
	case 3:
		*k &^= flags
	}
}

// reportKeyboard is CSI ? u. Its answer says that there is such a protocol, so it is
// given only if the user's terminal has it.
func (e *Emulator) reportKeyboard() {
	if e.outer.Kitty {
		e.answer("\x1b[?" + strconv.Itoa(int(e.f.Keyboard.Kitty)) + "u")
	}
}

// otherKeys is the number of modifyOtherKeys among the resources of XTMODKEYS; the
// others say how function keys are modified, which is as in xterm without them.
const otherKeys = 4

// modifyKeys is XTMODKEYS (CSI > 4 ; n m); without n, or without anything, it is as
// at the start.
func (e *Emulator) modifyKeys() {
	if e.in.seq.n == 0 || e.arg(0, 0) == otherKeys {
		e.f.Keyboard.ModifyOtherKeys = uint8(min(e.arg(1, 0), 2))
	}
}

// unmodifyKeys is CSI > 4 n.
func (e *Emulator) unmodifyKeys() {
	if e.arg(0, 0) == otherKeys {
		e.f.Keyboard.ModifyOtherKeys = 0
	}
}

// reportModifyKeys is XTQMODKEYS (CSI ? 4 m), answered as reportKeyboard is.
func (e *Emulator) reportModifyKeys() {
	if e.arg(0, 0) == otherKeys && e.outer.OtherKeys {
		e.answer("\x1b[>4;" + strconv.Itoa(int(e.f.Keyboard.ModifyOtherKeys)) + "m")
	}
}
