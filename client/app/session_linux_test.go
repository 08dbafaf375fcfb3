package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
	"gmosh/protocol/ticket"
)

// far is an account on a machine that has gmosh in ~/bin, behind a real sshd, and the
// same account is who logs in: none of what is tested needs root.
type far struct {
	*peertest.SSHD
	user *peertest.User
}

// newFar makes the account and starts the sshd.
func newFar(t *testing.T, o peertest.SSHDOptions) far {
	t.Helper()
	f := far{user: peertest.NewUser(t)}
	f.SSHD = peertest.StartSSHD(t, o)
	bin := filepath.Join(f.user.Home, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(peertest.Gmosh(t), "gmosh"), filepath.Join(bin, "gmosh")); err != nil {
		t.Fatal(err)
	}
	return f
}

// configure writes ~/.ssh/config, with more lines for the host.
func (f far) configure(t *testing.T, lines ...string) {
	t.Helper()
	text := f.Config("127.0.0.1")
	for _, line := range lines {
		text += "\t" + line + "\n"
	}
	peertest.WriteFile(t, filepath.Join(f.user.Home, ".ssh", "config"), text)
	f.user.Own(t, f.user.Home)
}

// dial starts gmosh as the user.
func (f far) dial(t *testing.T, env []string, args ...string) *peertest.Terminal {
	t.Helper()
	argv := append([]string{filepath.Join(peertest.Gmosh(t), "gmosh")}, args...)
	return peertest.Start(t, peertest.Options{User: f.user, Env: env}, append(argv, f.user.Name+"@127.0.0.1")...)
}

// TestASessionBeginsWithEveryWayToLogIn goes all the way: login, server, UDP, the prompt;
// then SSH must be gone, and the session must carry on and end with the shell's status.
func TestASessionBeginsWithEveryWayToLogIn(t *testing.T) {
	for _, c := range []struct {
		name  string
		sshd  func(t *testing.T, key peertest.Key) peertest.SSHDOptions
		setup func(t *testing.T, f far, key peertest.Key) (env []string)
		login func(f far, x *peertest.Terminal)
	}{
		{
			name: "key file",
			setup: func(t *testing.T, f far, key peertest.Key) []string {
				f.configure(t, "IdentityFile ~/keys/id_ed25519")
				return nil
			},
		},
		{
			name: "agent",
			setup: func(t *testing.T, f far, key peertest.Key) []string {
				socket := peertest.StartAgentAs(t, f.user, key)
				if err := os.Remove(key.Path); err != nil {
					t.Fatal(err)
				}
				f.configure(t)
				return []string{"SSH_AUTH_SOCK=" + socket}
			},
		},
		{
			name: "password",
			sshd: func(*testing.T, peertest.Key) peertest.SSHDOptions { return peertest.SSHDOptions{Password: true} },
			setup: func(t *testing.T, f far, _ peertest.Key) []string {
				f.configure(t)
				return nil
			},
			login: func(f far, x *peertest.Terminal) {
				x.WaitText("password:")
				x.Send(f.user.Password + "\n")
			},
		},
		{
			name: "encrypted key",
			sshd: func(t *testing.T, _ peertest.Key) peertest.SSHDOptions {
				encrypted := peertest.NewKey(t, filepath.Join(peertest.PublicDir(t), "key"), peertest.ED25519, "open sesame")
				return peertest.SSHDOptions{Keys: []peertest.Key{encrypted}}
			},
			setup: func(t *testing.T, f far, key peertest.Key) []string {
				text, err := os.ReadFile(key.Path)
				if err != nil {
					t.Fatal(err)
				}
				peertest.WriteFile(t, filepath.Join(f.user.Home, "keys", "locked"), string(text))
				f.configure(t, "IdentityFile ~/keys/locked")
				return nil
			},
			login: func(_ far, x *peertest.Terminal) {
				x.WaitText("passphrase")
				x.Send("open sesame\n")
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			peertest.NeedRoot(t)
			key := peertest.NewKey(t, filepath.Join(peertest.PublicDir(t), "id_ed25519"), peertest.ED25519, "")
			o := peertest.SSHDOptions{Keys: []peertest.Key{key}}
			if c.sshd != nil {
				o = c.sshd(t, key)
			}
			f := newFar(t, o)
			used := key
			if len(o.Keys) > 0 {
				used = o.Keys[0]
			}
			text, err := os.ReadFile(key.Path)
			if err != nil {
				t.Fatal(err)
			}
			peertest.WriteFile(t, filepath.Join(f.user.Home, "keys", "id_ed25519"), string(text))
			x := f.dial(t, c.setup(t, f, used))
			if c.login != nil {
				c.login(f, x)
			}
			x.WaitPrompt()
			f.WaitClosed()
			if s := x.Do("id -un; echo $((6 * 7))"); !s.Has(f.user.Name) || !s.Has("42") {
				t.Errorf("the session is not the user's\n%s", s)
			}
			if s := x.Screen(); s.Contains(f.user.Password) || s.Contains("open sesame") {
				t.Errorf("a secret was echoed\n%s", s)
			}
			x.Send("exit 7\n")
			if got := x.Wait(); got != 7 {
				t.Errorf("exit status %d, want the shell's, 7", got)
			}
			if _, total := f.Connections(); total != 1 {
				t.Errorf("%d SSH connections were made", total)
			}
			peertest.NothingLeft(t, processesNamed(t, "ssh-agent")...)
		})
	}
}

