package clock

// CLOCK_MONOTONIC (<sys/time.h>; x/sys/unix does not name it). NetBSD does not
// promise that it counts suspend: a sleep that is not counted delays what the
// loops do about silence until the next packet or failed send.
const clockID = 3
