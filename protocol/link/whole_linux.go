package link

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Whole makes a socket in the making one whose packets are never cut into pieces on
// the way: what is too long for it is lost, which tells how long one may be. It is a
// net.ListenConfig's Control.
func Whole(network, _ string, c syscall.RawConn) error {
	var inner error
	err := c.Control(func(fd uintptr) {
		inner = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
		if network == "udp6" {
			inner = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)
		}
	})
	return errors.Join(err, inner)
}
