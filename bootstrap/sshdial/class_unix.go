//go:build !windows

package sshdial

import (
	"net"

	"golang.org/x/sys/unix"
)

// classify marks the packets of a connection. It is a request to the network: that
// a system does not take it is no reason to stop.
func classify(conn *net.TCPConn, class uint8) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	four := conn.RemoteAddr().(*net.TCPAddr).IP.To4() != nil
	_ = raw.Control(func(fd uintptr) {
		if four {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TOS, int(class))
		} else {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_TCLASS, int(class))
		}
	})
}
