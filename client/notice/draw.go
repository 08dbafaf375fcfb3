package notice

import (
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// The bar is white on blue, its text bold.
var (
	bar  = terminal.Rendition{FG: terminal.Indexed(7), BG: terminal.Indexed(4)}
	text = terminal.Rendition{FG: bar.FG, BG: bar.BG, Attr: terminal.Bold}
)

// Draw draws the bar over the top line, if there is anything to say, and hides a
// cursor that stands there. What does not fit is cut.
func (b *Bar) Draw(o *terminal.Overlay, now time.Time) {
	said := b.Text(now)
	if said == "" {
		return
	}
	DrawLine(o, said)
	if o.Frame.Cursor.Row == 0 {
		o.Frame.Cursor.Visible = false
	}
}

// WithoutColors makes what is drawn in the bar's colours stand out where there are
// none: it is inverse then.
func WithoutColors(f terminal.Frame) terminal.Frame {
	o := terminal.NewOverlay(f)
	cols, rows := f.Size()
	for i := range rows {
		r := f.Row(i)
		for col := range cols {
			if s := r.Rendition(col); s.FG == bar.FG && s.BG == bar.BG {
				s.FG, s.BG, s.Attr = 0, 0, s.Attr|terminal.Inverse
				o.Restyle(i, col, s)
			}
		}
	}
	return o.Frame
}

// DrawLine draws a text over the top line as the bar is drawn.
func DrawLine(o *terminal.Overlay, said string) {
	cols, _ := o.Frame.Size()
	o.SetWrapped(0, false)
	for col := range cols {
		o.Set(0, col, " ", 1, bar)
	}
	drawAt(o, 0, 0, cols, said)
}

// drawAt puts a text into a row, from a column up to another. Combining characters
// stay with what they follow; what cannot be shown is left out.
func drawAt(o *terminal.Overlay, row, col, end int, s string) {
	for len(s) > 0 {
		n, wide := character(s)
		if col+wide > end {
			return
		}
		if wide > 0 {
			o.Set(row, col, s[:n], wide, text)
		}
		col += wide
		s = s[n:]
	}
}

// character returns the length in bytes and the width of s's first character
// with its combining ones; width 0: not to be shown.
func character(s string) (n, wide int) {
	for i, r := range s {
		w := width.Latest.Rune(r)
		switch {
		case i == 0:
			wide = max(w, 0)
		case w != 0 || wide == 0:
			return i, wide
		}
	}
	return len(s), wide
}
