package app

import (
	"context"
	"net"
	"net/netip"

	"gmosh/client"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// dialed is the name that is looked up on this machine to reach a host: none, if
// something stands in between that knows a way of its own.
func dialed(host *sshconf.Config) string {
	if len(host.ProxyJump) > 0 || host.ProxyCommand != "" {
		return ""
	}
	return host.HostName
}

// resolveAgain lets the client look a server's name up again when it has been silent for
// long: a machine may have got another address.
func resolveAgain(name string, t ticket.Ticket) func(*client.Options) {
	return func(o *client.Options) {
		if _, err := netip.ParseAddr(name); err == nil || name == "" || len(t.Addrs) == 0 {
			return
		}
		port := t.Addrs[0].Port()
		o.Resolve = func(ctx context.Context) ([]netip.AddrPort, error) {
			found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
			var out []netip.AddrPort
			for _, a := range found {
				out = append(out, netip.AddrPortFrom(a, port))
			}
			return out, err
		}
	}
}
