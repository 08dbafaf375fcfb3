package datagram

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"gmosh/protocol/ocb"
)

var testKey = Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// at returns a moment whose clock reads ms modulo 65536.
func at(ms int64) time.Time { return time.UnixMilli(65536*27_000_000 + ms) }

// pair returns a client's and a server's end of one channel.
func pair() (client, server *Conn) {
	return New(testKey, ToServer, 0), New(testKey, ToClient, 0)
}

func seal(t testing.TB, c *Conn, now time.Time, payload string) []byte {
	t.Helper()
	packet, err := c.Seal(nil, now, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

func open(t testing.TB, c *Conn, now time.Time, packet []byte) (payload string, newest bool) {
	t.Helper()
	p, newest, err := c.Open(nil, now, packet, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(p), newest
}

// crack opens a packet with the cipher alone: what crosses the wire, by the spec.
func crack(t testing.TB, packet []byte) (nonce uint64, stamp, reply uint16, payload []byte) {
	t.Helper()
	aead, err := ocb.New(testKey[:])
	if err != nil {
		t.Fatal(err)
	}
	plain, err := aead.Open(nil, append(make([]byte, 4), packet[:8]...), packet[8:], nil)
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint64(packet), binary.BigEndian.Uint16(plain), binary.BigEndian.Uint16(plain[2:]), plain[4:]
}

// forge makes a packet with any nonce and plaintext.
func forge(nonce uint64, plain []byte) []byte {
	aead, err := ocb.New(testKey[:])
	if err != nil {
		panic(err)
	}
	full := binary.BigEndian.AppendUint64(make([]byte, 4, 12), nonce)
	return aead.Seal(full[4:12:12], full, plain, nil)
}

func stamps(stamp, reply uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, stamp), reply)
}

const toClient = uint64(1) << 63

func TestPacketIsLaidOutAsTheSpecSays(t *testing.T) {
	client, server := pair()
	for sequence := range uint64(3) {
		packet := seal(t, client, at(1234), "up")
		nonce, stamp, reply, payload := crack(t, packet)
		if nonce != sequence || stamp != 1234 || reply != 65535 || string(payload) != "up" {
			t.Errorf("client's packet %d: nonce %x, timestamps %d %d, payload %q", sequence, nonce, stamp, reply, payload)
		}
		if len(packet) != Overhead+len("up") {
			t.Errorf("packet of %d bytes, want %d", len(packet), Overhead+len("up"))
		}
		nonce, _, _, payload = crack(t, seal(t, server, at(1234), "down"))
		if nonce != toClient|sequence || string(payload) != "down" {
			t.Errorf("server's packet %d: nonce %x, payload %q", sequence, nonce, payload)
		}
	}
}

func TestFirstSequenceNumberKeepsItsTagAndTheQUICBitClear(t *testing.T) {
	const tag = 0xABCDE << 42
	c := New(testKey, ToClient, 3<<62|tag|7)
	if nonce, _, _, _ := crack(t, seal(t, c, at(0), "")); nonce != toClient|tag|7 {
		t.Errorf("nonce %x, want %x", nonce, toClient|uint64(tag)|7)
	}
	if c.NextSequence() != tag|8 {
		t.Errorf("next sequence number %x", c.NextSequence())
	}
}

func TestPayloadArrivesWhateverItsLength(t *testing.T) {
	client, server := pair()
	for n := range 1500 {
		payload := bytes.Repeat([]byte{byte(n)}, n)
		packet, err := client.Seal([]byte("before"), at(0), payload)
		if err != nil || string(packet[:6]) != "before" {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, newest, err := server.Open(nil, at(0), packet[6:], false)
		if err != nil || !newest || !bytes.Equal(got, payload) {
			t.Fatalf("%d bytes: newest %v, %v", n, newest, err)
		}
	}
}

func TestPacketMayBeOpenedInPlace(t *testing.T) {
	client, server := pair()
	packet := seal(t, client, at(0), "payload")
	got, _, err := server.Open(packet[8:8], at(0), packet, false)
	if err != nil || string(got) != "payload" || &got[0] != &packet[12] {
		t.Errorf("%q, %v", got, err)
	}
}

// Line 4 of the session's checks, at this layer: nothing but the counter moves.
func TestEveryFlippedBitIsRefusedAndCounted(t *testing.T) {
	client, server := pair()
	open(t, server, at(0), seal(t, client, at(0), "before"))
	packet := seal(t, client, at(20), "payload")
	before := *server
	for bit := range 8 * len(packet) {
		packet[bit/8] ^= 0x80 >> (bit % 8)
		payload, newest, err := server.Open(nil, at(40), packet, true)
		want := ErrAuth
		if bit == 0 {
			want = ErrDirection
		}
		if err != want || payload != nil || newest {
			t.Fatalf("bit %d: %q, newest %v, %v", bit, payload, newest, err)
		}
		packet[bit/8] ^= 0x80 >> (bit % 8)
	}
	want := before.stats
	want.Direction += 1
	want.Auth += uint64(8*len(packet) - 1)
	if server.Stats() != want {
		t.Errorf("counted %+v, want %+v", server.Stats(), want)
	}
	after := *server
	after.stats, after.nonce, after.aead = before.stats, before.nonce, before.aead
	if after != before {
		t.Errorf("state %+v, want %+v", after, before)
	}
	if payload, newest := open(t, server, at(40), packet); payload != "payload" || !newest {
		t.Errorf("the packet itself: %q, newest %v", payload, newest)
	}
}

func TestShortPacketsAreRefusedAndCounted(t *testing.T) {
	client, server := pair()
	packet := seal(t, client, at(0), "")
	for n := range packet {
		if _, _, err := server.Open(nil, at(0), packet[:n], false); err != ErrShort {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if n := server.Stats().Short; n != uint64(len(packet)) {
		t.Errorf("counted %d", n)
	}
	// Authentic, and too short for its timestamps.
	if _, _, err := server.Open(nil, at(0), forge(5, []byte{1, 2, 3}), false); err != ErrShort {
		t.Errorf("a plaintext of 3 bytes: %v", err)
	}
	if server.Expected() != 0 {
		t.Error("a short packet was taken for the newest")
	}
}

func TestReflectedPacketIsRefused(t *testing.T) {
	client, server := pair()
	up, down := seal(t, client, at(0), "up"), seal(t, server, at(0), "down")
	if _, _, err := client.Open(nil, at(0), up, false); err != ErrDirection || client.Stats().Direction != 1 {
		t.Errorf("the client's own: %v", err)
	}
	if _, _, err := server.Open(nil, at(0), down, false); err != ErrDirection || server.Stats().Direction != 1 {
		t.Errorf("the server's own: %v", err)
	}
}

func TestOlderPacketsDeliverTheirPayloadAndNothingElse(t *testing.T) {
	client, server := pair()
	var packets [][]byte
	for i := range 4 {
		packets = append(packets, seal(t, client, at(int64(100*i)), fmt.Sprint(i)))
	}
	arrivals := []struct {
		packet   int
		newest   bool
		expected uint64
	}{{2, true, 3}, {0, false, 3}, {2, false, 3}, {1, false, 3}, {3, true, 4}, {3, false, 4}}
	for i, a := range arrivals {
		payload, newest := open(t, server, at(500), packets[a.packet])
		if payload != fmt.Sprint(a.packet) || newest != a.newest {
			t.Errorf("arrival %d: %q, newest %v", i, payload, newest)
		}
		if server.Expected() != a.expected || server.LastOpened() != uint64(a.packet) {
			t.Errorf("arrival %d: expected %d, last opened %d", i, server.Expected(), server.LastOpened())
		}
		if i == 3 { // the timestamp of packet 2 is held: not that of an older one
			if _, _, reply, _ := crack(t, seal(t, server, at(500), "")); reply != 200 {
				t.Errorf("answered %d, want 200", reply)
			}
		}
	}
	if s := server.Stats(); s.Opened != 6 || s.Older != 4 {
		t.Errorf("counted %+v", s)
	}
}

func TestOlderPacketMakesNoSample(t *testing.T) {
	_, server := pair()
	open(t, server, at(100), forge(5, stamps(1, 65535)))
	open(t, server, at(100), forge(4, stamps(1, 50)))
	if server.HaveRTT() {
		t.Error("an older packet's answer was used")
	}
	open(t, server, at(100), forge(6, stamps(1, 50)))
	if !server.HaveRTT() {
		t.Error("the newest packet's answer was not used")
	}
}

func TestClockReadingThatMeansNoneIsSentAsZero(t *testing.T) {
	for ms, want := range map[int64]uint16{0: 0, 1: 1, 65534: 65534, 65535: 0, 65536: 0, 65537: 1} {
		client, _ := pair()
		if _, stamp, _, _ := crack(t, seal(t, client, at(ms), "")); stamp != want {
			t.Errorf("at %d: timestamp %d, want %d", ms, stamp, want)
		}
	}
}

func TestTimestampIsAnsweredOnceWithTheTimeItWasHeld(t *testing.T) {
	cases := []struct {
		stamp uint16
		held  int64
		want  uint16
	}{
		{1000, 0, 1000},
		{1000, 999, 1999},
		{1000, 1000, 65535},
		{1000, 100_000, 65535},
		{65500, 100, 64},
		{65535, 10, 65535}, // none to answer
	}
	for _, c := range cases {
		_, server := pair()
		open(t, server, at(7), forge(0, stamps(c.stamp, 65535)))
		if _, _, reply, _ := crack(t, seal(t, server, at(7+c.held), "")); reply != c.want {
			t.Errorf("timestamp %d held %d ms: answered %d, want %d", c.stamp, c.held, reply, c.want)
		}
		if _, _, reply, _ := crack(t, seal(t, server, at(7+c.held), "")); reply != 65535 {
			t.Errorf("timestamp %d: answered again, %d", c.stamp, reply)
		}
	}
}

func TestTimestampOfNoneKeepsTheOneHeld(t *testing.T) {
	_, server := pair()
	open(t, server, at(0), forge(0, stamps(500, 65535)))
	open(t, server, at(5), forge(1, stamps(65535, 65535)))
	if _, _, reply, _ := crack(t, seal(t, server, at(10), "")); reply != 510 {
		t.Errorf("answered %d, want 510", reply)
	}
}

func TestHoldTimeIsZeroIfTheClockWentBack(t *testing.T) {
	_, server := pair()
	open(t, server, at(100), forge(0, stamps(500, 65535)))
	if _, _, reply, _ := crack(t, seal(t, server, at(0), "")); reply != 500 {
		t.Errorf("answered %d, want 500", reply)
	}
}

func TestCongestionMarkMakesTheRoundTripLookLonger(t *testing.T) {
	client, server := pair()
	packet := seal(t, client, at(65536+100), "")
	if _, _, err := server.Open(nil, at(65536+120), packet, true); err != nil {
		t.Fatal(err)
	}
	open(t, client, at(65536+150), seal(t, server, at(65536+130), ""))
	if got, _ := client.LastRTT(); got != 540*time.Millisecond {
		t.Errorf("sample %v, want 540ms", got)
	}
	if server.Stats().CE != 1 {
		t.Errorf("counted %+v", server.Stats())
	}
	// A mark on an older packet says nothing.
	first, second := seal(t, client, at(0), ""), seal(t, client, at(0), "")
	open(t, server, at(0), second)
	if _, _, err := server.Open(nil, at(0), first, true); err != nil || server.Stats().CE != 1 {
		t.Errorf("counted %+v, %v", server.Stats(), err)
	}
	if _, _, reply, _ := crack(t, seal(t, server, at(0), "")); reply != 0 {
		t.Errorf("answered %d, want 0", reply)
	}
}

func TestNothingIsSealedOnceTheKeyIsUsedUp(t *testing.T) {
	cases := map[string]func(*Conn){
		"blocks":           func(c *Conn) { c.blocks = maxBlocks - 1 },
		"sequence numbers": func(c *Conn) { c.next = c.end - 1 },
	}
	for what, nearEnd := range cases {
		c := New(testKey, ToServer, 5<<42)
		nearEnd(c)
		before := c.NextSequence()
		if nonce, _, _, _ := crack(t, seal(t, c, at(0), "12 bytes :-)")); nonce != before {
			t.Errorf("%s: nonce %x, want %x", what, nonce, before)
		}
		for range 2 {
			if out, err := c.Seal([]byte("x"), at(0), nil); err != ErrExhausted || string(out) != "x" {
				t.Errorf("%s: %q, %v", what, out, err)
			}
		}
		if c.Stats().Sealed != 1 {
			t.Errorf("%s: sealed %d", what, c.Stats().Sealed)
		}
	}
}

func TestPacketThatWouldCrossTheLimitIsTheLastStraw(t *testing.T) {
	c := New(testKey, ToServer, 0)
	c.blocks = maxBlocks - 1
	if _, err := c.Seal(nil, at(0), make([]byte, 13)); err != ErrExhausted {
		t.Errorf("two blocks with room for one: %v", err)
	}
	// Even one that would fit: the session is over.
	if _, err := c.Seal(nil, at(0), nil); err != ErrExhausted {
		t.Errorf("after that: %v", err)
	}
}

func TestSealAndOpenDoNotAllocate(t *testing.T) {
	client, server := pair()
	payload := make([]byte, 1200)
	out, in := make([]byte, 0, MaxPacket), make([]byte, 0, MaxPacket)
	now := at(0)
	n := testing.AllocsPerRun(100, func() {
		packet, err := client.Seal(out, now, payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := server.Open(in, now, packet, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := client.Open(in, now, packet, false); err == nil {
			t.Fatal("reflected")
		}
		packet[30] ^= 1
		if _, _, err := server.Open(in, now, packet, false); err == nil {
			t.Fatal("forged")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// FuzzOpen tries bytes as they are and, since hardly any of those are authentic, as
// the nonce and plaintext of packets that are.
func FuzzOpen(f *testing.F) {
	client, _ := pair()
	f.Add([]byte{}, false, false)
	f.Add(seal(f, client, at(0), ""), false, false)
	f.Add(seal(f, client, at(70), "payload"), true, false)
	f.Add(bytes.Repeat([]byte{0x40}, 3000), false, false)
	f.Add([]byte("\x40\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF"), false, true)
	f.Add([]byte("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x00\x00\x00data"), true, true)
	f.Add([]byte("\x80\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x02"), false, true)
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x09\x00"), false, true)
	f.Fuzz(func(t *testing.T, packet []byte, ce, authentic bool) {
		if authentic {
			if len(packet) < 8 {
				t.Skip()
			}
			packet = forge(binary.BigEndian.Uint64(packet), packet[8:])
		}
		_, server := pair()
		payload, newest, err := server.Open(nil, at(100), packet, ce)
		s := server.Stats()
		if err != nil {
			if payload != nil || newest || server.Expected() != 0 || s.Short+s.Direction+s.Auth != 1 || s.Opened != 0 {
				t.Fatalf("refused with %v, but %q, newest %v, %+v", err, payload, newest, s)
			}
			if authentic && errors.Is(err, ErrAuth) {
				t.Fatal("an authentic packet failed")
			}
			return
		}
		if len(payload) != len(packet)-Overhead || !newest || server.Expected() != server.LastOpened()+1 || s.Opened != 1 {
			t.Fatalf("opened %d of %d bytes, newest %v, %+v", len(payload), len(packet), newest, s)
		}
		if rto := server.RTO(); rto < 50*time.Millisecond || rto > time.Second || server.SRTT() > 5*time.Second {
			t.Fatalf("SRTT %v, RTO %v", server.SRTT(), rto)
		}
		if _, newest, err := server.Open(nil, at(100), packet, ce); err != nil || newest {
			t.Fatalf("again: newest %v, %v", newest, err)
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	for _, n := range []int{60, 500, 1200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			client, server := pair()
			payload := make([]byte, n)
			out, in := make([]byte, 0, MaxPacket), make([]byte, 0, MaxPacket)
			now := at(0)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				packet, err := client.Seal(out, now, payload)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := server.Open(in, now, packet, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
