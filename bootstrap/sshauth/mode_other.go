//go:build !unix

package sshauth

// checkMode has nothing to look at where files have no owner and mode bits.
func checkMode(string) error { return nil }
