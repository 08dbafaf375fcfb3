package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// defaultPort is the port whose number a known_hosts name leaves out.
const defaultPort = 22

// Name is how known_hosts writes a host: lower case, and [host]:port when the port
// is not 22 (0 counts as 22).
func Name(host string, port int) string {
	host = strings.ToLower(host)
	if port == 0 || port == defaultPort {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(port)
}

// Store is what some known_hosts files say.
type Store struct {
	// Signatures are the algorithms by which an authority may have signed a host's
	// certificate (CASignatureAlgorithms); nil: any.
	Signatures []string

	entries []Entry
}

// Load reads the files in order. One that does not exist is empty, as for OpenSSH;
// the error names those that are there and cannot be read, and the Store holds the
// others' entries even then.
func Load(files ...string) (*Store, error) {
	store := &Store{}
	var bad []error
	for _, file := range files {
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			store.Add(file, data)
		case !errors.Is(err, fs.ErrNotExist):
			bad = append(bad, err)
		}
	}
	return store, errors.Join(bad...)
}

// Add takes in the text of one file. Lines that cannot be read are skipped: one
// key type too new for us must not hide the hosts around it.
func (s *Store) Add(file string, text []byte) {
	number := 0
	for line := range bytes.SplitSeq(text, []byte{'\n'}) {
		number++
		entry, err := ParseLine(line)
		if err != nil {
			continue
		}
		entry.File, entry.Line = file, number
		s.entries = append(s.entries, entry)
	}
}

// with is the store and some more text.
func (s *Store) with(origin string, text []byte) *Store {
	more := &Store{Signatures: s.Signatures, entries: slices.Clip(s.entries)}
	more.Add(origin, text)
	return more
}

// Lookup returns the entries for name, as Name makes it, in the order of the files.
func (s *Store) Lookup(name string) []Entry {
	var found []Entry
	for _, e := range s.entries {
		if e.Matches(name) {
			found = append(found, e)
		}
	}
	return found
}

// NamesOf returns the other names a key is known by, as "file:line: names", for
// the question on first contact. Hashed names stay hashed.
func (s *Store) NamesOf(key ssh.PublicKey) []Entry {
	var found []Entry
	for _, e := range s.entries {
		if e.Marker == Plain && equal(e.Key, key) {
			found = append(found, e)
		}
	}
	return found
}

// UnknownError says that nothing is known about the host.
type UnknownError struct {
	Name string // as in known_hosts
	Key  ssh.PublicKey
}

func (e *UnknownError) Error() string { return "no host key is known for " + e.Name }

// ChangedError says that the host is known by another key.
type ChangedError struct {
	Name  string
	Key   ssh.PublicKey // the one presented
	Known []Entry       // what the files hold for it; not empty
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("host key of %s is not the one in %s:%d", e.Name, e.Known[0].File, e.Known[0].Line)
}

// RevokedError says that the key, or the authority that signed it, is revoked.
type RevokedError struct {
	Name  string
	Key   ssh.PublicKey
	Entry Entry
}

func (e *RevokedError) Error() string {
	return fmt.Sprintf("host key of %s is revoked by %s:%d", e.Name, e.Entry.File, e.Entry.Line)
}

// CertificateError says why a certificate of a known authority is no good here.
type CertificateError struct {
	Name   string
	Reason string
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("host certificate of %s: %s", e.Name, e.Reason)
}

// Check judges the key that host presented on port: nil if it is known, else one of
// the error types above. A name with a port that is not known at all may be known
// without it, as OpenSSH allows. now is for the dates of certificates.
func (s *Store) Check(host string, port int, key ssh.PublicKey, now time.Time) error {
	name := Name(host, port)
	err := s.check(name, host, key, now)
	if _, unknown := errors.AsType[*UnknownError](err); !unknown || name == Name(host, 0) {
		return err
	}
	bare := s.check(Name(host, 0), host, key, now)
	if _, revoked := errors.AsType[*RevokedError](bare); bare == nil || revoked {
		return bare
	}
	return err
}

func (s *Store) check(name, host string, key ssh.PublicKey, now time.Time) error {
	entries := s.Lookup(name)
	cert, certified := key.(*ssh.Certificate)
	if certified {
		key = cert.Key
	}
	if revoked := find(entries, Revoked, key); revoked != nil {
		return &RevokedError{Name: name, Key: key, Entry: *revoked}
	}
	if certified {
		if revoked := find(entries, Revoked, cert.SignatureKey); revoked != nil {
			return &RevokedError{Name: name, Key: cert.SignatureKey, Entry: *revoked}
		}
		if find(entries, Authority, cert.SignatureKey) != nil {
			return s.checkCertificate(name, strings.ToLower(host), cert, now)
		}
		// No authority of ours signed it: the key inside counts, as a plain one.
	}
	var known []Entry
	for _, e := range entries {
		if e.Marker != Plain {
			continue
		}
		if equal(e.Key, key) {
			return nil
		}
		known = append(known, e)
	}
	if len(known) == 0 {
		return &UnknownError{Name: name, Key: key}
	}
	// Entries of the same type first: they are the ones that were replaced.
	slices.SortStableFunc(known, func(a, b Entry) int { return typeRank(a, key) - typeRank(b, key) })
	return &ChangedError{Name: name, Key: key, Known: known}
}

