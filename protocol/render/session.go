package render

import (
	"strconv"

	"gmosh/protocol/terminal"
)

// Open appends what a client writes once it has taken over a terminal: with init
// the screen for full-screen programs (smcup), then the title saved where it can
// be, and application cursor keys. A Repaint has to follow.
func Open(dst []byte, d Dialect, init bool) []byte {
	if init {
		dst = append(dst, d.enter...)
	}
	if d.TitleStack {
		dst = append(dst, "\x1b[22;0t"...)
	}
	return append(dst, "\x1b[?1h"...)
}

// Close appends what gives the terminal back: keys, rendition, cursor, mouse and
// the other modes at their defaults, the title as it was or at least without its
// prefix, and with init, as given to Open, the former screen (rmcup). Otherwise the
// cursor goes to a line of its own behind what is on the screen. last is the frame that
// is shown, nil if none was drawn.
func Close(dst []byte, last *terminal.Frame, d Dialect, init bool) []byte {
	used := 999 // CUP stops at the last row there is
	if last != nil {
		used = usedRows(last)
		if d.TitlePrefix != "" {
			d.TitlePrefix = ""
			dst = d.appendTitle(dst, nil, last)
		}
	}
	if d.TitleStack {
		dst = append(dst, "\x1b[23;0t"...)
	}
	blank := terminal.NewFrame(1, 1)
	dst = d.appendModes(dst, nil, &blank)
	if last != nil { // before it leaves: each screen has flags of the keyboard of its own
		left := Closed(*last)
		dst = d.appendSignals(dst, last, &left)
	}
	if d.Links {
		dst = appendLink(dst, nil)
	}
	dst = append(dst, "\x1b[?1l\x1b[r\x1b[m"...)
	if init && d.AltScreen {
		return append(dst, d.leave...)
	}
	if used == 0 {
		return append(dst, "\x1b[H"...)
	}
	dst = append(dst, "\x1b["...)
	dst = strconv.AppendInt(dst, int64(used), 10)
	return append(dst, "H\r\n"...)
}

// usedRows returns how many rows there are down to the last that shows something, or
// that is above the cursor's.
func usedRows(f *terminal.Frame) int {
	_, rows := f.Size()
	for rows > f.Cursor.Row && blankRow(f.Row(rows-1)) {
		rows--
	}
	return rows
}

func blankRow(r *terminal.Row) bool {
	for col, c := range r.Cells() {
		if !c.Blank() || !r.Rendition(col).Equal(terminal.Rendition{}) {
			return false
		}
	}
	return true
}

// Closed returns what a terminal that showed last still knows once Close was written:
// what was told and set beside the screen is taken back, and what was counted has been
// delivered.
func Closed(last terminal.Frame) terminal.Frame {
	told := last.Told()
	last.Modes, last.Palette = terminal.Modes{}, nil
	last.Signals = &terminal.Signals{Clipboards: told.Clipboards, Notifications: told.Notifications}
	return last
}
