package predict

import (
	"bytes"
	"slices"
	"time"

	"gmosh/protocol/terminal"
)

// judge compares the guesses with a new frame, which came after prev.
func (p *Predictor) judge(now time.Time, prev *terminal.Frame) {
	certain := p.certain()
	p.recall(now)
	moved := p.relocate(now, prev)
	reflected := p.reflected()
	p.believe(now, reflected)
	p.watchTail(reflected)
	over := p.over(now, reflected)
	wrong := p.compare(now)
	if wrong == nil && !moved {
		wrong = p.misplaced(over)
	}
	astray := moved || p.astray(over)
	if wrong != nil {
		p.failed(wrong, wrong.epoch <= certain, over)
	}
	p.practice(p.strokes[:over], reflected)
	if wrong == nil && !astray {
		p.rebase(reflected)
	}
	p.retire(over)
	switch {
	case wrong != nil && p.mode == Experimental && len(p.strokes) > 0:
	case wrong != nil || astray || len(p.strokes) == 0:
		p.restart()
	}
}

// over returns how many strokes the frame is to be compared with: those that the
// echo ack covers, and where echoes are known to come later than it, for so long or
// until they are there.
func (p *Predictor) over(now time.Time, reflected int) int {
	lag := p.experience.lag
	acked := 0
	for ; acked < len(p.strokes) && p.strokes[acked].expiry <= p.acked; acked++ {
		if s := p.strokes[acked]; s.covered.IsZero() {
			s.covered = now
			if acked < reflected {
				p.experience.lag -= lag / lagDecay
			}
		}
	}
	for i, s := range p.strokes[:acked] {
		if i >= reflected && now.Sub(s.covered) < lag {
			return i
		}
		s.over = true
	}
	return acked
}

// real is where the newest frame has the cursor.
func (p *Predictor) real() place {
	c := p.frame.Cursor
	if c.PendingWrap {
		c.Col, _ = p.frame.Size()
	}
	return place{row: c.Row, col: c.Col}
}

// reached reports whether the newest frame has the cursor where it was guessed.
// Right of the last column and at the start of the next row are the same to most
// programs.
func (p *Predictor) reached(to place) bool {
	at := p.real()
	cols, _ := p.frame.Size()
	return at == to || to.col == cols && at == place{row: to.row + 1} ||
		at.col == cols && to == place{row: at.row + 1}
}

// reflected returns how many strokes the frame shows the effect of, if it is the
// screen as it was guessed to be after one of them: the cursor is there, and all
// characters up to it are.
func (p *Predictor) reflected() int {
	n := 0
	for i, s := range p.strokes {
		if isCharacter(s) && !p.echoed(s) {
			break
		}
		if !s.to.lost && p.reached(s.to) {
			n = i + 1
		}
	}
	return n
}

// echoed reports whether the frame shows a stroke's character, or a later stroke
// has changed that cell.
func (p *Predictor) echoed(s *stroke) bool {
	if s.to.lost || s.word == silent {
		return false
	}
	g := p.sheet.at(s.cell.row, s.cell.col)
	return g == nil || g.by != s || p.matches(g, s.cell.row, s.cell.col)
}

// believe takes the frame for proof of the epochs whose characters it shows. That
// may be before the echo ack says so, but not before it covers what the echo could
// depend on.
func (p *Predictor) believe(now time.Time, reflected int) {
	for _, s := range p.strokes[:reflected] {
		if s.proven || p.acked < s.after || !isCharacter(s) {
			continue
		}
		g := p.sheet.at(s.cell.row, s.cell.col)
		if g != nil && g.by == s && g.news() {
			p.prove(now, s)
		}
	}
}

func isCharacter(s *stroke) bool { return s.key.kind == text || s.key.kind == mark }

// watchTail looks whether what was right of the cursor has moved, when the frame
// shows the screen as it is after a character.
func (p *Predictor) watchTail(reflected int) {
	if reflected == 0 {
		return
	}
	s := p.strokes[reflected-1]
	cols, _ := p.frame.Size()
	if s.key.kind != text || s.pushed == "" || s.to.col >= cols || p.real() != s.to {
		return
	}
	// One cell says enough against it, but not for a suggestion to move.
	if stays := p.frameText(s.to.row, s.to.col) != s.pushed; stays || s.tail.same && !p.experience.moves(s.tail) {
		p.experience.notice(s.tail, !stays)
		p.hush(s.to.row)
	}
}

