package tty

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// reopen opens the terminal behind fd once more, not blocking. It fails for a
// terminal of another user, as after su.
func reopen(fd int) (int, error) {
	name := "/proc/self/fd/" + strconv.Itoa(fd)
	return unix.Open(name, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}
