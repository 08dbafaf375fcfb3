package wire

import (
	"errors"
	"net/netip"
	"testing"
)

func TestAddressesAndHeartbeatsAreReadAsTheyWereWritten(t *testing.T) {
	told := &Addresses{Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, Port: 60001}
	var host HostMessage
	if err := host.Unmarshal(HostMessage{{Kind: HostAddresses, Addresses: told}, {Kind: HostHeartbeat, Heartbeat: 15}}.Marshal(nil)); err != nil {
		t.Fatal(err)
	}
	if len(host) != 2 || !host[0].Addresses.Equal(told) || host[1].Heartbeat != 15 {
		t.Errorf("%+v", host)
	}
	var client ClientMessage
	if err := client.Unmarshal(ClientMessage{{Kind: ClientHeartbeat, Heartbeat: 1000}}.Marshal(nil)); err != nil {
		t.Fatal(err)
	}
	if len(client) != 1 || client[0].Kind != ClientHeartbeat || client[0].Heartbeat != MaxHeartbeat {
		t.Errorf("%+v", client)
	}
}

func TestAddressesBeyondBoundsAreErrors(t *testing.T) {
	address := func(b ...byte) []byte { return appendBytes(nil, 1, b) }
	port := appendVarint(nil, 2, 60001)
	var many []byte
	for range MaxAddresses + 1 {
		many = append(many, address(192, 0, 2, 1)...)
	}
	for name, c := range map[string]struct {
		message []byte
		want    error
	}{
		"five bytes": {append(address(1, 2, 3, 4, 5), port...), ErrMalformed},
		"no port":    {address(192, 0, 2, 1), ErrMalformed},
		"port 65536": {append(address(192, 0, 2, 1), appendVarint(nil, 2, 65536)...), ErrMalformed},
		"too many":   {append(many, port...), ErrText},
	} {
		element := appendElement(nil, extAddresses, len(c.message))
		var m HostMessage
		if err := m.Unmarshal(append(element, c.message...)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
