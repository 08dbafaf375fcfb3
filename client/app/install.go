package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// InstallLinks is `gmosh install-links DIR`: it makes links to this program under
// the names by which mosh's programs are called, and returns the exit status.
func InstallLinks(_ string, args []string) int {
	return installLinks(args, os.Executable, os.Stdout, os.Stderr)
}

func installLinks(args []string, executable func() (string, error), stdout, stderr io.Writer) int {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		fmt.Fprintln(stderr, "Usage: gmosh install-links DIR\n\nMakes the links", strings.Join(linkNames, ", "),
			"in DIR, to this program.")
		return statusFailed
	}
	if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
		fmt.Fprintf(stderr, "gmosh: there is no folder %s. Make it first:\n  mkdir -p %[1]s\n", args[0])
		return statusFailed
	}
	self, err := executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gmosh: where this program is cannot be found out: %v\n", err)
		return statusFailed
	}
	status := 0
	for _, name := range linkNames {
		path := filepath.Join(args[0], name)
		if err := installLink(self, path); err != nil {
			fmt.Fprintf(stderr, "gmosh: %s was not made: %v\n", path, err)
			status = statusFailed
			continue
		}
		fmt.Fprintln(stdout, path)
	}
	return status
}

// errOccupied says that a name is taken by something we have not made.
var errOccupied = errors.New("there is another file of that name; remove it first if it is not needed")

// installLink makes one link. A link that is there is replaced only if it leads to
// a program called gmosh: anything else is somebody's.
func installLink(self, path string) error {
	target := self
	if dir, err := filepath.Abs(filepath.Dir(path)); err == nil && dir == filepath.Dir(self) {
		target = filepath.Base(self) // together they may be moved
	}
	old, err := os.Readlink(path)
	switch {
	case err == nil && old == target:
		return nil
	case err == nil && ProgramName(old) == gmoshName:
		if err := os.Remove(path); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return errOccupied
	}
	return link(target, path)
}
