//go:build unix

package control

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gmosh/protocol/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// environment is one with these variables and no others.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// shortDir is a folder with a name short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func answering(s health.Status) func() (health.Status, error) {
	return func() (health.Status, error) { return s, nil }
}

func listen(t *testing.T, getenv func(string) string, port uint16, answer func() (health.Status, error)) *Listener {
	t.Helper()
	l, err := Listen(getenv, port, answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestTheServerAnswersWithWhatHasReachedIt(t *testing.T) {
	dir := shortDir(t)
	getenv := environment("XDG_RUNTIME_DIR", dir)
	listen(t, getenv, 60001, answering(health.Status{Counted: true, Received: 7}))
	listen(t, getenv, 60002, answering(health.Status{Counted: true, Received: 8}))
	if status, err := Ask(getenv, 60002, 0); err != nil || status.Received != 8 {
		t.Errorf("%+v, %v", status, err)
	}
	if status, err := Ask(getenv, 4711, os.Getpid()); err != nil || status.Received == 0 {
		t.Errorf("by the process, whatever its port is called: %+v, %v", status, err)
	}
	if _, err := Ask(getenv, 60003, 0); !errors.Is(err, ErrNobody) {
		t.Errorf("another port: %v", err)
	}
	if _, err := Ask(getenv, 60001, os.Getpid()+1); !errors.Is(err, ErrNobody) {
		t.Errorf("another process: %v", err)
	}
	for path, want := range map[string]os.FileMode{
		filepath.Join(dir, "gmosh"): 0o700, filepath.Join(dir, "gmosh", name(60001, os.Getpid())): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestTheFolderIsTheFirstThatCanBePrivate(t *testing.T) {
	runtime, home := shortDir(t), shortDir(t)
	cases := []struct {
		name   string
		getenv func(string) string
		want   string
	}{
		{"runtime folder", environment("XDG_RUNTIME_DIR", runtime, "HOME", home), runtime + "/gmosh"},
		{"a runtime folder that is gone", environment("XDG_RUNTIME_DIR", runtime+"/gone", "HOME", home), home + "/.cache/gmosh/run"},
		{"cache folder", environment("HOME", home), home + "/.cache/gmosh/run"},
		{"another cache folder", environment("HOME", home, "XDG_CACHE_HOME", home+"/c"), home + "/c/gmosh/run"},
		{"not absolute", environment("HOME", home, "XDG_RUNTIME_DIR", "x"), home + "/.cache/gmosh/run"},
	}
	for _, c := range cases {
		if got, err := Folder(c.getenv); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
	long := environment("HOME", "/"+strings.Repeat("x", 100))
	if got, err := Folder(long); err != nil || !strings.HasPrefix(got, os.TempDir()) {
		t.Errorf("a long home: %s, %v", got, err)
	}
}

func TestAFolderOfOthersIsMadePrivateOrLeftAlone(t *testing.T) {
	dir := shortDir(t)
	open := filepath.Join(dir, "gmosh")
	if err := os.Mkdir(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	home := shortDir(t)
	getenv := environment("XDG_RUNTIME_DIR", dir, "HOME", home)
	if got, err := Folder(getenv); got != open || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if info, err := os.Stat(open); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Remove(open); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(home, open); err != nil {
		t.Fatal(err)
	}
	if got, _ := Folder(getenv); got == open {
		t.Error("a link was followed")
	}
}

func TestSocketsOfKilledServersAreRemoved(t *testing.T) {
	dir := shortDir(t)
	getenv := environment("XDG_RUNTIME_DIR", dir)
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	folder, err := Folder(getenv)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(folder, name(60001, gone.Process.Pid))
	alive := filepath.Join(folder, name(60002, os.Getppid()))
	for _, f := range []string{left, alive} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := listen(t, getenv, 60003, answering(health.Status{}))
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what a killed server left is still there: %v", err)
	}
	if _, err := os.Stat(alive); err != nil {
		t.Errorf("a living server's socket: %v", err)
	}
	l.Close()
	if files := sockets([]string{folder}, 60003, 0); len(files) > 0 {
		t.Errorf("left behind: %q", files)
	}
}

func TestAskersThatSayNonsenseGetNothing(t *testing.T) {
	getenv := environment("XDG_RUNTIME_DIR", shortDir(t))
	listen(t, getenv, 60001, answering(health.Status{Alive: true}))
	file := sockets(folders(getenv), 60001, 0)[0]
	for _, text := range []string{"\n", "status", "state\n", strings.Repeat("x", 10_000)} {
		conn, err := net.Dial("unix", file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, text) // may be cut off
		conn.(*net.UnixConn).CloseWrite()
		if answer, _ := io.ReadAll(conn); len(answer) > 0 {
			t.Errorf("%.20q: %q", text, answer)
		}
		conn.Close()
	}
	if s, err := Ask(getenv, 60001, 0); err != nil || !s.Alive {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
}

func TestAServerThatEndsAnswersNobody(t *testing.T) {
	getenv := environment("XDG_RUNTIME_DIR", shortDir(t))
	listen(t, getenv, 60001, func() (health.Status, error) { return health.Status{}, errors.New("ended") })
	if s, err := Ask(getenv, 60001, 0); err == nil {
		t.Errorf("%+v", s)
	}
}
