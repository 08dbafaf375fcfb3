package bootstrap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/protocol/peertest"
	"gmosh/sshconf"
	"gmosh/sshconf/system"
)

// forwardVariable makes this test binary a ProxyCommand: it connects its standard
// streams to that address.
const forwardVariable = "GMOSH_TEST_FORWARD"

func TestMain(m *testing.M) {
	if address := os.Getenv(forwardVariable); address != "" {
		os.Exit(forwardStreams(address))
	}
	os.Exit(m.Run())
}

func forwardStreams(address string) int {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		io.Copy(conn, os.Stdin)
		conn.Close()
	}()
	io.Copy(os.Stdout, conn)
	return 0
}

// person answers with what the test has ready, and notes what was asked and told.
type person struct {
	passphrase, password string
	replies              []string
	trust                bool // the answer about an unknown host key
	err                  error

	asked  []string
	events []any
}

func (p *person) ask(what, answer string) (string, error) {
	p.asked = append(p.asked, what)
	return answer, p.err
}

func (p *person) Passphrase(file string, attempt int) (string, error) {
	return p.ask(fmt.Sprintf("passphrase %s %d", filepath.Base(file), attempt), p.passphrase)
}

func (p *person) Password(user, host string, attempt int) (string, error) {
	return p.ask(fmt.Sprintf("password %d", attempt), p.password)
}

func (p *person) Answer(c sshauth.Challenge) (string, error) {
	p.asked = append(p.asked, "answer "+strings.TrimSpace(c.Question))
	if len(p.replies) == 0 {
		return p.password, p.err
	}
	reply := p.replies[0]
	p.replies = p.replies[1:]
	return reply, p.err
}

func (p *person) AddKey(file string, _ ssh.PublicKey) (bool, error) {
	_, err := p.ask("add "+filepath.Base(file), "")
	return p.trust, err
}

func (p *person) HostKey(q hostkey.Question) (bool, error) {
	_, err := p.ask("host key "+q.Name, "")
	return p.trust, err
}

func (p *person) UpdateKeys(u NewHostKeys) (bool, error) {
	_, err := p.ask(fmt.Sprintf("update %s +%d -%d", u.Name, len(u.New), len(u.Old)), "")
	return p.trust, err
}

func (p *person) Tell(event any) { p.events = append(p.events, event) }

// lines are those of the far side that were shown.
func (p *person) lines() []string {
	var lines []string
	for _, e := range p.events {
		if l, ok := e.(Line); ok {
			lines = append(lines, l.Text)
		}
	}
	return lines
}

// told returns the events of one type.
func told[E any](p *person) []E {
	var found []E
	for _, event := range p.events {
		if e, ok := event.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// connectLine is what a server says.
const connectLine = "MOSH CONNECT 60001 4NeCCgvZFe2RnPgrcU1PQw"

// fakeServer writes a program that says what a server says, and how it was called,
// under the names in a folder that any user may enter.
func fakeServer(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = peertest.PublicDir(t)
	body := "#!/bin/sh\necho \"called $*\"\necho '" + connectLine + "'\n"
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// hostOf is a configuration for a server of the fixture, with its key.
func hostOf(s *peertest.SSHD, user string) *sshconf.Config {
	c := bare(s.Addr.Addr().String(), int(s.Addr.Port()), user)
	c.IdentityFiles = []string{s.Key.Path}
	c.UserKnownHostsFiles = []string{s.KnownHosts}
	return c
}

func bare(host string, port int, user string) *sshconf.Config {
	return &sshconf.Config{
		Alias: host, HostName: host, Port: port, User: user, AddressFamily: sshconf.AnyFamily, NumberOfPasswordPrompts: 3,
		PubkeyAuthentication: true, PasswordAuthentication: true, KbdInteractiveAuthentication: true,
		StrictHostKeyChecking: sshconf.StrictAsk,
	}
}

// resolved is what a configuration file says about a host, and resolve the same for
// other queries with that file.
func resolved(t *testing.T, text, host string) (c *sshconf.Config, resolve func(sshconf.Query) (*sshconf.Config, error)) {
	t.Helper()
	env, err := system.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, file, text)
	resolve = func(q sshconf.Query) (*sshconf.Config, error) {
		q.ConfigFile = file
		return sshconf.Resolve(env, q)
	}
	c, err = resolve(sshconf.Query{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	return c, resolve
}

// begin runs Start with what every request needs.
func begin(t *testing.T, r Request) (*Lifeline, error) {
	t.Helper()
	if r.Launch.Colors == 0 {
		r.Launch.Colors = 8
	}
	tk, life, err := Start(t.Context(), r)
	if err != nil {
		if life != nil {
			t.Error("an error and a lifeline")
		}
		return nil, err
	}
	t.Cleanup(func() {
		if err := life.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	if len(tk.Addrs) == 0 || tk.Addrs[0].Port() != 60001 {
		t.Errorf("ticket for %v", tk.Addrs)
	}
	return life, nil
}

// as is what errors.As finds, for a table of wanted errors.
func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// serverSpec starts the fake server by its path.
func serverSpec(dir string) launch.Spec {
	return launch.Spec{Server: filepath.Join(dir, "mosh-server")}
}
