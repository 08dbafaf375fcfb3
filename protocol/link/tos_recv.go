//go:build darwin || freebsd

package link

import "golang.org/x/sys/unix"

// recvTOS asks for, and names, the control message with a packet's TOS octet.
const recvTOS = unix.IP_RECVTOS
