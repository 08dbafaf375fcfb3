package bootstrap

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/protocol/peertest"
	"gmosh/sshconf"
)

// More of a real sshd: what needs a server, or files, of its own.

// newKey makes a key in a folder of its own.
func newKey(t *testing.T, name string, kind peertest.KeyType, passphrase string) peertest.Key {
	t.Helper()
	return peertest.NewKey(t, filepath.Join(t.TempDir(), name), kind, passphrase)
}

// certify writes a certificate for a key beside it, from an hour ago until then.
func certify(t *testing.T, key, authority peertest.Key, kind uint32, until time.Time, principals ...string) {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.Public, CertType: kind, ValidPrincipals: principals, KeyId: "test",
		ValidAfter: uint64(until.Add(-24 * time.Hour).Unix()), ValidBefore: uint64(until.Unix()),
	}
	if err := cert.SignCert(rand.Reader, authority.Signer); err != nil {
		t.Fatal(err)
	}
	peertest.WriteFile(t, key.Path+"-cert.pub", string(ssh.MarshalAuthorizedKey(cert)))
	if err := os.Chmod(key.Path+"-cert.pub", 0o644); err != nil {
		t.Fatal(err)
	}
}

// converted makes a copy of a key with ssh-keygen -p.
func converted(t *testing.T, key peertest.Key, args ...string) string {
	t.Helper()
	peertest.Need(t, "ssh-keygen")
	text, err := os.ReadFile(key.Path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "converted")
	peertest.WriteFile(t, path, string(text))
	if out, err := exec.Command("ssh-keygen", append([]string{"-q", "-p", "-P", "", "-f", path}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return path
}

// failed is a check of what the login says it tried.
func failed(check func(*sshauth.FailedError) bool) func(error) bool {
	return func(err error) bool {
		f, ok := errors.AsType[*sshauth.FailedError](err)
		return ok && check(f)
	}
}

func TestEveryKindOfKey(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	ecdsa, rsa, ed := newKey(t, "ecdsa", peertest.ECDSA, ""), newKey(t, "rsa", peertest.RSA, ""), newKey(t, "ed", peertest.ED25519, "")
	authority := newKey(t, "authority", peertest.ED25519, "")
	certified, expired := newKey(t, "certified", peertest.RSA, ""), newKey(t, "expired", peertest.ED25519, "")
	certify(t, certified, authority, ssh.UserCert, time.Now().Add(time.Hour), me(t))
	certify(t, expired, authority, ssh.UserCert, time.Now().Add(-time.Hour), me(t))
	trusted := filepath.Join(peertest.PublicDir(t), "authority.pub")
	peertest.WriteFile(t, trusted, authority.Line()+"\n")
	strangers := make([]peertest.Key, 5)
	for i := range strangers {
		strangers[i] = newKey(t, fmt.Sprint("stranger", i), peertest.ED25519, "")
	}
	options := peertest.SSHDOptions{
		Keys:   []peertest.Key{ecdsa, rsa, ed},
		Config: []string{"TrustedUserCAKeys " + trusted, "MaxAuthTries 20"},
	}
	sshd := peertest.StartSSHD(t, options)
	options.Config = []string{"MaxAuthTries 2"}
	impatient := peertest.StartSSHD(t, options)
	for _, c := range []struct {
		name   string
		sshd   *peertest.SSHD // nil: sshd
		files  []string
		agent  []peertest.Key
		change func(*Request, *person)
		asked  []string
		fails  func(error) bool
	}{
		{name: "ECDSA", files: []string{ecdsa.Path}},
		{name: "RSA", files: []string{rsa.Path}},
		{name: "PEM", files: []string{converted(t, rsa, "-m", "PEM", "-N", "")}},
		{name: "encrypted PEM", files: []string{converted(t, ecdsa, "-m", "PEM", "-N", "secret")}, asked: []string{"passphrase converted 1"}},
		{name: "PKCS#8", files: []string{converted(t, ecdsa, "-m", "PKCS8", "-N", "")}},
		{name: "encrypted PKCS#8", files: []string{converted(t, rsa, "-m", "PKCS8", "-N", "secret")}, asked: []string{"passphrase converted 1"}},
		{name: "a cipher that we lack", files: []string{converted(t, ed, "-Z", "aes256-gcm@openssh.com", "-N", "secret")},
			fails: failed(func(f *sshauth.FailedError) bool {
				return len(f.Skipped) == 1 && errors.Is(f.Skipped[0].Err, sshauth.ErrCipher)
			})},
		{name: "a cipher that we lack, and the agent", agent: []peertest.Key{ed}, files: []string{converted(t, ed, "-Z", "aes256-gcm@openssh.com", "-N", "secret")}},
		{name: "only the public key, and the agent", files: []string{ed.Path + ".pub"}, agent: append(strangers[:2:2], ed),
			change: func(r *Request, _ *person) { r.Host.IdentitiesOnly = true }},
		{name: "IdentitiesOnly keeps the agent's others back", files: []string{strangers[0].Path}, agent: []peertest.Key{ed},
			change: func(r *Request, _ *person) { r.Host.IdentitiesOnly = true },
			fails:  failed(func(f *sshauth.FailedError) bool { return len(f.Keys) == 1 })},
		{name: "a certificate", files: []string{certified.Path}},
		{name: "CertificateFile, and the key in the agent", agent: []peertest.Key{certified},
			change: func(r *Request, _ *person) { r.Host.CertificateFiles = []string{certified.Path + "-cert.pub"} }},
		{name: "an expired certificate", files: []string{expired.Path}, fails: failed(func(f *sshauth.FailedError) bool {
			return len(f.Keys) == 2 && strings.Contains(f.Keys[0], "a certificate that expired on "+time.Now().Add(-time.Hour).Format(time.DateOnly))
		})},
		{name: "MaxAuthTries 2, and 5 keys in the agent", sshd: impatient, agent: strangers, fails: failed(func(f *sshauth.FailedError) bool {
			return f.Disconnected() == "Too many authentication failures" && len(f.Keys) == 2
		})},
		{name: "MaxAuthTries 2, and the right key named", sshd: impatient, agent: append(strangers[:5:5], ed), files: []string{ed.Path}},
		{name: "PubkeyAcceptedAlgorithms", files: []string{rsa.Path}, change: func(r *Request, _ *person) { r.Host.PubkeyAcceptedAlgorithms = "rsa-sha2-256" }},
		{name: "PubkeyAcceptedAlgorithms leaves none", files: []string{rsa.Path}, change: func(r *Request, _ *person) { r.Host.PubkeyAcceptedAlgorithms = "-rsa*" },
			fails: failed(func(f *sshauth.FailedError) bool { return len(f.Keys) == 0 && len(f.Skipped) == 1 })},
		{name: "PubkeyAuthentication no", files: []string{rsa.Path}, change: func(r *Request, _ *person) { r.Host.PubkeyAuthentication = false },
			fails: failed(func(f *sshauth.FailedError) bool { return len(f.Keys) == 0 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.sshd == nil {
				c.sshd = sshd
			}
			p := &person{passphrase: "secret"}
			r := Request{Host: hostOf(c.sshd, me(t)), UI: p, Launch: serverSpec(server)}
			r.Host.IdentityFiles = c.files
			if c.agent != nil {
				r.Agent = peertest.StartAgent(t, c.agent...)
			}
			if c.change != nil {
				c.change(&r, p)
			}
			_, err := begin(t, r)
			if (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %+v", err)
			}
			if !slices.Equal(p.asked, c.asked) {
				t.Errorf("asked %q, want %q", p.asked, c.asked)
			}
		})
	}
}

// A key that was added with ssh-add -h signs only for a client that proves where it
// is, which takes OpenSSH.
func TestKeyOfTheAgentForCertainHostsOnly(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "ssh-add")
	key := newKey(t, "constrained", peertest.ED25519, "")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Keys: []peertest.Key{key}})
	socket := peertest.StartAgent(t)
	add := exec.Command("ssh-add", "-q", "-h", fmt.Sprintf("[127.0.0.1]:%d", sshd.Addr.Port()), "-H", sshd.KnownHosts, key.Path)
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add -h: %v: %s", err, out)
	}
	r := Request{Host: hostOf(sshd, me(t)), UI: &person{}, Launch: serverSpec(fakeServer(t, "mosh-server")), Agent: socket}
	r.Host.IdentityFiles = nil
	_, err := begin(t, r)
	if !failed(func(f *sshauth.FailedError) bool {
		return len(f.Skipped) == 1 && errors.Is(f.Skipped[0].Err, sshauth.ErrAgentRefuses)
	})(err) {
		t.Errorf("error %+v", err)
	}
}

