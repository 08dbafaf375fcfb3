package render

import "gmosh/protocol/terminal"

// Our own emulator holds both screens (terminal.Frame.Main), so that leaving an
// editor costs a switch and not a screen.

const (
	toMain      = "\x1b[?47l"
	toAlternate = "\x1b[?47h"
)

// appendScreens is appendBody where one of the frames shows the alternate screen.
func (d *Dialect) appendScreens(dst []byte, old, new *terminal.Frame) []byte {
	oldCols, oldRows := old.Size()
	if cols, rows := new.Size(); oldCols != cols || oldRows != rows {
		return d.appendBothWhole(dst, "\x1b[r\x1b[m", new)
	}
	at := *old // where the receiver is
	var left *terminal.Frame
	start := len(dst)
	if !at.SameMain(new) || at.Alternate() && !new.Alternate() {
		if at.Alternate() {
			dst = append(dst, toMain...)
			left, at = old, at.Main()
		}
		if main := new.Main(); new.Alternate() {
			main.Cursor.PendingWrap = false // printing for it might unmark a soft wrap
			dst = d.appendBody(dst, &at, &main)
			at = main
		}
	}
	if new.Alternate() && !at.Alternate() {
		dst = append(dst, toAlternate...)
		at = at.OnAlternate(left) // what was on it still is
	}
	switched := len(dst) > start
	dst = d.appendBody(dst, &at, new)
	if switched {
		dst = d.appendKeyboardAfterSwitch(dst, old, new)
	}
	return dst
}

// appendBothWhole is appendWhole of both screens.
func (d *Dialect) appendBothWhole(dst []byte, reset string, new *terminal.Frame) []byte {
	main := new.Main()
	main.Cursor.PendingWrap = main.Cursor.PendingWrap && !new.Alternate()
	dst = d.appendWhole(append(dst, toMain...), reset, &main)
	if new.Alternate() {
		dst = d.appendWhole(append(dst, toAlternate...), reset, new)
	}
	return d.appendKeyboardAfterSwitch(dst, new, new)
}

// appendKeyboardAfterSwitch sets the flags of the kitty keyboard, which each screen
// has of its own.
func (d *Dialect) appendKeyboardAfterSwitch(dst []byte, old, new *terminal.Frame) []byte {
	if old.Keyboard.Kitty|new.Keyboard.Kitty == 0 {
		return dst
	}
	return appendKitty(dst, '=', new.Keyboard.Kitty)
}
