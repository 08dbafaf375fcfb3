package control

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxPath is how long the path of a socket may be everywhere: 104 bytes with the
// final zero on the BSDs, 108 on Linux.
const maxPath = 103

// longest is the longest name of a socket.
const longest = "65535-4194304000.sock"

// folders are where sockets may be, the best first.
func folders(getenv func(string) string) []string {
	var dirs []string
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		dirs = append(dirs, filepath.Join(dir, "gmosh"))
	}
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		dirs = append(dirs, filepath.Join(dir, "gmosh", "run"))
	} else if home := getenv("HOME"); filepath.IsAbs(home) {
		dirs = append(dirs, filepath.Join(home, ".cache", "gmosh", "run"))
	}
	// Where homes have long names.
	return append(dirs, filepath.Join(os.TempDir(), fmt.Sprintf("gmosh-%d", os.Getuid())))
}

// Folder makes sure of a folder for sockets that nobody else may enter, and
// returns it.
func Folder(getenv func(string) string) (string, error) {
	var errs []error
	for _, dir := range folders(getenv) {
		err := private(dir)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no folder for a control socket: %w", errors.Join(errs...))
}

// private makes dir, or sees that it is ours and nobody else's.
func private(dir string) error {
	if len(dir)+1+len(longest) > maxPath {
		return fmt.Errorf("%s is too long for a socket", dir)
	}
	// A runtime folder that is not there is not ours to make.
	if parent := filepath.Dir(dir); filepath.Base(dir) == "run" {
		if err := os.MkdirAll(parent, 0o700); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case !ours(info):
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm()&0o077 != 0:
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// name is the file of a server's socket.
func name(port uint16, pid int) string { return fmt.Sprintf("%d-%d.sock", port, pid) }

// parseName is the inverse of name.
func parseName(file string) (port uint16, pid int, ok bool) {
	text, ok := strings.CutSuffix(filepath.Base(file), ".sock")
	if !ok {
		return 0, 0, false
	}
	before, after, _ := strings.Cut(text, "-")
	p, err := strconv.ParseUint(before, 10, 16)
	if err != nil {
		return 0, 0, false
	}
	pid, err = strconv.Atoi(after)
	return uint16(p), pid, err == nil && pid > 0
}

// sockets lists the sockets of servers that ran with a port and a process id, of
// which 0 is any.
func sockets(dirs []string, port uint16, pid int) (files []string) {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			p, id, ok := parseName(e.Name())
			if ok && (port == 0 || p == port) && (pid == 0 || id == pid) {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	return files
}

// sweep removes the sockets of servers that were killed.
func sweep(dir string) {
	for _, file := range sockets([]string{dir}, 0, 0) {
		if _, pid, _ := parseName(file); !Alive(pid) {
			_ = os.Remove(file) // another server may do the same
		}
	}
}
