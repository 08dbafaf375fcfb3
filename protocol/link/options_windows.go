package link

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/windows"
)

// Windows ignores IP_TOS unless policy allows it, and tells ECN bits only through
// control messages of its own: packets are sent without ECT and CE marks are not
// seen. Don't-fragment is off by itself. ICMP errors come for all sockets, except
// that net asks for port unreachable not to be reported.
func prepare(uintptr) {}

// forbidFragments sets the don't-fragment bit.
func forbidFragments(fd uintptr) {
	_ = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IP, ipDontFragment, 1)
	_ = windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IPV6, ipv6DontFrag, 1)
}

// Of ws2ipdef.h; x/sys/windows does not name them.
const (
	ipDontFragment = 14
	ipv6DontFrag   = 14
)

func prepareServer(uintptr) {}
func prepareClient(uintptr) {}

func parseControl([]byte) (tos uint8, to netip.Addr) { return 0, netip.Addr{} }

func sendFrom(netip.Addr) []byte { return nil }

func drainErrors(syscall.RawConn) {}
