package detach

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fdDir lists a process's own descriptors.
const fdDir = "/proc/self/fd"

// self runs the very file that is running, even if its name now belongs to a
// newer version or to nothing.
const self = "/proc/self/exe"

// executable returns what to run to run this program again.
func executable() (string, error) {
	if _, err := os.Readlink(self); err == nil {
		return self, nil
	}
	return os.Executable()
}

// rename makes the process's short name, which exec took from the link above,
// that of its argv[0]. It matters to ps and pgrep alone.
func rename(args []string) {
	if len(args) > 0 {
		os.WriteFile("/proc/self/comm", []byte(filepath.Base(args[0])), 0)
	}
}

func dup2(from, to int) error { return unix.Dup3(from, to, 0) }
