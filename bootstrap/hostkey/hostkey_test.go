package hostkey

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
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

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func signer(t testing.TB, kind string) ssh.Signer {
	t.Helper()
	var raw any
	var err error
	switch kind {
	case "ed25519":
		_, raw, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		raw, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		raw, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// text is a key as a line of known_hosts has it.
func text(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func store(lines ...string) *Store {
	s := &Store{}
	s.Add("kh", []byte(strings.Join(lines, "\n")+"\n"))
	return s
}

func certificate(t *testing.T, authority ssh.Signer, change func(*ssh.Certificate)) *ssh.Certificate {
	t.Helper()
	cert := &ssh.Certificate{
		Key:             signer(t, "ed25519").PublicKey(),
		CertType:        ssh.HostCert,
		ValidPrincipals: []string{"host"},
		ValidAfter:      uint64(now.Add(-time.Hour).Unix()),
		ValidBefore:     uint64(now.Add(time.Hour).Unix()),
	}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return cert
}

// verdict names what Check says.
func verdict(err error) string {
	switch err.(type) {
	case nil:
		return "known"
	case *UnknownError:
		return "unknown"
	case *ChangedError:
		return "changed"
	case *RevokedError:
		return "revoked"
	case *CertificateError:
		return "certificate"
	}
	return err.Error()
}

func TestCheckAgreesWithOpenSSHOnNames(t *testing.T) {
	key := signer(t, "ed25519").PublicKey()
	k := text(key)
	cases := []struct {
		name, lines, host string
		port              int
		want              string
	}{
		{"plain name", "host " + k, "host", 22, "known"},
		{"case of the name asked for", "host " + k, "HoSt", 22, "known"},
		{"case of the name written", "HOST " + k, "host", 22, "known"},
		{"another name", "host " + k, "hosts", 22, "unknown"},
		{"list of names", "a,b,host " + k, "host", 22, "known"},
		{"star matches nothing", "host* " + k, "host", 22, "known"},
		{"question mark is one character", "host? " + k, "host", 22, "unknown"},
		{"stars inside", "*.ex*le.com " + k, "a.b.example.com", 22, "known"},
		{"negated", "*.com,!bad.com " + k, "bad.com", 22, "unknown"},
		{"negated first", "!bad.com,*.com " + k, "bad.com", 22, "unknown"},
		{"negated elsewhere", "!bad.com,*.com " + k, "good.com", 22, "known"},
		{"port", "[host]:2222 " + k, "host", 2222, "known"},
		{"other port", "[host]:2223 " + k, "host", 2222, "unknown"},
		{"known without its port", "host " + k, "host", 2222, "known"},
		{"star and a port", "* " + k, "host", 2222, "known"},
		{"port 22 in brackets is not how it is written", "[host]:22 " + k, "host", 22, "unknown"},
		{"IPv6", "2001:db8::1 " + k, "2001:db8::1", 22, "known"},
		{"IPv6 with port", "[2001:db8::1]:2222 " + k, "2001:db8::1", 2222, "known"},
		{"bad lines around", "host\nhost ssh-new AAAA\ngarbage\n@what host " + k + "\nhost " + k, "host", 22, "known"},
		{"comments and blanks", "# c\n\n \t\n\thost  " + k + "  me@here\r", "host", 22, "known"},
		{"type on the line is wrong", "host ssh-rsa " + strings.Fields(k)[1], "host", 22, "unknown"},
		{"revoked", "host " + k + "\n@revoked * " + k, "host", 22, "revoked"},
		{"revoked for another host", "host " + k + "\n@revoked other " + k, "host", 22, "known"},
		{"authority's key as a host's", "@cert-authority host " + k, "host", 22, "unknown"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := store(c.lines).Check(c.host, c.port, key, now)
			if got := verdict(err); got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// ssh-keygen -F is asked about the same files where it is installed.
func TestLookupFindsTheLinesSSHKeygenFinds(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	k := text(signer(t, "ed25519").PublicKey())
	var lines []string
	for _, hosts := range []string{
		"host", "HOST2", "host*", "h?st", "a,b,c", "*.example.com,!x.example.com", "[host]:2222", "[*]:2222",
		"*", "192.0.2.1", "2001:db8::1", "[2001:db8::1]:2222", "!host", "host,!host", "[host]:22", "ho st",
	} {
		lines = append(lines, hosts+" "+k, "@cert-authority "+hosts+" "+k, "@revoked "+hosts+" "+k, hosts+" broken", hosts)
	}
	file := filepath.Join(t.TempDir(), "known_hosts")
	write := func(file string, lines []string) {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hashed := file + ".hashed"
	write(file, lines)
	// ssh-keygen -H takes no file with bad lines.
	write(hashed, slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return len(strings.Fields(line)) < 3 || strings.HasPrefix(line, "ho st") || strings.Contains(line, " st ")
	}))
	if out, err := exec.Command(keygen, "-H", "-f", hashed).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen -H: %v: %s", err, out)
	}
	for _, file := range []string{file, hashed} {
		s, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"host", "Host", "host2", "hosts", "hst", "b", "y.example.com", "x.example.com", "[host]:2222", "[other]:2222",
			"192.0.2.1", "2001:db8::1", "[2001:db8::1]:2222", "[host]:22", "ho",
		} {
			if file == hashed {
				name = strings.ToLower(name) // as ssh does before it looks; ssh-keygen leaves it
			}
			out, _ := exec.Command(keygen, "-F", name, "-f", file).Output() // exit 1: nothing found
			var want []string
			for line := range strings.Lines(string(out)) {
				if n, ok := strings.CutPrefix(line, "# Host "+name+" found: line "); ok {
					want = append(want, strings.Fields(n)[0])
				}
			}
			var got []string
			for _, e := range s.Lookup(strings.ToLower(name)) {
				got = append(got, fmt.Sprint(e.Line))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s: lines %v, ssh-keygen has %v", filepath.Base(file), name, got, want)
			}
		}
	}
}

func TestAnotherKeyIsAChangeAndNamesTheLineOfTheSameType(t *testing.T) {
	old, oldRSA, presented := signer(t, "ed25519"), signer(t, "rsa"), signer(t, "ed25519")
	s := store("# the hosts", "host "+text(oldRSA.PublicKey()), "host "+text(old.PublicKey()))
	changed, ok := errors.AsType[*ChangedError](s.Check("host", 22, presented.PublicKey(), now))
	if !ok {
		t.Fatal("not a change")
	}
	if got := changed.Known[0]; got.File != "kh" || got.Line != 3 {
		t.Errorf("named %s:%d, want kh:3", got.File, got.Line)
	}
}

func TestCertificatesOfAKnownAuthority(t *testing.T) {
	authority, stranger := signer(t, "ed25519"), signer(t, "ed25519")
	ca := "@cert-authority *.net,host " + text(authority.PublicKey())
	cases := []struct {
		name   string
		by     ssh.Signer
		change func(*ssh.Certificate)
		lines  func(*ssh.Certificate) []string
		want   string
	}{
		{"good", authority, nil, nil, "known"},
		{"no principals is every host", authority, func(c *ssh.Certificate) { c.ValidPrincipals = nil }, nil, "known"},
		{"principal is a pattern", authority, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"ho*"} }, nil, "known"},
		{"for another host", authority, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"other"} }, nil, "certificate"},
		{"expired", authority, func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix() - 1) }, nil, "certificate"},
		{"not yet valid", authority, func(c *ssh.Certificate) { c.ValidAfter = uint64(now.Unix() + 1) }, nil, "certificate"},
		{"a user's", authority, func(c *ssh.Certificate) { c.CertType = ssh.UserCert }, nil, "certificate"},
		{"unknown critical option", authority, func(c *ssh.Certificate) {
			c.CriticalOptions = map[string]string{"x": "y"}
		}, nil, "certificate"},
		{"of a stranger", stranger, nil, nil, "unknown"},
		{"of a stranger, key inside known", stranger, nil, func(c *ssh.Certificate) []string {
			return []string{"host " + text(c.Key)}
		}, "known"},
		{"authority revoked", authority, nil, func(c *ssh.Certificate) []string {
			return []string{"@revoked * " + text(c.SignatureKey)}
		}, "revoked"},
		{"key inside revoked", authority, nil, func(c *ssh.Certificate) []string {
			return []string{"@revoked * " + text(c.Key)}
		}, "revoked"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cert := certificate(t, c.by, c.change)
			lines := []string{ca}
			if c.lines != nil {
				lines = append(lines, c.lines(cert)...)
			}
			err := store(lines...).Check("Host", 22, cert, now)
			if got := verdict(err); got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestKnownAlgorithmsAreAskedForFirst(t *testing.T) {
	ed, ec, rs := text(signer(t, "ed25519").PublicKey()), text(signer(t, "ecdsa").PublicKey()), text(signer(t, "rsa").PublicKey())
	cases := []struct {
		name  string
		lines []string
		first string
		certs bool
	}{
		{"nothing known", nil, ssh.KeyAlgoED25519, false},
		{"ed25519", []string{"host " + ed}, ssh.KeyAlgoED25519, false},
		{"ecdsa", []string{"host " + ec}, ssh.KeyAlgoECDSA256, false},
		{"rsa means SHA-2", []string{"host " + rs}, ssh.KeyAlgoRSASHA512, false},
		{"rsa and ecdsa in our order", []string{"host " + rs, "host " + ec}, ssh.KeyAlgoECDSA256, false},
		{"another host's", []string{"other " + rs}, ssh.KeyAlgoED25519, false},
		{"authority", []string{"@cert-authority * " + rs}, ssh.CertAlgoED25519v01, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, port := range []int{22, 2222} {
				got := store(c.lines...).Algorithms("host", port)
				if got[0] != c.first {
					t.Errorf("port %d: first is %s, want %s", port, got[0], c.first)
				}
				if slices.Contains(got, ssh.CertAlgoRSASHA512v01) != c.certs {
					t.Errorf("port %d: certificates asked for: %v", port, got)
				}
				if !slices.Contains(got, ssh.KeyAlgoRSASHA256) || !slices.Contains(got, ssh.KeyAlgoED25519) {
					t.Errorf("port %d: not every plain key is offered: %v", port, got)
				}
			}
		})
	}
}

