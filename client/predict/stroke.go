package predict

import (
	"time"

	"gmosh/protocol/terminal"
)

// stroke is one key that the echo ack does not cover yet, and what it was guessed
// to do.
type stroke struct {
	key    key
	at     time.Time // when it was typed
	expiry uint64    // the client state that carries it, so the echo ack that covers it
	after  uint64    // the expiry of the last barrier before it
	word   word      // what the report said when it was typed
	epoch  uint64
	made   *experience // with the kind of screen that it was guessed on

	from, to place         // of the cursor, before and after it
	cell     place         // where its character is guessed to be; text only
	prompt   *terminal.Row // of the first key of a line: the row as it was before
	fresh    bool          // no key of the line had been typed before
	reach    int           // of the line before it: see typing
	wrapped  bool          // it went to the next row by itself
	came     int           // cells that hold what was pushed into them by it
	tail     tail          // what stood where its character went
	pushed   string        // the text that should stand right of it now
	covered  time.Time     // when the echo ack first covered it; zero: not yet

	over    bool // it is time to see what it did
	visible bool // it was shown when it was typed
	proven  bool // a frame has shown that it was echoed
	effect  bool // a frame has shown that it moved something
	failed  bool // a frame has shown that it did something else
	excused bool // it cannot be judged: its row has moved
	done    bool // it is known to be reflected: its row has moved, and shows it
}

// place is a place of the cursor. In the column after the last, a character has
// been printed to the last one: the next goes to the next row, and an application
// may have moved the cursor there already.
type place struct {
	row, col int
	lost     bool // it is not known where
}

// maxAhead is how many keys are guessed ahead of the server: several lines.
const maxAhead = 1024

// press takes a key.
func (p *Predictor) press(now time.Time, k key, expiry uint64) {
	word := p.word()
	if p.discipline != nil && p.discipline.Canonical && canonicalUnknown[k.kind] {
		k = key{control: true} // void or not, the report is reason enough for doubt
	}
	if word == canonical && disciplined[k.kind] {
		k.control = false
	}
	s := &stroke{key: k, at: now, expiry: expiry, after: p.barrier, word: word, fresh: p.typing.fresh}
	p.journey.key(p, k)
	if k.barrier() {
		p.barrier = expiry
		p.wonder(k)
	}
	if p.pastes(now, k) {
		p.prolong(expiry)
		return
	}
	if len(p.strokes) >= maxAhead {
		p.prolong(expiry)
		p.lose(p.strokes[len(p.strokes)-1])
		return
	}
	p.vouch(s)
	p.strokes = append(p.strokes, s)
	p.guessEffect(s)
	s.visible = p.mode != Never && p.display.on && p.shown(s)
	p.stats.typed(s)
}

// prolong makes the newest stroke stand for a key that is not guessed.
func (p *Predictor) prolong(expiry uint64) {
	p.barrier = expiry
	if n := len(p.strokes); n > 0 {
		p.strokes[n-1].expiry = expiry
	}
}

// pastePause is how long nothing is pasted until a paste is over that has no end.
const pastePause = time.Second

// pastes reports whether a key belongs to a paste. Its ends do not.
func (p *Predictor) pastes(now time.Time, k key) bool {
	within := !p.pasted.IsZero() && now.Sub(p.pasted) < pastePause
	switch {
	case k.kind == pasteOn:
		p.pasted = now
		return within
	case k.kind == pasteOff || !within:
		p.pasted = time.Time{}
		return false
	}
	p.pasted = now
	return true
}

// guessEffect works out what a stroke does, and where that leaves the cursor.
func (p *Predictor) guessEffect(s *stroke) {
	s.from, s.epoch, s.reach, s.made = p.cursor, p.epoch, p.typing.reach, p.experience
	mute := s.word == silent || p.cursor.lost
	if !mute || s.key.barrier() {
		effects[s.key.kind](p, s)
	}
	s.to = p.cursor
}

// newEpoch makes what follows uncertain.
func (p *Predictor) newEpoch() { p.epoch++ }

// lose is for a stroke after which nobody knows where the cursor is, until the
// frame that covers it tells.
func (p *Predictor) lose(s *stroke) {
	p.newEpoch()
	p.cursor.lost = true
	s.to.lost = true
}

// certain is the newest epoch that is shown.
func (p *Predictor) certain() uint64 { return max(p.proven, p.granted) }

// shown reports whether what a stroke does may be shown.
func (p *Predictor) shown(s *stroke) bool {
	return s.epoch <= p.certain() || p.mode == Experimental
}
