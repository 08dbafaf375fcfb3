//go:build darwin || freebsd

package link

import "golang.org/x/sys/unix"

// dontFragment is the option that sets the don't-fragment bit.
const dontFragment = unix.IP_DONTFRAG
