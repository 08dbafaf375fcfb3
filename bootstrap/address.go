package bootstrap

import (
	"context"
	"net/netip"
	"slices"

	"gmosh/bootstrap/sshdial"
	"gmosh/protocol/ticket"
)

// addresses lists where the session may reach the server, the best guess first.
// direct is the address of our own connection, if it is the host's.
func (r *Request) addresses(ctx context.Context, direct netip.Addr, said ticket.Found) ([]netip.Addr, error) {
	fail := func(err error) ([]netip.Addr, error) {
		return nil, &NoAddressError{Method: r.RemoteIP, Host: r.Host.Alias, Err: err}
	}
	var told []netip.Addr
	if said.SSHConnection != nil {
		told = []netip.Addr{said.SSHConnection.Server.Addr()}
	}
	switch {
	case r.RemoteIP == Told && told != nil:
		return told, nil
	case r.RemoteIP == Told:
		return fail(nil)
	case direct.IsValid():
		return []netip.Addr{direct}, nil
	case said.IP.IsValid():
		return []netip.Addr{said.IP}, nil
	}
	host := r.Host.HostName
	if r.RemoteIP == Resolved {
		host = r.Host.Alias
	}
	resolved, err := sshdial.Resolve(ctx, sshdial.Target{Host: host, Family: r.Family})
	if err != nil && (told == nil || r.RemoteIP == Resolved) {
		return fail(err)
	}
	return preferring(told, resolved), nil
}

// preferring orders the addresses of a host that was reached through something
// else. Which of its addresses the far side saw counts only if the name has it too:
// behind a translator it is one that means nothing here.
func preferring(told, resolved []netip.Addr) []netip.Addr {
	var addrs []netip.Addr
	for _, a := range told {
		if slices.Contains(resolved, a) {
			addrs = append(addrs, a)
		}
	}
	for _, a := range append(slices.Clone(resolved), told...) {
		if !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
