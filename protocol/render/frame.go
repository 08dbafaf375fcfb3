package render

import "gmosh/protocol/terminal"

// Frame appends to dst what turns a receiver that shows old into one that shows
// new. Equal frames give nothing. If their sizes differ, the receiver has been
// resized to new's and everything is drawn again. It is never longer than Repaint
// would be, events (see Events) apart.
func Frame(dst []byte, old, new *terminal.Frame, d Dialect) []byte {
	start := len(dst)
	dst = d.appendEvents(dst, old, new)
	dst = d.appendTitle(dst, old, new)
	dst = d.appendModes(dst, old, new)
	if d.kind == full && (old.Alternate() || new.Alternate()) {
		return d.appendScreens(dst, old, new)
	}
	return d.finish(d.appendBody(dst, old, new), start)
}

// appendBody appends what turns the screen that old shows into the one that new
// shows.
func (d *Dialect) appendBody(dst []byte, old, new *terminal.Frame) []byte {
	body := len(dst)
	cols, rows := new.Size()
	if c, r := old.Size(); c != cols || r != rows {
		return d.appendWhole(dst, "\x1b[r\x1b[m", new)
	}
	var p painter
	p.begin(dst, old, new, d)
	p.scroll()
	if len(p.out) == body && p.hopeless() {
		return d.appendWhole(dst, "\x1b[m", new)
	}
	p.clearBelow()
	p.drawRows()
	p.settle(new)
	dst = p.out
	if n := len(dst) - body; n > d.leastWhole(new, n) {
		dst = d.appendWhole(dst, "\x1b[m", new)
		if whole := dst[body+n:]; len(whole) < n {
			dst = dst[:body+copy(dst[body:], whole)]
		} else {
			dst = dst[:body+n]
		}
	}
	return dst
}

// manyChanges is how many cells have to differ before it is worth while to ask
// whether anything is left to save.
const manyChanges = 256

// hopeless reports whether next to nothing of what the receiver shows is of use: no
// run of characters that is longer than what it takes to skip it. Nothing has been
// drawn yet.
func (p *painter) hopeless() bool {
	if p.hi-p.lo < p.rows/4 {
		return false
	}
	step := 1
	if p.rows > 16 {
		step = 4 // that will do
	}
	changed, saved := 0, 0
	for i := 0; i < p.rows; i += step {
		n := p.new.Row(i)
		o := n
		if i >= p.lo && i <= p.hi {
			o = p.line(i).row
		}
		c, s := useOf(o, n)
		changed, saved = changed+c, saved+s
		if saved > manyChanges/32 && saved > changed/32 {
			return false
		}
	}
	return changed*step >= manyChanges
}

// useOf returns how many of n's characters are not in o, and how many bytes may be
// saved by leaving alone what is. The latter may be too much.
func useOf(o, n *terminal.Row) (changed, saved int) {
	old, run := o.Cells(), 0
	for i, c := range n.Cells() {
		switch {
		case c != old[i]:
			changed++
			run = 0
		case !c.Blank():
			if run++; run > gap {
				saved++
			}
		}
	}
	return changed, saved
}

// Repaint appends what makes any receiver of new's size show new, whatever it
// showed before and whatever its modes were. Events are not its business.
func Repaint(dst []byte, new *terminal.Frame, d Dialect) []byte {
	start := len(dst)
	dst = d.appendTitle(dst, nil, new)
	dst = d.appendModes(dst, nil, new)
	reset := "\x1b[r\x1b[m"
	if d.kind == outer {
		// Character set, insert, origin and wrap mode, too.
		reset = "\x0f\x1b(B\x1b[4l\x1b[?6l\x1b[?7h\x1b[r\x1b[m"
	}
	if d.kind == full {
		return d.appendBothWhole(dst, reset, new)
	}
	return d.finish(d.appendWhole(dst, reset, new), start)
}

// appendWhole draws new on a cleared screen. reset brings the receiver's rendition
// (links aside) and, where it may be otherwise, its margins to their defaults.
func (d *Dialect) appendWhole(dst []byte, reset string, new *terminal.Frame) []byte {
	dst = append(dst, reset...)
	if d.Links {
		dst = appendLink(dst, nil)
	}
	dst = append(dst, "\x1b[H\x1b[J"...)
	var p painter
	p.begin(dst, nil, new, d)
	p.drawRows()
	p.settle(new)
	return p.out
}

// leastWhole is a lower bound of what appendWhole writes, found by counting what
// costs at least a byte; counting ends where the bound exceeds limit.
func (d *Dialect) leastWhole(f *terminal.Frame, limit int) int {
	n := len("\x1b[m\x1b[H\x1b[J")
	_, rows := f.Size()
	for i := 0; i < rows && n < limit; i++ {
		cells := f.Row(i).Cells()
		if i > 0 && !f.Row(i-1).Wrapped() && !cells[0].Blank() {
			n++ // to get there
		}
		n += terminal.Glyphs(cells) // next to its like a character may come by REP
	}
	var look terminal.Rendition
	for i := 0; i < rows && n < limit; i++ {
		r := f.Row(i)
		var styled terminal.Packed
		for col, c := range r.Cells() {
			if c.Blank() || c.Tail() || c.SameStyle(styled) {
				continue
			}
			styled = c
			if l := d.rendition(r.Rendition(col)); !l.Equal(look) {
				look = l
				n += len("\x1b[m")
			}
		}
	}
	return n
}

// bigUpdate is the number of bytes from which an update may be seen half done.
const bigUpdate = 256

const (
	beginSync = "\x1b[?2026h"
	endSync   = "\x1b[?2026l"
)

// finish makes a large update of a real terminal appear at once.
func (d *Dialect) finish(dst []byte, start int) []byte {
	n := len(dst) - start
	if !d.SyncOutput || n < bigUpdate {
		return dst
	}
	dst = append(dst, beginSync+endSync...)
	copy(dst[start+len(beginSync):], dst[start:start+n])
	copy(dst[start:], beginSync)
	copy(dst[start+len(beginSync)+n:], endSync)
	return dst
}
