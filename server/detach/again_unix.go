//go:build unix

package detach

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// maxAgain is what a pipe holds without a reader: options longer than that are for
// one start only.
const maxAgain = 32 << 10

// Again replaces this process, the child of a Start that has received its options,
// by itself behind other words, such as those of a program that prepares a place
// for another and becomes that: it is the same child then, Receive gives it these
// options, and its parent still waits for the report. args are behind the program's
// name. Again returns only if that could not be done.
func (c *Child) Again(words, args []string, options []byte) error {
	if len(options) > maxAgain {
		return errors.New("the options are too long to be given twice")
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = w.Write(options)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	if err := dup2(int(r.Fd()), 0); err != nil {
		return os.NewSyscallError("dup2", err)
	}
	argv := append(append(append([]string(nil), words...), program), args...)
	err = unix.Exec(words[0], argv, append(os.Environ(), marker+"="+markerValue))
	return fmt.Errorf("%s: %w", words[0], err)
}