func TestKeysGoToTheAgentAsConfigured(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "ssh-add")
	locked := newKey(t, "locked", peertest.ED25519, "secret")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Keys: []peertest.Key{locked}})
	server := fakeServer(t, "mosh-server")
	socket := peertest.StartAgent(t)
	login := func() *person {
		p := &person{passphrase: "secret", trust: true}
		r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(server), Agent: socket}
		r.Host.IdentityFiles = []string{locked.Path}
		r.Host.AddKeysToAgent = sshconf.AddKeys{Mode: sshconf.Ask, Lifetime: time.Hour}
		if _, err := begin(t, r); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := login(); !slices.Equal(p.asked, []string{"passphrase locked 1", "add locked"}) {
		t.Errorf("the first time asked %q", p.asked)
	}
	if p := login(); p.asked != nil {
		t.Errorf("the second time asked %q", p.asked)
	}
	list := exec.Command("ssh-add", "-l")
	list.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := list.CombinedOutput(); err != nil || !strings.Contains(string(out), ssh.FingerprintSHA256(locked.Public)) {
		t.Errorf("ssh-add -l: %v: %s", err, out)
	}
}

func TestPasswordsAndMethods(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	account := peertest.NewUser(t)
	passwords := peertest.StartSSHD(t, peertest.SSHDOptions{Password: true})
	both := peertest.StartSSHD(t, peertest.SSHDOptions{Password: true, PAM: true, Config: []string{"PasswordAuthentication yes"}})
	other := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"HostbasedAuthentication yes", "PubkeyAuthentication no"}})
	wrongThenRight := &sequence{person: &person{}, answers: []string{"wrong", account.Password}}
	for _, c := range []struct {
		name   string
		sshd   *peertest.SSHD
		ui     UI
		change func(*Request)
		asked  []string
		fails  func(error) bool
	}{
		{name: "the second password is right", sshd: passwords, ui: wrongThenRight, asked: []string{"password 1", "password 2"}},
		{name: "NumberOfPasswordPrompts", sshd: passwords, change: func(r *Request) { r.Host.NumberOfPasswordPrompts = 1 }, asked: []string{"password 1"},
			fails: failed(func(f *sshauth.FailedError) bool { return f.Passwords == 1 })},
		{name: "questions come before passwords", sshd: both, asked: slices.Repeat([]string{"answer Password:"}, 1),
			change: func(r *Request) { r.Host.NumberOfPasswordPrompts = 1; r.Host.PasswordAuthentication = false },
			fails:  failed(func(f *sshauth.FailedError) bool { return f.Answers == 1 && f.Passwords == 0 })},
		{name: "PreferredAuthentications", sshd: both, change: func(r *Request) {
			r.Host.PreferredAuthentications, r.Host.NumberOfPasswordPrompts = []string{"password"}, 1
		}, asked: []string{"password 1"}, fails: failed(func(f *sshauth.FailedError) bool { return f.Passwords == 1 && f.Answers == 0 })},
		{name: "BatchMode", sshd: passwords, change: func(r *Request) { r.Host.BatchMode = true },
			fails: failed(func(f *sshauth.FailedError) bool { return f.Batch && f.Passwords == 0 })},
		{name: "a method that we lack is not a wrong password", sshd: other,
			fails: failed(func(f *sshauth.FailedError) bool {
				return slices.Equal(f.Lacking(), []string{"hostbased"}) && slices.Equal(f.Offered, f.Lacking())
			})},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &person{password: "wrong"}
			r := Request{Host: hostOf(c.sshd, account.Name), UI: p, Launch: serverSpec(server)}
			if s, ok := c.ui.(*sequence); ok {
				p, r.UI = s.person, s
			}
			if c.change != nil {
				c.change(&r)
			}
			_, err := begin(t, r)
			if (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %+v", err)
			}
			if !slices.Equal(p.asked, c.asked) {
				t.Errorf("asked %q, want %q", p.asked, c.asked)
			}
		})
	}
}

