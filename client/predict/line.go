package predict

import "gmosh/protocol/terminal"

// gap is how many blanks end the text that is edited: what stands beyond them in
// the row is another thing (a right prompt, a pane) and does not move.
const gap = 4

// textEnd returns the column after the text that begins at col, left of edge. If
// there are only blanks, it is col.
func (p *Predictor) textEnd(row, col, edge int) int {
	last := col
	for x := col; x < edge && x-last < gap; x++ {
		if !p.isBlank(row, x) {
			last = x + 1
		}
	}
	return last
}

// bars are characters that a border between two panes is drawn with, and whether
// they are nothing else.
var bars = map[rune]bool{
	'│': true, '┃': true, '║': true, '┆': true, '┊': true, '▏': true, '▕': true,
	'├': true, '┤': true, '┼': true, '|': false,
}

// fieldEnd returns the column after the last one that the text at col can take:
// that of the border of a pane, or else the screen's width.
func (p *Predictor) fieldEnd(row, col int) int {
	cols, rows := p.frame.Size()
	for x := col; x < cols; x++ {
		sure, ok := bars[p.frame.Row(row).Cell(x).Rune()]
		if !ok {
			continue
		}
		above := row == 0 || p.isBar(row-1, x)
		below := row == rows-1 || p.isBar(row+1, x)
		if above && below && (sure || row > 0 && row < rows-1) && rows > 2 {
			return x
		}
	}
	return cols
}

func (p *Predictor) isBar(row, col int) bool {
	_, ok := bars[p.frame.Row(row).Cell(col).Rune()]
	return ok
}

// typing is where the line that is typed now began.
type typing struct {
	known  bool
	place  place
	proven bool          // something typed there was shown to be echoed
	row    *terminal.Row // what stood to the left of it then
	fresh  bool          // nothing has been typed since the line began
	reach  int           // the column after the rightmost that was typed to; same row
}

// lineStart returns where the line that the cursor is in begins; proven tells that
// typing there was shown to be echoed.
func (p *Predictor) lineStart(at place) (start place, known, proven bool) {
	if t := &p.typing; t.known && p.joined(t.place, at) {
		return t.place, true, t.proven
	}
	if prompt, ok := p.prompts.left(&p.frame, p.screen, at); ok {
		return place{row: at.row, col: prompt.cols}, true, true
	}
	return place{}, false, false
}

// joined reports whether to is on the line that begins at from: on its row, or on
// one that it was wrapped into.
func (p *Predictor) joined(from, to place) bool {
	if to.row == from.row {
		return to.col >= from.col
	}
	if to.row < from.row || to.row-from.row > maxWrapped {
		return false
	}
	cols, _ := p.frame.Size()
	for row := from.row; row < to.row; row++ {
		if p.isBlank(row, cols-1) && !p.isTail(row, cols-1) {
			return false
		}
	}
	return true
}

// maxWrapped bounds the rows of a line.
const maxWrapped = 16

// lineEnd returns the column after the last character of the line, on the row of
// the cursor.
func (p *Predictor) lineEnd(at place) int {
	end := max(at.col, p.ownEnd(at))
	if end > at.col && p.suggestedAt(at.row, end) {
		return end
	}
	return p.textEnd(at.row, end, p.fieldEnd(at.row, at.col))
}

// ownEnd returns the column after the last one that was typed to in the row of a
// place; 0 if that is not known.
func (p *Predictor) ownEnd(at place) int {
	if t := &p.typing; t.known && at.row == t.place.row {
		return t.reach
	}
	return 0
}

// leftOf returns the columns of the character left of a column, at least 1.
func (p *Predictor) leftOf(row, col int) int {
	if col >= 2 && p.isTail(row, col-1) {
		return 2
	}
	return 1
}

// rightOf returns the columns of the character at a column, at least 1.
func (p *Predictor) rightOf(row, col int) int {
	if cols, _ := p.frame.Size(); col+1 < cols && p.isTail(row, col+1) {
		return 2
	}
	return 1
}
