package wire

import (
	"fmt"
	"net/netip"
	"slices"

	"google.golang.org/protobuf/proto"

	"gmosh/protocol/wire/internal/gmoshpb"
)

// MaxAddresses bounds the addresses that a server tells; more are left out when
// written and an error when read.
const MaxAddresses = 16

// Addresses are where a server can be reached. Immutable once part of a state.
type Addresses struct {
	Addrs []netip.Addr // without zones
	Port  uint16       // UDP
}

// Equal reports whether both say the same; nil equals nil alone.
func (a *Addresses) Equal(o *Addresses) bool {
	if a == nil || o == nil || a == o {
		return a == o
	}
	return a.Port == o.Port && slices.Equal(a.Addrs, o.Addrs)
}

func (a *Addresses) proto() proto.Message {
	m := &gmoshpb.Addresses{}
	if a == nil {
		return m
	}
	for _, addr := range a.Addrs[:min(len(a.Addrs), MaxAddresses)] {
		m.Address = append(m.Address, addr.AsSlice())
	}
	port := uint32(a.Port)
	m.Port = &port
	return m
}

type addressesReader struct {
	m    *gmoshpb.Addresses
	size int
}

func (r *addressesReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Addresses{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *addressesReader) done() (*Addresses, error) {
	if n := len(r.m.GetAddress()); n > MaxAddresses {
		return nil, fmt.Errorf("%w: %d addresses", ErrText, n)
	}
	if port := r.m.GetPort(); port == 0 || port > 65535 {
		return nil, fmt.Errorf("%w: port %d", ErrMalformed, port)
	}
	a := &Addresses{Port: uint16(r.m.GetPort())}
	for _, b := range r.m.GetAddress() {
		addr, ok := netip.AddrFromSlice(b)
		if !ok {
			return nil, fmt.Errorf("%w: an address of %d bytes", ErrMalformed, len(b))
		}
		a.Addrs = append(a.Addrs, addr.Unmap())
	}
	return a, nil
}

// MaxHeartbeat bounds the interval of heartbeats that a peer may announce, in
// seconds. A longer one counts as this.
const MaxHeartbeat = 60

func heartbeat(seconds uint32) proto.Message { return &gmoshpb.Heartbeat{Seconds: &seconds} }

type heartbeatReader struct {
	m    *gmoshpb.Heartbeat
	size int
}

func (r *heartbeatReader) read(b []byte) error {
	if r.m == nil {
		r.m = &gmoshpb.Heartbeat{}
	}
	r.size += len(b)
	return merge(r.m, b, r.size)
}

func (r *heartbeatReader) done() uint32 { return min(r.m.GetSeconds(), MaxHeartbeat) }
