package clock

import "golang.org/x/sys/unix"

// CLOCK_BOOTTIME is CLOCK_MONOTONIC with the time spent in suspend.
const clockID = unix.CLOCK_BOOTTIME
