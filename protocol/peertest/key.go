package peertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// KeyType is a kind of SSH key pair, by the name ssh-keygen -t knows it by.
type KeyType string

// The kinds of key.
const (
	ED25519 KeyType = "ed25519"
	ECDSA   KeyType = "ecdsa"
	RSA     KeyType = "rsa"
)

// Key is an SSH key pair in files: Path and Path + ".pub", in OpenSSH's format.
type Key struct {
	Path   string
	Public ssh.PublicKey
	Signer ssh.Signer
}

// Line is the public key as authorized_keys and known_hosts have it.
func (k Key) Line() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.Public)))
}

// NewKey makes a key pair and writes it to path, its folder too if need be. With
// a passphrase the private key is encrypted.
func NewKey(t testing.TB, path string, kind KeyType, passphrase string) Key {
	t.Helper()
	private, err := generate(kind)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "gmosh test")
	if err != nil {
		t.Fatal(err)
	}
	k := Key{Path: path, Public: signer.PublicKey(), Signer: signer}
	WriteFile(t, path, string(pem.EncodeToMemory(block)))
	WriteFile(t, path+".pub", k.Line()+"\n")
	if passphrase != "" {
		// Not by x/crypto, which lets every reader of the file compute for seconds.
		Need(t, "ssh-keygen")
		if err := command("ssh-keygen", "-q", "-p", "-a", "1", "-P", "", "-N", passphrase, "-f", path); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func generate(kind KeyType) (crypto.Signer, error) {
	switch kind {
	case ECDSA:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RSA:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return private, err
}

// WriteFile writes a file that only its owner may read, in a folder, made if need
// be, that only its owner may enter.
func WriteFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
