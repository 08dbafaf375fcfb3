package sshauth

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gmosh/protocol/peertest"
)

// Every kind of file that ssh-keygen and openssl write.
func TestEveryFormatOfPrivateKeyFiles(t *testing.T) {
	peertest.Need(t, "ssh-keygen", "openssl")
	dir := t.TempDir()
	plain := map[string]string{}
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		plain[kind] = filepath.Join(dir, kind)
		args := []string{"-q", "-t", kind, "-N", "", "-f", plain[kind], "-C", ""}
		if kind == "rsa" {
			args = append(args, "-b", "2048")
		}
		run(t, "ssh-keygen", args...)
	}
	pkcs8 := func(kind string) string { // what openssl starts from
		path := filepath.Join(t.TempDir(), "pkcs8")
		copyFile(t, plain[kind], path)
		if kind == "ed25519" { // ssh-keygen writes no other format of these
			run(t, "openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
			return path
		}
		run(t, "ssh-keygen", "-q", "-p", "-m", "PKCS8", "-N", "", "-P", "", "-f", path)
		return path
	}
	keygen := func(args ...string) func(string, string) {
		return func(kind, out string) {
			copyFile(t, plain[kind], out)
			run(t, "ssh-keygen", append([]string{"-q", "-p", "-a", "1", "-P", "", "-f", out}, args...)...)
		}
	}
	openssl := func(args ...string) func(string, string) {
		return func(kind, out string) {
			run(t, "openssl", append([]string{"pkcs8", "-topk8", "-in", pkcs8(kind), "-out", out}, args...)...)
		}
	}
	secret := []string{"-passout", "pass:secret"}
	for _, c := range []struct {
		name   string
		kinds  string
		make   func(kind, out string)
		locked bool
		err    error // of reading it, with and without the passphrase
	}{
		{"OpenSSH", "ed25519 ecdsa rsa", keygen("-N", ""), false, nil},
		{"OpenSSH encrypted", "ed25519 ecdsa rsa", keygen("-N", "secret"), true, nil},
		{"OpenSSH aes256-cbc", "ed25519", keygen("-N", "secret", "-Z", "aes256-cbc"), true, nil},
		{"OpenSSH aes256-gcm", "ed25519", keygen("-N", "secret", "-Z", "aes256-gcm@openssh.com"), true, ErrCipher},
		{"OpenSSH chacha20", "rsa", keygen("-N", "secret", "-Z", "chacha20-poly1305@openssh.com"), true, ErrCipher},
		{"PEM", "ecdsa rsa", keygen("-N", "", "-m", "PEM"), false, nil},
		{"PEM encrypted", "ecdsa rsa", keygen("-N", "secret", "-m", "PEM"), true, nil},
		{"PKCS#8", "ecdsa rsa", keygen("-N", "", "-m", "PKCS8"), false, nil},
		{"PKCS#8 encrypted", "ecdsa rsa", keygen("-N", "secret", "-m", "PKCS8"), true, nil},
		{"PKCS#8 of openssl", "ed25519 ecdsa rsa", openssl("-nocrypt"), false, nil},
		{"PKCS#8 of openssl, encrypted", "ed25519 ecdsa rsa", openssl(secret...), true, nil},
		{"PKCS#8, AES-128, SHA-1", "ecdsa", openssl(append(secret, "-v2", "aes128", "-v2prf", "hmacWithSHA1")...), true, nil},
		{"PKCS#8, AES-192, SHA-512", "ecdsa", openssl(append(secret, "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512")...), true, nil},
		{"PKCS#8, 3DES", "rsa", openssl(append(secret, "-v2", "des3")...), true, nil},
		{"PKCS#8, scrypt", "ed25519", openssl(append(secret, "-scrypt")...), true, nil},
		{"PKCS#8, PBES1", "rsa", openssl(append(secret, "-v1", "PBE-SHA1-3DES", "-provider", "default")...), true, ErrPKCS8},
	} {
		for kind := range strings.FieldsSeq(c.kinds) {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "key")
				c.make(kind, path)
				checkFormat(t, path, c.locked, c.err)
			})
		}
	}
}

