package predict

// Stats count what became of typed keys.
type Stats struct {
	Typed     uint64 // keys whose effect was guessed
	AtOnce    uint64 // of these, that were shown when they were typed
	Confirmed uint64 // that did what was guessed, as far as one can tell
	Credited  uint64 // of these, that prove that the far side echoes
	Wrong     uint64 // that did something else
	Seen      uint64 // of these, that were shown when they were typed
}

// Stats returns the counts so far.
func (p *Predictor) Stats() Stats { return p.stats }

// unguessed are the keys of which it is not guessed what they do to the screen.
var unguessed = map[kind]bool{unknown: true, enter: true, giveUp: true, travel: true, pasteOn: true, pasteOff: true}

func guessable(s *stroke) bool {
	return !unguessed[s.key.kind] && !s.to.lost && s.word != silent
}

func (st *Stats) typed(s *stroke) {
	if !guessable(s) {
		return
	}
	st.Typed++
	if s.visible {
		st.AtOnce++
	}
}

// over counts a stroke that the echo ack covers.
func (st *Stats) over(s *stroke) {
	switch {
	case !guessable(s) || s.excused && !s.proven:
	case s.failed:
		st.Wrong++
		if s.visible {
			st.Seen++
		}
	default:
		st.Confirmed++
	}
}
