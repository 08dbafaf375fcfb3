package sshauth

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Why a private key file cannot be used from here, though it is a good one.
var (
	// ErrSecurityKey says that the private key is in a security key (FIDO), which
	// takes a library of the system's to talk to.
	ErrSecurityKey = errors.New("its private key is in a security key, which gmosh reaches through the agent only: " +
		"ssh-add FILE, or --ssh=/usr/bin/ssh")
	// ErrCipher says that an OpenSSH file is encrypted with a cipher we cannot undo.
	ErrCipher = errors.New("it is encrypted with a cipher that gmosh has only for connections: " +
		"ssh-keygen -p -Z aes256-ctr -f FILE writes it anew, and ssh-add FILE does without")
	// ErrPKCS11 says that PKCS11Provider names a library, which cannot be loaded.
	ErrPKCS11 = errors.New("gmosh loads no PKCS#11 library; the agent does: ssh-add -s LIBRARY, or --ssh=/usr/bin/ssh")
	// ErrNoPrivate says that a file holds only a public key and the agent lacks the
	// private one.
	ErrNoPrivate = errors.New("only the public key is here, and the agent does not have the private one")
)

// The types of PEM blocks.
const (
	pemEncryptedPKCS8 = "ENCRYPTED PRIVATE KEY"
	pemOpenSSH        = "OPENSSH PRIVATE KEY"
)

// identity is what one key file holds.
type identity struct {
	public    ssh.PublicKey // nil: unknown without the passphrase
	private   []byte        // PEM; nil if the private key cannot be had from the file
	encrypted bool
	unusable  error // why private is nil
}

// readIdentity reads a private key file, or a public one that stands for a key in
// the agent. If the public half cannot be had from the file it is looked for in
// the .pub file beside it.
func readIdentity(path string) (identity, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		// The private key may be in the agent only.
		if public := readPublic(path + ".pub"); public != nil {
			return identity{public: public, unusable: ErrNoPrivate}, nil
		}
	}
	if err != nil {
		return identity{}, err
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		return identity{public: public, unusable: ErrNoPrivate}, nil
	}
	if err := checkMode(path); err != nil {
		return identity{}, err
	}
	id, err := parseIdentity(data)
	if err == nil && id.public == nil {
		id.public = readPublic(path + ".pub")
	}
	return id, err
}

// parseIdentity reads the text of a private key file.
func parseIdentity(data []byte) (identity, error) {
	block, _ := pem.Decode(data)
	if block != nil && block.Type == pemEncryptedPKCS8 {
		return identity{private: data, encrypted: true}, nil
	}
	if block != nil && block.Type == pemOpenSSH {
		if id, ok := outOfReach(block.Bytes); ok {
			return id, nil
		}
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err == nil {
		return identity{public: signer.PublicKey(), private: data}, nil
	}
	if locked, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return identity{public: locked.PublicKey, private: data, encrypted: true}, nil
	}
	return identity{}, err
}

// opensshMagic begins OpenSSH's own format (PROTOCOL.key), which names the cipher
// and shows the public key.
const opensshMagic = "openssh-key-v1\x00"

// opensshCiphers are those that x/crypto decrypts.
var opensshCiphers = []string{"none", "aes256-ctr", "aes256-cbc"}

// outOfReach recognises files that x/crypto cannot read. With their public half, a
// key in the agent can be found.
func outOfReach(blob []byte) (identity, bool) {
	var head struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
		Tag                  []byte `ssh:"rest"` // of an authenticated cipher
	}
	rest, ok := bytes.CutPrefix(blob, []byte(opensshMagic))
	if !ok || ssh.Unmarshal(rest, &head) != nil {
		return identity{}, false
	}
	public, err := ssh.ParsePublicKey(head.Public)
	switch {
	case err == nil && strings.HasPrefix(public.Type(), "sk-"):
		return identity{public: public, unusable: ErrSecurityKey}, true
	case !slices.Contains(opensshCiphers, head.Cipher):
		if err != nil {
			public = nil
		}
		return identity{public: public, unusable: ErrCipher}, true
	}
	return identity{}, false
}

// readPublic reads a .pub file; nil if it is not there or holds no key.
func readPublic(path string) ssh.PublicKey {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		return nil
	}
	return public
}

// parsePrivate reads a private key, in one of the types of package crypto. Without
// a passphrase the file must need none; a wrong one is x509.IncorrectPasswordError.
func parsePrivate(data, passphrase []byte) (any, error) {
	if passphrase == nil {
		return ssh.ParseRawPrivateKey(data)
	}
	if block, _ := pem.Decode(data); block != nil && block.Type == pemEncryptedPKCS8 {
		return decryptPKCS8(block.Bytes, passphrase)
	}
	return ssh.ParseRawPrivateKeyWithPassphrase(data, passphrase)
}
