//go:build unix && !linux

package detach

import (
	"os"

	"golang.org/x/sys/unix"
)

// fdDir lists a process's own descriptors.
const fdDir = "/dev/fd"

// executable returns what to run to run this program again.
func executable() (string, error) { return os.Executable() }

// rename does nothing: exec has named the process after the executable.
func rename([]string) {}

func dup2(from, to int) error { return unix.Dup2(from, to) }
