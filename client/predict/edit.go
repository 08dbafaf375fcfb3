package predict

import (
	"strings"
	"unicode"

	"gmosh/protocol/terminal"
)

// effects guess what a key does, by its kind. They note guesses, move the cursor
// and begin epochs; the stroke's own epoch is that of its guesses. The cursor is
// known when they are called, unless the key is a barrier.
var effects = [...]func(*Predictor, *stroke){
	unknown:   (*Predictor).doUnknown,
	text:      (*Predictor).doText,
	mark:      (*Predictor).doMark,
	enter:     (*Predictor).doEnter,
	giveUp:    (*Predictor).doGiveUp,
	backspace: (*Predictor).doBackspace,
	left:      (*Predictor).doLeft,
	right:     (*Predictor).doRight,
	home:      (*Predictor).doHome,
	end:       (*Predictor).doEnd,
	erase:     (*Predictor).doErase,
	eraseWord: (*Predictor).doEraseWord,
	eraseLine: (*Predictor).doEraseLine,
	eraseRest: (*Predictor).doEraseRest,
	travel:    (*Predictor).doUnknown,
	pasteOn:   (*Predictor).doPaste,
	pasteOff:  (*Predictor).doUnknown,
}

// doubtful gives a stroke an epoch of its own, which is that of what follows too.
func (p *Predictor) doubtful(s *stroke) {
	p.newEpoch()
	s.epoch = p.epoch
}

// doUnknown leaves the cursor where it is: most keys that are not known do.
func (p *Predictor) doUnknown(s *stroke) {
	p.doubtful(s)
	p.barrier = max(p.barrier, s.expiry)
	p.typing.fresh = false
}

// doPaste leaves the cursor nowhere: what is pasted is not guessed.
func (p *Predictor) doPaste(s *stroke) {
	p.doUnknown(s)
	p.lose(s)
}

// doGiveUp is doUnknown for a key after which a new line begins.
func (p *Predictor) doGiveUp(s *stroke) {
	p.doUnknown(s)
	p.typing = typing{fresh: true}
}

// doEnter goes to the next line. Below the last row the screen scrolls, by as much
// as the far side has to say: the frame will tell.
func (p *Predictor) doEnter(s *stroke) {
	p.doubtful(s)
	p.typing = typing{fresh: true}
	if p.cursor.lost {
		return
	}
	if _, rows := p.frame.Size(); p.cursor.row+1 < rows {
		p.cursor = place{row: p.cursor.row + 1}
	} else {
		p.cursor.lost = true
	}
}

// doText puts a character at the cursor.
func (p *Predictor) doText(s *stroke) {
	cols, rows := p.frame.Size()
	at, w := p.cursor, s.key.width
	edge := p.fieldEnd(at.row, min(at.col, cols-1))
	margin := at.col+w >= edge
	if margin && !p.wraps(s) {
		p.doubtful(s)
	}
	if at.col+w > edge {
		if edge < cols || at.row+1 >= rows || w > cols {
			p.lose(s)
			return
		}
		at = place{row: at.row + 1}
		edge, s.wrapped = p.fieldEnd(at.row, 0), true
	}
	s.cell = at
	p.start(s, at)
	p.put(s, at, edge)
	p.cursor = place{row: at.row, col: at.col + w}
	if t := &p.typing; t.known && t.place.row == at.row {
		if at.col < t.reach && !p.opts.Overwrite {
			t.reach = min(t.reach+w, cols)
		}
		t.reach = max(t.reach, p.cursor.col)
	}
	if margin && !p.wraps(s) {
		p.newEpoch()
	}
}

// wraps reports whether it is known that text which reaches the right margin goes
// on in the next row. On the main screen, behind a prompt, it does.
func (p *Predictor) wraps(s *stroke) bool {
	if s.word == canonical || p.experience.wraps > 0 {
		return true
	}
	start, known, proven := p.lineStart(p.cursor)
	return p.experience.wraps == 0 && !p.frame.Alternate() && known && proven && p.prompted(start)
}

