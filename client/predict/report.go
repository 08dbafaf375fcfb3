package predict

import (
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// word is what a report says about a key.
type word uint8

const (
	none      word = iota // nothing: there is no report, or it is void
	silent                // it is not echoed
	canonical             // the line discipline echoes it
	raw                   // an application gets it as it is
)

// wordOf returns what a report says, while it is valid.
func wordOf(d wire.Discipline) word {
	switch {
	case !d.Canonical:
		return raw
	case d.Echo:
		return canonical
	}
	return silent
}

// canonicalUnknown are the keys that the line discipline echoes as they are, in
// characters of its choice.
var canonicalUnknown = map[kind]bool{
	left: true, right: true, home: true, end: true, erase: true, eraseRest: true,
}

// disciplined are the control keys that the line discipline deals with by itself: no
// program hears of them, so they leave a report valid.
var disciplined = map[kind]bool{eraseWord: true, eraseLine: true}

// report takes what the server said of its line discipline in a state. It reads it
// from its pty after every output, when keys are applied and when the echo ack falls
// due: so the report holds for the echo ack of that state, and is valid for a key if
// that echo ack covers the last CR, control key or unknown key before it. Where a
// report shows that echo is off, what was painted goes at once.
func (p *Predictor) report(d wire.Discipline) {
	if p.discipline != nil && *p.discipline == d {
		return
	}
	silenced := wordOf(d) == silent
	if p.discipline != nil || silenced {
		p.newEpoch() // what was proven, was under other rules
	}
	p.discipline = &d
	if silenced && p.known {
		p.drop()
	}
}

// word returns what the report says about a key that is typed now.
func (p *Predictor) word() word {
	if p.discipline == nil || p.acked < p.barrier {
		return none
	}
	return wordOf(*p.discipline)
}

// vouch makes the present epoch certain, if the report is proof enough: it says
// that the line discipline echoes, or that an application reads, and it is plain that
// keys are text to it.
func (p *Predictor) vouch(s *stroke) {
	if s.key.barrier() || p.epoch <= p.certain() || !p.settled() {
		return
	}
	switch s.word {
	case canonical:
		p.granted = p.epoch
	case raw:
		if p.experience.need(p.cursor.row) == 1 && (p.atPrompt() || p.journey.arrived || p.inMode()) {
			p.granted = p.epoch
		}
	}
}

// atPrompt reports whether a line is edited at a prompt where typing was proven, or
// which is one without doubt.
func (p *Predictor) atPrompt() bool {
	if p.question.open || !p.question.answered {
		return false
	}
	prompt, ok := p.prompts.left(&p.frame, p.screen, p.cursor)
	return ok && prompt.raw || p.typing.fresh && p.invites(p.cursor)
}

// inMode reports whether an editor is in a mode in which keys are text, as far as it
// tells: it names the mode, and the last key that could change it was a CR in the text
// or led to it; or that key was no CR, and the shape of the cursor has changed since.
func (p *Predictor) inMode() bool {
	q := &p.question
	switch {
	case q.open || !p.experience.tells():
		return false
	case p.screen.mode != 0:
		return q.line || q.screen.mode != p.screen.mode
	}
	return !q.line && q.screen.shape != p.screen.shape
}

// question is what the last barrier leaves open: whether a line is edited still. A
// prefix key or ESC shows nothing, and the next key may be a command.
type question struct {
	open     bool          // the echo ack does not cover the key yet
	line     bool          // it was a CR behind text that was certain, or behind such a CR
	answered bool          // a line begins after it, or the line has changed by it
	row      *terminal.Row // the cursor's when it was typed
	screen   screen        // when the echo ack covered it
}

// wonder opens the question for a key.
func (p *Predictor) wonder(k key) {
	fresh := k.kind == enter || k.kind == giveUp
	line := k.kind == enter && (p.epoch <= p.certain() || p.question.line)
	p.question = question{open: true, line: line, answered: fresh, row: p.frame.Row(p.real().row)}
}

// answer closes the question with the frame that covers the key.
func (p *Predictor) answer() {
	if q := &p.question; q.open && p.acked >= p.barrier {
		q.open, q.screen = false, screenOf(&p.frame)
		q.answered = q.answered || !sameText(q.row, p.frame.Row(p.real().row))
	}
}

// settled reports whether no key is under way whose effect is uncertain: what is
// typed now would stand right of it.
func (p *Predictor) settled() bool {
	if p.cursor.lost {
		return false
	}
	for _, s := range p.strokes {
		if s.epoch > p.certain() {
			return false
		}
	}
	return true
}
