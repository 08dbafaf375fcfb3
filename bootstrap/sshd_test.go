package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/protocol/peertest"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// These tests log in to a real sshd.

// me is the account the tests run as; sshd lets it in.
func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

func TestEveryWayToLogIn(t *testing.T) {
	server := fakeServer(t, "mosh-server")
	locked := peertest.NewKey(t, filepath.Join(t.TempDir(), "locked"), peertest.ECDSA, "secret")
	inAgent := peertest.NewKey(t, filepath.Join(t.TempDir(), "inagent"), peertest.RSA, "")
	withKeys := peertest.StartSSHD(t, peertest.SSHDOptions{Keys: []peertest.Key{locked, inAgent}})
	account := peertest.NewUser(t)
	withPassword := peertest.StartSSHD(t, peertest.SSHDOptions{Password: true})
	withQuestions := peertest.StartSSHD(t, peertest.SSHDOptions{Password: true, PAM: true})
	both := peertest.StartSSHD(t, peertest.SSHDOptions{
		Password: true, Keys: []peertest.Key{inAgent}, Config: []string{"AuthenticationMethods publickey,password"},
	})
	cases := []struct {
		name   string
		sshd   *peertest.SSHD
		change func(*Request, *person)
		asked  []string
		fails  func(error) bool
	}{
		{name: "key file", sshd: withKeys},
		{name: "encrypted key file", sshd: withKeys, change: func(r *Request, p *person) {
			r.Host.IdentityFiles = []string{locked.Path}
			p.passphrase = "secret"
		}, asked: []string{"passphrase locked 1"}},
		{name: "agent", sshd: withKeys, change: func(r *Request, _ *person) {
			r.Host.IdentityFiles = nil
			r.Agent = peertest.StartAgent(t, inAgent)
		}},
		{name: "agent that is gone", sshd: withKeys, change: func(r *Request, _ *person) {
			r.Agent = filepath.Join(t.TempDir(), "gone")
		}},
		{name: "password", sshd: withPassword, asked: []string{"password 1"}},
		{name: "questions", sshd: withQuestions, asked: []string{"answer Password:"}},
		{name: "key and password", sshd: both, asked: []string{"password 1"}},
		{name: "wrong password", sshd: withPassword, change: func(_ *Request, p *person) { p.password = "wrong" },
			asked: []string{"password 1", "password 2", "password 3"},
			fails: func(err error) bool {
				failed, ok := errors.AsType[*sshauth.FailedError](err)
				return ok && failed.Passwords == 3
			}},
		{name: "no key", sshd: withKeys, change: func(r *Request, _ *person) { r.Host.IdentityFiles = nil },
			fails: func(err error) bool {
				failed, ok := errors.AsType[*sshauth.FailedError](err)
				return ok && slices.Equal(failed.Offered, []string{"publickey"}) && len(failed.Keys) == 0
			}},
		{name: "too many keys", sshd: withKeys, change: func(r *Request, _ *person) {
			for i := range 8 {
				key := peertest.NewKey(t, filepath.Join(t.TempDir(), fmt.Sprint("key", i)), peertest.ED25519, "")
				r.Host.IdentityFiles = append([]string{key.Path}, r.Host.IdentityFiles...)
			}
		}, fails: func(err error) bool {
			failed, ok := errors.AsType[*sshauth.FailedError](err)
			return ok && failed.Disconnected() == "Too many authentication failures"
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := &person{password: account.Password}
			name := account.Name
			if c.sshd == withKeys {
				name = me(t)
			}
			r := Request{Host: hostOf(c.sshd, name), UI: p, Launch: serverSpec(server)}
			if c.sshd == both {
				r.Agent = peertest.StartAgent(t, inAgent)
			}
			if c.change != nil {
				c.change(&r, p)
			}
			_, err := begin(t, r)
			if (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %v", err)
			}
			if !slices.Equal(p.asked, c.asked) {
				t.Errorf("asked %q, want %q", p.asked, c.asked)
			}
		})
	}
	withKeys.WaitClosed()
}

