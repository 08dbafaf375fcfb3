package render

import "gmosh/protocol/terminal"

// Frame appends to dst what turns a receiver that shows old into one that shows
// new. Equal frames give nothing. If their sizes differ, the receiver has been
// resized to new's and everything is drawn again. It is never longer than Repaint
// would be.
func Frame(dst []byte, old, new *terminal.Frame, d Dialect) []byte { return dst }

// Repaint appends what makes any receiver of new's size show new, whatever it
// showed before and whatever its modes were. It rings no bell and leaves the
// clipboard alone.
func Repaint(dst []byte, new *terminal.Frame, d Dialect) []byte { return dst }

// Project returns what of f this dialect can show: what the receiver holds once f
// has been drawn.
func (d Dialect) Project(f terminal.Frame) terminal.Frame { return f }
