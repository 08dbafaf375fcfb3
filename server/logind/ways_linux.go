package logind

import (
	"strconv"
	"time"
)

// allWays are the ways there are, the best first.
func (h Host) allWays() []way {
	if h.ways != nil {
		return h.ways
	}
	return []way{newBus(h), newCommands(h)}
}

// delay is logind's UserStopDelayUSec as a duration.
func delay(usec uint64) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	if usec > uint64(century/time.Microsecond) {
		return -1
	}
	return time.Duration(usec) * time.Microsecond
}

// scopeName is the unit that a process moves to.
func scopeName(pid int) string { return "gmosh-" + strconv.Itoa(pid) + ".scope" }

// slice is where applications' scopes are, and description what systemctl shows.
const (
	slice       = "app.slice"
	description = "gmosh session"
)
