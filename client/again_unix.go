//go:build unix

package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// envKeyPipe holds the number of the descriptor that the key is to be read from.
const envKeyPipe = "GMOSH_KEY_FD"

// startAgain executes this program once more in its own place (the process, its
// group, its terminal and who waits for it stay the same), with an environment
// that lacks the key and a pipe that holds it. It returns only if that fails.
func startAgain(key string) error {
	self, err := ownPath()
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString(key); err != nil { // a pipe holds that much
		return err
	}
	w.Close()
	fd := int(r.Fd())
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil { // else exec closes it
		return err
	}
	env := append(os.Environ(), envKeyPipe+"="+strconv.Itoa(fd))
	return syscall.Exec(self, os.Args, env)
}

// ownPath finds this program's file: by the name it was called by if possible, so
// that ps and pgrep go on to show that name and not where a link leads.
func ownPath() (string, error) {
	real, err := os.Executable()
	if err != nil {
		return "", err
	}
	called, err := exec.LookPath(os.Args[0])
	if err != nil {
		return real, nil
	}
	a, errA := os.Stat(real)
	b, errB := os.Stat(called)
	if errA != nil || errB != nil || !os.SameFile(a, b) {
		return real, nil
	}
	return filepath.Abs(called)
}

// inheritedKey returns the key that startAgain left for us; again is false if it
// did not.
func inheritedKey() (key string, again bool, err error) {
	value, ok := os.LookupEnv(envKeyPipe)
	if !ok {
		return "", false, nil
	}
	os.Unsetenv(envKeyPipe)
	fd, err := strconv.Atoi(value)
	if err != nil || fd <= 2 {
		return "", true, fmt.Errorf("%s: not a descriptor: %q", envKeyPipe, value)
	}
	pipe := os.NewFile(uintptr(fd), "key")
	if pipe == nil {
		return "", true, errors.New(envKeyPipe + ": bad descriptor")
	}
	defer pipe.Close()
	text, err := io.ReadAll(io.LimitReader(pipe, 64))
	if err != nil {
		return "", true, fmt.Errorf("%s: %w", envKeyPipe, err)
	}
	return strings.TrimSpace(string(text)), true, nil
}