// sequence gives one password after the other.
type sequence struct {
	*person
	answers []string
}

func (s *sequence) Password(user, host string, attempt int) (string, error) {
	s.password, s.answers = s.answers[0], s.answers[1:]
	return s.person.Password(user, host, attempt)
}

func TestHostCertificates(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	authority := newKey(t, "authority", peertest.ED25519, "")
	soon, gone := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	start := func(until time.Time, principals ...string) *peertest.SSHD {
		key := peertest.NewKey(t, filepath.Join(peertest.PublicDir(t), "key", "host"), peertest.ED25519, "")
		certify(t, key, authority, ssh.HostCert, until, principals...)
		return peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"HostKey " + key.Path, "HostCertificate " + key.Path + "-cert.pub"}})
	}
	good, expired, foreign := start(soon, "127.0.0.1"), start(gone, "127.0.0.1"), start(soon, "another.host")
	trust := "@cert-authority * " + authority.Line()
	isBad := func(reason string) func(error) bool {
		return func(err error) bool {
			bad, ok := errors.AsType[*hostkey.CertificateError](err)
			return ok && strings.Contains(bad.Reason, reason)
		}
	}
	for _, c := range []struct {
		name   string
		sshd   *peertest.SSHD
		known  string
		change func(*sshconf.Config)
		fails  func(error) bool
	}{
		{name: "signed by a known authority", sshd: good, known: trust},
		{name: "signed by nobody we know", sshd: good, fails: as[*hostkey.UnknownError]},
		{name: "expired", sshd: expired, known: trust, fails: isBad("expired")},
		{name: "for another host", sshd: foreign, known: trust, fails: isBad("principal")},
		{name: "for another host, whose alias it is", sshd: foreign, known: trust, change: func(c *sshconf.Config) { c.HostKeyAlias = "another.host" }},
		{name: "CASignatureAlgorithms", sshd: good, known: trust, change: func(c *sshconf.Config) { c.CASignatureAlgorithms = "rsa-sha2-512" },
			fails: isBad("CASignatureAlgorithms")},
		{name: "the authority is revoked", sshd: good, known: trust + "\n@revoked * " + authority.Line(), fails: as[*hostkey.RevokedError]},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			peertest.WriteFile(t, file, c.known+"\n")
			r := Request{Host: hostOf(c.sshd, me(t)), UI: &person{}, Launch: serverSpec(server)}
			r.Host.UserKnownHostsFiles, r.Host.StrictHostKeyChecking = []string{file}, sshconf.StrictYes
			if c.change != nil {
				c.change(r.Host)
			}
			if _, err := begin(t, r); (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOtherThingsAboutHostKeys(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{HostKeys: []peertest.KeyType{peertest.ED25519, peertest.ECDSA, peertest.RSA}})
	ed, ec, rsa := sshd.HostKeys[0], sshd.HostKeys[1], sshd.HostKeys[2]
	other := newKey(t, "other", peertest.ED25519, "")
	at := func(host string) string { return hostkey.Name(host, int(sshd.Addr.Port())) }
	name := at("127.0.0.1")
	script := filepath.Join(peertest.PublicDir(t), "keys")
	text := "#!/bin/sh\n[ \"$1\" != fail ] || exit 1\necho \"$2 " + ec.Line() + "\"\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	revoked := filepath.Join(t.TempDir(), "revoked")
	peertest.WriteFile(t, revoked, ed.Line()+"\n")
	for _, c := range []struct {
		name   string
		known  string
		config string // lines of ssh_config
		asked  []string
		trust  bool
		wants  []string // what is in the file afterwards; nil: what was
		fails  func(error) bool
	}{
		{name: "HostKeyAlias", known: "alias " + ed.Line(), config: "HostKeyAlias alias"},
		{name: "a wildcard", known: "*" + " " + ed.Line()},
		{name: "HashKnownHosts", config: "HashKnownHosts yes\nStrictHostKeyChecking accept-new\nHostKeyAlgorithms ssh-ed25519", wants: []string{"|1|"}},
		{name: "NoHostAuthenticationForLocalhost", known: name + " " + other.Line(), config: "NoHostAuthenticationForLocalhost yes"},
		{name: "RevokedHostKeys", known: name + " " + ed.Line(), config: "RevokedHostKeys " + revoked, fails: as[*hostkey.RevokedError]},
		{name: "RequiredRSASize", known: name + " " + rsa.Line(), config: "RequiredRSASize 4096", fails: func(err error) bool { return errors.Is(err, sshauth.ErrShortRSA) }},
		{name: "HostKeyAlgorithms", known: name + " " + ec.Line() + "\n" + name + " " + other.Line(), config: "HostKeyAlgorithms ecdsa*"},
		{name: "KnownHostsCommand", config: "KnownHostsCommand " + script + " %I %H\nStrictHostKeyChecking yes"},
		{name: "KnownHostsCommand that fails", config: "KnownHostsCommand " + script + " fail", fails: as[*exec.ExitError]},
		{name: "KnownHostsCommand without a path", config: "KnownHostsCommand keys", fails: func(err error) bool { return strings.Contains(err.Error(), "whole path") }},
		{name: "CheckHostIP, not known by its address", known: at("localhost") + " " + ed.Line(), config: "HostName localhost\nAddressFamily inet\nCheckHostIP yes",
			wants: []string{at("localhost") + " " + ed.Line(), name + " " + ed.Line()}},
		{name: "CheckHostIP, known by another, and no", known: at("localhost") + " " + ed.Line() + "\n" + name + " " + other.Line(),
			config: "HostName localhost\nAddressFamily inet\nCheckHostIP yes", asked: []string{"host key " + at("localhost")},
			fails: func(err error) bool { return errors.Is(err, hostkey.ErrDeclined) }},
		{name: "CheckHostIP, strictly", known: at("localhost") + " " + ed.Line() + "\n" + name + " " + other.Line(),
			config: "HostName localhost\nAddressFamily inet\nCheckHostIP yes\nStrictHostKeyChecking yes", fails: as[*hostkey.AddressError]},
		{name: "UpdateHostKeys yes", known: name + " " + ed.Line() + "\n" + name + " " + other.Line(), config: "UpdateHostKeys yes",
			wants: []string{name + " " + ed.Line(), name + " " + rsa.Line(), name + " " + ec.Line()}},
		{name: "UpdateHostKeys ask, and yes", known: name + " " + ed.Line(), config: "UpdateHostKeys ask", trust: true, asked: []string{"update " + name + " +2 -0"},
			wants: []string{name + " " + ed.Line(), name + " " + rsa.Line(), name + " " + ec.Line()}},
		{name: "UpdateHostKeys ask, and no", known: name + " " + ed.Line(), config: "UpdateHostKeys ask", asked: []string{"update " + name + " +2 -0"}},
		{name: "UpdateHostKeys no", known: name + " " + ed.Line(), config: "UpdateHostKeys no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			peertest.WriteFile(t, file, c.known)
			config := fmt.Sprintf("%s\nHostName 127.0.0.1\nPort %d\nUser %s\nIdentityFile %s\nIdentityAgent none\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n",
				c.config, sshd.Addr.Port(), me(t), sshd.Key.Path, file)
			p := &person{trust: c.trust}
			r := Request{UI: p, Launch: serverSpec(server)}
			r.Host, r.Jump = resolved(t, config, "target")
			_, err := begin(t, r)
			if (err != nil) != (c.fails != nil) || err != nil && !c.fails(err) {
				t.Errorf("error %v", err)
			}
			if !slices.Equal(p.asked, c.asked) {
				t.Errorf("asked %q, want %q", p.asked, c.asked)
			}
			if c.wants == nil {
				c.wants = strings.Split(c.known, "\n")
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(got)), "\n")
			ok := len(lines) == len(c.wants)
			for _, want := range c.wants {
				ok = ok && slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want) })
			}
			if !ok {
				t.Errorf("known_hosts has\n%s\nwant\n%s", got, strings.Join(c.wants, "\n"))
			}
		})
	}
}

