package sshauth

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// passphraseTries is how often OpenSSH asks for one passphrase.
const passphraseTries = 3

// errDeclined says that the user left a passphrase empty: on to the next key.
var errDeclined = errors.New("no passphrase given")

// ErrPKCS8 says that a key file is encrypted in a format we cannot read yet.
var ErrPKCS8 = errors.New("encrypted PKCS#8 private keys are not supported")

// ErrNoPrivate says that a file holds only a public key and the agent lacks the
// private one.
var ErrNoPrivate = errors.New("only the public key is here, and the agent does not have the private one")

// candidate is one key that may be offered.
type candidate struct {
	where  string        // file name, or "agent" with the key's comment
	public ssh.PublicKey // nil: only known once the file is decrypted
	open   func() (ssh.Signer, error)
}

// candidates lists the keys in the order OpenSSH offers them: those of the
// configuration that the agent holds, the agent's others (unless IdentitiesOnly),
// those that are only in files. A certificate goes before the key it is for.
func (l *Login) candidates() (keys []candidate, skipped []Skip) {
	c := l.opts.Config
	inAgent, skipped := l.agentKeys()
	var held, files []candidate
	taken := make(map[string]bool)
	for _, path := range c.IdentityFiles {
		key, err := readIdentity(path)
		if errors.Is(err, fs.ErrNotExist) && c.IdentityFilesDefault {
			continue
		}
		if err != nil {
			skipped = append(skipped, Skip{File: path, Err: err})
			continue
		}
		if agentKey, ok := inAgent.find(key.public); ok {
			taken[string(key.public.Marshal())] = true
			held = append(held, l.certified(path, agentKey)...)
			continue
		}
		if key.private == nil {
			skipped = append(skipped, Skip{File: path, Err: ErrNoPrivate})
			continue
		}
		files = append(files, l.certified(path, l.fromFile(path, key))...)
	}
	keys = held
	for _, key := range inAgent {
		if !c.IdentitiesOnly && !taken[string(key.public.Marshal())] {
			keys = append(keys, key)
		}
	}
	keys = append(keys, files...)
	if keys == nil {
		keys = []candidate{}
	}
	return keys, skipped
}

// agentKeys are the keys the agent holds.
type agentKeys []candidate

func (l *Login) agentKeys() (agentKeys, []Skip) {
	if l.opts.Agent == nil {
		return nil, nil
	}
	signers, err := l.opts.Agent.Signers()
	if err != nil {
		return nil, []Skip{{File: "agent", Err: err}}
	}
	var keys agentKeys
	for _, s := range signers {
		where := "agent"
		if key, ok := s.PublicKey().(*agent.Key); ok && key.Comment != "" {
			where += ", " + key.Comment
		}
		keys = append(keys, candidate{
			where: where, public: s.PublicKey(),
			open: func() (ssh.Signer, error) { return s, nil },
		})
	}
	return keys, nil
}

func (keys agentKeys) find(public ssh.PublicKey) (candidate, bool) {
	if public == nil {
		return candidate{}, false
	}
	for _, k := range keys {
		if bytes.Equal(k.public.Marshal(), public.Marshal()) {
			return k, true
		}
	}
	return candidate{}, false
}

// identity is what one key file holds.
type identity struct {
	public    ssh.PublicKey // nil: unknown without the passphrase
	private   []byte        // PEM; nil if the file holds a public key only
	encrypted bool
}

