package datagram

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// Key is the session's AES key, the same for both directions. It lives in memory
// only: String is for the MOSH CONNECT line and the pipe of a server's start.
type Key [16]byte

// keyText is the length of a key's text: 16 bytes in base64 without padding.
const keyText = 22

// ErrKey says that a text is no key.
var ErrKey = errors.New("bad session key")

// NewKey draws a key from a cryptographic source of random bytes.
func NewKey(random io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return Key{}, fmt.Errorf("session key: %w", err)
	}
	return k, nil
}

// ParseKey reads the 22 characters of a key: standard base64, no padding, the spare
// low bits zero. The error wraps ErrKey and does not quote the text.
func ParseKey(s string) (Key, error) {
	var k Key
	if len(s) != keyText {
		return Key{}, fmt.Errorf("%w: %d characters, want %d", ErrKey, len(s), keyText)
	}
	// Decode skips line breaks and so may find less than 16 bytes; what it found
	// must read the same when written again, which settles the spare bits too.
	n, err := base64.RawStdEncoding.Decode(k[:], []byte(s))
	if err != nil || n != len(k) || k.String() != s {
		return Key{}, fmt.Errorf("%w: not canonical base64", ErrKey)
	}
	return k, nil
}

// String returns the 22 characters that ParseKey reads. It is the secret itself.
func (k Key) String() string { return base64.RawStdEncoding.EncodeToString(k[:]) }

// GoString keeps the key out of %#v.
func (Key) GoString() string { return "datagram.Key{…}" }
