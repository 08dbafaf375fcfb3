package link

import (
	"os/exec"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

// An address on loopback, in a range that nobody uses, is a change like any other.
func TestAWatcherTellsOfANewAddress(t *testing.T) {
	peertest.NeedRoot(t)
	peertest.Need(t, "ip")
	w, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	const address = "127.31.41.59/32"
	if out, err := exec.Command("ip", "addr", "add", address, "dev", "lo").CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	defer exec.Command("ip", "addr", "del", address, "dev", "lo").Run()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	select {
	case <-w.Changes():
	case <-deadline.C:
		t.Error("no change was told")
	}
}

func TestAWatcherEndsWithClose(t *testing.T) {
	w, err := Watch()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
