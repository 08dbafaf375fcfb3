package hostkey

import (
	"crypto/sha1" // for those who ask for it by name
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"

	"golang.org/x/crypto/ssh"
)

// hashes of FingerprintHash, but for MD5, which is written in another way.
var hashes = map[string]func() hash.Hash{
	"SHA1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New,
}

// Fingerprint returns how a key is told to people: FingerprintHash, in upper case;
// SHA256 for what it does not know.
func Fingerprint(name string) func(ssh.PublicKey) string {
	if name == "MD5" {
		return func(key ssh.PublicKey) string { return "MD5:" + ssh.FingerprintLegacyMD5(key) }
	}
	h, ok := hashes[name]
	if !ok {
		return ssh.FingerprintSHA256
	}
	return func(key ssh.PublicKey) string {
		sum := h()
		sum.Write(key.Marshal())
		return name + ":" + base64.RawStdEncoding.EncodeToString(sum.Sum(nil))
	}
}
