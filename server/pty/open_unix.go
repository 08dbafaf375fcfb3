//go:build unix

package pty

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// unixTerminal is a pseudo terminal of a Unix kernel.
type unixTerminal struct {
	master *os.File        // non-blocking, under the poller
	raw    syscall.RawConn // of master
	part   []byte          // of a line, read already: the next Read begins with it

	mu    sync.Mutex // Start and Close may meet
	slave *os.File   // held open until a program has it: without one, Read would see the end
}

// Open makes a pseudo terminal of the given size in cells, with the line
// discipline told that input is UTF-8 (IUTF8) where the kernel knows that.
func Open(cols, rows int) (Terminal, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("opening a pseudo terminal: %w", err)
	}
	t, err := prepare(blocking, slave)
	blocking.Close()
	if err == nil {
		err = t.Resize(cols, rows)
	}
	if err != nil {
		slave.Close()
		if t != nil {
			t.master.Close()
		}
		return nil, err
	}
	return t, nil
}

// prepare makes a Terminal of an open pair. It leaves both files open.
func prepare(blocking, slave *os.File) (*unixTerminal, error) {
	if err := setUTF8(slave); err != nil {
		return nil, fmt.Errorf("telling the line discipline that input is UTF-8: %w", err)
	}
	master, err := nonblocking(blocking)
	if err != nil {
		return nil, fmt.Errorf("making a pseudo terminal non-blocking: %w", err)
	}
	raw, err := master.SyscallConn()
	if err != nil {
		master.Close()
		return nil, fmt.Errorf("using a pseudo terminal: %w", err)
	}
	return &unixTerminal{master: master, raw: raw, slave: slave}, nil
}

// nonblocking returns a file on f's open file description that Go's poller
// watches: only a descriptor that is in non-blocking mode when it becomes an
// os.File is.
func nonblocking(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	var dupErr error
	err = raw.Control(func(old uintptr) {
		if fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0); dupErr == nil {
			dupErr = unix.SetNonblock(fd, true)
		}
	})
	if err = errors.Join(err, dupErr); err != nil {
		if fd >= 0 {
			unix.Close(fd)
		}
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

const (
	// lull is how long no more may come before what was written counts as whole: an
	// application's echo is often more than one write. collect bounds it all.
	lull    = 200 * time.Microsecond
	collect = time.Millisecond

	// longPart is how long a part of a line is left for the next Read at most.
	longPart = 1 << 10

	// loneEcho is how short what a terminal echoes of a key is. Such a read is whole
	// as it is, unless a sequence begins in it.
	loneEcho = 4
)

// whole reports whether nothing belongs to what was read that could still come.
func whole(p []byte) bool { return len(p) <= loneEcho && bytes.IndexByte(p, '\x1b') < 0 }

// Read fills p with as much as the kernel has, and what follows before a lull: one
// read(2) of a Linux master gives at most 4 kB, and each Read costs the loop an event
// and the client a frame. The wait is the kernel's own, since Go's timers are up to a
// millisecond late. Of output that flows on it leaves a line that is not whole to the
// next Read: a frame shows no half lines, and none at all where all lines are the same.
func (t *unixTerminal) Read(p []byte) (int, error) {
	n := copy(p, t.part)
	t.part = t.part[n:]
	flows := false
	var readErr error
	err := t.raw.Read(func(fd uintptr) bool {
		n, flows, readErr = gather(int(fd), p, n)
		if errors.Is(readErr, unix.EAGAIN) {
			readErr = nil
			return n > 0
		}
		return true
	})
	switch {
	case flows:
		return t.wholeLines(p[:n]), nil
	case n > 0:
		return n, nil // an error comes again with the next Read
	case err != nil:
		return 0, closed(err)
	case readErr == nil && len(p) > 0, errors.Is(readErr, unix.EIO):
		return 0, io.EOF // BSD says 0, Linux EIO
	}
	return 0, readErr
}

// wholeLines returns how much of what was read is whole lines, and keeps the rest.
func (t *unixTerminal) wholeLines(p []byte) int {
	n := bytes.LastIndexByte(p[max(len(p)-longPart, 0):], '\n') + 1
	if n == 0 {
		return len(p)
	}
	n += max(len(p)-longPart, 0)
	t.part = append(t.part[:0], p[n:]...)
	return n
}

// gather reads behind the first n bytes of p until p is full, an error, or a lull after
// something was read; that is EAGAIN. It reports whether more is there or has kept
// coming.
func gather(fd int, p []byte, n int) (_ int, flows bool, err error) {
	var end time.Time
	part := n > 0
	for n < len(p) {
		more, err := ignoringEINTR(func() (int, error) { return unix.Read(fd, p[n:]) })
		if err == nil && more > 0 {
			n += more
			continue
		}
		if !errors.Is(err, unix.EAGAIN) || n == 0 || !part && whole(p[:n]) {
			return n, false, err
		}
		if now := time.Now(); end.IsZero() {
			end = now.Add(collect)
		} else if now.After(end) {
			return n, true, err
		}
		if !readable(fd, lull) {
			return n, false, err
		}
	}
	return n, len(p) > 0, nil
}

// readable waits until there is something to read, and reports whether there is.
func readable(fd int, within time.Duration) bool {
	if fd >= unix.FD_SETSIZE {
		return false
	}
	var set unix.FdSet
	set.Set(fd)
	timeout := unix.NsecToTimeval(int64(within))
	n, err := unix.Select(fd+1, &set, nil, nil, &timeout)
	return err == nil && n > 0
}

func (t *unixTerminal) TryWrite(p []byte) (int, error) {
	n := 0
	var writeErr error
	err := t.raw.Write(func(fd uintptr) bool {
		for n < len(p) && writeErr == nil {
			var more int
			more, writeErr = ignoringEINTR(func() (int, error) { return unix.Write(int(fd), p[n:]) })
			n += max(more, 0)
		}
		return true // never wait
	})
	if err != nil {
		return n, closed(err)
	}
	if errors.Is(writeErr, unix.EAGAIN) {
		writeErr = nil
	}
	return n, writeErr
}

func (t *unixTerminal) Write(p []byte) (int, error) { return t.master.Write(p) }

// ignoringEINTR repeats a call that a signal interrupted, as package os does.
func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// closed names the poller's own error for a closed file by its public name.
func closed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", os.ErrClosed, err)
}

