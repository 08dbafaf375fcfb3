package predict

import (
	"slices"

	"gmosh/protocol/terminal"
)

// content is what a cell shows.
type content struct {
	text  string
	width int // columns; 0: the right half of the character before
	style terminal.Rendition
}

const blank = " "

// source says where the content of a guess comes from.
type source uint8

const (
	typed   source = iota // it is what the key says
	moved                 // it was elsewhere in the row, or it is blank now
	unclear               // it is not known: the cell shows what is there
)

// guess is what a cell is guessed to hold.
type guess struct {
	by     *stroke // nil: there is no guess
	source source
	hidden bool // it is compared, but not shown
	content
	// What the cell held and was guessed to hold before. A match with that proves
	// nothing.
	was   string
	other []string
}

// known reports whether there is a guess, and it says what the cell will hold.
func (g *guess) known() bool { return g != nil && g.by != nil && g.source != unclear }

// news reports whether the guess coming true proves anything.
func (g *guess) news() bool {
	return g.text != blank && g.text != g.was && !slices.Contains(g.other, g.text)
}

// sheet holds the guesses, in the places of the cells they are about.
type sheet struct {
	lines []line
	live  int // guesses in all of them
}

// line holds the guesses of a row of the screen.
type line struct {
	cells []guess
	live  int
	// What the row was when the first guess was made, and the row above it, nil if
	// there is none; left is where the leftmost guess was made. By this a row is
	// known again when the screen scrolls.
	row, above *terminal.Row
	left       int
}

// resize forgets everything.
func (s *sheet) resize(rows int) {
	s.lines = make([]line, rows)
	s.live = 0
}

// clear takes all guesses away.
func (s *sheet) clear() {
	if s.live == 0 {
		return
	}
	for i := range s.lines {
		s.clearLine(i)
	}
}

func (s *sheet) clearLine(row int) {
	l := &s.lines[row]
	if l.live > 0 {
		clear(l.cells)
		s.live -= l.live
		l.live = 0
	}
}

// remove takes one guess away.
func (s *sheet) remove(row, col int) {
	l := &s.lines[row]
	if l.cells[col].by != nil {
		l.cells[col] = guess{}
		l.live--
		s.live--
	}
}

// at returns the guess for a cell, nil if there is none.
func (s *sheet) at(row, col int) *guess {
	if l := &s.lines[row]; l.live > 0 && l.cells[col].by != nil {
		return &l.cells[col]
	}
	return nil
}

// frameContent returns what the newest frame shows in a cell.
func (p *Predictor) frameContent(row, col int) content {
	r := p.frame.Row(row)
	return content{p.frameText(row, col), cellWidth(r.Cell(col)), r.Rendition(col)}
}

// frameText returns the text that the newest frame has in a cell.
func (p *Predictor) frameText(row, col int) string {
	p.scratch = p.frame.Row(row).Text(p.scratch[:0], col)
	return string(p.scratch)
}

func cellWidth(c terminal.Cell) int {
	switch {
	case c.Wide():
		return 2
	case c.Tail():
		return 0
	}
	return 1
}

// expect returns what a cell is expected to show when all strokes have had their
// effect; ok is false if that is not known.
func (p *Predictor) expect(row, col int) (c content, ok bool) {
	if g := p.sheet.at(row, col); g != nil {
		if g.source == unclear {
			return p.frameContent(row, col), false
		}
		return g.content, true
	}
	return p.frameContent(row, col), true
}

// isBlank reports whether a cell is expected to be blank.
func (p *Predictor) isBlank(row, col int) bool {
	if g := p.sheet.at(row, col); g.known() {
		return g.text == blank
	}
	return p.frame.Row(row).Cell(col).Blank()
}

// isTail reports whether a cell is expected to be the right half of a character.
func (p *Predictor) isTail(row, col int) bool {
	if g := p.sheet.at(row, col); g.known() {
		return g.width == 0
	}
	return p.frame.Row(row).Cell(col).Tail()
}

// guess notes what a cell will hold by a stroke.
func (p *Predictor) guess(s *stroke, row, col int, c content, from source) {
	l := &p.sheet.lines[row]
	if l.live == 0 {
		p.begin(l, row, col)
	}
	l.left = min(l.left, col)
	g := &l.cells[col]
	if g.by == nil {
		l.live++
		p.sheet.live++
		*g = guess{was: p.frameText(row, col)}
	} else {
		g.remember(p.frameText(row, col))
		if g.known() {
			g.remember(g.text)
		}
	}
	g.by, g.source, g.content = s, from, c
	g.hidden = p.hides(g)
}

// remember notes a text that g's cell had, or was guessed to have.
func (g *guess) remember(text string) {
	if text != g.was && !slices.Contains(g.other, text) {
		g.other = append(g.other, text)
	}
}

// begin makes a line ready for its first guess.
func (p *Predictor) begin(l *line, row, col int) {
	r := p.frame.Row(row)
	if len(l.cells) != r.Len() {
		l.cells = make([]guess, r.Len())
	}
	l.row, l.left, l.above = r, col, nil
	if row > 0 {
		l.above = p.frame.Row(row - 1)
	}
}

// move notes that a cell will hold what another one of the row is expected to.
func (p *Predictor) move(s *stroke, row, to, from int) {
	c, ok := p.expect(row, from)
	switch {
	case !ok:
		p.guess(s, row, to, content{}, unclear)
	case p.changes(row, to, c):
		p.guess(s, row, to, c, moved)
	}
}

// wipe notes that a cell will be blank, in the style that it has.
func (p *Predictor) wipe(s *stroke, row, col int) {
	c, ok := p.expect(row, col)
	if !ok || c.text != blank {
		p.guess(s, row, col, content{blank, 1, c.style}, moved)
	}
}

// changes reports whether c is something else than what the cell is expected to
// show.
func (p *Predictor) changes(row, col int, c content) bool {
	have, ok := p.expect(row, col)
	return !ok || have.text != c.text || have.width != c.width || !have.style.Equal(c.style)
}

// matches reports whether the newest frame shows what g says.
func (p *Predictor) matches(g *guess, row, col int) bool {
	p.scratch = p.frame.Row(row).Text(p.scratch[:0], col)
	return string(p.scratch) == g.text
}
