//go:build linux || darwin || freebsd || openbsd || netbsd

package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// platformElapsed reads clockID. A kernel that lacks it (none that Go runs on)
// leaves Go's own monotonic clock, which is right until the machine sleeps.
func platformElapsed() func() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(clockID, &ts) != nil {
		begin := time.Now()
		return func() time.Duration { return time.Since(begin) }
	}
	return func() time.Duration {
		var ts unix.Timespec
		// It worked above; a clock id does not become invalid. On failure the
		// zero reading lies in the past, and Now holds at its latest time.
		_ = unix.ClockGettime(clockID, &ts)
		return time.Duration(ts.Nano())
	}
}
