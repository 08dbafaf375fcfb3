package predict

import "gmosh/protocol/terminal"

// journey is a way through a text with keys that edit nothing. Who was typing before
// it, and has the cursor elsewhere in the same text after it, goes on typing: so the
// proof of what was before goes along. An editor with commands is left by other keys
// than these; and a key that is the first half of a command moves no cursor.
type journey struct {
	open    bool // no other key was typed since it began
	arrived bool // and the frame that covers all of them shows the cursor elsewhere
	from    place
	frame   terminal.Frame // before it
	screen  screen
}

// voyages are the keys of a journey.
var voyages = map[kind]bool{travel: true, home: true, end: true, left: true, right: true}

// key is told of each key before it has its effect.
func (j *journey) key(p *Predictor, k key) {
	switch {
	case !voyages[k.kind]:
		if k.barrier() {
			*j = journey{}
		}
		j.open = false
	case p.epoch <= p.certain() && p.settled() && p.word() == raw:
		*j = journey{open: true, from: p.cursor, frame: p.frame, screen: p.screen}
	case j.open || j.arrived:
		j.open, j.arrived = true, false
	}
}

// arrive is told of each frame, and whether it covers the newest key that counts.
func (j *journey) arrive(p *Predictor, covered bool) {
	if !j.open || !covered {
		return
	}
	at := p.real()
	j.arrived = at != j.from && p.screen == j.screen && p.frame.Cursor.Visible && sameSize(&p.frame, &j.frame) &&
		sameText(p.frame.Row(at.row), j.frame.Row(at.row)) && sameText(p.frame.Row(j.from.row), j.frame.Row(j.from.row))
}
