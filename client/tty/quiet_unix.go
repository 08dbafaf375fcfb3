//go:build unix

package tty

import (
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Quiet takes the terminal over for the time before Raw: what is typed is not shown
// and can be read at once, byte by byte, Return as CR; Ctrl-C is still a signal, and
// no other key is. What is written looks as ever. Restore goes back from here, too,
// and Raw goes on.
func (t *Terminal) Quiet() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	before, err := term.GetState(t.in)
	if err != nil {
		return os.NewSyscallError("tcgetattr", err)
	}
	modes, err := unix.IoctlGetTermios(t.in, getTermios)
	if err != nil {
		return os.NewSyscallError("tcgetattr", err)
	}
	modes.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	modes.Lflag |= unix.ISIG
	modes.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.IXON | unix.ISTRIP
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	modes.Cc[unix.VSUSP], modes.Cc[unix.VQUIT] = disabled, disabled
	if err := unix.IoctlSetTermios(t.in, setTermios, modes); err != nil {
		return os.NewSyscallError("tcsetattr", err)
	}
	if !t.raw {
		t.before, t.raw = before, true
	}
	return nil
}
