package sshauth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gmosh/sshconf"
)

// answers is a Prompter with its answers ready; it notes what it was asked.
type answers struct {
	passphrases []string
	passwords   []string
	replies     []string
	err         error
	asked       []string
}

func (a *answers) take(list *[]string, what string) (string, error) {
	a.asked = append(a.asked, what)
	if a.err != nil {
		return "", a.err
	}
	if len(*list) == 0 {
		return "", errors.New("the test has no answer to " + what)
	}
	answer := (*list)[0]
	*list = (*list)[1:]
	return answer, nil
}

func (a *answers) Passphrase(file string, attempt int) (string, error) {
	return a.take(&a.passphrases, fmt.Sprintf("passphrase %s %d", filepath.Base(file), attempt))
}

func (a *answers) Password(user, host string, attempt int) (string, error) {
	return a.take(&a.passwords, fmt.Sprintf("password %s@%s %d", user, host, attempt))
}

func (a *answers) Answer(c Challenge) (string, error) {
	return a.take(&a.replies, fmt.Sprintf("%s%s%s echo=%v %d", c.Name, c.Instruction, c.Question, c.Echo, c.Attempt))
}

func (a *answers) AddKey(file string, _ ssh.PublicKey) (bool, error) {
	yes, err := a.take(&a.replies, "add "+filepath.Base(file))
	return yes == "yes", err
}

// server is the far end of one test.
type server struct {
	keys      []ssh.PublicKey // accepted
	password  string          // accepted; "" = no such method
	questions []string        // keyboard-interactive; nil = no such method, empty = asks nothing and refuses
	replies   []string        // that are accepted
	second    *server         // what else is wanted after a key

	offered []string // fingerprints of the keys that were asked about
}

func (s *server) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{MaxAuthTries: -1}
	callbacks := s.callbacks()
	c.PublicKeyCallback = callbacks.PublicKeyCallback
	c.PasswordCallback = callbacks.PasswordCallback
	c.KeyboardInteractiveCallback = callbacks.KeyboardInteractiveCallback
	return c
}

func (s *server) callbacks() ssh.ServerAuthCallbacks {
	var c ssh.ServerAuthCallbacks
	no := errors.New("no")
	if s.keys != nil {
		c.PublicKeyCallback = func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if f := ssh.FingerprintSHA256(key); !slices.Contains(s.offered, f) {
				s.offered = append(s.offered, f)
			}
			for _, k := range s.keys {
				if bytes.Equal(k.Marshal(), key.Marshal()) {
					if s.second != nil {
						return nil, &ssh.PartialSuccessError{Next: s.second.callbacks()}
					}
					return nil, nil
				}
			}
			return nil, no
		}
	}
	if s.password != "" {
		c.PasswordCallback = func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) == s.password {
				return nil, nil
			}
			return nil, no
		}
	}
	if s.questions != nil {
		c.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			if len(s.questions) == 0 {
				return nil, no
			}
			echos := make([]bool, len(s.questions))
			echos[0] = true
			got, err := ask("name ", "instruction ", s.questions, echos)
			if err != nil || !slices.Equal(got, s.replies) {
				return nil, no
			}
			return nil, nil
		}
	}
	return c
}

