package hostkey

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // what the format hashes names with; not a signature
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Marker is the optional first word of a line.
type Marker int

// The markers of sshd(8).
const (
	Plain     Marker = iota // a host's own key
	Authority               // @cert-authority: a key that certifies hosts
	Revoked                 // @revoked: a key never to be accepted
)

// markers are the words that may start a line.
var markers = map[string]Marker{"@cert-authority": Authority, "@revoked": Revoked}

// Entry is one usable line of a known_hosts file.
type Entry struct {
	File   string // the file it stands in, "" if it came from none
	Line   int    // counted from 1
	Marker Marker
	Hosts  string // the first field as written: patterns or one hashed name
	Key    ssh.PublicKey
}

// errBlank says that a line holds nothing: white space or a comment.
var errBlank = errors.New("blank line")

// ParseLine reads one line, without its newline. A line that OpenSSH would skip
// (a comment, an unknown marker or key type, bad base64) is an error here; whoever
// reads a file skips it too.
func ParseLine(line []byte) (Entry, error) {
	rest := bytes.Trim(line, " \t\r\n")
	if len(rest) == 0 || rest[0] == '#' {
		return Entry{}, errBlank
	}
	var e Entry
	word, rest := field(rest)
	if word[0] == '@' {
		marker, ok := markers[word]
		if !ok {
			return Entry{}, fmt.Errorf("unknown marker %q", word)
		}
		e.Marker = marker
		word, rest = field(rest)
	}
	e.Hosts = word
	if e.Hosts == "" || e.Hosts[0] == '@' {
		return Entry{}, errors.New("no host names")
	}
	if e.Hosts[0] == '|' {
		if _, _, err := hashedName(e.Hosts); err != nil {
			return Entry{}, err
		}
	}
	key, err := parseKey(rest)
	if err != nil {
		return Entry{}, err
	}
	e.Key = key
	return e, nil
}

// parseKey reads "type base64 [comment]".
func parseKey(text []byte) (ssh.PublicKey, error) {
	kind, text := field(text)
	blob, _ := field(text)
	if blob == "" {
		return nil, errors.New("no key")
	}
	raw, err := base64.StdEncoding.DecodeString(blob)
	if err != nil {
		return nil, fmt.Errorf("key is not base64: %w", err)
	}
	key, err := ssh.ParsePublicKey(raw)
	if err != nil {
		return nil, err
	}
	if key.Type() != kind {
		return nil, fmt.Errorf("key is %s, the line says %s", key.Type(), kind)
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, errors.New("a certificate is not a host's key")
	}
	return key, nil
}

// field cuts the first blank-separated word off text; "" when there is none.
func field(text []byte) (word string, rest []byte) {
	text = bytes.TrimLeft(text, " \t")
	if i := bytes.IndexAny(text, " \t"); i >= 0 {
		return string(text[:i]), bytes.TrimLeft(text[i:], " \t")
	}
	return string(text), nil
}

// Matches reports whether the entry is for name, which is as Name makes it.
func (e Entry) Matches(name string) bool {
	if strings.HasPrefix(e.Hosts, "|") {
		salt, hash, err := hashedName(e.Hosts)
		if err != nil {
			return false
		}
		mac := hmac.New(sha1.New, salt)
		mac.Write([]byte(name))
		return hmac.Equal(mac.Sum(nil), hash)
	}
	return matchList(e.Hosts, name)
}

// hashedName takes "|1|salt|hash" apart.
func hashedName(text string) (salt, hash []byte, err error) {
	parts := strings.Split(text, "|")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "1" {
		return nil, nil, errors.New("unknown form of hashed name")
	}
	if salt, err = base64.StdEncoding.DecodeString(parts[2]); err != nil {
		return nil, nil, fmt.Errorf("salt of a hashed name: %w", err)
	}
	if hash, err = base64.StdEncoding.DecodeString(parts[3]); err != nil {
		return nil, nil, fmt.Errorf("hashed name: %w", err)
	}
	if len(salt) != sha1.Size || len(hash) != sha1.Size {
		return nil, nil, errors.New("hashed name has the wrong length")
	}
	return salt, hash, nil
}

// matchList matches name against a comma-separated list of patterns. A negated
// pattern that matches decides against, wherever it stands.
func matchList(list, name string) bool {
	matched := false
	for pattern := range strings.SplitSeq(strings.ToLower(list), ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if pattern == "" || !matchWildcard(pattern, name) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}

// matchWildcard matches with * (any run, also none) and ? (exactly one byte). It
// remembers the last star only, which is enough and keeps it quadratic at worst.
func matchWildcard(pattern, name string) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			resume++
			p, n = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
