package hostkey

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"
)

// checkRevoked looks for a key, and for the authority that signed it, in the file of
// RevokedHostKeys: public keys, one a line, or a list of ssh-keygen -k. If the file cannot be read no key is good, as in OpenSSH.
func checkRevoked(file, name string, key ssh.PublicKey) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("RevokedHostKeys: %w", err)
	}
	if bytes.HasPrefix(data, []byte(krlMagic)) {
		list, err := parseKRL(data)
		if err != nil {
			return fmt.Errorf("RevokedHostKeys %s: %w", file, err)
		}
		if list.revokes(key) {
			return &RevokedError{Name: name, Key: key, Entry: Entry{File: file, Marker: Revoked, Key: key}}
		}
		return nil
	}
	suspects := []ssh.PublicKey{key}
	if cert, ok := key.(*ssh.Certificate); ok {
		suspects = []ssh.PublicKey{cert.Key, cert.SignatureKey}
	}
	number := 0
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		bad, _, _, _, err := ssh.ParseAuthorizedKey(line)
		if err != nil {
			return fmt.Errorf("RevokedHostKeys %s:%d: %w", file, number, err)
		}
		for _, suspect := range suspects {
			if equal(bad, suspect) {
				return &RevokedError{Name: name, Key: suspect, Entry: Entry{File: file, Line: number, Marker: Revoked, Key: bad}}
			}
		}
	}
	return nil
}
