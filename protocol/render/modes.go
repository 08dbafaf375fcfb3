package render

import (
	"strconv"
	"strings"

	"gmosh/protocol/terminal"
)

// flagModes are the DEC private modes that are on or off, in the order of flags.
var flagModes = [...]string{"5", "25", "1004", "2004"}

// flags returns which of flagModes are on.
func flags(f *terminal.Frame) [len(flagModes)]bool {
	return [...]bool{f.ReverseVideo, f.Cursor.Visible, f.FocusEvents, f.BracketedPaste}
}

// flags returns which of flagModes the receiver has.
func (d *Dialect) flags() [len(flagModes)]bool {
	return [...]bool{d.ReverseVideo, d.CursorVisibility, d.FocusEvents, d.BracketedPaste}
}

func appendMode(dst []byte, number string, on bool) []byte {
	dst = append(append(dst, "\x1b[?"...), number...)
	if on {
		return append(dst, 'h')
	}
	return append(dst, 'l')
}

// appendModes appends what turns the modes of old, nil if they are not known, into
// those of new.
func (d *Dialect) appendModes(dst []byte, old, new *terminal.Frame) []byte {
	if old != nil && old.Modes == new.Modes && old.Cursor.Visible == new.Cursor.Visible && old.Cursor.Shape == new.Cursor.Shape {
		return dst
	}
	has, on := d.flags(), flags(new)
	if old != nil {
		was := flags(old)
		for i := range has {
			has[i] = has[i] && was[i] != on[i]
		}
	}
	for i, number := range flagModes {
		if has[i] {
			dst = appendMode(dst, number, on[i])
		}
	}
	if d.CursorShape && (old == nil || d.shape(old) != d.shape(new)) {
		dst = append(dst, "\x1b["...)
		dst = append(dst, '0'+byte(d.shape(new)))
		dst = append(dst, " q"...)
	}
	if d.Keypad && (old == nil || old.AppKeypad != new.AppKeypad) {
		dst = append(dst, 0x1b, keypadFinal(new.AppKeypad))
	}
	if d.Mouse {
		dst = d.appendMouse(dst, old, new)
	}
	return dst
}

// keypadFinal is DECKPAM or DECKPNM.
func keypadFinal(application bool) byte {
	if application {
		return '='
	}
	return '>'
}

func (d *Dialect) shape(f *terminal.Frame) terminal.CursorShape {
	if !d.CursorShape || f.Cursor.Shape > 6 {
		return 0
	}
	return f.Cursor.Shape
}

// mouse brings a mouse mode down to the receiver. Highlight tracking (1001) makes
// a real terminal wait for an answer from the application, so it gets the clicks
// only.
func (d *Dialect) mouse(m terminal.MouseMode) terminal.MouseMode {
	switch {
	case !d.Mouse:
		return 0
	case m == 1001 && d.kind == outer:
		return 1000
	case m == 9 || m >= 1000 && m <= 1003:
		return m
	}
	return 0
}

// mouseEncoding brings an encoding down to the receiver; pixels become cells in
// the same format.
func (d *Dialect) mouseEncoding(e terminal.MouseEncoding) terminal.MouseEncoding {
	switch {
	case !d.Mouse:
		return 0
	case e == 1016 && !d.MousePixels:
		return 1006
	case e == 1005 || e == 1006 || e == 1015 || e == 1016:
		return e
	}
	return 0
}

// appendMouse changes mouse mode and encoding. To our emulators each is one value,
// the last one set, and resetting any clears it; real terminals may hold several,
// so what was set is reset first.
func (d *Dialect) appendMouse(dst []byte, old, new *terminal.Frame) []byte {
	mode, enc := int(d.mouse(new.Mouse)), int(d.mouseEncoding(new.MouseEncoding))
	if old == nil {
		dst = append(dst, "\x1b[?9l\x1b[?1000l\x1b[?1001l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l"...)
		if d.MousePixels {
			dst = append(dst, "\x1b[?1016l"...)
		}
		dst = d.appendChoice(dst, 0, mode)
		return d.appendChoice(dst, 0, enc)
	}
	dst = d.appendChoice(dst, int(d.mouse(old.Mouse)), mode)
	return d.appendChoice(dst, int(d.mouseEncoding(old.MouseEncoding)), enc)
}

