package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Policy is StrictHostKeyChecking of ssh_config(5).
type Policy int

// The policies, as ssh_config(5) names them.
const (
	Ask       Policy = iota // unknown: ask; changed: refuse
	Yes                     // unknown and changed: refuse
	AcceptNew               // unknown: accept and remember; changed: refuse
	No                      // unknown: accept and remember; changed: accept, without passwords (also "off")
)

// ParsePolicy reads the keyword's argument. Ask for anything it does not know: the
// parser of the configuration has refused bad words already.
func ParsePolicy(word string) Policy {
	switch word {
	case "yes", "true":
		return Yes
	case "accept-new":
		return AcceptNew
	case "no", "false", "off":
		return No
	}
	return Ask
}

// ErrDeclined says that the user did not accept an unknown key.
var ErrDeclined = errors.New("the user did not accept the host key")

// Question is what the user is asked about an unknown host.
type Question struct {
	Name        string // as in known_hosts
	Address     string // the address that answered; may equal Name
	Key         ssh.PublicKey
	Fingerprint string  // SHA256:…
	Others      []Entry // other names the same key is known by
}

// Verifier is the policy for one connection. Host, Store and Now must be set; Ask
// where the policy asks.
type Verifier struct {
	Host   string // HostKeyAlias or HostName; without port
	Port   int    // 22 with a HostKeyAlias
	Store  *Store
	Policy Policy
	File   string // the user's first known_hosts file: new keys are added there; "" = nowhere
	Hash   bool   // HashKnownHosts
	Now    func() time.Time
	Ask    func(Question) (bool, error)

	// Added is told about a key that was added, or could not be (err). May be nil.
	Added func(q Question, file string, err error)
	// Ignored is told that a changed key was let through by policy No. May be nil.
	Ignored func(err error)

	// Untrusted is set when a key was let through that Check refused: passwords must
	// not be sent then.
	Untrusted bool
}

// Algorithms is what to offer the server; see Store.Algorithms.
func (v *Verifier) Algorithms() []string { return v.Store.Algorithms(v.Host, v.Port) }

// Verify is an ssh.HostKeyCallback. The host name it is given is not looked at:
// what is checked is v.Host.
func (v *Verifier) Verify(_ string, remote net.Addr, key ssh.PublicKey) error {
	err := v.Store.Check(v.Host, v.Port, key, v.Now())
	if err == nil {
		return nil
	}
	if unknown, ok := errors.AsType[*UnknownError](err); ok {
		return v.first(unknown, remote)
	}
	// A revoked key is refused under every policy; OpenSSH lets it through with No.
	if _, revoked := errors.AsType[*RevokedError](err); v.Policy != No || revoked {
		return err
	}
	v.Untrusted = true
	if v.Ignored != nil {
		v.Ignored(err)
	}
	return nil
}

// first handles a host nothing is known about.
func (v *Verifier) first(unknown *UnknownError, remote net.Addr) error {
	q := Question{
		Name:        unknown.Name,
		Address:     addressOf(remote),
		Key:         unknown.Key,
		Fingerprint: ssh.FingerprintSHA256(unknown.Key),
		Others:      v.Store.NamesOf(unknown.Key),
	}
	switch v.Policy {
	case Yes:
		return unknown
	case Ask:
		accepted, err := v.Ask(q)
		if err != nil {
			return err
		}
		if !accepted {
			return ErrDeclined
		}
	}
	if v.File == "" {
		return nil
	}
	err := Append(v.File, q.Name, q.Key, v.Hash)
	if v.Added != nil {
		v.Added(q, v.File, err)
	}
	return nil
}

// Append adds a key to a known_hosts file as OpenSSH does: the folder (0700) and
// the file (0600) are made if need be, a last line without newline is ended first.
// name is as Name makes it; hash hides it. The line goes out in one write, so two
// programs that add at once do not mix.
func Append(file, name string, key ssh.PublicKey, hash bool) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	var line bytes.Buffer
	if unfinished(f) {
		line.WriteByte('\n')
	}
	if hash {
		name = knownhosts.HashHostname(name)
	}
	fmt.Fprintf(&line, "%s %s", name, ssh.MarshalAuthorizedKey(key))
	_, err = f.Write(line.Bytes())
	return err
}

// unfinished reports whether the last line of f lacks its newline.
func unfinished(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}
