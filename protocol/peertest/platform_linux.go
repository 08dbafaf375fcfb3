package peertest

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// onTerminal makes a process the leader of a session on the terminal that is its
// standard input.
func onTerminal(u *User) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Credential: credential(u)}
}

// detached makes a process the leader of a session without a terminal.
func detached(u *User) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Credential: credential(u)}
}

func credential(u *User) *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: uint32(u.UID), Gid: uint32(u.GID)}
}

// nonblocking exchanges a pty's master for one that Go's poller serves, so that
// Close ends a Read: what package pty opens is in blocking mode.
func nonblocking(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, inner := -1, error(nil)
	if err := raw.Control(func(old uintptr) { fd, inner = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if inner != nil {
		return nil, inner
	}
	f.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// owner is the user that a file, or a process by its folder in /proc, belongs to.
func owner(info os.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// lockFile waits for a lock on an open file, which its Close ends.
func lockFile(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = unix.Flock(int(fd), unix.LOCK_EX) }); err != nil {
		return err
	}
	return inner
}

var errStillThere = errors.New("still running")

// waitGone waits until a process, of whoever's, is gone; errStillThere after the
// given time.
func waitGone(pid int, within time.Duration) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for end := time.Now().Add(within); ; {
		left := max(time.Until(end), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case n > 0:
			return nil
		case left == 0:
			return errStillThere
		}
	}
}

// timerFD is an alarm of the kernel's: as exact as its high resolution timers.
type timerFD struct {
	file *os.File
	raw  syscall.RawConn
	buf  [8]byte
}

func newAlarm() (alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "timerfd")
	raw, err := file.SyscallConn()
	return &timerFD{file: file, raw: raw}, err
}

func (a *timerFD) set(at time.Time) {
	var spec unix.ItimerSpec
	if !at.IsZero() {
		spec.Value = unix.NsecToTimespec(int64(max(time.Until(at), 1)))
	}
	_ = a.raw.Control(func(fd uintptr) { _ = unix.TimerfdSettime(int(fd), 0, &spec, nil) })
}

func (a *timerFD) wait() bool {
	_, err := a.file.Read(a.buf[:])
	return err == nil
}

func (a *timerFD) close() { a.file.Close() }
