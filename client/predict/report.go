package predict

import "time"

// Discipline is the state of the far terminal's line discipline, as a gmosh server
// reads it from its pty after every output, when keys are applied and when the
// echo ack falls due.
type Discipline struct {
	Canonical bool // lines are edited by the line discipline (ICANON)
	Echo      bool // which echoes what is typed (ECHO)
	Signals   bool // ^C and its like make signals (ISIG)
}

// word is what a report says about a key.
type word uint8

const (
	none      word = iota // nothing: there is no report, or it is void
	silent                // it is not echoed
	canonical             // the line discipline echoes it
	raw                   // an application gets it as it is
)

func (d Discipline) word() word {
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

// Report tells what the server said of its line discipline in a state. Call it for
// every state of a server that reports, before Arrived: the report holds for the
// echo ack of that state.
//
// It is valid for a key if that echo ack covers the last CR, control key or
// unknown key before it. Where a report shows that echo is off, what was painted
// goes at once.
func (p *Predictor) Report(now time.Time, d Discipline) {
	if p.reported && p.discipline == d {
		return
	}
	if p.reported || d.word() == silent {
		p.newEpoch() // what was proven, was under other rules
	}
	p.discipline, p.reported = d, true
	if d.word() == silent {
		p.drop()
	}
}

// word returns what the report says about a key that is typed now.
func (p *Predictor) word() word {
	if !p.reported || p.acked < p.barrier {
		return none
	}
	return p.discipline.word()
}

// vouch makes the present epoch certain, if the report is proof enough: it says
// that the line discipline echoes, or an application reads at a prompt where
// typing was proven before.
func (p *Predictor) vouch(s *stroke) {
	if s.key.barrier() || p.epoch <= p.certain() || !p.settled() {
		return
	}
	switch s.word {
	case canonical:
		p.granted = p.epoch
	case raw:
		if prompt, ok := p.prompts.find(&p.frame, p.screen, p.cursor); ok && prompt.raw && p.experience.need(p.cursor.row) == 1 {
			p.granted = p.epoch
		}
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