// put inserts the stroke's character, or overwrites with it.
func (p *Predictor) put(s *stroke, at place, edge int) {
	c := content{s.key.text, s.key.width, p.styleAt(s, at)}
	s.tail, s.pushed = p.tailOf(at, c.style), ""
	if p.ownEnd(at) > at.col {
		s.tail = tail{same: true} // of whatever style: it was typed
	}
	if p.opts.Overwrite || s.word == canonical {
		p.split(s, at.row, at.col)
		p.split(s, at.row, at.col+c.width)
	} else {
		p.shiftRight(s, at, edge)
	}
	p.guess(s, at.row, at.col, c, typed)
	if c.width == 2 {
		p.guess(s, at.row, at.col+1, content{"", 0, c.style}, typed)
	}
}

// split wipes a wide character that a column would cut in two.
func (p *Predictor) split(s *stroke, row, col int) {
	if cols, _ := p.frame.Size(); col > 0 && col < cols && p.isTail(row, col) {
		p.wipe(s, row, col-1)
		p.wipe(s, row, col)
	}
}

// tailOf says which kind of text stands where a character is typed.
func (p *Predictor) tailOf(at place, style terminal.Rendition) tail {
	cols, _ := p.frame.Size()
	for col := at.col; col < min(cols, at.col+gap); col++ {
		if c, _ := p.expect(at.row, col); c.text != blank {
			if !c.style.Equal(style) {
				c.style.Link = nil
				return tail{style: c.style}
			}
			break
		}
	}
	return tail{same: true}
}

// suggested reports whether what stands right of w columns that are taken away looks
// like a suggestion.
func (p *Predictor) suggested(row, col, w int) bool {
	gone, _ := p.expect(row, col)
	return gone.text != blank && p.suggestedAt(row, col+w)
}

// suggestedAt reports whether the text at a column looks like a suggestion: it is of
// another style than what is left of it, and was not seen to move.
func (p *Predictor) suggestedAt(row, col int) bool {
	if cols, _ := p.frame.Size(); col == 0 || col >= cols {
		return false
	}
	before, _ := p.expect(row, col-1)
	return !p.experience.moves(p.tailOf(place{row: row, col: col}, before.style))
}

// shiftRight makes room for the stroke's character. What reaches the edge is gone,
// nobody knows where to.
func (p *Predictor) shiftRight(s *stroke, at place, edge int) {
	w := s.key.width
	last := p.textEnd(at.row, at.col, edge) + w
	if last == at.col+w {
		return // nothing there
	}
	if own := p.ownEnd(at); own > at.col && p.suggestedAt(at.row, own) { // it will be another, or none
		for col := own + w; col < min(last, edge); col++ {
			p.guess(s, at.row, col, content{}, unclear)
		}
		last = own + w
	}
	if here, ok := p.expect(at.row, at.col); ok && last <= edge {
		if next, ok := p.expect(at.row, at.col+w); ok && here.text != next.text && here.text != blank {
			s.pushed = here.text
		}
	}
	if last > edge {
		last = edge
		p.guess(s, at.row, edge-1, content{}, unclear)
		last--
	}
	for col := last - 1; col >= at.col+w; col-- {
		p.move(s, at.row, col, col-w)
	}
}

// shiftLeft closes a hole of w columns at col.
func (p *Predictor) shiftLeft(s *stroke, row, col, w int) {
	cols, _ := p.frame.Size()
	edge := p.fieldEnd(row, min(col, cols-1))
	last := p.textEnd(row, min(col+w, edge), edge)
	if p.suggested(row, col, w) { // it will be another, or none
		for x := col; x < min(col+w, edge); x++ {
			p.wipe(s, row, x)
		}
		for x := col + w; x < last; x++ {
			p.guess(s, row, x, content{}, unclear)
		}
		return
	}
	for x := col; x < last-w; x++ {
		p.move(s, row, x, x+w)
	}
	for x := max(col, last-w); x < last; x++ {
		if last == edge && x >= edge-w-1 {
			p.guess(s, row, x, content{}, unclear) // text from beyond the edge may come in
		} else {
			p.wipe(s, row, x)
		}
	}
}

