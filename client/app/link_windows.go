package app

import (
	"os"
	"path/filepath"
)

// link makes a symbolic link, or where the user may not, another name of the file.
func link(target, path string) error {
	err := os.Symlink(target, path)
	if err == nil {
		return nil
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	if os.Link(target, path) != nil {
		return err
	}
	return nil
}
