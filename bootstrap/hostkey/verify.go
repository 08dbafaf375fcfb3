package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
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

// Question is what the user is asked about a host key.
type Question struct {
	Name        string // as in known_hosts
	Address     string // the address that answered; may equal Name
	Key         ssh.PublicKey
	Fingerprint string  // SHA256:…, or as FingerprintHash says
	Others      []Entry // other names the same key is known by
	// Conflict is set if the key is right for the name, and another one is known for
	// the address (CheckHostIP).
	Conflict *Entry
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

	CheckIP   bool   // CheckHostIP: the address must be known by the same key
	Localhost bool   // NoHostAuthenticationForLocalhost: any key will do on this machine
	Revoked   string // RevokedHostKeys: a file of keys that are never accepted; "" none
	// Command runs KnownHostsCommand and returns known_hosts lines. key is nil when
	// the algorithms are put in order. May be nil.
	Command func(reason Reason, name string, key ssh.PublicKey) ([]byte, error)
	// Fingerprint is FingerprintHash; nil is SHA256.
	Fingerprint func(ssh.PublicKey) string

	// Added is told about a key that was added, or could not be (err). May be nil.
	Added func(q Question, file string, err error)
	// Ignored is told that a changed key was let through by policy No. May be nil.
	Ignored func(err error)

	// Untrusted is set when a key was let through that Check refused: passwords must
	// not be sent then.
	Untrusted bool
	// Verified is set when the key is that of File, as it is written there for this
	// name alone: what the server says of its keys then may go there too.
	Verified bool
}

// Reason is what KnownHostsCommand is run for, its %I.
type Reason string

// The reasons.
const (
	ByOrder   Reason = "ORDER"    // to put the algorithms in order
	ByName    Reason = "HOSTNAME" // to check the key of a name
	ByAddress Reason = "ADDRESS"  // to check the key of an address
)

// AddressError says that the key is right for the name, and that the address is
// known by another: the name may lead to a wrong machine, or the address have been
// given to another one.
type AddressError struct {
	Name, Address string
	Key           ssh.PublicKey
	Known         Entry // of the address
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("host key of %s is right, but not that of its address %s in %s:%d", e.Name, e.Address, e.Known.File, e.Known.Line)
}

// store is the store with what KnownHostsCommand adds.
func (v *Verifier) store(reason Reason, name string, key ssh.PublicKey) (*Store, error) {
	if v.Command == nil {
		return v.Store, nil
	}
	text, err := v.Command(reason, name, key)
	if err != nil {
		return nil, fmt.Errorf("KnownHostsCommand: %w", err)
	}
	return v.Store.with("KnownHostsCommand", text), nil
}

// Algorithms is what to offer the server; see Store.Algorithms.
func (v *Verifier) Algorithms() ([]string, error) {
	store, err := v.store(ByOrder, Name(v.Host, v.Port), nil)
	if err != nil {
		return nil, err
	}
	return store.Algorithms(v.Host, v.Port), nil
}

// Verify is an ssh.HostKeyCallback. The host name it is given is not looked at:
// what is checked is v.Host.
func (v *Verifier) Verify(_ string, remote net.Addr, key ssh.PublicKey) error {
	address := addressOf(remote)
	if ip, err := netip.ParseAddr(address); v.Localhost && err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	name := Name(v.Host, v.Port)
	if err := checkRevoked(v.Revoked, name, key); err != nil {
		return err
	}
	store, err := v.store(ByName, name, key)
	if err != nil {
		return err
	}
	err = store.Check(v.Host, v.Port, key, v.Now())
	if err == nil {
		v.Verified = v.ownEntry(store, name, key)
		return v.verifyAddress(address, key)
	}
	if unknown, ok := errors.AsType[*UnknownError](err); ok {
		return v.first(unknown, address)
	}
	// A revoked key is refused under every policy; OpenSSH lets it through with No.
	if _, revoked := errors.AsType[*RevokedError](err); v.Policy != No || revoked {
		return err
	}
	return v.letThrough(err)
}

func (v *Verifier) letThrough(err error) error {
	v.Untrusted = true
	if v.Ignored != nil {
		v.Ignored(err)
	}
	return nil
}

// verifyAddress is CheckHostIP, for a key that is right for the name. An address
// that is not known is added.
func (v *Verifier) verifyAddress(address string, key ssh.PublicKey) error {
	if _, isCert := key.(*ssh.Certificate); !v.CheckIP || isCert || address == "" || address == v.Host {
		return nil
	}
	name := Name(address, v.Port)
	store, err := v.store(ByAddress, name, key)
	if err != nil {
		return err
	}
	err = store.Check(address, v.Port, key, v.Now())
	if unknown, ok := errors.AsType[*UnknownError](err); ok {
		v.add(v.question(unknown, address))
		return nil
	}
	changed, ok := errors.AsType[*ChangedError](err)
	if !ok {
		return err // revoked, or nothing
	}
	conflict := &AddressError{Name: Name(v.Host, v.Port), Address: name, Key: key, Known: changed.Known[0]}
	switch v.Policy {
	case Ask:
		q := v.question(&UnknownError{Name: conflict.Name, Key: key}, address)
		q.Conflict = &conflict.Known
		return v.ask(q)
	case No:
		return v.letThrough(conflict)
	}
	return conflict
}

func (v *Verifier) ask(q Question) error {
	accepted, err := v.Ask(q)
	if err == nil && !accepted {
		err = ErrDeclined
	}
	return err
}

func (v *Verifier) question(unknown *UnknownError, address string) Question {
	fingerprint := v.Fingerprint
	if fingerprint == nil {
		fingerprint = ssh.FingerprintSHA256
	}
	return Question{
		Name:        unknown.Name,
		Address:     address,
		Key:         unknown.Key,
		Fingerprint: fingerprint(unknown.Key),
		Others:      v.Store.NamesOf(unknown.Key),
	}
}

// first handles a host nothing is known about.
func (v *Verifier) first(unknown *UnknownError, address string) error {
	q := v.question(unknown, address)
	switch v.Policy {
	case Yes:
		return unknown
	case Ask:
		if err := v.ask(q); err != nil {
			return err
		}
	}
	v.Verified = v.add(q)
	if v.CheckIP && v.Verified && address != "" && address != v.Host {
		// Its address goes with it, unless that is known already, whoever's it is.
		if name := Name(address, v.Port); len(v.Store.Lookup(name)) == 0 {
			q.Name = name
			v.add(q)
		}
	}
	return nil
}

// add writes a key to File, and reports whether it is there now.
func (v *Verifier) add(q Question) bool {
	if v.File == "" {
		return false
	}
	err := Append(v.File, q.Name, q.Key, v.Hash)
	if v.Added != nil {
		v.Added(q, v.File, err)
	}
	return err == nil
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
