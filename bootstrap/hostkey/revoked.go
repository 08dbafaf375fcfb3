package hostkey

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"
)

// krlMagic begins the files of ssh-keygen -k.
const krlMagic = "SSHKRL\n\x00"

// ErrKRL says that RevokedHostKeys names a binary list.
var ErrKRL = errors.New("it is a key revocation list of ssh-keygen -k, and gmosh reads lists of public keys, one a line")

// checkRevoked looks for a key, and for the authority that signed it, in the file of
// RevokedHostKeys. If the file cannot be read no key is good, as in OpenSSH.
func checkRevoked(file, name string, key ssh.PublicKey) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("RevokedHostKeys: %w", err)
	}
	if bytes.HasPrefix(data, []byte(krlMagic)) {
		return fmt.Errorf("RevokedHostKeys %s: %w", file, ErrKRL)
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