func (t *unixTerminal) Resize(cols, rows int) error {
	size := &unix.Winsize{Col: clampSize(cols), Row: clampSize(rows)}
	var ioctlErr error
	err := t.raw.Control(func(fd uintptr) {
		ioctlErr = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, size)
	})
	if err = errors.Join(err, ioctlErr); err != nil {
		return fmt.Errorf("setting the size of a pseudo terminal: %w", err)
	}
	return nil
}

func (t *unixTerminal) Start(c Command) (Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.slave == nil {
		return nil, os.ErrClosed
	}
	path, err := lookPath(c.Path, c.Dir, c.Env)
	if err != nil {
		return nil, err
	}
	p, err := t.start(path, c.Args, c)
	if errors.Is(err, unix.ENOEXEC) {
		// A script without #! is for sh, as execvp(3) has it.
		args := append([]string{"sh", path}, c.Args[min(1, len(c.Args)):]...)
		p, err = t.start("/bin/sh", args, c)
	}
	if err != nil {
		return nil, err
	}
	t.slave.Close()
	t.slave = nil
	return unixProcess{p}, nil
}

func (t *unixTerminal) start(path string, args []string, c Command) (*os.Process, error) {
	return os.StartProcess(path, args, &os.ProcAttr{
		Dir:   c.Dir,
		Env:   c.Env,
		Files: []*os.File{t.slave, t.slave, t.slave},
		Sys:   &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0},
	})
}

func (t *unixTerminal) RunHelper(ctx context.Context, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin, cmd.Stdout = t.master, t.master
	return cmd.Run()
}

func (t *unixTerminal) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.master.Close() // first: without a slave a Read would see the end
	if t.slave != nil {
		t.slave.Close()
		t.slave = nil
	}
	return err
}

// unixProcess is a child process.
type unixProcess struct{ p *os.Process }

func (u unixProcess) PID() int { return u.p.Pid }

func (u unixProcess) Signal(sig os.Signal) error { return u.p.Signal(sig) }

func (u unixProcess) Wait() Status {
	state, err := u.p.Wait()
	if err != nil {
		return Status{Code: 255} // not ours to wait for: nothing is known
	}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return Status{Signal: int(ws.Signal()), Name: unix.SignalName(ws.Signal())}
	}
	return Status{Code: state.ExitCode()}
}
