package link

// The ECN bits of the IPv4 TOS and IPv6 traffic class octet (RFC 3168).
const (
	ecnMask = 0x03
	ecnECT0 = 0x02 // what we send: able to be marked
	ecnCE   = 0x03 // what a congested router makes of it
)
