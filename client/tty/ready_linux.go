package tty

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readiness waits until a descriptor can be read, in Go's poller: a goroutine that is
// in poll(2) keeps a processor of the scheduler's, and nobody watches the network for
// up to ten milliseconds. The poller wants descriptors that do not block, and a
// terminal's flags are the shell's, too: so it watches an epoll of its own instead.
type readiness struct {
	file *os.File
	raw  syscall.RawConn
}

// watchReadiness returns nil where that is not to be had.
func watchReadiness(fd int) *readiness {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	if err = errors.Join(err, unix.SetNonblock(epoll, true)); err != nil {
		unix.Close(epoll)
		return nil
	}
	r := &readiness{file: os.NewFile(uintptr(epoll), "epoll")}
	r.raw, err = r.file.SyscallConn()
	// One that the poller does not take cannot be given a deadline either.
	if err = errors.Join(err, r.file.SetReadDeadline(time.Time{})); err != nil {
		r.file.Close()
		return nil
	}
	return r
}

// wait blocks until there is something to read, or something is wrong, or close was
// called: ErrClosed.
func (r *readiness) wait() error {
	var waitErr error
	err := r.raw.Read(func(epoll uintptr) bool {
		var events [1]unix.EpollEvent
		n, err := unix.EpollWait(int(epoll), events[:], 0)
		if err != nil && !transient(err) {
			waitErr = os.NewSyscallError("epoll_wait", err)
		}
		return n > 0 || waitErr != nil
	})
	if err != nil { // of a file that the poller took there is no other
		return ErrClosed
	}
	return waitErr
}

func (r *readiness) close() { r.file.Close() }
