//go:build unix

package login

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// defaultShell is the shell of an account that names none.
const defaultShell = "/bin/sh"

// askTimeout bounds a question to a directory service that does not answer.
const askTimeout = 5 * time.Second

// lookup finds an account in /etc/passwd, else by asking the system's name
// service (LDAP, SSSD, …), which without cgo means a program.
func lookup(uid int, name string) Account {
	id := strconv.Itoa(uid)
	if f, err := os.Open("/etc/passwd"); err == nil {
		defer f.Close()
		if a, ok := findAccount(f, id, name); ok {
			return a
		}
	}
	return askNameService(id)
}

// run returns what a program prints, or nothing.
func run(name string, args ...string) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return nil
	}
	return out
}

// getent asks the name service by getent(1).
func getent(id string) Account {
	a, _ := findAccount(bytes.NewReader(run("getent", "passwd", id)), id, "")
	return a
}

// enterable reports why dir cannot be a working directory.
func enterable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &os.PathError{Op: "chdir", Path: dir, Err: unix.ENOTDIR}
	}
	if err := unix.Access(dir, unix.X_OK); err != nil {
		return &os.PathError{Op: "chdir", Path: dir, Err: err}
	}
	return nil
}
