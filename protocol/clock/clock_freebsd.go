package clock

import "golang.org/x/sys/unix"

// CLOCK_MONOTONIC is the best there is; it advances by the time slept only where
// the timecounter goes on in suspend. A sleep that is not counted delays what the
// loops do about silence until the next packet or failed send.
const clockID = unix.CLOCK_MONOTONIC
