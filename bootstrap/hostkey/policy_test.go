package hostkey

import (
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// at is a server's address.
func at(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 22} }

// verifier is one with a known_hosts file of its own.
func verifier(t *testing.T, lines ...string) *Verifier {
	t.Helper()
	file := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(file, []byte(strings.Join(append(lines, ""), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return &Verifier{
		Host: "host", Port: 22, Store: s, File: file, Now: func() time.Time { return now },
		Ask: func(Question) (bool, error) { return false, errors.New("nobody expects a question") },
	}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAddressIsCheckedToo(t *testing.T) {
	key, other := signer(t, "ed25519").PublicKey(), signer(t, "ed25519").PublicKey()
	k, o := text(key), text(other)
	for _, c := range []struct {
		name     string
		lines    []string
		policy   Policy
		accept   bool
		conflict bool   // is asked about
		want     string // of the error; "" none
		added    string // "" nothing
	}{
		{name: "known by both", lines: []string{"host,192.0.2.1 " + k}},
		{name: "address not known", lines: []string{"host " + k}, added: "192.0.2.1 " + k},
		{name: "address of another, and no", lines: []string{"host " + k, "192.0.2.1 " + o}, conflict: true, want: ErrDeclined.Error()},
		{name: "address of another, and yes", lines: []string{"host " + k, "192.0.2.1 " + o}, accept: true, conflict: true},
		{name: "address of another, strictly", lines: []string{"host " + k, "192.0.2.1 " + o}, policy: Yes, want: "its address"},
		{name: "address of another, accept-new", lines: []string{"host " + k, "192.0.2.1 " + o}, policy: AcceptNew, want: "its address"},
		{name: "address of another, let through", lines: []string{"host " + k, "192.0.2.1 " + o}, policy: No},
		{name: "revoked for the address", lines: []string{"host " + k, "@revoked 192.0.2.1 " + k}, want: "revoked"},
		{name: "new, with its address", policy: AcceptNew, added: "host " + k + "\n192.0.2.1 " + k},
		{name: "new, at a known address", lines: []string{"192.0.2.1 " + o}, policy: AcceptNew, added: "host " + k},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verifier(t, c.lines...)
			v.CheckIP, v.Policy = true, c.policy
			asked := false
			v.Ask = func(q Question) (bool, error) {
				asked = q.Conflict != nil && q.Conflict.Line == 2
				return c.accept, nil
			}
			before := contents(t, v.File)
			err := v.Verify("", at("192.0.2.1"), key)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if asked != c.conflict || v.Untrusted != (c.policy == No) {
				t.Errorf("asked %v, untrusted %v", asked, v.Untrusted)
			}
			if got := strings.TrimSpace(strings.TrimPrefix(contents(t, v.File), before)); got != c.added {
				t.Errorf("added %q, want %q", got, c.added)
			}
		})
	}
}

func TestKeysOnThisMachineNeedNotBeKnown(t *testing.T) {
	key := signer(t, "ed25519").PublicKey()
	v := verifier(t)
	v.Localhost, v.Policy = true, Yes
	for ip, want := range map[string]string{"127.0.0.1": "known", "::1": "known", "127.8.8.8": "known", "192.0.2.1": "unknown"} {
		if got := verdict(v.Verify("", at(ip), key)); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}

func TestFileOfRevokedKeys(t *testing.T) {
	key, authority, other := signer(t, "ed25519").PublicKey(), signer(t, "ed25519"), signer(t, "rsa").PublicKey()
	cert := certificate(t, authority, nil)
	lines := []string{"host " + text(key), "@cert-authority host " + text(authority.PublicKey())}
	for _, c := range []struct {
		name, list string
		key        ssh.PublicKey
		want       string
	}{
		{"the key", "# bad\n\n" + text(key), key, "revoked"},
		{"another key", text(other), key, "known"},
		{"the authority", text(authority.PublicKey()), cert, "revoked"},
		{"the key in a certificate", text(cert.Key), cert, "revoked"},
		{"a certificate that is good", text(other), cert, "known"},
		{"garbage", "what is this", key, "RevokedHostKeys"},
		{"a binary list that is none", krlMagic + "x", key, errKRL.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verifier(t, lines...)
			v.Revoked = filepath.Join(t.TempDir(), "revoked")
			if err := os.WriteFile(v.Revoked, []byte(c.list), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := verdict(v.Verify("", at("192.0.2.1"), c.key)); !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	v := verifier(t, lines...)
	v.Revoked = filepath.Join(t.TempDir(), "missing")
	if err := v.Verify("", nil, key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the list: %v", err)
	}
}

func TestKnownHostsCommandAddsLines(t *testing.T) {
	rsa, ed := signer(t, "rsa").PublicKey(), signer(t, "ed25519").PublicKey()
	v := verifier(t)
	v.Policy, v.CheckIP = Yes, true
	var calls []string
	v.Command = func(reason Reason, name string, key ssh.PublicKey) ([]byte, error) {
		kind := "none"
		if key != nil {
			kind = key.Type()
		}
		calls = append(calls, string(reason)+" "+name+" "+kind)
		return []byte("host,192.0.2.1 " + text(rsa) + "\n"), nil
	}
	algorithms, err := v.Algorithms()
	if err != nil || algorithms[0] != ssh.KeyAlgoRSASHA512 {
		t.Errorf("algorithms %v, %v", algorithms, err)
	}
	if err := v.Verify("", at("192.0.2.1"), rsa); err != nil || v.Verified {
		t.Errorf("the key it says: %v, from our file %v", err, v.Verified)
	}
	want := []string{"ORDER host none", "HOSTNAME host ssh-rsa", "ADDRESS 192.0.2.1 ssh-rsa"}
	if !slices.Equal(calls, want) {
		t.Errorf("called %q, want %q", calls, want)
	}
	if got := verdict(v.Verify("", nil, ed)); got != "changed" {
		t.Errorf("another key: %s", got)
	}
	v.Command = func(Reason, string, ssh.PublicKey) ([]byte, error) { return nil, errors.New("exit status 1") }
	if _, err := v.Algorithms(); err == nil {
		t.Error("a command that fails is no reason to stop")
	}
	if err := v.Verify("", nil, rsa); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("a command that fails: %v", err)
	}
}

func TestAuthoritiesSignAsAllowed(t *testing.T) {
	authority := signer(t, "ed25519")
	cert := certificate(t, authority, nil)
	s := store("@cert-authority host " + text(authority.PublicKey()))
	for list, want := range map[string]string{"": "known", "ssh-ed25519": "known", "rsa-sha2-512": "certificate"} {
		s.Signatures = nil
		if list != "" {
			s.Signatures = []string{list}
		}
		if got := verdict(s.Check("host", 22, cert, now)); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
}

func TestFingerprintsAreThoseOfSSHKeygen(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("SKIP-PEER: ssh-keygen is not installed")
	}
	key := signer(t, "ed25519").PublicKey()
	file := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(file, ssh.MarshalAuthorizedKey(key), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{"MD5", "SHA1", "SHA256", "SHA384", "SHA512"} {
		out, err := exec.Command(keygen, "-l", "-E", hash, "-f", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := Fingerprint(hash)(key), strings.Fields(string(out))[1]; got != want {
			t.Errorf("%s: %s, want %s", hash, got, want)
		}
	}
}

func TestNewHostKeysAreWrittenDownAndOldOnesRemoved(t *testing.T) {
	old, stays, fresh, other := signer(t, "ecdsa"), signer(t, "ed25519"), signer(t, "rsa"), signer(t, "ed25519")
	line := func(name string, s ssh.Signer) string { return name + " " + text(s.PublicKey()) }
	offered := []ssh.PublicKey{stays.PublicKey(), fresh.PublicKey()}
	for _, c := range []struct {
		name  string
		lines []string
		want  []string // nil: nothing is done
	}{
		{"new and old", []string{"# mine", line("host", stays), line("x", other), line("host", old)},
			[]string{"# mine", line("host", stays), line("x", other), line("host", fresh)}},
		{"nothing new", []string{line("host", stays), line("host", fresh)}, nil},
		{"only old", []string{line("host", stays), line("host", fresh), line("host", old)}, []string{line("host", stays), line("host", fresh)}},
		{"a list of names", []string{line("host,192.0.2.1", stays)}, nil},
		{"a pattern", []string{line("ho*", stays)}, nil},
		{"an authority beside it", []string{line("host", stays), "@cert-authority " + line("*", other)}, nil},
		{"revoked keys beside it", []string{line("host", stays), "@revoked " + line("host", other)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verifier(t, c.lines...)
			if err := v.Verify("", nil, stays.PublicKey()); err != nil {
				t.Fatal(err)
			}
			u, ok := v.Update(offered)
			if ok != (c.want != nil) {
				t.Fatalf("update %+v, %v", u, ok)
			}
			if !ok {
				return
			}
			if err := u.Apply(); err != nil {
				t.Fatal(err)
			}
			if got, want := contents(t, v.File), strings.Join(c.want, "\n")+"\n"; got != want {
				t.Errorf("the file:\n%s\nwant:\n%s", got, want)
			}
			if info, err := os.Stat(v.File); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
	v := verifier(t, line("host", stays))
	if _, ok := v.Update(offered); ok {
		t.Error("updated before the key was verified")
	}
}

func TestHashedNamesStayHashed(t *testing.T) {
	stays, fresh := signer(t, "ed25519").PublicKey(), signer(t, "rsa").PublicKey()
	v := verifier(t)
	v.Hash, v.Policy = true, AcceptNew
	if err := v.Verify("", nil, stays); err != nil {
		t.Fatal(err)
	}
	u, ok := v.Update([]ssh.PublicKey{stays, fresh})
	if !ok || u.Apply() != nil || strings.Contains(contents(t, v.File), "host ") {
		t.Errorf("update %v; the file: %q", ok, contents(t, v.File))
	}
	s, err := Load(v.File)
	if err != nil || s.Check("host", 22, fresh, now) != nil {
		t.Errorf("the new key is not known: %v", err)
	}
}

// prover signs as a server does.
func prover(t *testing.T, session []byte, keys ...ssh.Signer) []byte {
	t.Helper()
	var answer []byte
	for _, key := range keys {
		data := ssh.Marshal(struct {
			Request      string
			Session, Key []byte
		}{proofRequest, session, key.PublicKey().Marshal()})
		algorithm := key.PublicKey().Type()
		if algorithm == ssh.KeyAlgoRSA {
			algorithm = ssh.KeyAlgoRSASHA512
		}
		signature, err := key.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, data, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		answer = append(answer, ssh.Marshal(struct{ Blob []byte }{ssh.Marshal(signature)})...)
	}
	return answer
}

func TestKeysMustBeProved(t *testing.T) {
	a, b := signer(t, "ed25519"), signer(t, "rsa")
	session := []byte("session")
	u := Update{New: []ssh.PublicKey{a.PublicKey(), b.PublicKey()}}
	good := prover(t, session, a, b)
	for _, c := range []struct {
		name   string
		answer []byte
		ok     bool
	}{
		{"good", good, true},
		{"none", nil, false},
		{"one of two", prover(t, session, a), false},
		{"in another order", prover(t, session, b, a), false},
		{"of another session", prover(t, []byte("other"), a, b), false},
		{"too many", append(slices.Clone(good), good...), false},
		{"cut short", good[:len(good)-1], false},
	} {
		if err := u.Check(session, c.answer); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