func TestHostKeys(t *testing.T) {
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{HostKeys: []peertest.KeyType{peertest.ED25519, peertest.ECDSA, peertest.RSA}})
	name := hostkey.Name(sshd.Addr.Addr().String(), int(sshd.Addr.Port()))
	other := peertest.NewKey(t, filepath.Join(t.TempDir(), "other"), peertest.ED25519, "")
	ed, ec, rsa := sshd.HostKeys[0], sshd.HostKeys[1], sshd.HostKeys[2]
	cases := []struct {
		name   string
		known  string // text of known_hosts; "" there is none
		trust  bool
		asked  bool
		added  bool
		policy sshconf.StrictMode
		fails  func(error) bool
	}{
		{name: "unknown, and trusted", trust: true, asked: true, added: true},
		{name: "unknown, and not", asked: true, fails: func(err error) bool { return errors.Is(err, hostkey.ErrDeclined) }},
		{name: "unknown, and not asked about", policy: sshconf.StrictYes, fails: as[*hostkey.UnknownError]},
		{name: "unknown, and taken", policy: sshconf.StrictAcceptNew, added: true},
		{name: "known", known: name + " " + ed.Line()},
		{name: "known by another algorithm", known: name + " " + ec.Line()},
		{name: "known by the last algorithm", known: "# a comment\nbad line\n" + name + " " + rsa.Line()},
		{name: "hashed", known: hashed(t, name, ed)},
		{name: "changed", known: name + " " + other.Line(), fails: func(err error) bool {
			changed, ok := errors.AsType[*hostkey.ChangedError](err)
			return ok && changed.Known[0].Line == 1
		}},
		{name: "changed, among others", known: name + " " + rsa.Line() + "\n" + name + " " + other.Line(), fails: as[*hostkey.ChangedError]},
		{name: "changed, and let through", known: name + " " + other.Line(), policy: sshconf.StrictNo},
		{name: "revoked", known: name + " " + ed.Line() + "\n@revoked * " + ed.Line(), fails: as[*hostkey.RevokedError]},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			if c.known != "" {
				peertest.WriteFile(t, file, c.known+"\n")
			}
			p := &person{trust: c.trust}
			r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(server)}
			r.Host.UserKnownHostsFiles = []string{file}
			if c.policy != "" {
				r.Host.StrictHostKeyChecking = c.policy
			}
			_, err := begin(t, r)
			if (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %v", err)
			}
			if asked := len(p.asked) > 0; asked != c.asked {
				t.Errorf("asked %q", p.asked)
			}
			if added := told[KeyAdded](p); (len(added) == 1) != c.added {
				t.Errorf("added %v", added)
			}
			if !c.added {
				return
			}
			again := &person{}
			r.UI = again
			if _, err := begin(t, r); err != nil || len(again.asked) > 0 {
				t.Errorf("the second time: %v, asked %q", err, again.asked)
			}
		})
	}
}

