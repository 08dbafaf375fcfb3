package sshdial

import "golang.org/x/sys/windows"

// kinds maps the system's error numbers; package syscall's own are not what
// Winsock returns.
var kinds = []struct {
	err  error
	kind Kind
}{
	{windows.WSAECONNREFUSED, Refused},
	{windows.WSAETIMEDOUT, TimedOut},
	{windows.WSAEHOSTUNREACH, Unreachable},
	{windows.WSAENETUNREACH, Unreachable},
	{windows.WSAEHOSTDOWN, Unreachable},
	{windows.WSAENETDOWN, Unreachable},
	{windows.WSAEADDRNOTAVAIL, Unreachable},
}

// errUnavailable says that an address is not this machine's.
const errUnavailable = windows.WSAEADDRNOTAVAIL
