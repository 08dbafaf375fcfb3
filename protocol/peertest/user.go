package peertest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// User is an account of the system's, made for a test.
type User struct {
	Name, Password, Home string
	UID, GID             int
}

// userPrefix begins the names of our accounts; the id of the process that made
// one follows, so that those of a test that was killed can be told and removed.
const userPrefix = "gmosht"

// users counts the accounts that this process has made.
var users atomic.Int64

// NewUser adds an account with a home, a password and /bin/sh, and removes it
// with its processes when the test ends. Needs root.
func NewUser(t testing.TB) *User {
	t.Helper()
	NeedRoot(t)
	Need(t, "useradd", "userdel", "chpasswd")
	u := &User{
		Name:     fmt.Sprintf("%s%dn%d", userPrefix, os.Getpid(), users.Add(1)),
		Password: "pw-" + rand.Text(),
		Home:     filepath.Join(PublicDir(t), "home"),
	}
	err := withAccounts(func() error {
		removeStaleUsers()
		return command("useradd", "--create-home", "--no-log-init", "--home-dir", u.Home, "--shell", "/bin/sh", u.Name)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		killUser(u.UID)
		if err := withAccounts(func() error { return command("userdel", u.Name) }); err != nil {
			t.Error(err)
		}
	})
	entry, err := user.Lookup(u.Name)
	if err != nil {
		t.Fatal(err)
	}
	u.UID, _ = strconv.Atoi(entry.Uid)
	u.GID, _ = strconv.Atoi(entry.Gid)
	err = withAccounts(func() error {
		passwd := exec.Command(lookPath("chpasswd"))
		passwd.Stdin = strings.NewReader(u.Name + ":" + u.Password + "\n")
		return run(passwd)
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Own gives the user files or folders, with what is in them.
func (u *User) Own(t testing.TB, paths ...string) {
	t.Helper()
	for _, root := range paths {
		err := filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, u.UID, u.GID)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// PublicDir returns a new folder that other users may enter, which t.TempDir is
// not, removed when the test ends.
func PublicDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gmosh-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// killUser ends the processes of an account.
func killUser(uid int) {
	for _, p := range allProcesses() {
		info, err := os.Stat(fmt.Sprintf("/proc/%d", p.PID))
		if err != nil || owner(info) != uid {
			continue
		}
		if process, err := os.FindProcess(p.PID); err == nil {
			process.Kill()
		}
		waitGone(p.PID, deadline)
	}
}

// removeStaleUsers removes the accounts of test processes that are gone without
// their clean-up.
func removeStaleUsers() {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return
	}
	for line := range bytes.Lines(passwd) {
		name, _, _ := strings.Cut(string(line), ":")
		number, ours := strings.CutPrefix(name, userPrefix)
		pid, _, _ := strings.Cut(number, "n")
		if _, err := os.Stat("/proc/" + pid); ours && pid != "" && os.IsNotExist(err) {
			_ = command("userdel", name) // another time
		}
	}
}

// withAccounts runs f while no other test process changes the accounts: useradd
// does not wait for its lock but fails.
func withAccounts(f func() error) error {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), "gmosh-test-accounts.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := lockFile(lock); err != nil {
		return err
	}
	return f()
}

// command runs a program; the error says what it printed.
func command(name string, args ...string) error { return run(exec.Command(lookPath(name), args...)) }

func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%q: %w: %s", cmd.Args, err, bytes.TrimSpace(out))
	}
	return nil
}