func TestPolicies(t *testing.T) {
	key, other := signer(t, "ed25519").PublicKey(), signer(t, "ed25519").PublicKey()
	cases := []struct {
		policy    string
		line      string // known beforehand
		answer    bool
		asked     bool
		added     bool
		untrusted bool
		want      error // nil: let through; else what errors.As finds, or ErrDeclined
	}{
		{policy: "ask", answer: true, asked: true, added: true},
		{policy: "ask", answer: false, asked: true, want: ErrDeclined},
		{policy: "ask", line: "host " + text(key)},
		{policy: "ask", line: "host " + text(other), want: &ChangedError{}},
		{policy: "yes", want: &UnknownError{}},
		{policy: "accept-new", added: true},
		{policy: "accept-new", line: "host " + text(other), want: &ChangedError{}},
		{policy: "no", added: true},
		{policy: "off", line: "host " + text(other), untrusted: true},
		{policy: "no", line: "@revoked host " + text(key), want: &RevokedError{}},
	}
	for _, c := range cases {
		t.Run(c.policy+" "+c.line, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "dir", "known_hosts")
			var asked, added bool
			v := &Verifier{
				Host: "host", Port: 22, Store: store(c.line), Policy: ParsePolicy(c.policy), File: file,
				Now:   func() time.Time { return now },
				Ask:   func(q Question) (bool, error) { asked = true; return c.answer, nil },
				Added: func(q Question, f string, err error) { added = err == nil && f == file },
			}
			remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 22}
			err := v.Verify("ignored:1", remote, key)
			if (err == nil) != (c.want == nil) || err != nil && !errors.Is(err, c.want) && verdict(err) != verdict(c.want) {
				t.Errorf("error %v, want %T", err, c.want)
			}
			if asked != c.asked || added != c.added || v.Untrusted != c.untrusted {
				t.Errorf("asked %v, added %v, untrusted %v; want %v, %v, %v", asked, added, v.Untrusted, c.asked, c.added, c.untrusted)
			}
			if _, err := os.Stat(file); (err == nil) != c.added {
				t.Errorf("file: %v, want added %v", err, c.added)
			}
		})
	}
}