// Each hop has an account, a key and a host key of its own.
func TestThreeJumpHosts(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	var hops [4]*peertest.SSHD
	var config strings.Builder
	known := filepath.Join(t.TempDir(), "known_hosts")
	var knownText strings.Builder
	for i := range hops {
		name := []string{"target", "one", "two", "three"}[i]
		hops[i] = peertest.StartSSHD(t, peertest.SSHDOptions{})
		fmt.Fprintf(&config, "Host %s\n\tHostName 127.0.0.1\n\tPort %d\n\tIdentityFile %s\n\tHostKeyAlias %s\n",
			name, hops[i].Addr.Port(), hops[i].Key.Path, name)
		fmt.Fprintf(&knownText, "%s %s\n", name, hops[i].HostKeys[0].Line())
	}
	fmt.Fprintf(&config, "Host *\n\tUser %s\n\tIdentityAgent none\n\tUserKnownHostsFile %s\n\tStrictHostKeyChecking yes\nMatch originalhost target\n\tProxyJump one,two,three\n",
		me(t), known)
	peertest.WriteFile(t, known, knownText.String())
	start := func() error {
		r := Request{UI: &person{}, Launch: serverSpec(server)}
		r.Launch.Colors = 8
		r.Host, r.Jump = resolved(t, config.String(), "target")
		_, life, err := Start(t.Context(), r)
		if err == nil {
			err = life.Close()
		}
		return err
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	for i, hop := range hops {
		if _, total := hop.Connections(); total != 1 {
			t.Errorf("%d connections to hop %d", total, i)
		}
	}
	// The middle one is another machine than it was.
	other := newKey(t, "other", peertest.ED25519, "")
	peertest.WriteFile(t, known, strings.Replace(knownText.String(), hops[2].HostKeys[0].Line(), other.Line(), 1))
	err := start()
	var at []string
	for {
		jump, ok := errors.AsType[*JumpError](err)
		if !ok {
			break
		}
		at, err = append(at, jump.Host), jump.Err
	}
	if changed, ok := errors.AsType[*hostkey.ChangedError](err); !ok || changed.Name != "two" || !slices.Equal(at, []string{"three", "two"}) {
		t.Errorf("at %v: %v", at, err)
	}
	hops[0].WaitClosed()
}

func TestNoAlgorithmInCommon(t *testing.T) {
	t.Parallel()
	for what, line := range map[string]string{
		"key exchange": "KexAlgorithms diffie-hellman-group18-sha512", // which x/crypto lacks
		"host key":     "HostKeyAlgorithms ssh-ed25519",
		"cipher":       "Ciphers aes192-ctr",
		"MAC":          "MACs hmac-sha2-512",
	} {
		t.Run(what, func(t *testing.T) {
			sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{line}})
			r := Request{Host: hostOf(sshd, me(t)), UI: &person{}, Launch: serverSpec(fakeServer(t, "mosh-server"))}
			r.Host.Ciphers, r.Host.MACs = "aes128-ctr", "hmac-sha2-256"
			if what == "host key" {
				r.Host.HostKeyAlgorithms = "ecdsa*"
			}
			_, err := begin(t, r)
			none, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err)
			if !ok || !strings.Contains(none.What, what) || len(none.RequestedAlgorithms) == 0 || len(none.SupportedAlgorithms) == 0 {
				t.Errorf("error %#v", err)
			}
			sshd.WaitClosed()
		})
	}
}