// TestWhatIsTypedEarlyIsForTheSession types before the login asks for a password, which
// is then not that, also where a ProxyCommand has the terminal first.
func TestWhatIsTypedEarlyIsForTheSession(t *testing.T) {
	for name, lines := range map[string][]string{
		"straight":     nil,
		"ProxyCommand": {`ProxyCommand bash -c 'exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peertest.NeedRoot(t)
			peertest.Need(t, "bash")
			f := newFar(t, peertest.SSHDOptions{Password: true})
			f.configure(t, lines...)
			x := f.dial(t, nil)
			x.Send("echo early-$((6*7))\r")
			x.WaitText("password:")
			x.Send(f.user.Password + "\r")
			x.WaitLine("early-42")
			if s := x.Screen(); s.Contains(f.user.Password) {
				t.Errorf("the password was echoed\n%s", s)
			}
			x.Send("exit\r")
			x.Wait()
			peertest.NothingLeft(t)
		})
	}
}

// Everything that gmosh starts on either side is written down as it starts, the server
// under --local too, and the server's answer is kept, so that the key is known here.
func TestTheKeyIsInNoArgumentAndNoVariableOfAnythingThatRuns(t *testing.T) {
	peertest.Need(t, "strace", "tee")
	dir := peertest.PublicDir(t)
	answer := filepath.Join(dir, "answer")
	server := filepath.Join(dir, "server")
	peertest.WriteFile(t, server, "#!/bin/sh\n"+filepath.Join(peertest.Gmosh(t), "gmosh")+` server "$@" | tee `+answer+"\n")
	if err := os.Chmod(server, 0o755); err != nil {
		t.Fatal(err)
	}
	argv, log := peertest.TraceExecs(t, filepath.Join(peertest.Gmosh(t), "gmosh"), "--local", "--server="+server, "127.0.0.1", "--", "sh")
	x := peertest.Start(t, peertest.Options{}, argv...)
	x.WaitPrompt()
	x.Do("ls /dev/null")
	x.Send("exit\n")
	x.Wait()
	text, err := os.ReadFile(answer)
	if err != nil {
		t.Fatal(err)
	}
	said := ticket.NewScanner(nil)
	_, _ = said.Write(text)
	if err := said.Close(); err != nil {
		t.Fatal(err)
	}
	execs := log()
	if !strings.Contains(execs, `"server", "new"`) || !strings.Contains(execs, `"/dev/null"`) {
		t.Fatalf("the server or what runs in it is not among the programs:\n%s", execs)
	}
	if key := said.Found().Connect.Key.String(); strings.Contains(execs, key) {
		t.Errorf("the key is in an argument or a variable:\n%s", strings.ReplaceAll(execs, key, "THE KEY"))
	}
	peertest.NothingLeft(t)
}

func TestAWordThatIsAlsoAHostIsSaidToBe(t *testing.T) {
	peertest.NeedRoot(t)
	u := peertest.NewUser(t)
	peertest.WriteFile(t, filepath.Join(u.Home, ".ssh", "config"), "Host version\n\tHostName 192.0.2.1\n")
	u.Own(t, u.Home)
	gmosh := filepath.Join(peertest.Gmosh(t), "gmosh")
	x := peertest.Start(t, peertest.Options{User: u, Cols: 200, Rows: 24}, gmosh, "version")
	if status := x.Wait(); status != 0 || !x.Screen().Contains("gmosh -- version") {
		t.Errorf("exit status %d\n%s", status, x.Screen())
	}
	x = peertest.Start(t, peertest.Options{User: u, Cols: 200, Rows: 24}, gmosh, "-G", "version")
	if status := x.Wait(); status != 0 || !strings.Contains(string(x.Output()), "hostname 192.0.2.1") {
		t.Errorf("exit status %d\n%s", status, x.Screen())
	}
}
