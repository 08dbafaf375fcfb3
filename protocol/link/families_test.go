package link

import (
	"net"
	"net/netip"
	"testing"
)

// needIPv6 skips a test of a family that the machine does not have.
func needIPv6(t *testing.T, host string) {
	t.Helper()
	if addr, err := netip.ParseAddr(host); err != nil || addr.Unmap().Is4() {
		return
	}
	c, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		t.Skipf("no IPv6 on this machine: %v", err)
	}
	c.Close()
}