func TestOldAlgorithmsAreForThoseWhoAskForThem(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"KexAlgorithms diffie-hellman-group14-sha1"}})
	for list, ok := range map[sshconf.Algorithms]bool{
		"": false, "+diffie-hellman-group14-sha1": true, "^diffie-hellman-group14-sha1": true,
	} {
		p := &person{}
		r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(server)}
		r.Host.KexAlgorithms = list
		_, err := begin(t, r)
		if (err == nil) != ok || err != nil && !as[*ssh.AlgorithmNegotiationError](err) {
			t.Errorf("%q: %v", list, err)
		}
		postQuantum := slices.ContainsFunc(told[Detail](p), func(d Detail) bool {
			return strings.Contains(d.Text, "key exchanges mlkem768x25519-sha256,")
		})
		if postQuantum != (list == "" || list[0] == '+') {
			t.Errorf("%q: the post-quantum key exchange comes first: %v", list, postQuantum)
		}
	}
}

func TestBannerIsTold(t *testing.T) {
	t.Parallel()
	banner := filepath.Join(peertest.PublicDir(t), "banner")
	peertest.WriteFile(t, banner, "Keep out\n\x1b[2J")
	if err := os.Chmod(banner, 0o644); err != nil {
		t.Fatal(err)
	}
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Config: []string{"Banner " + banner}})
	p := &person{}
	r := Request{Host: hostOf(sshd, me(t)), UI: p, Launch: serverSpec(fakeServer(t, "mosh-server"))}
	if _, err := begin(t, r); err != nil {
		t.Fatal(err)
	}
	if told := told[Banner](p); len(told) != 1 || !strings.HasPrefix(told[0].Text, "Keep out\n") {
		t.Errorf("told %q", told)
	}
}

