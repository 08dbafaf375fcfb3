package peertest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// gmoshNames are the names the binary is known by.
var gmoshNames = [...]string{"gmosh", "mosh", "mosh-client", "mosh-server", "gmosh-client", "gmosh-server"}

// built builds the binary once in a test process.
var built = sync.OnceValues(buildGmosh)

// Gmosh builds gmosh as it ships, without cgo, once in a test process, and returns
// a folder that every user may enter with the binary under all its names: gmosh,
// mosh, mosh-client, mosh-server, gmosh-client, gmosh-server. Stock mosh is found
// in PATH all the same, as long as this folder is not put ahead of it.
func Gmosh(t testing.TB) (dir string) {
	t.Helper()
	needLinux(t)
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// buildGmosh puts the binary into a folder named by its contents. Test processes
// that build the same share it; a file that one of them runs is never replaced,
// since a program that starts itself again must find itself unchanged.
func buildGmosh() (string, error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("gmosh-test-bin-%d", os.Getuid()))
	if err := os.Mkdir(root, 0o755); err != nil && !os.IsExist(err) {
		return "", err
	}
	if info, err := os.Lstat(root); err != nil || !info.IsDir() || owner(info) != os.Getuid() {
		return "", fmt.Errorf("%s is not a folder of ours: %v", root, err)
	}
	removeOld(root)
	fresh, err := os.MkdirTemp(root, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return "", err
	}
	binary := filepath.Join(fresh, gmoshNames[0])
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "gmosh")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := run(build); err != nil {
		return "", err
	}
	for _, name := range gmoshNames[1:] {
		if err := os.Symlink(gmoshNames[0], filepath.Join(fresh, name)); err != nil {
			return "", err
		}
	}
	contents, err := os.ReadFile(binary)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, fmt.Sprintf("%x", sha256.Sum256(contents))[:16])
	if err := os.Rename(fresh, dir); err != nil {
		// It is there already, unless something else is wrong.
		there, err2 := os.ReadFile(filepath.Join(dir, gmoshNames[0]))
		if err2 != nil || !bytes.Equal(there, contents) {
			return "", err
		}
		now := time.Now()
		return dir, os.Chtimes(dir, now, now)
	}
	return dir, nil
}

// removeOld removes builds that nobody has asked for in a day.
func removeOld(root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.RemoveAll(filepath.Join(root, e.Name()))
		}
	}
}