// appendChoice replaces one of several modes, 0 for none, by another.
func (d *Dialect) appendChoice(dst []byte, from, to int) []byte {
	if from == to {
		return dst
	}
	if from != 0 && (to == 0 || d.kind == outer) {
		dst = appendMode(dst, strconv.Itoa(from), false)
	}
	if to != 0 {
		dst = appendMode(dst, strconv.Itoa(to), true)
	}
	return dst
}

// Bounds of a stock client's strings: characters of a title, base64 of a
// clipboard (16384 with "52;c;", cut to whole groups of four).
const (
	stockTitle     = 254
	stockClipboard = (16384 - len("52;c;")) &^ 3
)

// title brings a title or icon name down to the receiver.
func (d *Dialect) title(s string) string {
	if !d.Title {
		return ""
	}
	s = cleaned(s)
	if d.kind == stock {
		s = cutRunes(s, stockTitle)
	}
	return s
}

// appendTitle sets title and icon name where they differ from old's, or in any case
// if old is nil.
func (d *Dialect) appendTitle(dst []byte, old, new *terminal.Frame) []byte {
	if !d.Title || new.Labels == nil || old != nil && old.Labels == new.Labels {
		return dst
	}
	title, icon := d.title(new.Title()), d.title(new.Icon())
	newTitle, newIcon := true, true
	if old != nil && old.Labels != nil {
		oldTitle, oldIcon := d.title(old.Title()), d.title(old.Icon())
		newTitle = title != oldTitle
		newIcon = icon != oldIcon || d.TitlePrefix != "" && (icon == title) != (oldIcon == oldTitle)
	}
	if newTitle && newIcon && icon == title {
		return appendOSC(dst, "0;", d.TitlePrefix, title)
	}
	if newIcon {
		prefix := ""
		if icon == title {
			prefix = d.TitlePrefix
		}
		dst = appendOSC(dst, "1;", prefix, icon)
	}
	if newTitle {
		dst = appendOSC(dst, "2;", d.TitlePrefix, title)
	}
	return dst
}

// appendOSC writes a string, ended by BEL as every receiver takes it.
func appendOSC(dst []byte, command, prefix, text string) []byte {
	dst = append(append(dst, "\x1b]"...), command...)
	dst = append(append(dst, prefix...), text...)
	return append(dst, '\a')
}

// clipboard brings a clipboard write down to the receiver; false if there is
// nothing that may be written. A query ("?") never comes out.
func (d *Dialect) clipboard(c terminal.Clipboard) (terminal.Clipboard, bool) {
	if !d.Clipboard || strings.Trim(c.Selection, "cpqs01234567") != "" || !base64Text(c.Data) {
		return terminal.Clipboard{}, false
	}
	if d.kind == stock {
		if c.Selection != "" && !strings.ContainsAny(c.Selection, "cs") {
			return terminal.Clipboard{}, false
		}
		c.Selection = "c"
		c.Data = c.Data[:min(len(c.Data), stockClipboard)]
	}
	return c, true
}

// clipboards brings several writes down to the receiver: a stock client, which has one
// clipboard, gets the last one that it may have.
func (d *Dialect) clipboards(all []terminal.Clipboard) (out []terminal.Clipboard) {
	for _, c := range all {
		if c, ok := d.clipboard(c); ok {
			out = append(out, c)
		}
	}
	if d.kind == stock {
		out = out[max(len(out)-1, 0):]
	}
	return out
}

func base64Text(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return true
}

// appendEvents writes what changed between old and new beside the screen and its
// modes: clipboard, notifications, bell and what appendSignals writes.
func (d *Dialect) appendEvents(dst []byte, old, new *terminal.Frame) []byte {
	for _, c := range d.clipboards(new.ClipboardsSince(old)) {
		dst = append(append(dst, "\x1b]52;"...), c.Selection...)
		dst = append(append(dst, ';'), c.Data...)
		dst = append(dst, '\a')
	}
	dst = d.appendNotifications(dst, old, new)
	if new.Bells > old.Bells {
		dst = append(dst, '\a')
	}
	return d.appendSignals(dst, old, new)
}
