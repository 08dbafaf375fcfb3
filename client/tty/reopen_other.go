//go:build unix && !linux

package tty

import "errors"

// reopen is not possible here: opening /dev/fd/N gives the same open file.
func reopen(int) (int, error) { return -1, errors.ErrUnsupported }
