// Package clock gives the two loops their time: the instant the Clock was made
// plus what has passed since, sleep of the machine included.
//
// Go's own monotonic clock stops while a machine is suspended, so a laptop
// opened after a night would believe its last packet a second old. Here elapsed
// time comes from the platform's clock that counts sleep (CLOCK_BOOTTIME on
// Linux; the others stand in this package's platform files with what they do).
// Steps of the wall clock are not followed. Times carry no monotonic reading,
// so they compare and subtract by what is said above and nothing else.
//
// Not pure: it reads the system's clock. The pure packages are given its times
// as `now`. A Clock may be used by several goroutines.
package clock

import (
	"sync/atomic"
	"time"
)

// Clock is a source of time that never goes backwards.
type Clock struct {
	start   time.Time            // wall time when made, monotonic reading stripped
	elapsed func() time.Duration // since some fixed instant of the past
	origin  time.Duration        // elapsed() when made
	latest  atomic.Int64         // the largest offset from start handed out
}

// New returns a Clock that starts at the present wall time.
func New() *Clock { return newClock(time.Now(), platformElapsed()) }

func newClock(start time.Time, elapsed func() time.Duration) *Clock {
	return &Clock{start: start.Round(0), elapsed: elapsed, origin: elapsed()}
}

// Now returns the time: never earlier than any time returned before, by this
// Clock to any goroutine, and without a monotonic reading.
func (c *Clock) Now() time.Time {
	now := int64(c.elapsed() - c.origin)
	for {
		latest := c.latest.Load()
		if now <= latest {
			return c.start.Add(time.Duration(latest))
		}
		if c.latest.CompareAndSwap(latest, now) {
			return c.start.Add(time.Duration(now))
		}
	}
}