func TestQuestionSaysWhatIsKnownOfTheKey(t *testing.T) {
	key := signer(t, "ed25519").PublicKey()
	var q Question
	v := &Verifier{
		Host: "Host", Port: 2222, Store: store("old.example.com " + text(key)),
		Now: func() time.Time { return now },
		Ask: func(asked Question) (bool, error) { q = asked; return false, nil },
	}
	if err := v.Verify("", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 2222}, key); !errors.Is(err, ErrDeclined) {
		t.Fatal(err)
	}
	if q.Name != "[host]:2222" || q.Address != "192.0.2.1" || q.Fingerprint != ssh.FingerprintSHA256(key) ||
		len(q.Others) != 1 || q.Others[0].Hosts != "old.example.com" {
		t.Errorf("question %+v", q)
	}
}

func TestAppendedLineIsFoundAgainAndHarmsNoOther(t *testing.T) {
	first, second, third := signer(t, "rsa").PublicKey(), signer(t, "ed25519").PublicKey(), signer(t, "ecdsa").PublicKey()
	file := filepath.Join(t.TempDir(), ".ssh", "known_hosts")
	if err := Append(file, "a", first, false); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// An editor that leaves the last newline out.
	if err := os.WriteFile(file, data[:len(data)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Append(file, "[b]:2222", second, true); err != nil {
		t.Fatal(err)
	}
	if err := Append(file, "c", third, false); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host string
		port int
		key  ssh.PublicKey
	}{{"a", 22, first}, {"B", 2222, second}, {"c", 22, third}} {
		if err := s.Check(c.host, c.port, c.key, now); err != nil {
			t.Errorf("%s: %v", c.host, err)
		}
	}
	data, _ = os.ReadFile(file)
	if strings.Contains(string(data), "[b]") || !strings.Contains(string(data), "|1|") {
		t.Errorf("the hashed name can be read: %s", data)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, info.Mode(), err, want)
		}
	}
}

