//go:build !unix

package control

import "os"

// Alive reports whether a process exists.
func Alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}

// ours: folders of the profile are the user's.
func ours(os.FileInfo) bool { return true }
