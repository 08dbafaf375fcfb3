//go:build unix

package sshauth

import (
	"os"
	"syscall"
)

// checkMode refuses a private key that others may read, as OpenSSH does; only one
// of our own: what root put somewhere for many users is its business.
func checkMode(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 != 0 {
		return ErrUnprotected
	}
	return nil
}
