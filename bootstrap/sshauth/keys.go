package sshauth

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gmosh/sshconf"
)

// passphraseTries is how often OpenSSH asks for one passphrase.
const passphraseTries = 3

// errDeclined says that the user left a passphrase empty: on to the next key.
var errDeclined = errors.New("no passphrase given")

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
	if c.PKCS11Provider != "" {
		skipped = append(skipped, Skip{File: c.PKCS11Provider, Err: ErrPKCS11})
	}
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
			skipped = append(skipped, Skip{File: path, Err: key.unusable})
			continue
		}
		files = append(files, l.certified(path, l.fromFile(path, key))...)
	}
	keys = append(held, l.certificatesFor(inAgent, taken)...)
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
			open: func() (ssh.Signer, error) { return l.watched(where, s), nil },
		})
	}
	return keys, nil
}

// ErrAgentRefuses says that the agent has a key that the server wants and does not
// sign with it. One reason is named because only here it cannot be helped: the
// agent wants proof of which host is logged in to, and x/crypto cannot give it.
var ErrAgentRefuses = errors.New("the agent does not sign with it: it may be locked, have asked and been told no, " +
	"or hold it for certain hosts only (ssh-add -h), which takes --ssh=/usr/bin/ssh")

// watched is a signer of the agent's whose refusal is noted: the library drops it.
func (l *Login) watched(where string, signer ssh.Signer) ssh.Signer {
	as, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return signer
	}
	return &lazySigner{public: signer.PublicKey(), signer: as, failed: func(err error) {
		l.skip(where, fmt.Errorf("%w (%w)", ErrAgentRefuses, err))
	}}
}

// certificatesFor are those of CertificateFile that are for a key which is in the
// agent and in no IdentityFile.
func (l *Login) certificatesFor(keys agentKeys, taken map[string]bool) []candidate {
	var found []candidate
	for _, file := range l.opts.Config.CertificateFiles {
		cert, ok := readPublic(file).(*ssh.Certificate)
		if !ok || taken[string(cert.Key.Marshal())] {
			continue
		}
		if key, held := keys.find(cert.Key); held {
			found = append(found, withCertificate(file, cert, key))
		}
	}
	return found
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

// fromFile makes a candidate of a file with a private key. One whose public half
// is not known must be decrypted before it can be offered; the others are read
// when the server wants a signature.
func (l *Login) fromFile(path string, id identity) candidate {
	key := candidate{where: path, public: id.public}
	key.open = func() (ssh.Signer, error) {
		if id.public == nil {
			return l.load(path, id)
		}
		return &lazySigner{
			public: id.public,
			open:   func() (ssh.Signer, error) { return l.load(path, id) },
			// The library drops the error.
			failed: func(err error) {
				if l.abort == nil {
					l.skip(path, err)
				}
			},
		}, nil
	}
	return key
}

// load reads a private key, and adds it to the agent if that is wanted.
func (l *Login) load(path string, id identity) (ssh.Signer, error) {
	private, err := parsePrivate(id.private, nil)
	if id.encrypted {
		private, err = l.unlock(path, id.private)
	}
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return nil, err
	}
	return signer, l.addToAgent(path, signer.PublicKey(), private)
}

// addToAgent is AddKeysToAgent. That the agent does not take a key is no reason to
// stop; that the user does not answer is.
func (l *Login) addToAgent(path string, public ssh.PublicKey, private any) error {
	how := l.opts.Config.AddKeysToAgent
	if l.opts.Agent == nil || how.Mode != sshconf.Yes && how.Mode != sshconf.Ask {
		return nil
	}
	if how.Mode == sshconf.Ask {
		if l.report.Batch {
			return nil
		}
		yes, err := l.opts.Prompter.AddKey(path, public)
		if err != nil {
			return l.give(err)
		}
		if !yes {
			return nil
		}
	}
	err := l.opts.Agent.Add(agent.AddedKey{
		PrivateKey: private, Comment: path, ConfirmBeforeUse: how.Confirm,
		LifetimeSecs: uint32(min(how.Lifetime.Seconds(), math.MaxUint32)),
	})
	if err != nil {
		l.detail("%s was not added to the agent: %v", path, err)
	} else {
		l.detail("added %s to the agent", path)
	}
	return nil
}

// unlock decrypts a private key, asking for its passphrase.
func (l *Login) unlock(path string, data []byte) (any, error) {
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
		private, err := parsePrivate(data, []byte(passphrase))
		if err == nil {
			return private, nil
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
		keys = append(keys, withCertificate(file, cert, key))
	}
	return append(keys, key)
}

func withCertificate(file string, cert *ssh.Certificate, key candidate) candidate {
	return candidate{where: file, public: cert, open: func() (ssh.Signer, error) {
		signer, err := key.open()
		if err != nil {
			return nil, err
		}
		return ssh.NewCertSigner(cert, signer)
	}}
}

// lazySigner knows its public key and opens the private one at the first
// signature.
type lazySigner struct {
	public ssh.PublicKey
	open   func() (ssh.Signer, error)
	signer ssh.Signer  // nil until it is opened
	failed func(error) // told why there is no signature
}

func (s *lazySigner) PublicKey() ssh.PublicKey { return s.public }

func (s *lazySigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm makes it an ssh.AlgorithmSigner, so that RSA keys sign with
// SHA-2.
func (s *lazySigner) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signature, err := s.sign(rand, data, algorithm)
	if err != nil {
		s.failed(err)
	}
	return signature, err
}

func (s *lazySigner) sign(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
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
