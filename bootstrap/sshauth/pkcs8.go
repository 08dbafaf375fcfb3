package sshauth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // what old files are encrypted with
	"crypto/pbkdf2"
	"crypto/sha1" // likewise
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// ErrPKCS8 says that a PKCS#8 file is encrypted in a way that is older than PBES2 or
// that we do not have.
var ErrPKCS8 = errors.New("this encryption of a PKCS#8 key is not supported; ssh-keygen -p -f FILE writes it anew")

// Encrypted PKCS#8 is PBES2 of RFC 8018: a key is derived from the passphrase, and
// the DER of the private key encrypted with it in CBC mode.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Params struct {
		Derivation, Encryption pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParams struct { // RFC 7914 section 7
		Salt      []byte
		N, R, P   int
		KeyLength int `asn1:"optional"`
	}
)

// The object identifiers of RFC 8018, RFC 7914 and NIST, as text.
const (
	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
	oidScrypt = "1.3.6.1.4.1.11591.4.11"
)

var pseudorandom = map[string]func() hash.Hash{
	"":                    sha1.New, // the default
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
	"1.2.840.113549.2.12": sha512.New512_224,
	"1.2.840.113549.2.13": sha512.New512_256,
}

// blockCiphers by object identifier, with the length of their keys.
var blockCiphers = map[string]struct {
	keyLength int
	new       func([]byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

// Bounds of what a file may make us compute: seconds, and 256 MB.
const (
	maxIterations   = 50_000_000
	maxScryptMemory = 256 << 20
)

// decryptPKCS8 returns the private key in the DER of an EncryptedPrivateKeyInfo. A
// wrong passphrase is x509.IncorrectPasswordError.
func decryptPKCS8(der, passphrase []byte) (any, error) {
	var outer encryptedKey
	var params pbes2Params
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, fmt.Errorf("encrypted PKCS#8: %w", err)
	}
	if outer.Algorithm.Algorithm.String() != oidPBES2 {
		return nil, ErrPKCS8
	}
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, fmt.Errorf("encrypted PKCS#8: %w", err)
	}
	scheme, known := blockCiphers[params.Encryption.Algorithm.String()]
	if !known {
		return nil, ErrPKCS8
	}
	key, err := derive(params.Derivation, passphrase, scheme.keyLength)
	if err != nil {
		return nil, err
	}
	block, err := scheme.new(key)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if _, err := asn1.Unmarshal(params.Encryption.Parameters.FullBytes, &iv); err != nil || len(iv) != block.BlockSize() {
		return nil, errors.New("encrypted PKCS#8: bad initialisation vector")
	}
	plain, ok := decryptCBC(block, iv, outer.Data)
	if !ok {
		return nil, x509.IncorrectPasswordError
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil { // the padding was right by chance
		return nil, x509.IncorrectPasswordError
	}
	return private, nil
}

func derive(kdf pkix.AlgorithmIdentifier, passphrase []byte, length int) ([]byte, error) {
	switch kdf.Algorithm.String() {
	case oidPBKDF2:
		var p pbkdf2Params
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil {
			return nil, fmt.Errorf("encrypted PKCS#8: %w", err)
		}
		h := pseudorandom[p.PRF.Algorithm.String()]
		if h == nil || p.Iterations <= 0 || p.Iterations > maxIterations {
			return nil, ErrPKCS8
		}
		return pbkdf2.Key(h, string(passphrase), p.Salt, p.Iterations, length)
	case oidScrypt:
		var p scryptParams
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil {
			return nil, fmt.Errorf("encrypted PKCS#8: %w", err)
		}
		if p.N <= 0 || p.R <= 0 || p.P <= 0 || p.P > 64 || p.N > maxScryptMemory/128/p.R {
			return nil, ErrPKCS8
		}
		return scrypt.Key(passphrase, p.Salt, p.N, p.R, p.P, length)
	}
	return nil, ErrPKCS8
}

// decryptCBC decrypts and takes off the padding of RFC 8018; false if there is none.
func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, bool) {
	size := block.BlockSize()
	if len(data) == 0 || len(data)%size != 0 {
		return nil, false
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > size {
		return nil, false
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, false
		}
	}
	return plain[:len(plain)-padding], true
}
