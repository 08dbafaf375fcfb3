package predict

import (
	"slices"
	"time"
	"unicode"

	"gmosh/protocol/terminal"
)

// screen is the kind of a screen, as far as a frame tells it: most programs that
// treat keys in a way of their own set something of this.
type screen struct {
	bracketed, focus bool
	mouse            terminal.MouseMode
	encoding         terminal.MouseEncoding
	shape            terminal.CursorShape
	caption          uint64 // the beginning of the last row, hashed
	mode             uint64 // of an editor, as a row at the bottom names it ("-- INSERT --")
}

// captionCols is how much of the last row is looked at: "-- INSERT --", a status
// line's name, the help of an editor; not the counters on its right.
const captionCols = 16

// screenOf returns the kind of a frame's screen. The last row tells nothing if it
// is the one that is typed in.
func screenOf(f *terminal.Frame) screen {
	s := screen{
		bracketed: f.BracketedPaste, focus: f.FocusEvents,
		mouse: f.Mouse, encoding: f.MouseEncoding, shape: f.Cursor.Shape,
	}
	_, rows := f.Size()
	for row := max(rows-2, 0); row < rows; row++ { // the last one may be tmux's
		if row != f.Cursor.Row && namesMode(f.Row(row)) {
			s.mode = captionOf(f.Row(row))
		}
	}
	if f.Cursor.Row != rows-1 {
		s.caption = captionOf(f.Row(rows - 1))
	}
	return s
}

// captionOf hashes the beginning of a row, blanks and digits left out.
func captionOf(r *terminal.Row) (hash uint64) {
	for col := range min(r.Len(), captionCols) {
		c := r.Cell(col).Rune()
		if c == ' ' || c >= '0' && c <= '9' {
			continue
		}
		hash = (hash ^ uint64(c)<<8 ^ uint64(col)) * 0x9e3779b97f4a7c15
	}
	return hash
}

// namesMode reports whether a row begins with a word between dashes, as vi's
// successors name the mode that keys are in.
func namesMode(r *terminal.Row) bool {
	col := 0
	next := func(want func(rune) bool) (n int) {
		for ; col < r.Len() && want(r.Cell(col).Rune()); col++ {
			n++
		}
		return n
	}
	dash := func(c rune) bool { return c == '-' }
	gap := func(c rune) bool { return c == ' ' }
	return next(dash) == 2 && next(gap) == 1 && next(unicode.IsUpper) > 0 && next(gap) == 1 && next(dash) == 2
}

// experience is what came of guesses on one kind of screen.
type experience struct {
	screen screen
	doubt  int         // how much more proof than one key an epoch needs
	rows   map[int]int // the same for single rows, where it is more
	streak int         // keys that were proven since the last shown guess was wrong
	others int         // keys that were no text here, though they could have been

	wraps int           // above 0: text goes on in the next row; below: it does not
	tails map[tail]bool // whether typed text moves the text right of it, where that is known
	habit map[key]int   // how sure it is what a key does; above 0: it is known

	// lag is how much later than the echo ack echoes come, as from a program that
	// is slow or itself far away; 0: they are always there by then.
	lag time.Duration
}

// tail is a kind of text that stands right of where is typed.
type tail struct {
	same  bool               // it is of the style of what is typed
	style terminal.Rendition // its own, if it is of another: a suggestion, or other syntax
}

const maxTails = 32

// moves reports whether typed text pushes a kind of text on. As long as that is not
// known, what looks like the typed text does.
func (e *experience) moves(t tail) bool {
	if moves, known := e.tails[t]; known {
		return moves
	}
	return t.same
}

// notice notes whether a kind of text moves.
func (e *experience) notice(t tail, moves bool) {
	if e.tails == nil || len(e.tails) >= maxTails {
		e.tails = make(map[tail]bool)
	}
	e.tails[t] = moves
}

const (
	maxLag   = time.Second
	lagDecay = 16 // a part of the lag is forgotten with every echo in time
)

const (
	maxDoubt    = 4
	forgiveness = 16 // keys proven in a row that make up for one failure
	maxScreens  = 32
	maxRows     = 64
)

// memory is all experience, the newest last.
type memory []*experience

// of returns the experience with a kind of screen.
func (m *memory) of(s screen) *experience {
	i := slices.IndexFunc(*m, func(e *experience) bool { return e.screen == s })
	if i < 0 {
		if len(*m) == maxScreens {
			*m = slices.Delete(*m, 0, 1)
		}
		*m = append(*m, &experience{screen: s})
	} else if i < len(*m)-1 {
		e := (*m)[i]
		*m = append(slices.Delete(*m, i, i+1), e)
	}
	return (*m)[len(*m)-1]
}

// need returns how many keys have to be proven before guesses on a row are shown.
func (e *experience) need(row int) int { return 1 + max(e.doubt, e.rows[row]) }

// tells reports whether a kind of screen says by itself that keys are text: a mode is
// to be seen in it ("-- INSERT --", a cursor of another shape), and they always were.
func (e *experience) tells() bool {
	return (e.screen.mode != 0 || e.screen.shape != 0) && e.others == 0 && e.doubt == 0 && e.streak >= practised
}

// practised is how many keys have to be proven on a kind of screen that tells.
const practised = 8

// habits returns e.habit to write to.
func (e *experience) habits() map[key]int {
	if e.habit == nil {
		e.habit = make(map[key]int)
	}
	return e.habit
}

// confirm notes that a key was echoed as guessed, in that row.
func (e *experience) confirm(row int) {
	e.streak++
	if e.streak%forgiveness != 0 {
		return
	}
	e.doubt = max(e.doubt-1, 0)
	e.others = max(e.others-1, 0)
	if e.rows[row] > 1 {
		e.rows[row]--
	} else {
		delete(e.rows, row)
	}
}

// disappoint notes that a guess in that row was shown and was wrong.
func (e *experience) disappoint(row int) {
	e.streak = 0
	e.doubt = min(e.doubt+1, maxDoubt)
	if len(e.rows) >= maxRows || e.rows == nil {
		e.rows = make(map[int]int)
	}
	e.rows[row] = min(e.rows[row]+2, maxDoubt)
}

// late is a character that was not there when the echo ack covered it.
type late struct {
	text    string
	cell    place
	covered time.Time
	screen  screen
}

const maxLate = 64

// remember notes the strokes whose echo did not come although nothing else happened
// either: s and those after it.
func (p *Predictor) remember(s *stroke) {
	if p.real() != s.from {
		return
	}
	for _, s := range p.strokes {
		if s.over && isCharacter(s) && len(p.late) < maxLate {
			p.late = append(p.late, late{s.key.text, s.cell, s.covered, p.screen})
		}
	}
}

// recall looks for echoes that come late.
func (p *Predictor) recall(now time.Time) {
	p.late = slices.DeleteFunc(p.late, func(l late) bool {
		lag := now.Sub(l.covered)
		if lag > maxLag || l.screen != p.screen || l.cell.row != p.real().row {
			return true
		}
		if p.real().col <= l.cell.col || p.frameText(l.cell.row, l.cell.col) != l.text {
			return false
		}
		p.experience.lag = min(max(p.experience.lag, lag+lag/4), maxLag)
		return true
	})
}

// overdue returns when the next stroke is over that the echo ack covers; zero: none
// is.
func (p *Predictor) overdue() time.Time {
	if len(p.strokes) == 0 || p.strokes[0].covered.IsZero() {
		return time.Time{}
	}
	return p.strokes[0].covered.Add(p.experience.lag)
}