// compare looks at the guesses that have expired, and takes them away. It returns
// the first stroke that was wrong.
func (p *Predictor) compare(now time.Time) (wrong *stroke) {
	if p.sheet.live == 0 {
		return nil
	}
	for row := range p.sheet.lines {
		l := &p.sheet.lines[row]
		var stayed *stroke
		for col := 0; col < len(l.cells) && l.live > 0; col++ {
			g := &l.cells[col]
			if g.by == nil || !g.by.over {
				continue
			}
			switch s := g.by; {
			case !g.known():
			case p.matches(g, row, col):
				p.matched(now, g, row, col)
			case g.text == blank: // no blame: programs may have something to say there
				s.failed = motions[s.key.kind]
			case g.source == moved && s.key.kind == text:
				stayed = s
			case wrong == nil || s.expiry < wrong.expiry:
				wrong = s
			}
			p.sheet.remove(row, col)
		}
		if stayed != nil && wrong == nil {
			p.experience.notice(stayed.tail, false)
			p.hush(row)
		}
	}
	return wrong
}

// matched is told of a guess that came true, before it is taken away.
func (p *Predictor) matched(now time.Time, g *guess, row, col int) {
	s := g.by
	if g.source == moved {
		if s.effect = s.effect || g.was != g.text; g.news() && s.key.kind == text {
			// A suggestion may have some of its letters where they were guessed.
			if s.came++; s.tail.same || s.came >= convincing {
				p.experience.notice(s.tail, true)
			}
		}
		return
	}
	if !g.news() {
		return
	}
	if !s.proven && s.epoch <= p.certain() {
		p.prove(now, s)
	}
	style := p.frame.Row(row).Rendition(col)
	style.Link = nil
	for c := col + 1; c < len(p.sheet.lines[row].cells); c++ {
		if g := p.sheet.at(row, c); g != nil && g.source == typed {
			g.style = style
		}
	}
}

// convincing is how many cells have to be right for text to be seen moving.
const convincing = 4

// hush shows or hides the guesses in a row about what typed text pushes on, after
// it was found out whether it does. What stays is a suggestion, or another field.
func (p *Predictor) hush(row int) {
	l := &p.sheet.lines[row]
	for col := range l.cells {
		if g := &l.cells[col]; g.by != nil {
			g.hidden = p.hides(g)
		}
	}
}

// hides reports whether a guess is only compared, and not shown.
func (p *Predictor) hides(g *guess) bool {
	return g.source == moved && g.by.key.kind == text && !p.experience.moves(g.by.tail)
}

// motions are the keys whose effect is seen by the cursor.
var motions = map[kind]bool{
	backspace: true, left: true, right: true, home: true, end: true,
	erase: true, eraseWord: true, eraseLine: true, eraseRest: true,
}

// misplaced returns the last stroke that the frame covers, if it should have moved
// the cursor and did not, or not there; later ones may have moved it on. A hidden
// cursor may be anywhere, and if the character is where it was guessed, the cursor
// is on its way.
func (p *Predictor) misplaced(over int) *stroke {
	if over == 0 || !p.frame.Cursor.Visible {
		return nil
	}
	s := p.strokes[over-1]
	newest := isCharacter(s) && over == len(p.strokes) && !p.echoed(s)
	if !newest && !motions[s.key.kind] || s.to.lost || s.word == silent || p.onPath(over-1) {
		return nil
	}
	return s
}

// onPath reports whether the cursor is where one of the strokes from i on left it.
func (p *Predictor) onPath(i int) bool {
	return slices.ContainsFunc(p.strokes[i:], func(s *stroke) bool {
		return !s.to.lost && p.reached(s.to)
	})
}

// astray reports whether a stroke that the frame covers has led somewhere else
// than was guessed, so that those after it were guessed at the wrong place.
func (p *Predictor) astray(over int) bool {
	uncertain := slices.ContainsFunc(p.strokes[:over], func(s *stroke) bool {
		return s.key.barrier() || s.to.lost
	})
	if !uncertain || over == len(p.strokes) {
		return false
	}
	return !p.onPath(over - 1)
}

// relocate looks for rows that are elsewhere now, most often since the screen has
// scrolled: what was guessed there is compared with the row where it is now, or
// not at all if it is gone. It reports whether there were any.
func (p *Predictor) relocate(now time.Time, prev *terminal.Frame) (any bool) {
	if p.sheet.live == 0 {
		return false
	}
	for row := range p.sheet.lines {
		l := &p.sheet.lines[row]
		if l.live == 0 || p.frame.Row(row) == prev.Row(row) {
			continue
		}
		here := l.isAt(&p.frame, row)
		if here && p.shows(l, row) {
			continue
		}
		found := p.findAbove(l, row, prev)
		if found {
			p.moved(now, l)
		} else if here || !l.anchored() {
			continue
		}
		any = true
		for i := range l.cells {
			if s := l.cells[i].by; s != nil {
				s.excused, s.done = true, found
			}
		}
		p.sheet.clearLine(row)
	}
	return any
}

