//go:build unix

package pty

import (
	"errors"

	"golang.org/x/sys/unix"
)

var _ Disciplined = (*unixTerminal)(nil)

// Discipline asks the master side, which has the modes of the other one.
func (t *unixTerminal) Discipline() (Discipline, error) {
	var modes *unix.Termios
	var ioctlErr error
	err := t.raw.Control(func(fd uintptr) { modes, ioctlErr = unix.IoctlGetTermios(int(fd), getTermios) })
	if err := errors.Join(err, ioctlErr); err != nil {
		return Discipline{}, closed(err)
	}
	return Discipline{
		Canonical: modes.Lflag&unix.ICANON != 0,
		Echo:      modes.Lflag&unix.ECHO != 0,
		Signals:   modes.Lflag&unix.ISIG != 0,
	}, nil
}
