//go:build unix

package tty

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// cautious is how much is written at once where a write may block: what a
// terminal that is ready for more has room for, on any system known.
const cautious = 256

// output is where a Terminal writes. Where it can it has an open file of its own,
// which does not block: the flag on the one we were given would be shared with
// the shell and everybody else who has it.
type output struct {
	fd    int
	owned bool
	wake  int        // readable: stop
	using sync.Mutex // held while writing
	shut  bool       // by close; under using
	// queued is how many bytes the system holds that the terminal has not taken.
	queued func(fd int) (int, error)
}

func openOutput(fd, wake int) *output {
	if term.IsTerminal(fd) {
		if own, err := reopen(fd); err == nil {
			return &output{fd: own, owned: true, wake: wake, queued: queued}
		}
	}
	return &output{fd: fd, wake: wake, queued: queued}
}

// close frees what openOutput opened; wake must be readable already.
func (o *output) close() {
	if o.owned {
		o.using.Lock() // else the number might be another file's when it is written to
		defer o.using.Unlock()
		unix.Close(o.fd)
		o.shut = true
	}
}

// try writes what the terminal takes of p without a wait. whole: that was all, and
// nothing is left to be drained.
func (o *output) try(p []byte) (n int, whole bool) {
	if !o.owned || !o.using.TryLock() {
		return 0, false
	}
	defer o.using.Unlock()
	if o.shut {
		return 0, false
	}
	n, err := unix.Write(o.fd, p)
	if n = max(n, 0); err != nil || n < len(p) {
		return n, false
	}
	left, err := o.queued(o.fd)
	return n, err != nil || left <= drained
}

func (o *output) write(p []byte) (int, error) {
	o.using.Lock()
	defer o.using.Unlock()
	written := 0
	for written < len(p) {
		if err := wait(o.fd, unix.POLLOUT, o.wake); err != nil {
			return written, err
		}
		chunk := p[written:]
		if !o.owned {
			chunk = chunk[:min(len(chunk), cautious)]
		}
		n, err := unix.Write(o.fd, chunk)
		if err != nil && !transient(err) {
			return written, os.NewSyscallError("write", err)
		}
		written += max(n, 0)
	}
	return written, o.drain()
}

// Draining: looked at in steps of drainStep milliseconds, until no more than
// drained bytes are left, which even 9600 baud take in that time.
const (
	drainStep = 10
	drained   = 16
)

// drain waits until a slow terminal, on a serial line, has taken what was written:
// what the system keeps for it, up to seconds of its time, could not be replaced by
// a newer frame any more.
func (o *output) drain() error {
	for {
		n, err := o.queued(o.fd)
		if err != nil || n <= drained { // not every terminal can tell
			return nil
		}
		fds := []unix.PollFd{{Fd: int32(o.wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, drainStep); err != nil && !transient(err) {
			return os.NewSyscallError("poll", err)
		}
		if fds[0].Revents != 0 {
			return ErrClosed
		}
	}
}

// queued asks the system.
func queued(fd int) (int, error) { return unix.IoctlGetInt(fd, unix.TIOCOUTQ) }

// wait blocks until fd is ready (or broken: the system call that follows says
// so), or until wake is readable, which gives ErrClosed.
func wait(fd int, events int16, wake int) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}, {Fd: int32(wake), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case err != nil && !transient(err):
			return os.NewSyscallError("poll", err)
		case err != nil:
		case fds[1].Revents != 0:
			return ErrClosed
		case fds[0].Revents != 0:
			return nil
		}
	}
}