// relay stands between us and an sshd. It passes on what the server says in pieces
// of that size, and hangs up after so many bytes; 0 is no limit.
type relay struct {
	address netip.AddrPort
	steps   []int // how much the server had said by each time it said something
}

func startRelay(t *testing.T, to netip.AddrPort, piece, limit int) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: listener.Addr().(*net.TCPAddr).AddrPort()}
	var work sync.WaitGroup
	t.Cleanup(func() { listener.Close(); work.Wait() })
	work.Go(func() {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", to.String())
		if err != nil {
			return
		}
		defer server.Close()
		work.Go(func() { io.Copy(server, client); server.Close() })
		r.pass(client, server, piece, limit)
	})
	return r
}

func (r *relay) pass(client, server net.Conn, piece, limit int) {
	block := make([]byte, 64<<10)
	for total := 0; limit == 0 || total < limit; {
		n, err := server.Read(block)
		if err != nil {
			return
		}
		if limit > 0 {
			n = min(n, limit-total)
		}
		total += n
		r.steps = append(r.steps, total)
		for at := 0; at < n; at += piece {
			if _, err := client.Write(block[at:min(at+piece, n)]); err != nil {
				return
			}
		}
	}
}

// through is a login by way of a relay.
func through(t *testing.T, sshd *peertest.SSHD, server string, piece, limit int) (*relay, error) {
	t.Helper()
	relay := startRelay(t, sshd.Addr, piece, limit)
	r := Request{Host: hostOf(sshd, me(t)), UI: &person{}, Launch: serverSpec(server)}
	r.Host.Port = int(relay.address.Port())
	r.Host.HostKeyAlias = hostkey.Name("127.0.0.1", int(sshd.Addr.Port()))
	r.Launch.Colors = 8
	_, life, err := Start(t.Context(), r)
	if err == nil {
		life.Close()
	}
	sshd.WaitClosed()
	return relay, err
}

