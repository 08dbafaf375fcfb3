package app

import (
	"context"
	"net/netip"
	"slices"
	"testing"

	"gmosh/client"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

func TestOnlyANameThatWasLookedUpHereIsLookedUpAgain(t *testing.T) {
	there := ticket.Ticket{Addrs: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:60001")}}
	for name, again := range map[string]bool{"localhost": true, "": false, "192.0.2.1": false} {
		var o client.Options
		resolveAgain(name, there)(&o)
		if (o.Resolve != nil) != again {
			t.Errorf("%q is looked up again: %v", name, o.Resolve != nil)
		}
	}
	if got := dialed(&sshconf.Config{HostName: "host", ProxyCommand: "nc"}); got != "" {
		t.Errorf("behind a proxy: %q", got)
	}
	var o client.Options
	resolveAgain("localhost", there)(&o)
	found, err := o.Resolve(context.Background())
	if err != nil || !slices.ContainsFunc(found, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() && a.Port() == 60001 }) {
		t.Errorf("localhost: %v, %v", found, err)
	}
}
