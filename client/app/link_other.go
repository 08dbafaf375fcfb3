//go:build !windows

package app

import "os"

func link(target, path string) error { return os.Symlink(target, path) }
