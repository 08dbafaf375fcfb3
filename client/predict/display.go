package predict

import (
	"fmt"
	"time"
)

// Mode says when guesses are shown.
type Mode uint8

// The modes, as --predict and MOSH_PREDICTION_DISPLAY name them.
const (
	Adaptive     Mode = iota // where the round trip is noticeable
	Always                   // whatever the link is like
	Never                    // not at all
	Experimental             // at once, proven or not
)

var modes = [...]string{"adaptive", "always", "never", "experimental"}

// ParseMode reads the name of a mode.
func ParseMode(name string) (Mode, error) {
	for m, s := range modes {
		if s == name {
			return Mode(m), nil
		}
	}
	return Adaptive, fmt.Errorf("prediction mode %q is none of adaptive, always, never and experimental", name)
}

func (m Mode) String() string { return modes[m] }

// When guesses are shown and underlined (spec section 11). A round trip is
// noticeable sooner than mosh thinks: it shows nothing below 60 ms.
const (
	showFrom = 10 * time.Millisecond // round trip
	hideFrom = 7 * time.Millisecond

	// By the send interval, which is half a round trip from 20 to 250 ms.
	underlineAbove = 80 * time.Millisecond
	plainFrom      = 50 * time.Millisecond

	// A guess that is outstanding for so long is a glitch of the link.
	glitch     = 250 * time.Millisecond
	longGlitch = 5 * time.Second

	// Keys confirmed in time that end a glitch, of which one counts per interval.
	glitchRepair     = 10
	longGlitchRepair = 20
	repairInterval   = 150 * time.Millisecond
)

// display decides whether guesses are shown.
type display struct {
	on        bool // guesses are shown
	slow      bool // the link is so slow that they are underlined
	quick     bool // the round trip is not noticeable
	trouble   int  // confirmations until the last glitch is forgotten
	lastCount time.Time
}

// link is told of the round trip time.
func (d *display) link(m Mode, srtt time.Duration, measured, idle bool) {
	interval := 250 * time.Millisecond
	if measured {
		interval = min(max((srtt+1)/2, 20*time.Millisecond), interval)
	}
	switch {
	case interval > underlineAbove:
		d.slow = true
	case interval <= plainFrom:
		d.slow = false
	}
	switch {
	case !measured || srtt >= showFrom:
		d.quick = false
	case srtt < hideFrom && idle:
		d.quick = true
	}
	d.update(m)
}

func (d *display) update(m Mode) {
	switch m {
	case Adaptive:
		d.on = !d.quick || d.trouble > 0
	case Never:
		d.on = false
	default:
		d.on = true
	}
}

// underlines reports whether guesses are marked as such.
func (d *display) underlines() bool { return d.slow || d.trouble > glitchRepair }

// waiting is told how long the oldest guess has been outstanding.
func (d *display) waiting(m Mode, age time.Duration) {
	switch {
	case age >= longGlitch:
		d.trouble = longGlitchRepair
	case age >= glitch:
		d.trouble = max(d.trouble, glitchRepair)
	}
	d.update(m)
}

// next returns the age of the oldest guess at which something will change; ok is
// false if nothing will.
func (d *display) next(m Mode) (age time.Duration, ok bool) {
	switch {
	case m == Adaptive && !d.on:
		return glitch, true
	case m != Never && !d.underlines():
		return longGlitch, true
	}
	return 0, false
}

// confirmed is told that a stroke came true.
func (d *display) confirmed(now time.Time, s *stroke) {
	if d.trouble > 0 && now.Sub(s.at) < glitch && now.Sub(d.lastCount) >= repairInterval {
		d.trouble--
		d.lastCount = now
	}
}
