package app_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// farHost is a machine to start sessions on: a real sshd of this one, with a
// program in front of the server that may change what becomes of it.
type farHost struct {
	t      *testing.T
	sshd   *peertest.SSHD
	dir    string // of programs, first in PATH over there
	home   string // of the user on this side
	relay  *peertest.Relay
	server int // UDP port that the server gets
}

// newFarHost starts one; env is for the logins.
func newFarHost(t *testing.T, env ...string) *farHost {
	t.Helper()
	f := &farHost{t: t, dir: peertest.PublicDir(t), home: t.TempDir(), server: peertest.FreeUDPPort(t)}
	env = append([]string{"PATH=" + f.dir + ":" + peertest.Gmosh(t) + ":/usr/bin:/bin"}, env...)
	if !strings.Contains(strings.Join(env, "\n"), "XDG_RUNTIME_DIR=") {
		env = append(env, "XDG_RUNTIME_DIR="+peertest.PublicDir(t))
	}
	f.sshd = peertest.StartSSHD(t, peertest.SSHDOptions{Env: env})
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	peertest.WriteFile(t, f.config(), f.sshd.Config("far")+"\tUser "+me.Username+"\n\tIdentityFile "+f.sshd.Key.Path+"\n")
	return f
}

// config is the user's ssh_config.
func (f *farHost) config() string { return filepath.Join(f.home, "config") }

// program writes a program of the far machine, a shell script.
func (f *farHost) program(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	peertest.WriteFile(f.t, path, "#!/bin/sh\n"+text)
	if err := os.Chmod(path, 0o755); err != nil {
		f.t.Fatal(err)
	}
}

// wrapped makes --server a script that starts our server and then does something:
// $out is what the server printed, $pid its process.
func (f *farHost) wrapped(then string) string {
	return f.wrapping(filepath.Join(peertest.Gmosh(f.t), "gmosh")+" server", then)
}

// wrapping is the same with another server.
func (f *farHost) wrapping(server, then string) string {
	f.program("wrapped", fmt.Sprintf(`
[ "$1" = new ] || exec %[1]s "$@"
err=$(mktemp)
out=$(%[1]s "$@" 2>"$err")
pid=$(sed -n 's/.*pid = \([0-9]*\).*/\1/p' "$err")
%[2]s
printf '\n%%s\n' "$out"
cat "$err" >&2
rm "$err"
`, server, then))
	return "--server=" + filepath.Join(f.dir, "wrapped")
}

// behind puts a relay in front of the server's port and returns the --server that
// says so.
func (f *farHost) behind() string {
	f.relay = peertest.StartRelay(f.t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(f.server)), peertest.Conditions{}, 1)
	return f.announcing(f.relay.Addr().Port())
}

// announcing returns a --server that names another port than it has.
func (f *farHost) announcing(port uint16) string {
	return f.wrapped(fmt.Sprintf(`out=$(printf '%%s' "$out" | sed 's/^MOSH CONNECT %d /MOSH CONNECT %d /')`, f.server, port))
}

// port is the -p that gives the server the port of the relay and the rest.
func (f *farHost) port() string { return fmt.Sprintf("-p%d", f.server) }

// failure is a way in which UDP does not arrive.
type failure struct {
	name string
	// stage prepares it and returns gmosh's options.
	stage func(t *testing.T, f *farHost) []string
	// says is what gmosh says then, without its name; what differs from run to run
	// is given by replacements: SERVER is the server's port, PORT the one that is
	// sent to, N a number.
	says string
}

var failures = []failure{
	{
		name:  "the server was killed",
		stage: func(t *testing.T, f *farHost) []string { return []string{f.wrapped("kill -9 $pid")} },
		says: "the server on far has ended: it was started, said where it listens, and something there killed it.\n" +
			"Some machines end whatever a login leaves behind. Start it outside of the login:\n" +
			"  gmosh --server=\"systemd-run --scope --user mosh-server\" far\n",
	},
	{
		name: "nothing comes back",
		stage: func(t *testing.T, f *farHost) []string {
			server := f.behind()
			f.relay.Tap(func(d peertest.Direction, _ []byte) bool { return d == peertest.ToServer })
			return []string{server, f.port()}
		},
		says: "the server on far runs and hears us (N packets of ours have arrived), but nothing that it sends comes back.\n" +
			"A firewall here, or on the way, drops UDP that comes from port PORT. Allow it, or try another port:\n" +
			"  gmosh -p PORT far\n",
	},
	{
		name: "a firewall over there",
		stage: func(t *testing.T, f *farHost) []string {
			f.program("firewall-cmd", "echo running\n")
			server := f.behind()
			f.relay.Tap(func(peertest.Direction, []byte) bool { return false })
			return []string{server, f.port()}
		},
		says: "the server on far runs and has heard nothing: a firewall drops what we send to its UDP port PORT.\n" +
			"The session uses UDP port PORT; -p chooses others.\n" +
			"firewalld is active there. To let sessions in, as root on far:\n" +
			"  firewall-cmd --permanent --add-port=PORT/udp && firewall-cmd --reload\n",
	},
	{
		name: "another address",
		stage: func(t *testing.T, f *farHost) []string {
			return []string{"--server=gmosh server", "--bind-server=127.0.0.2", f.port()}
		},
		says: "the server on far runs and has heard nothing: it listens on 127.0.0.2, and we send to 127.0.0.1.\n" +
			"Let it listen on every address it has:\n" +
			"  gmosh --bind-server=any far\n",
	},
	{
		name: "another program on the port",
		stage: func(t *testing.T, f *farHost) []string {
			return []string{f.announcing(babble(t)), f.port()}
		},
		says: "something answers from 127.0.0.1, UDP port PORT, but not the server of this session: of N packets that came, none is genuine.\n" +
			"The server runs and has heard nothing: another program or another machine has that address and port. Try another port:\n" +
			"  gmosh -p PORT far\n",
	},
}

