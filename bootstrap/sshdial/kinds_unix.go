//go:build !windows

package sshdial

import "syscall"

// kinds maps the system's error numbers.
var kinds = []struct {
	err  error
	kind Kind
}{
	{syscall.ECONNREFUSED, Refused},
	{syscall.ETIMEDOUT, TimedOut},
	{syscall.EHOSTUNREACH, Unreachable},
	{syscall.ENETUNREACH, Unreachable},
	{syscall.EHOSTDOWN, Unreachable},
	{syscall.ENETDOWN, Unreachable},
	{syscall.EADDRNOTAVAIL, Unreachable},
}