func TestMissingFilesAreEmptyAndUnreadableOnesAreNamed(t *testing.T) {
	dir := t.TempDir() // a folder cannot be read as a file, also by root
	good := filepath.Join(dir, "good")
	key := signer(t, "ed25519").PublicKey()
	if err := Append(good, "host", key, false); err != nil {
		t.Fatal(err)
	}
	s, err := Load(filepath.Join(dir, "missing"), dir, good)
	if err == nil || !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "missing") {
		t.Errorf("error %v", err)
	}
	if err := s.Check("host", 22, key, now); err != nil {
		t.Errorf("the file after it was not read: %v", err)
	}
}

func FuzzParseLine(f *testing.F) {
	key := text(signer(f, "ed25519").PublicKey())
	for _, line := range []string{
		"", "#", "host", "host " + key, "@revoked host " + key, "@cert-authority *,!a " + key + " comment", "@x y z",
		"|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= " + key, "|1|| " + key, "|", "host ssh-rsa !",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseLine(line)
		if err != nil {
			return
		}
		if e.Hosts == "" || e.Key == nil {
			t.Fatalf("an entry without host or key: %+v", e)
		}
		e.Matches("host") // must not panic, nor take for ever
		again, err := ParseLine([]byte(strings.TrimSpace(e.Hosts + " " + text(e.Key))))
		if err != nil || again.Hosts != e.Hosts || !equal(again.Key, e.Key) {
			t.Fatalf("read %q, wrote it, read %+v, %v", line, again, err)
		}
	})
}
