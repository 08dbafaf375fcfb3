package app

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap"
	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/protocol/peertest"
)

// Each failure of a login has a sentence of its own, with what to do; none lets
// through what the far side put into its strings.
func TestEveryFailureOfALoginIsExplained(t *testing.T) {
	key := peertest.NewKey(t, t.TempDir()+"/key", peertest.ED25519, "").Public
	entry := hostkey.Entry{File: "/home/me/.ssh/known_hosts", Line: 7, Key: key}
	evil := "evil\x1b]0;x\a\r\n"
	login := func(change func(*sshauth.FailedError)) error {
		f := &sshauth.FailedError{Cause: errors.New("ssh: unable to authenticate")}
		f.Offered = []string{"publickey", "password"}
		change(f)
		return f
	}
	shake := func(change func(*bootstrap.HandshakeError)) error {
		e := &bootstrap.HandshakeError{Host: "host", Port: 22, Err: errors.New("ssh: handshake failed")}
		change(e)
		return e
	}
	dial := func(kind sshdial.Kind) error {
		return &sshdial.Error{Kind: kind, Host: "host", Port: 22, Err: errors.New("the system says " + evil), Tried: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:22")}}
	}
	disconnect := fmt.Errorf("ssh: handshake failed: %w", errors.New(`ssh: disconnect, reason 2: "Too many authentication failures"`))
	named := func(host string) error { return &sshdial.Error{Kind: sshdial.UnknownHost, Host: host, Port: 22} }
	for _, c := range []struct {
		name string
		err  error
		want []string
	}{
		{"no such host", dial(sshdial.UnknownHost), []string{"there is no host called", "Check the spelling"}},
		{"host and port", named("host:2222"), []string{"2222 is the port", "gmosh --ssh-port=2222 host"}},
		{"address and port", named("[2001:db8::1]:5"), []string{"gmosh --ssh-port=5 2001:db8::1"}},
		{"host and no port", named("host:x"), []string{"Check the spelling"}},
		{"no resolver", dial(sshdial.NoResolver), []string{"cannot be looked up"}},
		{"refused", dial(sshdial.Refused), []string{"host (192.0.2.1) port 22 refused the connection", "--ssh-port=PORT"}},
		{"no answer", dial(sshdial.TimedOut), []string{"did not answer"}},
		{"no route", dial(sshdial.Unreachable), []string{"there is no way to"}},
		{"no source", dial(sshdial.NoSource), []string{"BindAddress or BindInterface"}},
		{"other", dial(sshdial.Other), []string{"connecting to"}},

		{"unknown key", &hostkey.UnknownError{Name: "host", Key: key}, []string{"is not known", ssh.FingerprintSHA256(key), "-oStrictHostKeyChecking=ask"}},
		{"changed key", &hostkey.ChangedError{Name: "host", Key: key, Known: []hostkey.Entry{entry}},
			[]string{"REMOTE HOST IDENTIFICATION HAS CHANGED", "known_hosts:7", "ssh-keygen -f '/home/me/.ssh/known_hosts' -R 'host'"}},
		{"revoked key", &hostkey.RevokedError{Name: "host", Key: key, Entry: entry}, []string{"is revoked", "known_hosts:7"}},
		{"address of another", &hostkey.AddressError{Name: "host", Address: "192.0.2.1", Key: key, Known: entry}, []string{"192.0.2.1 is known by another", "CheckHostIP"}},
		{"expired host certificate", &hostkey.CertificateError{Name: "host", Reason: "cert has expired"}, []string{"the host certificate of host is not valid: cert has expired"}},
		{"declined key", hostkey.ErrDeclined, []string{"was not accepted"}},
		{"short key", fmt.Errorf("%w: 1024 bits", sshauth.ErrShortRSA), []string{"RequiredRSASize"}},

		{"no key", login(func(*sshauth.FailedError) {}), []string{"there was none to offer for me", "-i FILE"}},
		{"wrong keys", login(func(f *sshauth.FailedError) { f.Keys = []string{"ssh-ed25519 SHA256:x (agent)", evil} }), []string{"accepted none of the 2 keys", "USER@host"}},
		{"expired certificate", login(func(f *sshauth.FailedError) {
			f.Keys = []string{"x (k-cert.pub, a certificate that expired on 2026-01-01)"}
		}), []string{"expired on 2026-01-01"}},
		{"a key that is left out", login(func(f *sshauth.FailedError) { f.Skipped = []sshauth.Skip{{File: "/k", Err: sshauth.ErrSecurityKey}} }),
			[]string{"/k was left out", "security key", "ssh-add"}},
		{"the agent does not sign", login(func(f *sshauth.FailedError) {
			f.Keys, f.Skipped = []string{"x"}, []sshauth.Skip{{File: "agent, k", Err: sshauth.ErrAgentRefuses}}
		}), []string{"agent, k was left out", "ssh-add -h"}},
		{"wrong password", login(func(f *sshauth.FailedError) { f.Passwords = 3 }), []string{"did not accept the password of me"}},
		{"wrong answers", login(func(f *sshauth.FailedError) { f.Answers = 1 }), []string{"did not accept what was answered"}},
		{"one factor of two", login(func(f *sshauth.FailedError) { f.Partial, f.Remaining = []string{"publickey"}, []string{"hostbased"} }), []string{"took publickey and wants more: hostbased"}},
		{"only what we lack", login(func(f *sshauth.FailedError) { f.Offered = []string{"gssapi-with-mic"} }),
			[]string{"lets nobody in but by gssapi-with-mic", "--ssh=/usr/bin/ssh"}},
		{"what we lack beside others", login(func(f *sshauth.FailedError) {
			f.Offered, f.Unable = []string{"publickey", "gssapi-with-mic"}, []string{"gssapi-with-mic"}
		}), []string{"none to offer", "gssapi-with-mic of the configuration", "--ssh=/usr/bin/ssh"}},
		{"too many keys", login(func(f *sshauth.FailedError) { f.Cause, f.Keys = disconnect, []string{"a", "b"} }),
			[]string{"Too many authentication failures", "It was offered 2 keys", "-i FILE -oIdentitiesOnly=yes"}},
		{"wrong host key, so no password", login(func(f *sshauth.FailedError) { f.Untrusted = true }), []string{"none is sent to a host whose key is wrong"}},
		{"BatchMode", login(func(f *sshauth.FailedError) { f.Batch, f.Keys = true, []string{"x"} }), []string{"BatchMode"}},
		{"hung up during the login", login(func(f *sshauth.FailedError) { f.Cause = io.EOF }), []string{"hung up during the login"}},

		{"no algorithm in common", &ssh.AlgorithmNegotiationError{What: "key exchange", RequestedAlgorithms: []string{"theirs" + evil}, SupportedAlgorithms: []string{"ours"}},
			[]string{"no key exchange in common", "It has: theirs", "We have: ours"}},
		{"says nothing", shake(func(e *bootstrap.HandshakeError) { e.Silent = true }), []string{"takes connections and then says nothing"}},
		{"stops answering", shake(func(e *bootstrap.HandshakeError) { e.Silent, e.Greeted = true, true }), []string{"stopped answering during the login"}},
		{"hangs up", shake(func(e *bootstrap.HandshakeError) { e.Err = io.EOF }), []string{"hung up before the login", "MaxStartups"}},
		{"is a web server", shake(func(e *bootstrap.HandshakeError) { e.Err = errors.New("HTTP/1.1 " + evil) }), []string{"does not speak SSH"}},
		{"refuses to run anything", launch.ErrRefused, []string{"refuses to run a command"}},
		{"nobody to ask", errNoConsole, []string{"no terminal to ask it on", "SSH_ASKPASS"}},
		{"a jump host", &bootstrap.JumpError{Host: "hop", Err: dial(sshdial.Refused)}, []string{"the way by jump host hop is barred", "refused"}},
	} {
		text, status := explain(c.err, situation{name: "gmosh", host: "host", user: "me", options: options{Destination: "host"}})
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %q", c.name, text, want)
			}
		}
		if status != statusFailed || strings.ContainsAny(text, "\x1b\a\r") {
			t.Errorf("%s: status %d, text %q", c.name, status, text)
		}
	}
}
