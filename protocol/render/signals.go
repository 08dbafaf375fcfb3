package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

// Events appends what changed between old and new beside the screen and its modes:
// bell, clipboard, notifications, and what an application tells of itself (palette,
// progress, directory, …). Frame writes it too; Repaint does not, as it does not
// know what the receiver has had.
func Events(dst []byte, old, new *terminal.Frame, d Dialect) []byte {
	return d.appendEvents(dst, old, new)
}

// appendSignals appends what of an application's signals and of the modes that users
// may have set themselves differs.
func (d *Dialect) appendSignals(dst []byte, old, new *terminal.Frame) []byte {
	if d.CursorBlink && old.CursorBlink != new.CursorBlink {
		dst = appendMode(dst, "12", new.CursorBlink)
	}
	if d.AltScroll && old.AltScroll != new.AltScroll {
		dst = appendMode(dst, "1007", new.AltScroll)
	}
	if old.Keyboard != new.Keyboard {
		dst = d.appendKeyboard(dst, d.Keyboard(old.Keyboard), d.Keyboard(new.Keyboard))
	}
	if d.Palette && !old.Palette.Equal(new.Palette) {
		dst = appendPalette(dst, old.Palette, new.Palette)
	}
	if old.Signals != new.Signals && !old.Signals.Equal(new.Signals) {
		dst = d.appendTold(dst, old.Told(), new.Told())
	}
	return dst
}

// Keyboard is what a receiver has of how an application wants keys reported.
func (d Dialect) Keyboard(k terminal.Keyboard) terminal.Keyboard {
	if !d.KittyKeys {
		k.Kitty = 0
	}
	if !d.OtherKeys {
		k.ModifyOtherKeys = 0
	}
	return k
}

// appendKeyboard changes how keys are reported. What a real terminal had before is its
// user's: the flags of the kitty protocol lie on its stack while there are others, and
// modifyOtherKeys without a value is what it was configured to.
func (d *Dialect) appendKeyboard(dst []byte, old, new terminal.Keyboard) []byte {
	if was, is := old.Kitty, new.Kitty; was != is {
		switch {
		case d.kind != outer || was != 0 && is != 0:
			dst = appendKitty(dst, '=', is)
		case was == 0:
			dst = appendKitty(dst, '>', is)
		default:
			dst = append(dst, "\x1b[<u"...)
		}
	}
	switch is := new.ModifyOtherKeys; {
	case old.ModifyOtherKeys == is:
	case d.kind == outer && is == 0:
		dst = append(dst, "\x1b[>4m"...)
	default:
		dst = append(dst, "\x1b[>4;"...)
		dst = append(strconv.AppendUint(dst, uint64(is), 10), 'm')
	}
	return dst
}

func appendKitty(dst []byte, how byte, flags uint8) []byte {
	dst = append(dst, 0x1b, '[', how)
	return append(strconv.AppendUint(dst, uint64(flags), 10), 'u')
}

// appendTold appends what an application tells the terminal.
func (d *Dialect) appendTold(dst []byte, old, new terminal.Signals) []byte {
	if d.Progress && old.Progress != new.Progress {
		dst = append(dst, "\x1b]9;4;"...)
		dst = strconv.AppendUint(dst, uint64(new.Progress.State), 10)
		if new.Progress.State == 1 || new.Progress.State == 2 || new.Progress.State == 4 {
			dst = append(dst, ';')
			dst = strconv.AppendUint(dst, uint64(new.Progress.Percent), 10)
		}
		dst = append(dst, '\a')
	}
	if d.Directory && old.Directory != new.Directory {
		dst = appendOSC(dst, "7;", "", cleaned(new.Directory))
	}
	if d.Pointer && old.Pointer != new.Pointer {
		dst = appendOSC(dst, "22;", "", cleaned(new.Pointer))
	}
	if d.PromptMarks && old.Prompt != new.Prompt && new.Prompt.Mark != 0 {
		dst = append(dst, "\x1b]133;"...)
		dst = append(dst, new.Prompt.Mark)
		if new.Prompt.Status >= 0 {
			dst = append(dst, ';')
			dst = strconv.AppendInt(dst, int64(new.Prompt.Status), 10)
		}
		dst = append(dst, '\a')
	}
	return dst
}