// readIdentity reads a private key file, or a public one that stands for a key in
// the agent. If the public half cannot be had from the file it is looked for in
// the .pub file beside it.
func readIdentity(path string) (identity, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		// The private key may be in the agent only.
		if public := readPublic(path + ".pub"); public != nil {
			return identity{public: public}, nil
		}
	}
	if err != nil {
		return identity{}, err
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		return identity{public: public}, nil
	}
	if err := checkMode(path); err != nil {
		return identity{}, err
	}
	if block, _ := pem.Decode(data); block != nil && block.Type == "ENCRYPTED PRIVATE KEY" {
		return identity{}, ErrPKCS8
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err == nil {
		return identity{public: signer.PublicKey(), private: data}, nil
	}
	locked, ok := errors.AsType[*ssh.PassphraseMissingError](err)
	if !ok {
		return identity{}, err
	}
	id := identity{public: locked.PublicKey, private: data, encrypted: true}
	if id.public == nil {
		id.public = readPublic(path + ".pub")
	}
	return id, nil
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

// fromFile makes a candidate of a file with a private key. One whose public half
// is not known must be decrypted before it can be offered; the others are
// decrypted when the server wants a signature.
func (l *Login) fromFile(path string, id identity) candidate {
	key := candidate{where: path, public: id.public}
	switch {
	case !id.encrypted:
		key.open = func() (ssh.Signer, error) { return ssh.ParsePrivateKey(id.private) }
	case id.public == nil:
		key.open = func() (ssh.Signer, error) { return l.unlock(path, id.private) }
	default:
		key.open = func() (ssh.Signer, error) {
			return &lazySigner{public: id.public, open: later(l, path, id.private)}, nil
		}
	}
	return key
}

// later is unlock for a key that has been offered already: the library drops the
// error, so it is noted here.
func later(l *Login, path string, data []byte) func() (ssh.Signer, error) {
	return func() (ssh.Signer, error) {
		signer, err := l.unlock(path, data)
		if err != nil && l.abort == nil {
			l.skip(path, err)
		}
		return signer, err
	}
}

// unlock decrypts a private key, asking for its passphrase.
func (l *Login) unlock(path string, data []byte) (ssh.Signer, error) {
	if l.report.Batch {
		return nil, errors.New("it is encrypted and nothing may be asked (BatchMode)")
	}
	for attempt := 1; attempt <= passphraseTries; attempt++ {
		passphrase, err := l.opts.Prompter.Passphrase(path, attempt)
		if err != nil {
			return nil, l.give(err)
		}
		if passphrase == "" {
			return nil, errDeclined
		}
		signer, err := ssh.ParsePrivateKeyWithPassphrase(data, []byte(passphrase))
		if err == nil {
			return signer, nil
		}
		if !errors.Is(err, x509.IncorrectPasswordError) {
			return nil, err
		}
	}
	return nil, errors.New("wrong passphrase")
}

// certified returns the key, behind the certificates that are there for it: in
// CertificateFile, or beside the key as path-cert.pub.
func (l *Login) certified(path string, key candidate) []candidate {
	var keys []candidate
	files := append([]string{strings.TrimSuffix(path, ".pub") + "-cert.pub"}, l.opts.Config.CertificateFiles...)
	for _, file := range files {
		cert, ok := readPublic(file).(*ssh.Certificate)
		if !ok || key.public == nil || !bytes.Equal(cert.Key.Marshal(), key.public.Marshal()) {
			continue
		}
		keys = append(keys, candidate{where: file, public: cert, open: func() (ssh.Signer, error) {
			signer, err := key.open()
			if err != nil {
				return nil, err
			}
			return ssh.NewCertSigner(cert, signer)
		}})
	}
	return append(keys, key)
}

// lazySigner knows its public key and opens the private one at the first
// signature.
type lazySigner struct {
	public ssh.PublicKey
	open   func() (ssh.Signer, error)
	signer ssh.Signer
}

func (s *lazySigner) PublicKey() ssh.PublicKey { return s.public }

func (s *lazySigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm makes it an ssh.AlgorithmSigner, so that RSA keys sign with
// SHA-2.
func (s *lazySigner) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	if s.signer == nil {
		signer, err := s.open()
		if err != nil {
			return nil, err
		}
		s.signer = signer
	}
	if as, ok := s.signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return as.SignWithAlgorithm(rand, data, algorithm)
	}
	return s.signer.Sign(rand, data)
}
