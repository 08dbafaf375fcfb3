package bootstrap

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"gmosh/protocol/peertest"
)

func TestDoubtsAboutHostsBehindJumpHosts(t *testing.T) {
	addrs := func(texts ...string) (addrs []netip.Addr) {
		for _, text := range texts {
			addrs = append(addrs, netip.MustParseAddr(text))
		}
		return addrs
	}
	own := []netip.Prefix{netip.MustParsePrefix("192.168.7.20/24"), netip.MustParsePrefix("fd00::5/64")}
	v4 := func(a netip.Addr) bool { return a.Is4() }
	for _, c := range []struct {
		addrs []netip.Addr
		want  Doubt
	}{
		{addrs("203.0.113.5"), NoDoubt},
		{addrs("192.168.7.99"), NoDoubt}, // of our network
		{addrs("10.0.0.5"), Private},
		{addrs("192.168.8.1", "169.254.1.1"), Private},
		{addrs("10.0.0.5", "203.0.113.5"), NoDoubt},
		{addrs("2001:db8::1"), NoRoute},
		{addrs("2001:db8::1", "10.0.0.5"), Private},
	} {
		if got := doubtAbout(c.addrs, v4, own); got != c.want {
			t.Errorf("%v: %v, want %v", c.addrs, got, c.want)
		}
	}
}

func TestDoubtIsToldBeforeTheServerIsStarted(t *testing.T) {
	dir := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=" + dir + ":/usr/bin:/bin"}})
	config := fmt.Sprintf("Host hop\n\tHostName 127.0.0.1\nHost *\n\tPort %d\n\tUser %s\n\tIdentityFile %s\n\tStrictHostKeyChecking no\n"+
		"\tUserKnownHostsFile /dev/null\nHost no-such-name.invalid\n\tProxyCommand %s 127.0.0.1:%d\n",
		sshd.Addr.Port(), me(t), sshd.Key.Path, "true", sshd.Addr.Port())
	p := &person{}
	r := Request{UI: p, Launch: serverSpec(dir)}
	r.Host, r.Jump = resolved(t, config, "no-such-name.invalid")
	r.straight = r.wonder(t.Context())
	r.straight.told(&r)
	doubts := told[Doubtful](p)
	if len(doubts) != 1 || doubts[0].Doubt != NoAddress || doubts[0].Via != nil {
		t.Errorf("doubts %+v", doubts)
	}
	r.Host.ProxyCommand = ""
	p.events = nil
	r.straight = r.wonder(t.Context())
	r.straight.told(&r)
	if len(p.events) > 0 {
		t.Errorf("without anything in between: %v", p.events)
	}
	if !slices.ContainsFunc(ownNetworks(), func(n netip.Prefix) bool { return n.Addr().IsLoopback() }) {
		t.Errorf("our networks are %v", ownNetworks())
	}
}
