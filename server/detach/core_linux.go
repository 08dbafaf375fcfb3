package detach

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// undumpable also keeps other processes of the same user from reading our memory,
// and systemd-coredump, which no limit stops.
func undumpable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making the process undumpable: %w", err)
	}
	return nil
}
