package survey

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gmosh/protocol/health"
)

func TestActiveFirewallsAreFoundWithoutPrivilege(t *testing.T) {
	conf := func(text string) fstest.MapFS { return fstest.MapFS{"etc/ufw/ufw.conf": {Data: []byte(text)}} }
	cases := []struct {
		name    string
		root    fstest.MapFS
		answers map[string]string // of programs, by command line; others are not there
		want    []health.Firewall
	}{
		{name: "none"},
		{name: "ufw", root: conf("# set to yes\nENABLED=yes\nLOGLEVEL=low\n"), want: []health.Firewall{health.UFW}},
		{name: "ufw installed and off", root: conf("ENABLED=no\n"), answers: map[string]string{"systemctl is-active ufw.service": "active"}},
		{name: "ufw by its unit", answers: map[string]string{"systemctl is-active ufw.service": "active"}, want: []health.Firewall{health.UFW}},
		{name: "firewalld", answers: map[string]string{"firewall-cmd --state": "running"}, want: []health.Firewall{health.Firewalld}},
		{name: "firewalld that may not be asked", answers: map[string]string{"systemctl is-active firewalld.service": "active"},
			want: []health.Firewall{health.Firewalld}},
		{name: "firewalld installed and off", answers: map[string]string{"firewall-cmd --state": "not running"}},
		{name: "nftables by its unit", answers: map[string]string{"systemctl is-active nftables.service": "active"},
			want: []health.Firewall{health.NFTables}},
		{name: "nftables as root sees them", answers: map[string]string{"nft list chain inet filter input": "type filter hook input; policy drop;"},
			want: []health.Firewall{health.NFTables}},
		{name: "nftables that let all in", answers: map[string]string{"nft list chain inet filter input": "type filter hook input; policy accept;"}},
		{name: "all", root: conf("ENABLED=YES"), answers: map[string]string{
			"firewall-cmd --state": "running", "systemctl is-active nftables.service": "active"},
			want: []health.Firewall{health.UFW, health.Firewalld, health.NFTables}},
	}
	for _, c := range cases {
		m := machine{root: c.root, run: func(_ context.Context, words ...string) (string, error) {
			answer, ok := c.answers[strings.Join(words, " ")]
			if !ok {
				return "", errors.New("not there")
			}
			return answer, nil
		}}
		if got := m.firewalls(t.Context()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAddressesAreThoseThatOthersReach(t *testing.T) {
	for _, a := range Addresses() {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || !a.IsValid() || a.Is4In6() {
			t.Errorf("%v", a)
		}
	}
}
