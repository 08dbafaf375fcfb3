package health

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var comparable = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})

func TestALineIsFoundInWhatALoginPrints(t *testing.T) {
	want := Status{
		Alive: true, PID: 7, Counted: true, Port: 60001, Bound: netip.MustParseAddr("::"), Received: 3, Opened: 2, Sent: 1,
		From:  netip.MustParseAddrPort("[2001:db8::1]:4711"),
		Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Firewalls: []Firewall{UFW},
	}
	line, err := Line(KindStatus, want)
	if err != nil {
		t.Fatal(err)
	}
	var got Status
	text := "Welcome!\r\nGMOSH STATUS {}\n  " + line + "\r\nGMOSH SURVEY {}\nbye"
	if err := Parse(KindStatus, []byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, comparable); d != "" {
		t.Error(d)
	}
	if strings.Contains(line, "\n") {
		t.Error("more than one line")
	}
}

func TestWhatIsHostileIsRefusedOrCut(t *testing.T) {
	var s Status
	for _, text := range []string{"", "GMOSH STATUS", "GMOSH LOGIND {}", "GMOSH STATUS [1]", "GMOSH STATUS {\"pid\":\"x\"}",
		"GMOSH STATUS \"" + strings.Repeat("x", maxLine) + "\""} {
		if err := Parse(KindStatus, []byte(text), &s); err == nil {
			t.Errorf("%.40q was read as %+v", text, s)
		}
	}
	if err := Parse(KindStatus, nil, &s); !errors.Is(err, ErrNone) {
		t.Errorf("error %v", err)
	}
	text := `GMOSH STATUS {"firewalls":["rm -rf /","nftables","ufw"],"addrs":[` + strings.Repeat(`"1.2.3.4",`, 1000) + `"1.2.3.4"]}`
	if err := Parse(KindStatus, []byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Addrs) != maxList || !cmp.Equal(s.Firewalls, []Firewall{UFW, NFTables}) {
		t.Errorf("%d addresses, firewalls %q", len(s.Addrs), s.Firewalls)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("GMOSH STATUS {\"alive\":true,\"from\":\"1.2.3.4:5\"}\n"))
	f.Add([]byte("x\nGMOSH LOGIND {\"stop_delay\":10000000000}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Status
		var l Logind
		var v Survey
		_ = Parse(KindStatus, text, &s)
		_ = Parse(KindLogind, text, &l)
		_ = Parse(KindSurvey, text, &v)
		if l.StopDelay < 0 || l.StopDelay > maxDelay {
			t.Error("a delay without bound")
		}
		if len(s.Addrs) > maxList || len(v.Addrs) > maxList {
			t.Error("a list without bound")
		}
	})
}