// appendNotifications appends the notifications that have come since old, as far as
// new still has them.
func (d *Dialect) appendNotifications(dst []byte, old, new *terminal.Frame) []byte {
	if !d.Notifications || new.Notifications <= old.Notifications {
		return dst
	}
	all := new.Told().Notifications
	count := min(new.Notifications-old.Notifications, uint64(len(all)))
	for _, n := range all[uint64(len(all))-count:] {
		dst = appendNotification(dst, cleaned(n.Title), cleaned(n.Body))
	}
	return dst
}

// appendNotification uses the form without a title where it does: more terminals
// know it. A text that would be taken for a number of a function cannot have it.
func appendNotification(dst []byte, title, body string) []byte {
	if title == "" && !startsWithNumber(body) {
		return appendOSC(dst, "9;", "", body)
	}
	return appendOSC(dst, "777;notify;", withoutSemicolons(title)+";", body)
}

func startsWithNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func withoutSemicolons(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c == ';' {
			out[i] = ','
		}
	}
	return string(out)
}

// appendPalette sets the colours that new has otherwise than old, and resets those
// that it has not.
func appendPalette(dst []byte, old, new *terminal.Palette) []byte {
	for _, c := range old.All() {
		if _, ok := new.Color(c.Slot); !ok {
			dst = appendSlot(dst, c.Slot, 100)
			dst = append(dst, '\a')
		}
	}
	for _, c := range new.All() {
		if was, ok := old.Color(c.Slot); ok && was == c.Color {
			continue
		}
		r, g, b, _ := c.Color.RGB()
		dst = appendSlot(dst, c.Slot, 0)
		dst = append(dst, ";rgb:"...)
		dst = append(appendHex(dst, r), '/')
		dst = append(appendHex(dst, g), '/')
		dst = append(appendHex(dst, b), '\a')
	}
	return dst
}

// appendSlot begins the OSC that sets a colour or, 100 further, resets it.
func appendSlot(dst []byte, s terminal.Slot, reset uint64) []byte {
	dst = append(dst, "\x1b]"...)
	if osc, ok := s.Dynamic(); ok {
		return strconv.AppendUint(dst, uint64(osc)+reset, 10)
	}
	osc, n := s.Indexed()
	dst = strconv.AppendUint(dst, uint64(osc)+reset, 10)
	return strconv.AppendUint(append(dst, ';'), uint64(n), 10)
}

func appendHex(dst []byte, v uint8) []byte {
	const digits = "0123456789abcdef"
	return append(dst, digits[v>>4], digits[v&15])
}

// projectSignals brings what appendEvents writes down to the receiver.
func (d *Dialect) projectSignals(out, f *terminal.Frame) {
	out.CursorBlink = f.CursorBlink && d.CursorBlink
	out.AltScroll = f.AltScroll && d.AltScroll
	out.AppKeypad = f.AppKeypad && d.Keypad
	out.Keyboard = d.Keyboard(f.Keyboard)
	if !d.Palette {
		out.Palette = nil
	}
	if !d.Notifications {
		out.Notifications = 0
	}
	if f.Signals == nil {
		return
	}
	s := f.Told()
	if !d.Progress {
		s.Progress = terminal.Progress{}
	}
	if s.Directory = cleaned(s.Directory); !d.Directory {
		s.Directory = ""
	}
	if s.Pointer = cleaned(s.Pointer); !d.Pointer {
		s.Pointer = ""
	}
	if !d.PromptMarks {
		s.Prompt = terminal.Prompt{}
	}
	s.Clipboards = d.clipboards(s.Clipboards)
	out.Signals = &s
}
