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

// errUnavailable says that an address is not this machine's.
const errUnavailable = syscall.EADDRNOTAVAIL
