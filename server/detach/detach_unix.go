//go:build unix

package detach

import (
	"io"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// detached puts the child into a session of its own, without a controlling
// terminal: the hang-up of the login's does not reach it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// silence points the standard streams at /dev/null, which also closes the pipes
// that were there.
func silence(stderr bool) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	streams := []int{0, 1}
	if stderr {
		streams = append(streams, 2)
	}
	for _, fd := range streams {
		if err := dup2(int(null.Fd()), fd); err != nil {
			return os.NewSyscallError("dup2", err)
		}
	}
	return nil
}

// keep returns standard output once more.
func keep() (io.WriteCloser, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), "parent"), nil
}

// keepToOurselves marks every descriptor that this process was started with,
// other than the standard streams, as not to be inherited: a login's pipe kept
// open by the server would keep ssh from ending.
func keepToOurselves() {
	entries, err := os.ReadDir(fdDir)
	if err != nil {
		for fd := 3; fd < 256; fd++ { // there is no list: the likely ones
			unix.CloseOnExec(fd)
		}
		return
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}
