package app_test

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"gmosh/protocol/peertest"
)

// away is a session of a pairing with a relay between the halves.
type away struct {
	*peertest.Terminal
	relay *peertest.Relay

	mu    sync.Mutex
	first []byte // packet of the client's
	mute  bool   // nothing of the client's gets through
}

func (p pairing) away(t *testing.T) *away {
	t.Helper()
	server, client := p.server, p.client
	if server == "" {
		server = filepath.Join(peertest.Gmosh(t), "mosh-server")
	}
	if client == "" {
		client = filepath.Join(peertest.Gmosh(t), "mosh-client")
	}
	s := peertest.StartServer(t, peertest.Options{Env: []string{"PS1=$ "}}, server, "new", "-i", "127.0.0.1", "-p", "0", "-c", "256", "--", "sh")
	a := &away{relay: peertest.StartRelay(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(s.Port)), peertest.Conditions{}, 1)}
	a.relay.Tap(func(d peertest.Direction, packet []byte) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if d == peertest.ToClient {
			return true
		}
		if a.first == nil {
			a.first = bytes.Clone(packet)
		}
		return !a.mute
	})
	a.Terminal = peertest.Start(t, peertest.Options{Env: []string{s.ClientEnv()}}, client, "127.0.0.1", strconv.Itoa(int(a.relay.Addr().Port())))
	a.WaitPrompt()
	return a
}

// silence keeps the client's packets from the server.
func (a *away) silence(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mute = on
}

// The client's packets come from a new port, then from a new address too: the server's go
// there. Then a packet that the server has had comes from elsewhere: the server's packets
// must not go there, which is seen while the client is kept silent.
func TestTheServerFollowsTheClientAndNobodyElse(t *testing.T) {
	for _, p := range pairings[1:] {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			peertest.Need(t, stockClient, stockServer)
			a := p.away(t)
			before := a.relay.Sources()[0]
			for _, move := range []func(){a.relay.Rebind, func() { a.relay.Move("127.0.0.3") }} {
				move()
				if s := a.Do("echo $((6 * 7))"); !s.Has("42") {
					t.Fatalf("no answer\n%s", s)
				}
				now := a.relay.Sources()
				if len(now) == 0 || now[0] == before {
					t.Fatalf("the client's packets still come from %v", before)
				}
				before = now[0]
				a.Do("clear")
			}

			dir := peertest.PublicDir(t)
			a.Send("for f in one two; do until [ -e " + dir + "/$f ]; do sleep 0.05; done; echo got $f; done\n")
			a.WaitText("done; echo got")
			a.silence(true)
			a.relay.Inject(a.first)
			// The packet is read before the second answer if not before the first.
			for _, name := range []string{"one", "two"} {
				peertest.WriteFile(t, filepath.Join(dir, name), "")
				a.WaitLine("got " + name)
			}
			a.silence(false)
			a.WaitPrompt()
			a.Send("exit\n")
			if status := a.Wait(); status != 0 {
				t.Errorf("exit status %d", status)
			}
			peertest.NothingLeft(t)
		})
	}
}