// styleAt returns the style of a character typed at a place: the one of the
// character left of it, but a line's first takes the one of earlier lines.
func (p *Predictor) styleAt(s *stroke, at place) terminal.Rendition {
	style := p.frame.Pen
	prompt, ok := prompt{}, false
	if s.prompt != nil {
		prompt, ok = p.prompts.find(&p.frame, p.screen, at)
	}
	switch {
	case s.word == canonical && p.sheet.live == 0:
	case ok:
		style = prompt.style
	case at.col > 0:
		c, _ := p.expect(at.row, at.col-1)
		style = c.style
	}
	style.Link = nil
	return style
}

// start notes where a line begins, if the stroke is its first.
func (p *Predictor) start(s *stroke, at place) {
	if t := &p.typing; t.fresh && s.from == p.real() {
		*t = typing{known: true, place: at, row: p.frame.Row(at.row), reach: at.col}
		s.prompt = t.row
	} else {
		t.fresh = false
	}
}

// doMark adds a combining character to the one before the cursor.
func (p *Predictor) doMark(s *stroke) {
	at := p.cursor
	at.col -= p.leftOf(at.row, at.col)
	if at.col < 0 || p.isBlank(at.row, at.col) {
		p.doUnknown(s)
		return
	}
	c, ok := p.expect(at.row, at.col)
	if !ok || len(c.text) >= maxCombined {
		return // a cell takes no more
	}
	c.text += s.key.text
	s.cell = at
	p.guess(s, at.row, at.col, c, typed)
	if c.width == 2 {
		p.guess(s, at.row, at.col+1, content{"", 0, c.style}, typed)
	}
}

// maxCombined is the size of a cell's text from which on it takes no more.
const maxCombined = 32

// doBackspace takes the character left of the cursor away.
func (p *Predictor) doBackspace(s *stroke) {
	p.usual(s)
	at := p.cursor
	start, known, _ := p.lineStart(at)
	switch {
	case p.typing.fresh || known && start == at: // there is nothing to take away
	case at.col == 0:
		if known {
			p.backOverWrap(s, at)
		}
	case s.word == canonical:
		// The line discipline knows no wide characters: it wipes one column.
		p.split(s, at.row, at.col-1)
		p.wipe(s, at.row, at.col-1)
		p.cursor.col--
	default:
		w := p.leftOf(at.row, at.col)
		p.remove(s, place{row: at.row, col: at.col - w}, w)
	}
}

// backOverWrap goes back to the end of the row above, which the line was wrapped
// in.
func (p *Predictor) backOverWrap(s *stroke, at place) {
	if !p.wraps(s) {
		p.doubtful(s)
	}
	cols, _ := p.frame.Size()
	last := p.isBlank(at.row, 0)
	at = place{row: at.row - 1, col: cols}
	w := p.leftOf(at.row, at.col)
	at.col -= w
	if !last {
		p.remove(s, at, w)
		return
	}
	for col := at.col; col < cols; col++ {
		p.wipe(s, at.row, col)
	}
	p.cursor = at
}

// remove takes w columns away, left of which the cursor will be.
func (p *Predictor) remove(s *stroke, from place, w int) {
	if p.opts.Overwrite {
		for x := from.col; x < from.col+w; x++ {
			p.wipe(s, from.row, x)
		}
	} else {
		p.shiftLeft(s, from.row, from.col, w)
	}
	if t := &p.typing; t.known && t.place.row == from.row {
		t.reach = max(t.reach-w, from.col)
	}
	p.cursor = from
}

// usual prepares for a key that does what it is named for in most programs.
func (p *Predictor) usual(s *stroke) {
	if p.experience.habit[s.key] < 0 {
		p.doubtful(s)
	}
}

// doLeft and doRight move over a character, within the line.
func (p *Predictor) doLeft(s *stroke) {
	if s.key.control && !p.practised(s) {
		return
	}
	p.usual(s)
	at := p.cursor
	if start, known, _ := p.lineStart(at); at.col > 0 && !p.typing.fresh && !(known && start == at) {
		cols, _ := p.frame.Size()
		p.cursor.col = min(at.col, cols) - p.leftOf(at.row, min(at.col, cols))
	}
}

