package datagram

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"gmosh/protocol/ocb"
)

// Sizes in bytes.
const (
	nonceSize      = 8
	timestampsSize = 4

	// Overhead is what a packet has beyond its payload: nonce, timestamps, tag.
	Overhead = nonceSize + timestampsSize + ocb.TagSize

	// MaxPacket is the longest packet a receiver must be able to take.
	MaxPacket = 2048
)

// Direction says whom a packet is for. It is the top bit of the nonce, so that no
// packet can be sent back to its sender as another's.
type Direction uint8

// The two directions.
const (
	ToServer Direction = iota
	ToClient
)

const (
	directionBit = 1 << 63

	// The counting part of a sequence number: bits 42 to 61 stay as the first number
	// has them (a routing tag, later), bit 62 stays clear (it marks QUIC packets).
	counterBits = 42

	// maxBlocks is how many AES blocks a sender encrypts with one key: half of what
	// OCB allows, since both directions use the key.
	maxBlocks = 1 << 47
)

// Path is one way to the peer: a local socket and a remote address. The carrier gives
// out the numbers; 0 is no path.
type Path uint32

var (
	// ErrShort says that a packet is too short to be one.
	ErrShort = errors.New("packet too short")
	// ErrDirection says that a packet is not for us: one of our own, reflected.
	ErrDirection = errors.New("packet of our own direction")
	// ErrAuth says that a packet is not from the peer, or was changed on its way.
	ErrAuth = errors.New("packet failed authentication")
	// ErrExhausted says that the key must not be used for another packet: the session
	// ends.
	ErrExhausted = errors.New("session key is used up")
	// ErrTooLong says that a path cannot carry a packet of that size. The carrier
	// wraps it; nothing here returns it.
	ErrTooLong = errors.New("packet too long for the path")
)

// Stats counts packets since the Conn was made.
type Stats struct {
	Sealed uint64 // packets made
	Opened uint64 // authentic packets, whatever their order

	Older uint64 // of Opened: not the newest so far (late, or a duplicate)
	CE    uint64 // of Opened: newest, and carrying a congestion mark

	// Packets that were refused, by reason.
	Short     uint64
	Direction uint64
	Auth      uint64
}

// Conn is one end of the encrypted channel between a client and a server.
type Conn struct {
	aead    *ocb.AEAD
	send    uint64 // direction bit of what we send
	receive uint64 // and of what the peer sends
	nonce   [ocb.NonceSize]byte

	next, end uint64 // sequence numbers: of the next packet, and where they end
	blocks    uint64 // encrypted so far

	expected uint64 // highest sequence number seen, plus 1
	opened   uint64 // sequence number of the last packet opened

	heldStamp uint16 // the peer's newest timestamp, if held and not yet answered
	held      bool
	heldSince int64 // ms since 1970

	rtt   estimator
	stats Stats
}

// New returns a Conn that sends in direction dir, its first packet with the sequence
// number first (0 towards a stock peer; bit 62 and up must be clear and are cleared).
// A key must not be given to New twice with the same direction: sequence numbers
// would be used again, which gives the key away.
func New(key Key, dir Direction, first uint64) *Conn {
	aead, err := ocb.New(key[:])
	if err != nil {
		panic("datagram: " + err.Error()) // a key of another length: it has 16 bytes
	}
	first &= 1<<62 - 1
	c := &Conn{aead: aead, next: first, end: first>>counterBits<<counterBits + 1<<counterBits}
	if dir == ToClient {
		c.send = directionBit
	} else {
		c.receive = directionBit
	}
	return c
}