// findAbove reports whether l's row stands higher now, with all that was typed to
// it. Rows that are as in the frame before are none that have moved.
func (p *Predictor) findAbove(l *line, row int, prev *terminal.Frame) bool {
	for to := row - 1; to >= 0; to-- {
		if p.frame.Row(to) == prev.Row(to) || !l.isAt(&p.frame, to) || !p.shows(l, to) {
			continue
		}
		if to == 0 || l.above == nil || sameText(l.above, p.frame.Row(to-1)) {
			return true
		}
	}
	return false
}

// isAt reports whether a row of the frame is the one that l's guesses are about:
// it begins with the same text. If there was none, the row above has to be the
// same.
func (l *line) isAt(f *terminal.Frame, row int) bool {
	r := f.Row(row)
	if !sameStart(l.row, r, l.left) {
		return false
	}
	return l.anchored() || l.above == nil || row > 0 && sameText(l.above, f.Row(row-1))
}

// anchored reports whether there was text left of l's guesses.
func (l *line) anchored() bool {
	for col := range l.left {
		if !l.row.Cell(col).Blank() {
			return true
		}
	}
	return false
}

func sameText(a, b *terminal.Row) bool {
	return a.Len() == b.Len() && sameStart(a, b, a.Len())
}

// sameStart reports whether the first columns of two rows hold the same text. Its
// colours say nothing: line editors colour it while it is typed.
func sameStart(a, b *terminal.Row, cols int) bool {
	if a == b {
		return true
	}
	var roomA, roomB [16]byte
	for col := range cols {
		if !a.CellEqual(col, b, col) && !bytes.Equal(a.Text(roomA[:0], col), b.Text(roomB[:0], col)) {
			return false
		}
	}
	return true
}

// shows reports whether a row shows all characters that l's guesses say were typed.
func (p *Predictor) shows(l *line, row int) bool {
	for col := range l.cells {
		if g := &l.cells[col]; g.known() && g.source == typed && !p.matches(g, row, col) {
			return false
		}
	}
	return true
}

// moved takes the guesses of a row for right that has moved.
func (p *Predictor) moved(now time.Time, l *line) {
	for col := range l.cells {
		g := &l.cells[col]
		if s := g.by; g.known() && g.source == typed && !s.proven && g.news() && p.acked >= s.after {
			p.prove(now, s)
		}
	}
}

// prove is told that a stroke was echoed as guessed, and that this is news.
func (p *Predictor) prove(now time.Time, s *stroke) {
	s.proven = true
	p.stats.Credited++
	e := p.experience
	e.confirm(s.cell.row)
	if s.epoch != p.credit.epoch {
		p.credit = credit{epoch: s.epoch}
	}
	p.credit.keys++
	if e.streak >= e.need(s.cell.row) && p.credit.keys >= p.proofs(s) {
		p.proven = max(p.proven, s.epoch)
	}
	if s.wrapped {
		e.wraps = 1
	}
	p.display.confirmed(now, s)
	if t := &p.typing; t.known && s.cell.row == t.place.row && s.cell.col >= t.place.col {
		t.proven = true
	}
	if s.prompt != nil {
		text := string(p.prompts.masked(s.prompt, s.cell.col))
		style := p.styleOf(s)
		p.prompts.add(prompt{p.screen, text, s.cell.col, style, s.word == raw})
	}
}

// credit is how many keys of an epoch were proven.
type credit struct {
	epoch uint64
	keys  int
}

// proofs is how many keys of its epoch have to be proven before a stroke's are
// shown. At the left of the last row pagers and editors take the words of a command:
// less shows the 2 of 2g, and then goes there.
func (p *Predictor) proofs(s *stroke) int {
	const wary = 3
	if _, rows := p.frame.Size(); s.cell.row == rows-1 && s.cell.col <= wary {
		return wary
	}
	return 1
}

// styleOf returns the style in which a stroke's character was echoed.
func (p *Predictor) styleOf(s *stroke) terminal.Rendition {
	style := p.frame.Row(s.cell.row).Rendition(s.cell.col)
	style.Link = nil
	return style
}