func (p *Predictor) doRight(s *stroke) {
	if s.key.control && !p.practised(s) {
		return
	}
	p.usual(s)
	at := p.cursor
	cols, _ := p.frame.Size()
	limit := cols - 1
	if _, known, _ := p.lineStart(at); known {
		limit = p.lineEnd(at)
	}
	if w := p.rightOf(at.row, at.col); at.col+w <= limit {
		p.cursor.col += w
	}
}

// practised prepares for a key that does what it is named for only in some
// programs: it is guessed where the line's start is known, and uncertain until it
// has come true on this kind of screen. Line editors, which have a prompt, all agree
// about the control keys; to the keys Home, End and Delete some do nothing.
func (p *Predictor) practised(s *stroke) bool {
	start, known, proven := p.lineStart(p.cursor)
	ruled := s.word == canonical
	if p.cursor.lost || !known || !proven && !ruled {
		p.doUnknown(s)
		return false
	}
	habit := p.experience.habit[s.key]
	if habit < 0 || habit == 0 && !ruled && !(s.key.control && p.prompted(start)) || p.certain() < p.epoch {
		p.doubtful(s)
	}
	return true
}

// prompted reports whether a line begins behind something, as behind a prompt: text
// that an editor has on its screen mostly begins in the first column.
func (p *Predictor) prompted(start place) bool {
	for col := range start.col {
		if !p.frame.Row(start.row).Cell(col).Blank() {
			return true
		}
	}
	return false
}

func (p *Predictor) doHome(s *stroke) {
	if p.practised(s) {
		p.cursor, _, _ = p.lineStart(p.cursor)
	}
}

func (p *Predictor) doEnd(s *stroke) {
	if p.practised(s) {
		p.cursor.col = p.lineEnd(p.cursor)
	}
}

// doErase takes away the character at the cursor. At the end of a line ^D is
// another key.
func (p *Predictor) doErase(s *stroke) {
	if !p.cursor.lost && p.cursor.col >= p.lineEnd(p.cursor) {
		p.doUnknown(s)
		return
	}
	if p.practised(s) {
		p.remove(s, p.cursor, p.rightOf(p.cursor.row, p.cursor.col))
	}
}

func (p *Predictor) doEraseLine(s *stroke) {
	p.eraseTo(s, func(start place) int { return start.col })
}

func (p *Predictor) doEraseWord(s *stroke) {
	p.eraseTo(s, func(start place) int {
		skip := p.isBlank
		if s.word == canonical {
			skip = func(row, col int) bool { return !p.isWord(row, col) }
		}
		col := p.cursor.col
		for col > start.col && skip(start.row, col-1) {
			col--
		}
		for col > start.col && !skip(start.row, col-1) {
			col--
		}
		return col
	})
}

// isWord reports whether the line discipline takes a cell for a part of a word.
func (p *Predictor) isWord(row, col int) bool {
	c, _ := p.expect(row, col)
	return strings.ContainsFunc(c.text, func(r rune) bool {
		return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
	})
}

// eraseTo takes away what is between a column and the cursor, on the row where the
// line begins.
func (p *Predictor) eraseTo(s *stroke, column func(start place) int) {
	start, known, proven := p.lineStart(p.cursor)
	if !known || !proven && s.word != canonical || start.row != p.cursor.row || p.cursor.lost {
		p.doUnknown(s)
		return
	}
	if p.practised(s) {
		to := column(start)
		p.remove(s, place{row: start.row, col: to}, p.cursor.col-to)
	}
}

func (p *Predictor) doEraseRest(s *stroke) {
	if !p.practised(s) {
		return
	}
	for col, last := p.cursor.col, p.lineEnd(p.cursor); col < last; col++ {
		p.wipe(s, p.cursor.row, col)
	}
	if t := &p.typing; t.known && t.place.row == p.cursor.row {
		t.reach = p.cursor.col
	}
}