// Seal appends the packet that carries payload to dst. Each call uses up a sequence
// number, and takes along the answer to the peer's newest timestamp if that is due.
// The payload must not overlap dst's spare room. The error is ErrExhausted, and then
// final: nothing is sealed any more. It allocates only if dst lacks the room.
func (c *Conn) Seal(dst []byte, now time.Time, payload []byte) ([]byte, error) {
	plain := timestampsSize + len(payload)
	blocks := uint64(plain+ocb.TagSize-1) / ocb.TagSize
	if c.next == c.end || c.blocks+blocks > maxBlocks {
		c.next = c.end
		return dst, ErrExhausted
	}
	sequence := c.next
	c.next++
	c.blocks += blocks
	c.stats.Sealed++

	start := len(dst)
	dst = slices.Grow(dst, Overhead+len(payload))
	dst = binary.BigEndian.AppendUint64(dst, c.send|sequence)
	dst = binary.BigEndian.AppendUint16(dst, clock16(now))
	dst = binary.BigEndian.AppendUint16(dst, c.answer(now))
	dst = append(dst, payload...)

	nonce := dst[start : start+nonceSize]
	return c.aead.Seal(dst[:start+nonceSize], c.fullNonce(nonce), dst[start+nonceSize:], nil), nil
}

// Open checks a packet and returns the payload in it: in dst's memory from its start
// if there is room for the packet less its nonce, else in new memory. packet[8:8] as
// dst opens in place. newest says that no packet after it has been seen: only such a
// one may say where the peer is. ce is whether it came with a congestion mark. The
// error is ErrShort, ErrDirection or ErrAuth; such a packet has changed nothing but a
// counter.
func (c *Conn) Open(dst []byte, now time.Time, packet []byte, ce bool) (payload []byte, newest bool, err error) {
	if len(packet) < Overhead {
		c.stats.Short++
		return nil, false, ErrShort
	}
	nonce := binary.BigEndian.Uint64(packet)
	if nonce&directionBit != c.receive {
		c.stats.Direction++
		return nil, false, ErrDirection
	}
	plain, err := c.aead.Open(dst[:0], c.fullNonce(packet[:nonceSize]), packet[nonceSize:], nil)
	if err != nil {
		c.stats.Auth++
		return nil, false, ErrAuth
	}
	c.stats.Opened++
	c.opened = nonce &^ directionBit
	if c.opened < c.expected {
		c.stats.Older++
		return plain[timestampsSize:], false, nil
	}
	c.expected = c.opened + 1
	if ce {
		c.stats.CE++
	}
	c.timestamps(now, binary.BigEndian.Uint16(plain), binary.BigEndian.Uint16(plain[2:]), ce)
	return plain[timestampsSize:], true, nil
}

// fullNonce returns the cipher's nonce: four zero bytes and the eight that are sent.
func (c *Conn) fullNonce(sent []byte) []byte {
	copy(c.nonce[ocb.NonceSize-nonceSize:], sent)
	return c.nonce[:]
}

// timestamps takes those of the newest packet: the peer's own, to be answered, and
// its answer to one of ours.
func (c *Conn) timestamps(now time.Time, stamp, reply uint16, ce bool) {
	if stamp != noTimestamp {
		if ce {
			stamp -= ceDelay
		}
		c.heldStamp, c.held, c.heldSince = stamp, true, now.UnixMilli()
	}
	if reply == noTimestamp {
		return
	}
	if r := clock16(now) - reply; r < maxSample {
		c.rtt.sample(now, float64(r))
	}
}

// answer returns the timestamp reply of a packet that goes out now. A timestamp is
// answered once, with the time it was held here added, so that the peer's sample is
// the network's time alone.
func (c *Conn) answer(now time.Time) uint16 {
	if !c.held {
		return noTimestamp
	}
	c.held = false
	hold := max(now.UnixMilli()-c.heldSince, 0)
	if hold >= maxHold {
		return noTimestamp
	}
	return c.heldStamp + uint16(hold)
}

// Unstamp forgets the peer's newest timestamp: an answer would have it measure a way
// that packets do not take.
func (c *Conn) Unstamp() { c.held = false }

// NextSequence returns the sequence number of the packet that Seal makes next.
func (c *Conn) NextSequence() uint64 { return c.next }

// Expected returns the highest sequence number among the packets opened, plus 1; 0
// before the first.
func (c *Conn) Expected() uint64 { return c.expected }

// LastOpened returns the sequence number of the packet that Open accepted last: with
// Expected, what a receiver needs to measure loss and reordering.
func (c *Conn) LastOpened() uint64 { return c.opened }

// Stats returns the counters.
func (c *Conn) Stats() Stats { return c.stats }