// babble is a program that answers every datagram, with something else.
func babble(t *testing.T) (port uint16) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			for i := range buf[:n] {
				buf[i] ^= 0x55
			}
			_, _ = c.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

var numbers = regexp.MustCompile(`\b\d+ packets`)

// steady takes out of a text what differs from run to run.
func steady(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = regexp.MustCompile(`(port |--add-port=)\d{2,5}\b`).ReplaceAllString(text, "${1}PORT")
	return numbers.ReplaceAllString(text, "N packets")
}

// running is a failure that has been staged, and a program that meets it.
type running struct {
	failure
	*farHost
	*peertest.Terminal
}

// staged starts a program at each of the failures, all at once: most of the time goes
// by in waiting.
func staged(t *testing.T, start func(f *farHost, options []string) *peertest.Terminal) (all []running) {
	t.Helper()
	for _, c := range failures {
		f := newFarHost(t)
		all = append(all, running{c, f, start(f, c.stage(t, f))})
	}
	return all
}

// Each failure has a sentence of its own, and the session ends by itself.
func TestWhenUDPDoesNotArriveItIsSaidWhy(t *testing.T) {
	t.Parallel()
	for _, r := range staged(t, func(f *farHost, options []string) *peertest.Terminal {
		argv := append([]string{filepath.Join(peertest.Gmosh(t), "gmosh"), "-F", f.config()}, options...)
		return peertest.Start(t, peertest.Options{Home: f.home, Cols: 120, Rows: 30}, append(argv, "far")...)
	}) {
		if status := r.Wait(); status == 0 {
			t.Errorf("%s: exit status 0", r.failure.name)
		}
		text := steady(string(r.Output()))
		if !strings.Contains(text, "gmosh: "+r.says) {
			t.Errorf("%s: want:\n%s\ngot:\n%s", r.failure.name, r.says, tail(text))
		}
		r.sshd.WaitClosed()
	}
}

// tail is the end of a text without escape sequences.
func tail(text string) string {
	out := []byte(regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]|\x1b.`).ReplaceAllString(text, ""))
	return string(out[max(0, len(out)-1500):])
}

// The first screen does not need UDP, and does not hide that there is none.
func TestTheFirstScreenComesWithTheCommandsOutput(t *testing.T) {
	t.Parallel()
	f := newFarHost(t)
	argv := []string{filepath.Join(peertest.Gmosh(t), "gmosh"), "-F", f.config(), "--bind-server=127.0.0.2", f.port(), "far"}
	argv = append(argv, "sh", "-c", `printf '\n\nready\n'; exec cat`)
	x := peertest.Start(t, peertest.Options{Home: f.home, Cols: 120, Rows: 30}, argv...)
	x.WaitFor("what the command prints", func(s *peertest.Screen) bool { return s.Has("ready") })
	if x.Wait() == 0 {
		t.Error("exit status 0")
	}
	if text := steady(string(x.Output())); !strings.Contains(text, "the server on far runs and has heard nothing: it listens on 127.0.0.2") {
		t.Errorf("it says:\n%s", tail(text))
	}
	f.sshd.WaitClosed()
}

// A stock server has nothing to answer with; its machine knows whether it lives, and
// where it listens.
func TestWhatIsKnownOfAStockServerIsSaid(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "mosh-server")
	for _, c := range []struct{ name, then, says string }{
		{"killed", "kill -9 $pid", "the server on far has ended: it was started, said where it listens, and something there killed it.\n"},
		{"elsewhere", "", "the server on far runs and has heard nothing: it listens on 127.0.0.2, and we send to 127.0.0.1.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFarHost(t)
			x := f.start(f.wrapping("mosh-server", c.then), "--bind-server=127.0.0.2", f.port())
			if x.Wait() == 0 {
				t.Error("exit status 0")
			}
			if text := steady(string(x.Output())); !strings.Contains(text, "gmosh: "+c.says) {
				t.Errorf("want:\n%s\ngot:\n%s", c.says, tail(text))
			}
		})
	}
}
