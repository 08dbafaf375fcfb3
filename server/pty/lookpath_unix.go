//go:build unix

package pty

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// defaultPath is searched where the environment has no PATH, as sh does.
const defaultPath = "/usr/local/bin:/usr/bin:/bin"

// lookPath finds a program as execvp(3) would in a process whose environment and
// working directory are the given ones; os/exec looks in ours instead.
func lookPath(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil // relative to dir, where the child will be
	}
	failure := error(unix.ENOENT)
	for _, folder := range filepath.SplitList(pathOf(env)) {
		path := filepath.Join(folder, name)
		if folder == "" || !filepath.IsAbs(folder) {
			path = filepath.Join(dir, folder, name)
		}
		info, err := os.Stat(path)
		if err != nil || info.IsDir() {
			continue
		}
		if err := unix.Access(path, unix.X_OK); err != nil {
			failure = err // reported if no other folder has it
			continue
		}
		return path, nil
	}
	return "", &os.PathError{Op: "exec", Path: name, Err: failure}
}

func pathOf(env []string) string {
	path := defaultPath
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			path = value // the last one counts
		}
	}
	return path
}
