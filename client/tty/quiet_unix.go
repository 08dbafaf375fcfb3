//go:build unix

package tty

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Quiet takes the terminal over for the time before Raw: what is typed is not shown
// and can be read at once, byte by byte, Return as CR; Ctrl-C is still a signal, and
// no other key is. What is written looks as ever. Restore goes back from here, too,
// and Raw goes on.
//
// It returns what was typed before, with Return as CR too.
func (t *Terminal) Quiet() (typed []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	before, err := term.GetState(t.in)
	if err != nil {
		return nil, os.NewSyscallError("tcgetattr", err)
	}
	modes, err := unix.IoctlGetTermios(t.in, getTermios)
	if err != nil {
		return nil, os.NewSyscallError("tcgetattr", err)
	}
	cooked := modes.Iflag&unix.ICRNL != 0
	modes.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	modes.Lflag |= unix.ISIG
	modes.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	modes.Cc[unix.VSUSP], modes.Cc[unix.VQUIT] = disabled, disabled
	if err := unix.IoctlSetTermios(t.in, setTermios, modes); err != nil {
		return nil, os.NewSyscallError("tcsetattr", err)
	}
	if !t.raw {
		t.before, t.raw = before, true
	}
	typed = t.waiting()
	if cooked {
		typed = bytes.ReplaceAll(typed, []byte("\n"), []byte("\r"))
	}
	return typed, nil
}

// maxWaiting is more than any system keeps of what nobody has read.
const maxWaiting = 64 << 10

// waiting returns what can be read without waiting for it. What is wrong with the
// terminal, Read will say.
func (t *Terminal) waiting() (typed []byte) {
	buf := make([]byte, 4096)
	for len(typed) < maxWaiting {
		fds := []unix.PollFd{{Fd: int32(t.in), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 0); n < 1 || err != nil || fds[0].Revents&unix.POLLIN == 0 {
			return typed
		}
		n, err := unix.Read(t.in, buf)
		if n < 1 || err != nil {
			return typed
		}
		typed = append(typed, buf[:n]...)
	}
	return typed
}
