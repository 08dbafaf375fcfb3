//go:build openbsd || netbsd

package link

// dontFragment is 0: there is no such option for IPv4, and routers may fragment.
const dontFragment = 0
