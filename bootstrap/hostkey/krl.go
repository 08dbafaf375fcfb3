package hostkey

import (
	"bytes"
	"crypto/sha1" // of old lists
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// krlMagic begins the key revocation lists of ssh-keygen -k (OpenSSH's
// PROTOCOL.krl).
const krlMagic = "SSHKRL\n\x00"

// errKRL says that a list cannot be read; none of its keys is known then, so that
// no key is good.
var errKRL = errors.New("bad key revocation list")

// krl is a key revocation list.
type krl struct {
	keys         map[string]bool // revoked: blobs of plain keys and hashes of them
	certificates []revokedCertificates
}

// revokedCertificates are those of one authority.
type revokedCertificates struct {
	authority []byte // blob of its key; empty: any
	serials   [][2]uint64
	bitmaps   []bitmap
	ids       map[string]bool
}

// bitmap revokes serial numbers: those of its bits, counted from offset.
type bitmap struct {
	offset uint64
	bits   *big.Int
}

// cutter takes fields off a list. The first that is not there makes it bad.
type cutter struct {
	rest []byte
	bad  bool
}

func (c *cutter) bytes(n uint64) []byte {
	if c.bad || uint64(len(c.rest)) < n {
		c.bad = true
		return make([]byte, min(n, 8)) // for the numbers; nobody looks at it
	}
	field := c.rest[:n]
	c.rest = c.rest[n:]
	return field
}

func (c *cutter) uint64() uint64 { return binary.BigEndian.Uint64(c.bytes(8)) }
func (c *cutter) uint32() uint32 { return binary.BigEndian.Uint32(c.bytes(4)) }
func (c *cutter) byte() byte     { return c.bytes(1)[0] }
func (c *cutter) string() []byte { return c.bytes(uint64(c.uint32())) }
func (c *cutter) more() bool     { return !c.bad && len(c.rest) > 0 }

func parseKRL(data []byte) (*krl, error) {
	c := cutter{rest: bytes.TrimPrefix(data, []byte(krlMagic))}
	if version := c.uint32(); version != 1 {
		return nil, fmt.Errorf("%w: its version is %d", errKRL, version)
	}
	c.bytes(3 * 8) // its number, date and flags
	c.string()     // reserved
	c.string()     // comment
	list := &krl{keys: make(map[string]bool)}
	for c.more() {
		kind, section := c.byte(), cutter{rest: c.string()}
		if c.bad || !list.section(kind, &section) || section.bad {
			return nil, fmt.Errorf("%w: section of type %d", errKRL, kind)
		}
	}
	if c.bad {
		return nil, errKRL
	}
	return list, nil
}

// The types of sections.
const (
	krlCertificates = 1
	krlKeys         = 2
	krlSHA1         = 3
	krlSignature    = 4
	krlSHA256       = 5
	krlExtension    = 255
)

// section takes in one section; false if it is of a kind that we do not know.
func (l *krl) section(kind byte, c *cutter) bool {
	switch kind {
	case krlCertificates:
		r := revokedCertificates{authority: c.string(), ids: make(map[string]bool)}
		c.string() // reserved
		for c.more() {
			kind, part := c.byte(), cutter{rest: c.string()}
			if c.bad || !r.part(kind, &part) || part.bad {
				return false
			}
		}
		l.certificates = append(l.certificates, r)
	case krlKeys, krlSHA1, krlSHA256:
		for c.more() {
			l.keys[string(c.string())] = true
		}
	case krlSignature: // not checked: whoever can write the file need not sign it
	case krlExtension:
		c.string()
		return c.byte() == 0 // unless it is critical
	default:
		return false
	}
	return true
}

// The parts of a section about certificates.
const (
	krlSerials      = 0x20
	krlRange        = 0x21
	krlBitmap       = 0x22
	krlIDs          = 0x23
	krlPartExtended = 0x39
)

func (r *revokedCertificates) part(kind byte, c *cutter) bool {
	switch kind {
	case krlSerials:
		for c.more() {
			serial := c.uint64()
			r.serials = append(r.serials, [2]uint64{serial, serial})
		}
	case krlRange:
		r.serials = append(r.serials, [2]uint64{c.uint64(), c.uint64()})
	case krlBitmap:
		r.bitmaps = append(r.bitmaps, bitmap{c.uint64(), new(big.Int).SetBytes(c.string())})
	case krlIDs:
		for c.more() {
			r.ids[string(c.string())] = true
		}
	case krlPartExtended:
		c.string()
		return c.byte() == 0
	default:
		return false
	}
	return true
}

// revokes reports whether a key is on the list: itself, its certificate, or the
// authority of that.
func (l *krl) revokes(key ssh.PublicKey) bool {
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return l.revokesKey(key)
	}
	if l.revokesKey(cert.Key) || l.revokesKey(cert.SignatureKey) {
		return true
	}
	for _, r := range l.certificates {
		if (len(r.authority) == 0 || bytes.Equal(r.authority, cert.SignatureKey.Marshal())) && r.revokes(cert) {
			return true
		}
	}
	return false
}

func (l *krl) revokesKey(key ssh.PublicKey) bool {
	blob := key.Marshal()
	old, hash := sha1.Sum(blob), sha256.Sum256(blob)
	return l.keys[string(blob)] || l.keys[string(old[:])] || l.keys[string(hash[:])]
}

func (r *revokedCertificates) revokes(cert *ssh.Certificate) bool {
	if r.ids[cert.KeyId] {
		return true
	}
	if cert.Serial == 0 {
		return false // none was given: the number says nothing
	}
	for _, span := range r.serials {
		if span[0] <= cert.Serial && cert.Serial <= span[1] {
			return true
		}
	}
	for _, b := range r.bitmaps {
		if cert.Serial >= b.offset && cert.Serial-b.offset < uint64(b.bits.BitLen()) && b.bits.Bit(int(cert.Serial-b.offset)) == 1 {
			return true
		}
	}
	return false
}
