//go:build !windows

package link

import (
	"errors"
	"syscall"
)

// cut reports whether the flags of a read say that the packet was longer.
func cut(flags int) bool { return flags&syscall.MSG_TRUNC != 0 }

func tooLong(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// portTaken reports whether another port of the same address may do.
func portTaken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES)
}

func isErrno(err error, want syscall.Errno) bool { return errors.Is(err, want) }
