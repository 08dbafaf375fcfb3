package app

import (
	"net/netip"
	"testing"

	"gmosh/client/app/demo"
)

func TestDemoLineSaysWhatThereIsRoomFor(t *testing.T) {
	relay, err := demo.NewRelay(netip.MustParseAddrPort("127.0.0.1:9"), demo.Default())
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	for _, c := range []struct {
		cols int
		cut  bool
		want string
	}{
		{80, false, "link: 300 ms, 20 % lost  F6 better  F7 worse  F8 cut  leave: exit"},
		{50, false, "300 ms, 20 % lost  F6 better F7 worse F8 cut"},
		{40, false, "300 ms, 20 % lost  F6+ F7- F8 cut"},
		{0, false, "300 ms, 20 % lost  F6+ F7- F8 cut"},
		{80, true, "link: CUT  F6 better  F7 worse  F8 mend  leave: exit"},
		{20, true, "CUT  F6+ F7- F8 mend"},
	} {
		if _, cut := relay.Link(); cut != c.cut {
			relay.Cut()
		}
		if got := demoLine(relay, c.cols); got != c.want {
			t.Errorf("in %d columns: %q, want %q", c.cols, got, c.want)
		}
	}
}