func TestServerThatTrickles(t *testing.T) {
	t.Parallel()
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{})
	if _, err := through(t, sshd, fakeServer(t, "mosh-server"), 1, 0); err != nil {
		t.Error(err)
	}
}

// The server hangs up after each thing it says: its name, its algorithms, its key,
// yes to the service, no to none, yes to the key, the channel, the command.
func TestServerThatDropsAfterEachStep(t *testing.T) {
	t.Parallel()
	server := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{})
	whole, err := through(t, sshd, server, 1<<20, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.steps) < 7 {
		t.Errorf("the server spoke %d times only", len(whole.steps))
	}
	kinds := map[string]int{}
	for _, limit := range whole.steps {
		_, err := through(t, sshd, server, 1<<20, limit)
		switch {
		case err == nil:
			kinds["none"]++ // it had said MOSH CONNECT by then
		case as[*HandshakeError](err):
			kinds["handshake"]++
		case as[*sshauth.FailedError](err):
			kinds["login"]++
		case as[*launch.FailedError](err):
			kinds["launch"]++
		default:
			t.Errorf("after %d bytes: %#v", limit, err)
		}
	}
	if kinds["handshake"] == 0 || kinds["login"] == 0 || kinds["launch"] == 0 {
		t.Errorf("failures %v", kinds)
	}
}
