package predict

import (
	"bytes"
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/wire"
)

// Options are what a Predictor is made with.
type Options struct {
	Mode Mode
	// Overwrite: what is typed replaces what is there, instead of moving it
	// (--predict-overwrite).
	Overwrite bool
}

// View is what a Predictor is told of the session.
type View struct {
	Frame    *terminal.Frame // the server's newest; it is not changed
	EchoAck  uint64          // newest of the client's states whose effect Frame shows
	Widths   width.Version   // the table of character widths that Frame was made with
	Sent     uint64          // number of the client's newest state sent
	SRTT     time.Duration   // smoothed round trip time
	Measured bool            // SRTT comes from a sample

	// Blank: no frame has come yet, and Frame is the one that every session begins
	// with. It says nothing of where the cursor will be.
	Blank bool

	// Discipline is what the server says of its line discipline at the time of
	// EchoAck or later; nil: it says nothing.
	Discipline *wire.Discipline
}

// Predictor makes guesses about what typed keys will do. Make one with New. Its
// methods are called with times that do not go back.
type Predictor struct {
	opts   Options
	mode   Mode
	parser parser

	frame terminal.Frame // the newest
	acked uint64         // its echo ack
	known bool           // there was a frame

	strokes []*stroke // that the echo ack does not cover, in order
	sheet   sheet     // what they do to the screen
	cursor  place     // where the next key finds the cursor
	typing  typing

	pasted time.Time // when the last key of a bracketed paste came that has not ended; zero: there is none

	epoch    uint64 // that the next key belongs to
	proven   uint64 // the newest one of which an echo was seen
	credit   credit // of the newest epoch of which an echo was seen
	granted  uint64 // the newest one that a report vouches for
	question question
	journey  journey
	barrier  uint64 // expiry of the last key that may have changed how keys are treated

	discipline *wire.Discipline // the newest report; nil: none

	screen     screen
	experience *experience // with that kind of screen
	memory     memory
	late       []late
	prompts    prompts

	display display
	stats   Stats
	scratch []byte
}

// pasteSize is the number of bytes beyond which a chunk is no typing.
const pasteSize = 100

// New returns a Predictor that has seen nothing yet.
func New(opts Options) *Predictor {
	p := &Predictor{opts: opts, mode: opts.Mode, epoch: 1}
	p.typing.fresh = true
	p.question.answered = true
	p.display.link(p.mode, 0, false, true)
	return p
}

// Typed takes a chunk of bytes as it was typed; the next state of the client's, the
// one after view.Sent, will carry it.
func (p *Predictor) Typed(now time.Time, keys []byte, view View) {
	if p.mode == Never {
		return
	}
	p.see(view)
	p.age(now)
	expiry := view.Sent + 1
	if len(keys) > pasteSize || view.Blank && p.mode != Experimental {
		p.paste(now, keys, expiry)
		return
	}
	p.parser.widths, p.parser.decodes = view.Widths, p.decodes()
	p.parser.feed(now, keys, func(k key) { p.press(now, k, expiry) })
}

// decodes reports whether a program reads keys that has asked for encoded ones.
func (p *Predictor) decodes() bool {
	return p.frame.Keyboard != (terminal.Keyboard{}) && p.discipline != nil && !p.discipline.Canonical
}

// paste takes a chunk of any size that was not typed, or typed before there was a
// screen: nothing is known until the frame that covers it. Of a bracketed paste it may be a part, or the end.
func (p *Predictor) paste(now time.Time, keys []byte, expiry uint64) {
	p.drop()
	p.parser.ground()
	begin, end := bytes.LastIndex(keys, []byte("\x1b[200~")), bytes.LastIndex(keys, []byte("\x1b[201~"))
	goesOn := end < begin || end < 0 && !p.pasted.IsZero()
	p.press(now, key{kind: pasteOff, control: true}, expiry)
	if goesOn {
		p.pasted = now
	}
	p.typing = typing{}
}

// Arrived takes a newer state of the server's.
func (p *Predictor) Arrived(now time.Time, view View) {
	if p.mode == Never {
		return
	}
	if view.Discipline != nil {
		p.report(*view.Discipline)
	}
	if p.known && sameSize(&p.frame, view.Frame) {
		prev := p.frame
		p.take(view)
		p.judge(now, &prev)
	}
	p.see(view)
	p.age(now)
}