// failed is told that a stroke's effect was another than guessed, and whether it
// was shown. There is no blame if a later key may have had its effect already that
// nobody knows.
func (p *Predictor) failed(s *stroke, shown bool, over int) {
	s.excused = slices.ContainsFunc(p.strokes[over:], func(s *stroke) bool { return s.key.barrier() })
	s.failed = !s.excused
	if p.mode == Experimental {
		return
	}
	p.remember(s)
	p.journey = journey{}
	if s.failed && s.key.kind == text {
		s.made.others++
	}
	if shown && s.failed {
		p.experience.disappoint(s.from.row)
		if s.wrapped {
			p.experience.wraps = -1
		}
		if s.epoch > p.proven && p.typing.known { // it was shown for its prompt alone
			p.prompts.drop(p.screen, string(p.prompts.masked(p.typing.row, p.typing.place.col)))
		}
	}
	p.newEpoch()
}

// practice learns from strokes that are over what their keys do here.
func (p *Predictor) practice(over []*stroke, reflected int) {
	for i, s := range over {
		if !motions[s.key.kind] {
			continue
		}
		switch h := p.experience.habits(); {
		case s.failed:
			h[s.key] = max(min(h[s.key], 0)-1, -maxDoubt)
		case i < reflected && (s.effect || s.to != s.from):
			h[s.key] = min(h[s.key]+1, maxDoubt)
		}
	}
}

// retire takes the strokes away that the echo ack covers.
func (p *Predictor) retire(over int) {
	for _, s := range p.strokes[:over] {
		p.stats.over(s)
	}
	p.strokes = slices.Delete(p.strokes, 0, over)
}

// rebase guesses the strokes that the frame does not reflect anew, on top of it: it
// says better what is right of the cursor than what was guessed before. Otherwise
// text that is pushed on with every key (a suggestion that has changed, say) would
// not be compared before typing pauses. Only a run of keys in one epoch that is
// shown already, characters all of them, is treated so: nothing becomes more certain by
// it, and the place of the cursor tells which of them the frame has.
func (p *Predictor) rebase(reflected int) {
	if reflected == 0 || reflected == len(p.strokes) || p.epoch > p.certain() || p.real() != p.strokes[reflected-1].to {
		return
	}
	if slices.ContainsFunc(p.strokes, func(s *stroke) bool { return !isCharacter(s) || s.epoch != p.epoch || s.to.lost }) {
		return
	}
	p.sheet.clear()
	p.cursor, p.typing.reach = p.real(), p.strokes[reflected].reach
	for _, s := range p.strokes[reflected:] {
		s.wrapped, s.effect = false, false
		p.guessEffect(s)
	}
}

// restart guesses the strokes that are left anew, from where the cursor really is.
func (p *Predictor) restart() {
	p.sheet.clear()
	p.cursor = p.real()
	if len(p.strokes) == 0 {
		return
	}
	p.newEpoch()
	shown := p.alreadyShown()
	p.typing.fresh = shown < len(p.strokes) && p.strokes[shown].fresh
	if shown < len(p.strokes) {
		p.typing.reach = p.strokes[shown].reach
	}
	for i, s := range p.strokes {
		s.prompt, s.wrapped, s.effect = nil, false, false
		if i < shown {
			s.from, s.to, s.epoch = p.cursor, p.cursor, p.epoch
		} else {
			p.guessEffect(s)
		}
	}
}

// alreadyShown returns how many strokes the frame seems to show already, though the
// echo ack does not cover them: those whose row has moved, with the CR after them,
// and as many as spell what is left of the cursor.
func (p *Predictor) alreadyShown() int {
	done := 0
	for done < len(p.strokes) && p.strokes[done].done {
		done++
	}
	if done > 0 && done < len(p.strokes) && p.strokes[done].key.kind == enter {
		done++
	}
	return done + p.spelt(p.strokes[done:])
}

// spelt returns how many of the first strokes spell what is left of the cursor.
func (p *Predictor) spelt(strokes []*stroke) int {
	const most = 64
	var typed []byte
	ends := make([]int, 0, most)
	for _, s := range strokes {
		if s.key.kind != text || len(ends) == most {
			break
		}
		typed = append(typed, s.key.text...)
		ends = append(ends, len(typed))
	}
	if len(ends) == 0 {
		return 0
	}
	before := p.scratch[:0]
	row := p.frame.Row(p.cursor.row)
	for col := range p.cursor.col {
		before = row.Text(before, col)
	}
	p.scratch = before
	for n := len(ends); n > 0; n-- {
		if bytes.HasSuffix(before, typed[:ends[n-1]]) {
			return n
		}
	}
	return 0
}
