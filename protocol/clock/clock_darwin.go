package clock

import "golang.org/x/sys/unix"

// CLOCK_MONOTONIC_RAW goes on while the machine sleeps (clock_gettime(3); it is
// mach_continuous_time) and is not slewed. CLOCK_UPTIME_RAW, which Go's runtime
// reads, stops.
const clockID = unix.CLOCK_MONOTONIC_RAW
