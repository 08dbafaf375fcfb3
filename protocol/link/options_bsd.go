//go:build darwin || freebsd || openbsd || netbsd

package link

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// prepare sets what every socket has. Don't-fragment is off by itself on these
// systems. Options of the other family fail, which is all right.
func prepare(fd uintptr) {
	set(fd, unix.IPPROTO_IP, unix.IP_TOS, ecnECT0)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, ecnECT0)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
	if recvTOS != 0 {
		set(fd, unix.IPPROTO_IP, recvTOS, 1)
	}
}

// forbidFragments sets the don't-fragment bit where the socket has the option.
func forbidFragments(fd uintptr) {
	if dontFragment != 0 {
		set(fd, unix.IPPROTO_IP, dontFragment, 1)
	}
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_DONTFRAG, 1)
}

// prepareServer does nothing: answers leave from the address the system chooses.
func prepareServer(uintptr) {}

// prepareClient does nothing: ICMP errors are not reported to unconnected
// sockets here.
func prepareClient(uintptr) {}

func set(fd uintptr, level, option, value int) {
	_ = unix.SetsockoptInt(int(fd), level, option, value)
}

// parseControl reads the control messages of a received packet; the address it
// came to is not asked for.
func parseControl(oob []byte) (tos uint8, to netip.Addr) {
	for len(oob) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		oob = rest
		switch {
		case recvTOS != 0 && header.Level == unix.IPPROTO_IP && header.Type == recvTOS && len(data) >= 1:
			tos = data[0]
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_TCLASS && len(data) >= 4:
			tos = uint8(binary.NativeEndian.Uint32(data))
		}
	}
	return tos, netip.Addr{}
}

func sendFrom(netip.Addr) []byte { return nil }

func drainErrors(syscall.RawConn) {}