func checkFormat(t *testing.T, path string, locked bool, want error) {
	t.Helper()
	id, err := readIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	if id.unusable != nil {
		if !errors.Is(id.unusable, want) || id.public == nil {
			t.Errorf("public %v, unusable because %v", id.public, id.unusable)
		}
		return
	}
	if id.encrypted != locked {
		t.Errorf("encrypted %v, want %v", id.encrypted, locked)
	}
	if locked && want == nil {
		if _, err := parsePrivate(id.private, []byte("wrong")); !errors.Is(err, x509.IncorrectPasswordError) {
			t.Errorf("wrong passphrase: %v", err)
		}
	}
	var passphrase []byte
	if locked {
		passphrase = []byte("secret")
	}
	private, err := parsePrivate(id.private, passphrase)
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Fatalf("error %v, want %v", err, want)
	}
	if want != nil {
		return
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if id.public != nil && string(id.public.Marshal()) != string(signer.PublicKey().Marshal()) {
		t.Error("the public half is that of another key")
	}
	signature, err := signer.Sign(nil, []byte("data"))
	if err != nil || signer.PublicKey().Verify([]byte("data"), signature) != nil {
		t.Errorf("the key does not sign: %v", err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, data)
}

func FuzzEncryptedPKCS8(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		if key, err := decryptPKCS8(der, []byte("x")); (key == nil) == (err == nil) {
			t.Errorf("key %v, error %v", key, err)
		}
	})
}

// What ssh-keygen -t ed25519-sk writes, which takes a device.
func TestSecurityKeyIsNamedAndUsedThroughTheAgent(t *testing.T) {
	public := ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, make([]byte, 32), "ssh:"})
	blob := append([]byte(opensshMagic), ssh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
	}{"none", "none", "", 1, public, []byte("only the device can use it")})...)
	path := filepath.Join(t.TempDir(), "id_ed25519_sk")
	write(t, path, pem.EncodeToMemory(&pem.Block{Type: pemOpenSSH, Bytes: blob}))
	id, err := readIdentity(path)
	if err != nil || id.public == nil || id.public.Type() != ssh.KeyAlgoSKED25519 || !errors.Is(id.unusable, ErrSecurityKey) {
		t.Fatalf("%+v, %v", id, err)
	}
	_, err = attempt(t, &server{keys: []ssh.PublicKey{}}, Options{Config: config(path), Prompter: &answers{}})
	failed, ok := errors.AsType[*FailedError](err)
	if !ok || len(failed.Skipped) != 1 || !errors.Is(failed.Skipped[0].Err, ErrSecurityKey) {
		t.Errorf("without an agent: %+v", err)
	}
	// The agent has it, and the device behind it.
	held := &device{Agent: agent.NewKeyring(), key: id.public}
	login, _ := attempt(t, &server{keys: []ssh.PublicKey{id.public}}, Options{Config: config(path), Agent: held, Prompter: &answers{}})
	if held.signed != 1 || len(login.Report().Keys) != 1 {
		t.Errorf("asked the agent to sign %d times; offered %q", held.signed, login.Report().Keys)
	}
}

// device is an agent with one key, whose signatures are none.
type device struct {
	agent.Agent
	key    ssh.PublicKey
	signed int
}

func (d *device) Signers() ([]ssh.Signer, error) { return []ssh.Signer{deviceSigner{d}}, nil }

type deviceSigner struct{ *device }

func (s deviceSigner) PublicKey() ssh.PublicKey { return s.key }

func (s deviceSigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

func (s deviceSigner) SignWithAlgorithm(io.Reader, []byte, string) (*ssh.Signature, error) {
	s.signed++
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: make([]byte, 64), Rest: make([]byte, 5)}, nil
}