// attempt logs in to s with opts and returns the error as Fail makes it.
func attempt(t *testing.T, s *server, opts Options) (*Login, error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	config := s.config()
	config.AddHostKey(newSigner(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if sc, _, _, err := ssh.NewServerConn(conn, config); err == nil {
			_ = sc.Wait()
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	login := New(opts)
	client, _, _, err := ssh.NewClientConn(conn, "host:22", &ssh.ClientConfig{
		User: opts.Config.User, HostKeyCallback: ssh.InsecureIgnoreHostKey(), AuthCallback: login.Next,
	})
	if err == nil {
		client.Close()
	}
	conn.Close()
	<-done
	return login, login.Fail(err)
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// lockedFile is an encrypted private key, with passphrase "secret" and as few rounds
// of the derivation as can be: what x/crypto writes takes seconds to read.
const lockedFile = "testdata/locked"

// keyFile writes a private key: a new one, or the one of lockedFile if it is to have
// a passphrase, which is "secret" then.
func keyFile(t *testing.T, path, passphrase string) ssh.PublicKey {
	t.Helper()
	if passphrase != "" {
		data, err := os.ReadFile(lockedFile)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, data)
		return readPublic(lockedFile + ".pub")
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, pem.EncodeToMemory(block))
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey()
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// config is a configuration with everything allowed.
func config(files ...string) *sshconf.Config {
	return &sshconf.Config{
		HostName: "host", User: "me", IdentityFiles: files, NumberOfPasswordPrompts: 3,
		PubkeyAuthentication: true, PasswordAuthentication: true, KbdInteractiveAuthentication: true,
	}
}

func TestKeysAreOfferedInOpenSSHsOrder(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	inFile := keyFile(t, path("file"), "")
	keyring := agent.NewKeyring()
	add := func(comment string) ssh.PublicKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := keyring.Add(agent.AddedKey{PrivateKey: key, Comment: comment}); err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return signer.PublicKey()
	}
	other, configured := add("other"), add("configured")
	write(t, path("configured.pub"), ssh.MarshalAuthorizedKey(configured))
	names := map[string]string{
		ssh.FingerprintSHA256(inFile): "file", ssh.FingerprintSHA256(other): "other",
		ssh.FingerprintSHA256(configured): "configured",
	}
	for _, c := range []struct {
		files []string
		only  bool
		want  []string
	}{
		{[]string{path("file"), path("configured")}, false, []string{"configured", "other", "file"}},
		{[]string{path("file"), path("configured")}, true, []string{"configured", "file"}},
		{[]string{path("file")}, false, []string{"other", "configured", "file"}},
		{[]string{path("configured.pub")}, true, []string{"configured"}},
		{nil, true, nil},
	} {
		conf := config(c.files...)
		conf.IdentitiesOnly = c.only
		s := &server{keys: []ssh.PublicKey{}}
		_, err := attempt(t, s, Options{Config: conf, Agent: keyring, Prompter: &answers{}})
		var got []string
		for _, f := range s.offered {
			got = append(got, names[f])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("files %v only %v: offered %v, want %v (%v)", c.files, c.only, got, c.want, err)
		}
	}
}

func TestPassphraseIsAskedForOnlyWhenTheKeyIsWanted(t *testing.T) {
	dir := t.TempDir()
	locked, open := filepath.Join(dir, "locked"), filepath.Join(dir, "open")
	lockedKey, openKey := keyFile(t, locked, "secret"), keyFile(t, open, "")
	for _, c := range []struct {
		name     string
		accepted ssh.PublicKey
		typed    []string
		asked    []string
		in       bool
	}{
		{"another key is wanted", openKey, nil, nil, true},
		{"right", lockedKey, []string{"secret"}, []string{"passphrase locked 1"}, true},
		{"wrong twice", lockedKey, []string{"a", "b", "secret"},
			[]string{"passphrase locked 1", "passphrase locked 2", "passphrase locked 3"}, true},
		{"wrong", lockedKey, []string{"a", "b", "c"},
			[]string{"passphrase locked 1", "passphrase locked 2", "passphrase locked 3"}, false},
		{"empty is a refusal", lockedKey, []string{""}, []string{"passphrase locked 1"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask := &answers{passphrases: c.typed}
			login, err := attempt(t, &server{keys: []ssh.PublicKey{c.accepted}}, Options{Config: config(locked, open), Prompter: ask})
			if (err == nil) != c.in || !slices.Equal(ask.asked, c.asked) {
				t.Errorf("error %v, asked %q; want in=%v, %q", err, ask.asked, c.in, c.asked)
			}
			if skipped := login.Report().Skipped; c.name == "wrong" && (len(skipped) != 1 || skipped[0].File != locked) {
				t.Errorf("skipped %v, want the locked key", skipped)
			}
		})
	}
}

// A PEM file of old hides the public half too: without a .pub beside it the
// passphrase has to come first.
func TestOldEncryptedFilesAreReadWithAndWithoutTheirPublicHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id_ecdsa")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 the format is obsolete, and there
	block, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte("secret"), x509.PEMCipherAES128)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, pem.EncodeToMemory(block))
	public, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{false, true} {
		if known {
			write(t, path+".pub", ssh.MarshalAuthorizedKey(public))
		}
		for _, wanted := range []bool{true, false} {
			s := &server{keys: []ssh.PublicKey{}}
			if wanted {
				s.keys = append(s.keys, public)
			}
			ask := &answers{passphrases: []string{"secret"}}
			_, err := attempt(t, s, Options{Config: config(path), Prompter: ask})
			if (err == nil) != wanted {
				t.Errorf("public known %v, wanted %v: %v", known, wanted, err)
			}
			if asked := len(ask.asked) > 0; asked != (wanted || !known) {
				t.Errorf("public known %v, wanted %v: asked %v", known, wanted, asked)
			}
		}
	}
}

func TestCertificateIsOfferedBeforeItsKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id")
	public := keyFile(t, path, "secret")
	authority := newSigner(t)
	cert := &ssh.Certificate{Key: public, CertType: ssh.UserCert, ValidPrincipals: []string{"me"},
		ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path + "-cert.pub", path + ".elsewhere"} {
		write(t, file, ssh.MarshalAuthorizedKey(cert))
		conf := config(path)
		conf.CertificateFiles = []string{path + ".elsewhere"}
		s := &server{keys: []ssh.PublicKey{cert}}
		if _, err := attempt(t, s, Options{Config: conf, Prompter: &answers{passphrases: []string{"secret"}}}); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		if want := ssh.FingerprintSHA256(cert); len(s.offered) != 1 || s.offered[0] != want {
			t.Errorf("%s: offered %v, want the certificate first", filepath.Base(file), s.offered)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPasswordsAndQuestions(t *testing.T) {
	no := errors.New("interrupted")
	cases := []struct {
		name   string
		server server
		ask    answers
		change func(*Options)
		asked  []string
		in     bool
		check  func(*testing.T, error)
	}{
		{name: "password", server: server{password: "pw"}, ask: answers{passwords: []string{"pw"}},
			asked: []string{"password me@host 1"}, in: true},
		{name: "password at the third try", server: server{password: "pw"}, ask: answers{passwords: []string{"a", "b", "pw"}},
			asked: []string{"password me@host 1", "password me@host 2", "password me@host 3"}, in: true},
		{name: "wrong password", server: server{password: "pw"}, ask: answers{passwords: []string{"a", "b", "c", "pw"}},
			asked: []string{"password me@host 1", "password me@host 2", "password me@host 3"},
			check: func(t *testing.T, err error) {
				failed, ok := errors.AsType[*FailedError](err)
				if !ok || failed.Passwords != 3 || !slices.Equal(failed.Offered, []string{"password"}) {
					t.Errorf("failure %+v", err)
				}
			}},
		{name: "questions", server: server{questions: []string{"One? ", "Two: "}, replies: []string{"1", "2"}},
			ask:   answers{replies: []string{"1", "2"}},
			asked: []string{"name instruction One?  echo=true 1", "Two:  echo=false 1"}, in: true},
		{name: "questions before password", server: server{questions: []string{"Q"}, replies: []string{"1"}, password: "pw"},
			ask: answers{replies: []string{"x", "x", "x"}, passwords: []string{"pw"}},
			asked: []string{"name instruction Q echo=true 1", "name instruction Q echo=true 2",
				"name instruction Q echo=true 3", "password me@host 1"}, in: true},
		{name: "a server that asks nothing is asked once", server: server{questions: []string{}, password: "pw"},
			ask: answers{passwords: []string{"pw"}}, asked: []string{"password me@host 1"}, in: true},
		{name: "preferred order", server: server{questions: []string{"Q"}, replies: []string{"1"}, password: "pw"},
			change: func(o *Options) { o.Config.PreferredAuthentications = []string{"gssapi-with-mic", "password"} },
			ask:    answers{passwords: []string{"pw"}}, asked: []string{"password me@host 1"}, in: true},
		{name: "switched off", server: server{password: "pw"},
			change: func(o *Options) { o.Config.PasswordAuthentication = false }},
		{name: "batch", server: server{password: "pw"},
			change: func(o *Options) { o.Config.BatchMode = true },
			check: func(t *testing.T, err error) {
				if failed, ok := errors.AsType[*FailedError](err); !ok || !failed.Batch {
					t.Errorf("failure %+v", err)
				}
			}},
		{name: "host key not trusted", server: server{password: "pw", questions: []string{"Q"}},
			change: func(o *Options) { o.Untrusted = func() bool { return true } },
			check: func(t *testing.T, err error) {
				if failed, ok := errors.AsType[*FailedError](err); !ok || !failed.Untrusted {
					t.Errorf("failure %+v", err)
				}
			}},
		{name: "the user gives up", server: server{password: "pw", questions: []string{"Q"}}, ask: answers{err: no},
			asked: []string{"name instruction Q echo=true 1"},
			check: func(t *testing.T, err error) {
				if err != no {
					t.Errorf("error %v, want the prompter's own", err)
				}
			}},
		{name: "the connection is gone", server: server{password: "pw"},
			change: func(o *Options) { o.Lost = func() error { return no } },
			check: func(t *testing.T, err error) {
				if !errors.Is(err, no) {
					t.Errorf("error %v, want %v", err, no)
				}
			}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opts := Options{Config: config(), Prompter: &c.ask}
			if c.change != nil {
				c.change(&opts)
			}
			_, err := attempt(t, &c.server, opts)
			if (err == nil) != c.in || !slices.Equal(c.ask.asked, c.asked) {
				t.Errorf("error %v, asked %q; want in=%v, %q", err, c.ask.asked, c.in, c.asked)
			}
			if c.check != nil {
				c.check(t, err)
			}
		})
	}
}

func TestKeyAndThenPassword(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id")
	s := &server{keys: []ssh.PublicKey{keyFile(t, path, "")}, second: &server{password: "pw"}}
	ask := &answers{passwords: []string{"no", "pw"}}
	login, err := attempt(t, s, Options{Config: config(path), Prompter: ask})
	if err != nil || len(ask.asked) != 2 {
		t.Errorf("error %v, asked %q", err, ask.asked)
	}
	if r := login.Report(); !slices.Equal(r.Partial, []string{"publickey"}) {
		t.Errorf("partial %v", r.Partial)
	}
}

func TestKeyFilesThatCannotBeUsedAreNamedWithTheReason(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	keyFile(t, path("readable"), "")
	if err := os.Chmod(path("readable"), 0o644); err != nil {
		t.Fatal(err)
	}
	old, err := asn1.Marshal(encryptedKey{Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path("pkcs8"), pem.EncodeToMemory(&pem.Block{Type: pemEncryptedPKCS8, Bytes: old}))
	write(t, path("garbage"), []byte("what is this"))
	write(t, path("public"), ssh.MarshalAuthorizedKey(newSigner(t).PublicKey()))
	want := map[string]error{"readable": ErrUnprotected, "pkcs8": ErrPKCS8, "public": ErrNoPrivate, "missing": os.ErrNotExist, "garbage": nil}
	var files []string
	for name := range want {
		files = append(files, path(name))
	}
	conf := config(files...)
	conf.PKCS11Provider = path("library")
	want["library"] = ErrPKCS11
	_, err = attempt(t, &server{keys: []ssh.PublicKey{}}, Options{Config: conf, Prompter: &answers{passphrases: []string{"x"}}})
	failed, ok := errors.AsType[*FailedError](err)
	if !ok {
		t.Fatal(err)
	}
	got := make(map[string]error)
	for _, s := range failed.Skipped {
		got[filepath.Base(s.File)] = s.Err
	}
	for name, reason := range want {
		if got[name] == nil || reason != nil && !errors.Is(got[name], reason) {
			t.Errorf("%s: %v, want %v", name, got[name], reason)
		}
	}
	conf = config(path("missing"))
	conf.IdentityFilesDefault = true
	_, err = attempt(t, &server{keys: []ssh.PublicKey{}}, Options{Config: conf, Prompter: &answers{}})
	if failed, ok := errors.AsType[*FailedError](err); !ok || len(failed.Skipped) > 0 {
		t.Errorf("a default key that is not there is news: %+v", err)
	}
}

func TestMethodsWeLackAreNamed(t *testing.T) {
	r := Report{Offered: []string{"publickey", "gssapi-with-mic", "hostbased"}}
	if got := r.Lacking(); !slices.Equal(got, []string{"gssapi-with-mic", "hostbased"}) {
		t.Errorf("lacking %v", got)
	}
}

func TestServersWordsAtADisconnectAreFound(t *testing.T) {
	err := &FailedError{Cause: fmt.Errorf("ssh: handshake failed: %w",
		errors.New(`ssh: disconnect, reason 2: "Too many authentication failures"`))}
	if got := err.Disconnected(); got != "Too many authentication failures" {
		t.Errorf("got %q", got)
	}
	if got := (&FailedError{Cause: errors.New("EOF")}).Disconnected(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestAgentThatIsNotThereIsAnError(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "agent")
	if _, err := DialAgent(socket); err == nil {
		t.Error("connected to nothing")
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	a, err := DialAgent(socket)
	if err != nil {
		t.Fatal(err)
	}
	// Close frees a request that waits.
	failed := make(chan error)
	go func() { _, err := a.List(); failed <- err }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("a request on a closed connection succeeded")
	}
}
