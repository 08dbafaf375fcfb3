package client

import (
	"net/netip"
	"testing"
)

func TestCauses(t *testing.T) {
	at := netip.MustParseAddrPort("192.0.2.1:60001")
	here, there := []netip.Addr{at.Addr()}, []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	any4 := netip.IPv4Unspecified()
	tests := []struct {
		name string
		r    Result
		want Cause
	}{
		{"heard", Result{Connected: true, Refused: true, Health: &Health{}}, NoCause},
		{"heard and lost", Result{Connected: true, LostAtLogout: true}, LostAtLogout},
		{"not asked", Result{}, Unknown},
		{"not asked, and refused", Result{Refused: true}, Closed},
		{"the process is gone", Result{Refused: true, Foreign: 1, Health: &Health{}}, Gone},
		{"it hears us", Result{Health: &Health{Alive: true, Counted: true, Received: 5, Opened: 4, Bound: any4, Addrs: there}}, Unheard},
		{"it hears nothing", Result{Health: &Health{Alive: true, Counted: true, Bound: any4, Addrs: here}}, Blocked},
		{"it hears nothing, and its machine refuses", Result{Refused: true, Health: &Health{Alive: true, Counted: true, Bound: any4, Addrs: here}}, Blocked},
		{"it hears nothing, bound to the address", Result{Health: &Health{Alive: true, Counted: true, Bound: at.Addr(), Addrs: there}}, Blocked},
		{"its machine has other addresses", Result{Health: &Health{Alive: true, Counted: true, Bound: any4, Addrs: there}}, Elsewhere},
		{"it is bound to another address", Result{Health: &Health{Alive: true, Counted: true, Bound: there[0], Addrs: append(there, here...)}}, Elsewhere},
		{"something else answers", Result{Foreign: 2, Health: &Health{Alive: true, Counted: true, Addrs: here}}, Foreign},
		{"what it gets is not ours", Result{Health: &Health{Alive: true, Counted: true, Received: 3, Addrs: here}}, Foreign},
		{"a stock server", Result{Health: &Health{Alive: true, Addrs: here}}, Uncounted},
		{"a stock server elsewhere", Result{Health: &Health{Alive: true, Addrs: there}}, Elsewhere},
		{"a stock server of which nothing is known", Result{Health: &Health{Alive: true}}, Uncounted},
	}
	for _, tt := range tests {
		if got := tt.r.Cause(at); got != tt.want {
			t.Errorf("%s: cause %d, want %d", tt.name, got, tt.want)
		}
	}
	loop := netip.MustParseAddrPort("127.0.0.1:60001")
	if got := (Result{Health: &Health{Alive: true, Counted: true, Bound: any4, Addrs: there}}).Cause(loop); got != Blocked {
		t.Errorf("over loopback: cause %d", got)
	}
}