func typeRank(e Entry, key ssh.PublicKey) int {
	if e.Key.Type() == key.Type() {
		return 0
	}
	return 1
}

// checkCertificate judges a host certificate whose authority is trusted for name.
func (s *Store) checkCertificate(name, host string, cert *ssh.Certificate, now time.Time) error {
	if cert.CertType != ssh.HostCert {
		return &CertificateError{Name: name, Reason: "it is a user's certificate"}
	}
	if s.Signatures != nil && !slices.Contains(s.Signatures, cert.Signature.Format) {
		return &CertificateError{Name: name, Reason: "CASignatureAlgorithms does not allow its signature, " + cert.Signature.Format}
	}
	// Principals of host certificates may be patterns in OpenSSH; x/crypto compares
	// them literally, so it is told the one that matched.
	principal := host
	for _, p := range cert.ValidPrincipals {
		if matchWildcard(strings.ToLower(p), host) {
			principal = p
			break
		}
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return now }}
	if err := checker.CheckCert(principal, cert); err != nil {
		return &CertificateError{Name: name, Reason: strings.TrimPrefix(err.Error(), "ssh: ")}
	}
	return nil
}

// find returns the first entry with that marker and key.
func find(entries []Entry, marker Marker, key ssh.PublicKey) *Entry {
	for i := range entries {
		if entries[i].Marker == marker && equal(entries[i].Key, key) {
			return &entries[i]
		}
	}
	return nil
}

func equal(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// algorithms are the host key algorithms we can check, in OpenSSH's order of
// preference, with the type of the plain key behind each.
var algorithms = []struct {
	name, key string
	cert      bool
}{
	{ssh.CertAlgoED25519v01, ssh.KeyAlgoED25519, true},
	{ssh.CertAlgoECDSA256v01, ssh.KeyAlgoECDSA256, true},
	{ssh.CertAlgoECDSA384v01, ssh.KeyAlgoECDSA384, true},
	{ssh.CertAlgoECDSA521v01, ssh.KeyAlgoECDSA521, true},
	{ssh.CertAlgoRSASHA512v01, ssh.KeyAlgoRSA, true},
	{ssh.CertAlgoRSASHA256v01, ssh.KeyAlgoRSA, true},
	{ssh.KeyAlgoED25519, ssh.KeyAlgoED25519, false},
	{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA256, false},
	{ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA384, false},
	{ssh.KeyAlgoECDSA521, ssh.KeyAlgoECDSA521, false},
	{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSA, false},
	{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA, false},
}

// Algorithms lists the host key algorithms to offer for a host, best first: those
// of the keys that are known for it, then the others in OpenSSH's order.
// Certificates are asked for only where an authority is known: without one they
// are no more than the key inside.
func (s *Store) Algorithms(host string, port int) []string {
	entries := s.Lookup(Name(host, port))
	if len(entries) == 0 {
		entries = s.Lookup(Name(host, 0))
	}
	authority := slices.ContainsFunc(entries, func(e Entry) bool { return e.Marker == Authority })
	var known, rest []string
	for _, a := range algorithms {
		plain := slices.ContainsFunc(entries, func(e Entry) bool {
			return e.Marker == Plain && e.Key.Type() == a.key
		})
		switch {
		case a.cert && authority, !a.cert && plain:
			known = append(known, a.name)
		case !a.cert:
			rest = append(rest, a.name)
		}
	}
	return append(known, rest...)
}

// TypeName is the short name people know a key's type by: ED25519, ECDSA, RSA.
func TypeName(key ssh.PublicKey) string {
	name := key.Type()
	if cert, ok := key.(*ssh.Certificate); ok {
		return TypeName(cert.Key) + "-CERT"
	}
	for _, short := range []string{"ED25519", "ECDSA", "RSA"} {
		if !strings.Contains(name, strings.ToLower(short)) {
			continue
		}
		if strings.HasPrefix(name, "sk-") {
			return short + "-SK"
		}
		return short
	}
	return name
}

// addressOf is the host part of a network address, for what people read.
func addressOf(remote net.Addr) string {
	if remote == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(remote.String())
	if err != nil {
		return remote.String()
	}
	return host
}
