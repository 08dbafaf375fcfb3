//go:build openbsd || netbsd

package link

// recvTOS is 0: these systems do not tell the TOS octet of IPv4 packets, so CE
// marks are seen on IPv6 only.
const recvTOS = 0
