package link

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// prepare sets what every socket has. An IPv6 socket takes the IPv4 options too,
// for its IPv4-mapped peers; the other way round they fail, and no failure here
// is worth more than what the option would have given.
func prepare(fd uintptr) {
	set(fd, unix.IPPROTO_IP, unix.IP_TOS, ecnECT0)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, ecnECT0)
	set(fd, unix.IPPROTO_IP, unix.IP_RECVTOS, 1)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
	// No path MTU discovery: don't-fragment stays clear, and a forged ICMP
	// "fragmentation needed" changes nothing.
	set(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DONT)
}

// forbidFragments sets the don't-fragment bit, and ignores what routers say about
// sizes: ssp finds out by itself (RFC 8899).
func forbidFragments(fd uintptr) {
	set(fd, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE)
}

// prepareServer asks which of our addresses a packet came to.
func prepareServer(fd uintptr) {
	set(fd, unix.IPPROTO_IP, unix.IP_PKTINFO, 1)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1)
}

// prepareClient asks for ICMP errors, which an unconnected socket is not told
// of otherwise.
func prepareClient(fd uintptr) {
	set(fd, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
	set(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
}

func set(fd uintptr, level, option, value int) {
	_ = unix.SetsockoptInt(int(fd), level, option, value)
}

// parseControl reads the control messages of a received packet.
func parseControl(oob []byte) (tos uint8, to netip.Addr) {
	for len(oob) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		oob = rest
		switch {
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_TOS && len(data) >= 1:
			tos = data[0]
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_TCLASS && len(data) >= 4:
			tos = uint8(binary.NativeEndian.Uint32(data))
		case header.Level == unix.IPPROTO_IP && header.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			to = netip.AddrFrom4([4]byte(data[8:12])) // ipi_addr: the header's destination
		case header.Level == unix.IPPROTO_IPV6 && header.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			to = netip.AddrFrom16([16]byte(data[:16])).Unmap()
		}
	}
	return tos, to
}

// sendFrom makes the control message that lets a packet leave from an address of
// ours. On an IPv6 socket Linux takes IP_PKTINFO for IPv4-mapped peers.
func sendFrom(local netip.Addr) []byte {
	switch {
	case local.Is4():
		return unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: local.As4()})
	case local.Is6():
		return unix.PktInfo6(&unix.Inet6Pktinfo{Addr: local.As16()})
	}
	return nil
}

// drainErrors empties the queue of ICMP errors, which otherwise fills the
// socket's receive buffer. What they say has been reported by the read or write
// that failed.
func drainErrors(raw syscall.RawConn) {
	_ = raw.Control(func(fd uintptr) {
		var buf [1]byte
		var oob [256]byte
		for range 1000 {
			if _, _, _, _, err := unix.Recvmsg(int(fd), buf[:], oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT); err != nil {
				return
			}
		}
	})
}