func hashed(t *testing.T, name string, key peertest.Key) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hashed")
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key.Line()))
	if err != nil {
		t.Fatal(err)
	}
	if err := hostkey.Append(file, name, public, true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// What login shells and their start-up files do to others must not matter.
func TestLoginShellsThatPrint(t *testing.T) {
	account := peertest.NewUser(t)
	dir := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=" + dir + ":/usr/bin:/bin"}})
	noise := "echo noise from the start-up file\nprintf '\\033]0;evil\\007\\033[2J'\n"
	command := []string{"it's", "a b", "!x", "$HOME", "ü", `\`}
	for _, shell := range []struct{ name, file string }{
		{"sh", ""}, {"bash", ".bashrc"}, {"fish", ".config/fish/config.fish"}, {"zsh", ".zshenv"}, {"tcsh", ".tcshrc"}, {"ksh", ""},
	} {
		t.Run(shell.name, func(t *testing.T) {
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("%s is not installed", shell.name)
			}
			if out, err := exec.Command("usermod", "--shell", path, account.Name).CombinedOutput(); err != nil {
				t.Fatalf("usermod: %v: %s", err, out)
			}
			if shell.file != "" {
				peertest.WriteFile(t, filepath.Join(account.Home, shell.file), noise)
				account.Own(t, account.Home)
			}
			p := &person{}
			r := Request{Host: hostOf(sshd, account.Name), UI: p, Launch: launch.Spec{Colors: 8, Command: command}}
			if _, err := begin(t, r); err != nil {
				t.Fatal(err)
			}
			lines := strings.Join(p.lines(), "\n")
			if want := "called new -c 8 -s -- " + strings.Join(command, " "); !strings.Contains(lines, want) {
				t.Errorf("lines %q, want %q", lines, want)
			}
			if shell.file != "" && !strings.Contains(lines, "noise") {
				t.Errorf("what the start-up file says is not shown: %q", lines)
			}
			if strings.ContainsAny(lines, "\x1b\x07") {
				t.Errorf("not fit to be shown: %q", lines)
			}
		})
	}
}

func TestServerIsChosenOverThere(t *testing.T) {
	sshd := func(names ...string) *peertest.SSHD {
		return peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=" + fakeServer(t, names...) + ":/usr/bin:/bin"}})
	}
	for _, c := range []struct {
		name   string
		sshd   *peertest.SSHD
		kind   ticket.Kind
		called string
	}{
		{"both", sshd("gmosh", "mosh-server"), ticket.Gmosh, "called server new -c 256 -s -p 60001"},
		{"mosh only", sshd("mosh-server"), ticket.Mosh, "called new -c 256 -s -p 60001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &person{}
			r := Request{Host: hostOf(c.sshd, me(t)), UI: p, Launch: launch.Spec{Colors: 256, Ports: "60001"}}
			tk, life, err := Start(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			defer life.Close()
			if tk.Kind != c.kind || !slices.Contains(p.lines(), c.called) {
				t.Errorf("kind %v, lines %q", tk.Kind, p.lines())
			}
			if want := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 60001); !slices.Equal(tk.Addrs, []netip.AddrPort{want}) {
				t.Errorf("addresses %v", tk.Addrs)
			}
		})
	}
}

func TestWhatGoesWrongOverThere(t *testing.T) {
	forced := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"ForceCommand echo only this"}})
	forbidden := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"MaxSessions 0"}})
	empty := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=/nowhere", "HOME=/nowhere"}})
	for _, c := range []struct {
		name   string
		sshd   *peertest.SSHD
		server string
		check  func(error) bool
	}{
		{"a forced command", forced, "", func(err error) bool {
			failed, ok := errors.AsType[*launch.FailedError](err)
			return ok && slices.Equal(failed.Lines, []string{"only this"}) && len(failed.Report.Servers) == 0
		}},
		{"no session", forbidden, "", func(err error) bool { return errors.Is(err, launch.ErrRefused) }},
		{"no such command", forced, "/no/such/server", as[*launch.FailedError]},
		{"--server that is not there", empty, "/no/such/server", func(err error) bool {
			failed, ok := errors.AsType[*launch.FailedError](err)
			return ok && failed.Exit.Status == 127
		}},
		{"--server that says no", empty, "echo no; exit 3;", func(err error) bool {
			failed, ok := errors.AsType[*launch.FailedError](err)
			return ok && failed.Exit.Status == 3 && slices.Equal(failed.Lines, []string{"no"})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Request{Host: hostOf(c.sshd, me(t)), UI: &person{}, Launch: launch.Spec{Server: c.server}}
			if _, err := begin(t, r); err == nil || !c.check(err) {
				t.Errorf("error %v", err)
			}
			c.sshd.WaitClosed() // nothing is left of a failed start
		})
	}
}

func TestAddressesForTheSession(t *testing.T) {
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{})
	for _, method := range []RemoteIP{"", Dialled, Told, Resolved} {
		r := Request{Host: hostOf(sshd, me(t)), UI: &person{}, Launch: serverSpec(server), RemoteIP: method}
		r.Launch.Colors = 8
		r.Host.Alias = "127.0.0.1"
		if method == Resolved {
			r.Host.HostName = "not.looked.at.invalid"
			r.Host.HostKeyAlias = fmt.Sprintf("[127.0.0.1]:%d", sshd.Addr.Port())
		}
		tk, life, err := Start(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		life.Close()
		if len(tk.Addrs) != 1 || tk.Addrs[0].String() != "127.0.0.1:60001" {
			t.Errorf("%s: %v", method, tk.Addrs)
		}
	}
}

func TestTerminalOverThereIsAskedForOnRequest(t *testing.T) {
	dir := peertest.PublicDir(t)
	script := filepath.Join(dir, "mosh-server")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntty >/dev/null && echo terminal\necho '"+connectLine+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{})
	for _, pty := range []bool{false, true} {
		p := &person{}
		r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(dir), PTY: pty}
		if _, err := begin(t, r); err != nil {
			t.Fatal(err)
		}
		if has := slices.Contains(p.lines(), "terminal"); has != pty {
			t.Errorf("asked for %v, got %v: %q", pty, has, p.lines())
		}
	}
}

func TestEnvironmentIsPassedOn(t *testing.T) {
	dir := peertest.PublicDir(t)
	script := filepath.Join(dir, "mosh-server")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"$GT_ONE,$GT_TWO,$GT_SET\"\necho '"+connectLine+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"AcceptEnv GT_*"}})
	p := &person{}
	r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(dir), Environ: []string{"GT_ONE=1", "GT_TWO=2", "GT_SET=3"}}
	r.Host.SendEnv = []string{"GT_O*", "GT_SET"}
	r.Host.SetEnv = []sshconf.EnvVar{{Name: "GT_SET", Value: "set"}}
	if _, err := begin(t, r); err != nil {
		t.Fatal(err)
	}
	if want := "1,,set"; !slices.Contains(p.lines(), want) {
		t.Errorf("lines %q, want %q", p.lines(), want)
	}
}

func TestOtherWaysThere(t *testing.T) {
	peertest.Need(t, "ssh")
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=" + server + ":/usr/bin:/bin"}})
	wrapper := []string{"/usr/bin/ssh", "-F", "none", "-o", "UserKnownHostsFile=" + sshd.KnownHosts, "-i", sshd.Key.Path,
		"-o", "IdentitiesOnly=yes"}
	own := filepath.Join(t.TempDir(), "own-ssh")
	text := "#!/bin/sh\nexec " + strings.Join(wrapper, " ") + " \"$@\"\n"
	if err := os.WriteFile(own, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	common := "IdentityFile " + sshd.Key.Path + "\nUser " + me(t) + "\n"
	cases := []struct {
		name   string
		change func(*Request)
	}{
		{"ProxyCommand", func(r *Request) {
			r.Shell = "/bin/sh"
			r.Host.ProxyCommand = "env " + forwardVariable + "=" + sshd.Addr.String() + " " + os.Args[0]
		}},
		{"one jump host", func(r *Request) {
			r.Host, r.Jump = resolved(t, sshd.Config("*")+"Host target\nProxyJump hop\nHost *\n"+common, "target")
		}},
		{"two jump hosts", func(r *Request) {
			r.Host, r.Jump = resolved(t, sshd.Config("*")+"Host target\nProxyJump one,two\nHost *\n"+common, "target")
		}},
		{"a jump host with a ProxyCommand", func(r *Request) {
			r.Shell = "/bin/sh"
			r.Host, r.Jump = resolved(t, sshd.Config("*")+"Host target\nProxyJump hop\nHost hop\nProxyCommand env "+
				forwardVariable+"="+sshd.Addr.String()+" "+os.Args[0]+"\nHost *\n"+common, "target")
		}},
		{"the real ssh", func(r *Request) { r.Transport, r.Program = Program, wrapper }},
		{"a program of the user's", func(r *Request) { r.Transport, r.Program = Program, []string{own} }},
		{"a program, with a terminal over there", func(r *Request) { r.Transport, r.Program, r.PTY = Program, []string{own}, true }},
		{"a program, and --server", func(r *Request) {
			r.Transport, r.Program, r.Launch = Program, []string{own}, serverSpec(server)
		}},
		{"a program, told", func(r *Request) { r.Transport, r.Program, r.RemoteIP = Program, []string{own}, Told }},
		{"a program, resolved", func(r *Request) { r.Transport, r.Program, r.RemoteIP = Program, []string{own}, Resolved }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := &person{}
			r := Request{
				Host: hostOf(sshd, me(t)), UI: p, Launch: launch.Spec{Colors: 8, Command: []string{"a b"}},
				Options:     []string{"-p", fmt.Sprint(sshd.Addr.Port())},
				Destination: me(t) + "@127.0.0.1",
			}
			c.change(&r)
			r.Launch.Command = []string{"a b"}
			tk, life, err := Start(t.Context(), r)
			if err != nil {
				t.Fatalf("%v\n%q", err, p.lines())
			}
			defer life.Close()
			if told := len(told[Reached](p)) > 0; told != (r.Transport == SSH) {
				t.Errorf("that the host is reached was told: %v", told)
			}
			if tk.Addrs[0].String() != "127.0.0.1:60001" {
				t.Errorf("addresses %v", tk.Addrs)
			}
			if !slices.ContainsFunc(p.lines(), func(l string) bool { return strings.HasSuffix(l, "-- a b") }) {
				t.Errorf("lines %q", p.lines())
			}
		})
	}
	sshd.WaitClosed()
}

func TestJumpHostThatBarsTheWay(t *testing.T) {
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"AllowTcpForwarding no"}})
	common := "IdentityFile " + sshd.Key.Path + "\nUser " + me(t) + "\n"
	r := Request{UI: &person{}}
	r.Host, r.Jump = resolved(t, sshd.Config("*")+"Host target\nProxyJump hop\nHost *\n"+common, "target")
	if _, err := begin(t, r); !as[*ssh.OpenChannelError](err) {
		t.Errorf("error %v", err)
	}
	r.Host, r.Jump = resolved(t, sshd.Config("target")+"Host target\nProxyJump hop\nHost *\nHostName 127.0.0.1\nPort 1\n"+common, "target")
	if _, err := begin(t, r); !as[*JumpError](err) || !as[*sshdial.Error](err) {
		t.Errorf("error %v", err)
	}
	// A hop that leads to another, and that back to it.
	r.Host, r.Jump = resolved(t, sshd.Config("*")+"Host a\nProxyJump b\nHost b\nProxyJump a\nHost *\n"+common, "a")
	if _, err := begin(t, r); !errors.Is(err, ErrTooManyHops) {
		t.Errorf("error %v", err)
	}
	sshd.WaitClosed()
}

func TestProgramThatDoesNotGetThrough(t *testing.T) {
	for script, status := range map[string]int{"echo no way >&2; exit 255": 255, "exit 0": 0} {
		p := &person{}
		r := Request{Transport: Program, Host: bare("host", 22, "me"), UI: p, Program: []string{"/bin/sh", "-c", script}, Destination: "host"}
		_, err := begin(t, r)
		failed, ok := errors.AsType[*launch.FailedError](err)
		if !ok || failed.Exit.Status != status {
			t.Errorf("%s: %v", script, err)
		}
	}
	r := Request{Transport: Program, Host: bare("host", 22, "me"), UI: &person{}, Program: []string{"/no/such/program"}, Destination: "host"}
	if _, err := begin(t, r); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestLocalServerIsThisProgram(t *testing.T) {
	dir := fakeServer(t, "self")
	home := t.TempDir()
	for _, c := range []struct {
		host, server string
		want         string // "" fails
	}{
		{"127.0.0.1", "", "called server new -c 8 -i 127.0.0.1 -l LANG=x"},
		{"::1", "", "called server new -c 8 -i ::1 -l LANG=x"},
		{"127.0.0.1", "V=1 " + filepath.Join(dir, "self") + " -v", "called -v new -c 8 -i 127.0.0.1 -l LANG=x"},
		{"localhost", "", ""},
	} {
		p := &person{}
		r := Request{
			Transport: Local, Host: &sshconf.Config{Alias: c.host}, UI: p, Self: filepath.Join(dir, "self"), Home: home,
			Launch: launch.Spec{Server: c.server, Locale: []string{"LANG=x"}},
		}
		_, err := begin(t, r)
		if (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrNotNumeric) {
			t.Errorf("%s: %v", c.host, err)
		}
		if c.want != "" && !slices.Contains(p.lines(), c.want) {
			t.Errorf("%s: lines %q, want %q", c.host, p.lines(), c.want)
		}
	}
}

func TestCancellingStopsTheLogin(t *testing.T) {
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{})
	cause := errors.New("the user pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := Request{Host: hostOf(sshd, me(t)), UI: &person{}, Launch: launch.Spec{Server: "exec sleep 1000 #"}}
	r.UI = cancelling{&person{}, func() { cancel(cause) }}
	if _, _, err := Start(ctx, r); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	sshd.WaitClosed()
}

// cancelling cancels once the server is being started.
type cancelling struct {
	*person
	cancel func()
}

func (c cancelling) Tell(event any) {
	if d, ok := event.(Detail); ok && strings.HasPrefix(d.Text, "running ") {
		c.cancel()
	}
}