// see takes what is new in a view, without judging guesses by it.
func (p *Predictor) see(view View) {
	if !p.known || !sameSize(&p.frame, view.Frame) {
		p.take(view)
		_, rows := p.frame.Size()
		p.known = true
		p.sheet.resize(rows)
		p.drop()
	}
	p.display.link(p.mode, view.SRTT, view.Measured, len(p.strokes) == 0)
}

func sameSize(a, b *terminal.Frame) bool {
	cols, rows := a.Size()
	otherCols, otherRows := b.Size()
	return cols == otherCols && rows == otherRows
}

// take makes the view's frame the newest.
func (p *Predictor) take(view View) {
	p.frame = *view.Frame
	p.acked = max(p.acked, view.EchoAck)
	p.answer()
	if s := screenOf(&p.frame); p.experience == nil || s != p.screen {
		p.screen = s
		p.experience = p.memory.of(s)
	}
	p.journey.arrive(p, p.acked >= p.barrier)
	if t := &p.typing; t.known && !p.sameLine(t) {
		*t = typing{}
	}
}

// sameLine reports whether the line that is typed still stands where it began.
func (p *Predictor) sameLine(t *typing) bool {
	r := p.frame.Row(t.place.row)
	return r.Len() == t.row.Len() && sameStart(r, t.row, t.place.col)
}

// Reset forgets all guesses: the screen has changed its size.
func (p *Predictor) Reset(time.Time) {
	if p.known {
		p.drop()
		p.typing = typing{}
	}
}

// drop takes all guesses away. What is typed from now on is uncertain.
func (p *Predictor) drop() {
	p.sheet.clear()
	p.strokes, p.late = nil, nil
	p.cursor = p.real()
	p.newEpoch()
}

// Draw lays the guesses over a copy of the newest frame.
func (p *Predictor) Draw(now time.Time, over *terminal.Overlay) {
	p.age(now)
	if !p.known || !p.display.on || len(p.strokes) == 0 || !sameSize(&p.frame, &over.Frame) {
		return
	}
	if p.sheet.live > 0 {
		for row := range p.sheet.lines {
			if p.sheet.lines[row].live > 0 {
				p.drawLine(over, row)
			}
		}
	}
	p.drawCursor(over)
}

func (p *Predictor) drawLine(over *terminal.Overlay, row int) {
	for col := range p.sheet.lines[row].cells {
		g := p.sheet.at(row, col)
		if !g.known() || g.hidden || g.width == 0 || !p.shown(g.by) || p.matches(g, row, col) {
			continue
		}
		style := g.style
		if p.display.underlines() {
			style.Attr = style.Attr.WithUnderline(terminal.SingleUnderline)
		}
		over.Set(row, col, g.text, g.width, style)
	}
}

// drawCursor puts the cursor where the newest stroke that is shown has left it.
func (p *Predictor) drawCursor(over *terminal.Overlay) {
	for i := len(p.strokes) - 1; i >= 0; i-- {
		s := p.strokes[i]
		if !p.shown(s) || s.to.lost {
			continue
		}
		c := &over.Frame.Cursor
		c.Row, c.Col, c.PendingWrap = s.to.row, s.to.col, false
		cols, rows := p.frame.Size()
		if c.Col == cols {
			c.Col = cols - 1
			if s.word != canonical && c.Row+1 < rows {
				c.Row, c.Col = c.Row+1, 0
			}
		}
		return
	}
}

// oldest returns when the oldest guess was made; ok is false if there is none.
func (p *Predictor) oldest() (at time.Time, ok bool) {
	for _, s := range p.strokes {
		if guessable(s) {
			return s.at, true
		}
	}
	return time.Time{}, false
}

// age does what is due by time alone.
func (p *Predictor) age(now time.Time) {
	if due := p.overdue(); !due.IsZero() && !now.Before(due) {
		p.judge(now, &p.frame)
	}
	if at, ok := p.oldest(); ok {
		p.display.waiting(p.mode, now.Sub(at))
	}
}

// Next returns when Draw will draw something else by itself; zero: never.
func (p *Predictor) Next(now time.Time) time.Time {
	p.age(now)
	at, ok := p.oldest()
	if !ok {
		return time.Time{}
	}
	next := p.overdue()
	if age, ok := p.display.next(p.mode); ok {
		if at = at.Add(age); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}
