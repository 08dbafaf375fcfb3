//go:build linux || darwin

package pty

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// setUTF8 turns on IUTF8, so that the kernel erases whole characters in lines it
// edits itself.
func setUTF8(tty *os.File) error {
	raw, err := tty.SyscallConn()
	if err != nil {
		return err
	}
	var ioctlErr error
	err = raw.Control(func(fd uintptr) {
		var modes *unix.Termios
		if modes, ioctlErr = unix.IoctlGetTermios(int(fd), getTermios); ioctlErr != nil {
			return
		}
		modes.Iflag |= unix.IUTF8
		ioctlErr = unix.IoctlSetTermios(int(fd), setTermios, modes)
	})
	return errors.Join(err, ioctlErr)
}
