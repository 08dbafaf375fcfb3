package clock

import "golang.org/x/sys/unix"

// CLOCK_BOOTTIME counts suspend; CLOCK_UPTIME does not.
const clockID = unix.CLOCK_BOOTTIME
