//go:build unix

package launch

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func exitOf(state *os.ProcessState) Exit {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return Exit{Signal: strings.TrimPrefix(unix.SignalName(status.Signal()), "SIG")}
	}
	return Exit{Status: state.ExitCode()}
}
