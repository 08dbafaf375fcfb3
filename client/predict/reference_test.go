package predict

import (
	"slices"
	"time"

	"gmosh/protocol/terminal"
)

// reference is prediction as section 11 of the spec says it, and no more: what a
// Predictor must not fall behind. Displayed as by --predict=always.
type reference struct {
	frame  *terminal.Frame
	ack    uint64
	parser parser

	cells            map[[2]int]*refCell
	cursors          []refCursor
	epoch, confirmed uint64
}

type refCell struct {
	text    string
	unknown bool
	epoch   uint64
	expiry  uint64
	before  []string
}

type refCursor struct {
	row, col int
	epoch    uint64
	expiry   uint64
}

func newReference() *reference {
	return &reference{cells: map[[2]int]*refCell{}, epoch: 1}
}

func (p *reference) Next(time.Time) time.Time { return time.Time{} }

func (p *reference) reset() {
	clear(p.cells)
	p.cursors = nil
	p.epoch++
}

func (p *reference) cursor() (row, col int) {
	if n := len(p.cursors); n > 0 {
		return p.cursors[n-1].row, p.cursors[n-1].col
	}
	return p.frame.Cursor.Row, p.frame.Cursor.Col
}

func (p *reference) move(row, col int, expiry uint64) {
	p.cursors = append(p.cursors, refCursor{row, col, p.epoch, expiry})
}

// expect returns what a cell will hold; it is not known if ok is false.
func (p *reference) expect(row, col int) (text string, ok bool) {
	if c := p.cells[[2]int{row, col}]; c != nil {
		return c.text, !c.unknown
	}
	return CellText(p.frame, row, col), true
}

func (p *reference) set(row, col int, text string, known bool, expiry uint64) {
	at := [2]int{row, col}
	c := p.cells[at]
	if c == nil {
		c = &refCell{}
		p.cells[at] = c
	} else if !c.unknown {
		c.before = append(c.before, c.text)
	}
	c.before = append(c.before, CellText(p.frame, row, col))
	c.text, c.unknown, c.epoch, c.expiry = text, !known, p.epoch, expiry
}

func (p *reference) Typed(now time.Time, keys []byte, view View) {
	p.frame = view.Frame
	if len(keys) > 100 {
		p.reset()
		return
	}
	p.parser.feed(now, keys, func(k key) { p.press(k, view.Sent+1) })
}

func (p *reference) press(k key, expiry uint64) {
	cols, rows := p.frame.Size()
	row, col := p.cursor()
	switch {
	case k.kind == text && k.width == 1:
		if col+1 >= cols {
			p.epoch++
		}
		for x := cols - 1; x > col; x-- {
			text, ok := p.expect(row, x-1)
			p.set(row, x, text, ok && x != cols-1, expiry)
		}
		p.set(row, col, k.text, true, expiry)
		if col+1 < cols {
			p.move(row, col+1, expiry)
			return
		}
		p.epoch++
		p.newline(row, rows, cols, expiry)
	case k.kind == backspace:
		if col == 0 {
			return
		}
		p.move(row, col-1, expiry)
		for x := col - 1; x < cols; x++ {
			if x+2 < cols {
				text, ok := p.expect(row, x+1)
				p.set(row, x, text, ok, expiry)
			} else {
				p.set(row, x, " ", false, expiry)
			}
		}
	case k.kind == left && !k.control:
		p.move(row, max(col-1, 0), expiry)
	case k.kind == right && !k.control:
		p.move(row, min(col+1, cols-1), expiry)
	case k.kind == enter:
		p.epoch++
		p.newline(row, rows, cols, expiry)
	default:
		p.epoch++
	}
}

func (p *reference) newline(row, rows, cols int, expiry uint64) {
	if row == rows-1 {
		for x := range cols {
			p.set(row, x, " ", true, expiry)
		}
	}
	p.move(min(row+1, rows-1), 0, expiry)
}

func (p *reference) Arrived(_ time.Time, view View) {
	p.frame, p.ack = view.Frame, view.EchoAck
	places := make([][2]int, 0, len(p.cells))
	for at := range p.cells {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	for _, at := range places {
		c := p.cells[at]
		if c == nil || c.expiry > p.ack {
			continue
		}
		real := CellText(p.frame, at[0], at[1])
		switch {
		case c.unknown || c.text == " ":
		case real != c.text && c.epoch <= p.confirmed:
			p.reset()
			return
		case real != c.text:
			p.kill(c.epoch)
			continue
		case !slices.Contains(c.before, c.text):
			p.confirmed = max(p.confirmed, c.epoch)
		}
		delete(p.cells, at)
	}
	if n := len(p.cursors); n > 0 {
		if c := p.cursors[n-1]; c.expiry <= p.ack && (c.row != p.frame.Cursor.Row || c.col != p.frame.Cursor.Col) {
			p.reset()
			return
		}
	}
	p.cursors = slices.DeleteFunc(p.cursors, func(c refCursor) bool { return c.expiry <= p.ack })
}

// kill drops a tentative epoch and those after it.
func (p *reference) kill(epoch uint64) {
	for at, c := range p.cells {
		if c.epoch >= epoch {
			delete(p.cells, at)
		}
	}
	p.cursors = slices.DeleteFunc(p.cursors, func(c refCursor) bool { return c.epoch >= epoch })
	p.epoch++
	p.move(p.frame.Cursor.Row, p.frame.Cursor.Col, p.ack)
}

func (p *reference) Draw(_ time.Time, over *terminal.Overlay) {
	for at, c := range p.cells {
		if !c.unknown && c.epoch <= p.confirmed {
			over.Set(at[0], at[1], c.text, 1, terminal.Rendition{})
		}
	}
	for _, c := range p.cursors {
		if c.epoch <= p.confirmed {
			over.Frame.Cursor.Row, over.Frame.Cursor.Col, over.Frame.Cursor.PendingWrap = c.row, c.col, false
		}
	}
}
