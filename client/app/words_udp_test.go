package app

import (
	"net/netip"
	"strings"
	"testing"

	"gmosh/client"
	"gmosh/protocol/health"
)

func TestWordsForASilence(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.1:60001")
	inside := []netip.Addr{netip.MustParseAddr("10.0.0.5")}
	alive := func(h health.Status) *health.Status {
		h.Alive = true
		return &h
	}
	tests := []struct {
		name  string
		r     client.Result
		ports string
		want  []string
	}{
		{"nothing is known", client.Result{}, "", []string{"no answer came from 192.0.2.1, UDP port 60001.", "one UDP port from 60001 to 60999", "gmosh doctor ann@far"}},
		{"refused, and nobody to ask", client.Result{Refused: true}, "", []string{"nothing listens on its UDP port 60001", "gmosh doctor"}},
		{"ufw", client.Result{Health: alive(health.Status{Counted: true, Addrs: []netip.Addr{at.Addr()}, Firewalls: []health.Firewall{health.UFW}})}, "",
			[]string{"ufw is active there", "\n  ufw allow 60001:60999/udp"}},
		{"nft, and a range of the user's", client.Result{Health: alive(health.Status{Counted: true, Firewalls: []health.Firewall{health.NFTables}})}, "60000:60010",
			[]string{"UDP port from 60000 to 60010", "\n  nft insert rule inet filter input udp dport 60000-60010 accept"}},
		{"firewalld, and one port", client.Result{Refused: true, Health: alive(health.Status{Counted: true, Firewalls: []health.Firewall{health.Firewalld}})}, "60001",
			[]string{"refused, not merely dropped", "\n  firewall-cmd --permanent --add-port=60001/udp && firewall-cmd --reload"}},
		{"no firewall is seen", client.Result{Health: alive(health.Status{Counted: true})}, "", []string{"look at the network's"}},
		{"behind a router", client.Result{Health: alive(health.Status{Counted: true, Addrs: inside})}, "",
			[]string{"192.0.2.1, where we send to, is none of its addresses (10.0.0.5)", "must pass on UDP port 60001 as well", "--experimental-remote-ip=remote"}},
		{"changed on the way", client.Result{Foreign: 3, Health: alive(health.Status{Counted: true, Received: 9})}, "",
			[]string{"of 3 packets that came, none is genuine", "none of the 9 packets that reached it is genuine either"}},
		{"a stock server", client.Result{Health: alive(health.Status{Addrs: []netip.Addr{at.Addr()}})}, "",
			[]string{"a stock mosh-server, which cannot tell"}},
		{"lost at the logout", client.Result{Connected: true, LostAtLogout: true}, "",
			[]string{"fell silent when the SSH connection was closed", "gmosh --linger=yes ann@far", "loginctl enable-linger ann", "KillExcludeUsers=root ann"}},
	}
	for _, tt := range tests {
		s := situation{name: "gmosh", host: "far", user: "ann", options: options{Destination: "ann@far", Ports: tt.ports}}
		got := explainSilence(tt.r, tt.r.Cause(at), at, s)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: it lacks %q:\n%s", tt.name, want, got)
			}
		}
	}
}
