package link

import (
	"errors"

	"golang.org/x/sys/windows"
)

// cut is false: a read of a packet that is longer fails, see tooLong.
func cut(int) bool { return false }

func tooLong(err error) bool { return errors.Is(err, windows.WSAEMSGSIZE) }

// refused: an ICMP port unreachable shows as a reset of an earlier packet.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED) || errors.Is(err, windows.WSAECONNRESET)
}

// portTaken reports whether another port of the same address may do.
func portTaken(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}
