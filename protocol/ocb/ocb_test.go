package ocb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func newAEAD(t testing.TB, key []byte) *AEAD {
	t.Helper()
	a, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// All samples of RFC 7253 appendix A with a tag of 128 bits. Associated data and
// plaintext count up from 0; the last byte of the nonce is the sample's number.
func TestSamplesOfRFC7253(t *testing.T) {
	samples := []struct {
		ad, plain int
		sealed    string
	}{
		{0, 0, "785407BFFFC8AD9EDCC5520AC9111EE6"},
		{8, 8, "6820B3657B6F615A5725BDA0D3B4EB3A257C9AF1F8F03009"},
		{8, 0, "81017F8203F081277152FADE694A0A00"},
		{0, 8, "45DD69F8F5AAE72414054CD1F35D82760B2CD00D2F99BFA9"},
		{16, 16, "571D535B60B277188BE5147170A9A22C3AD7A4FF3835B8C5701C1CCEC8FC3358"},
		{16, 0, "8CF761B6902EF764462AD86498CA6B97"},
		{0, 16, "5CE88EC2E0692706A915C00AEB8B2396F40E1C743F52436BDF06D8FA1ECA343D"},
		{24, 24, "1CA2207308C87C010756104D8840CE1952F09673A448A122C92C62241051F57356D7F3C90BB0E07F"},
		{24, 0, "6DC225A071FC1B9F7C69F93B0F1E10DE"},
		{0, 24, "221BD0DE7FA6FE993ECCD769460A0AF2D6CDED0C395B1C3CE725F32494B9F914D85C0B1EB38357FF"},
		{32, 32, "BD6F6C496201C69296C11EFD138A467ABD3C707924B964DEAFFC40319AF5A48540FBBA186C5553C68AD9F592A79A4240"},
		{32, 0, "FE80690BEE8A485D11F32965BC9D2A32"},
		{0, 32, "2942BFC773BDA23CABC6ACFD9BFD5835BD300F0973792EF46040C53F1432BCDFB5E1DDE3BC18A5F840B52E653444D5DF"},
		{40, 40, "D5CA91748410C1751FF8A2F618255B68A0A12E093FF454606E59F9C1D0DDC54B65E8628E568BAD7AED07BA06A4A69483A7035490C5769E60"},
		{40, 0, "C5CD9D1850C141E358649994EE701B68"},
		{0, 40, "4412923493C57D5DE0D700F753CCE0D1D2D95060122E9F15A5DDBFC5787E50B5CC55EE507BCB084E479AD363AC366B95A98CA5F3000B1479"},
	}
	a := newAEAD(t, counting(16))
	nonce := unhex(t, "BBAA99887766554433221100")
	for i, s := range samples {
		nonce[11] = byte(i)
		sealed := a.Seal(nil, nonce, counting(s.plain), counting(s.ad))
		if got := strings.ToUpper(hex.EncodeToString(sealed)); got != s.sealed {
			t.Errorf("sample %d: sealed %s, want %s", i, got, s.sealed)
		}
		plain, err := a.Open(nil, nonce, unhex(t, s.sealed), counting(s.ad))
		if err != nil || !bytes.Equal(plain, counting(s.plain)) {
			t.Errorf("sample %d: opened %x, %v", i, plain, err)
		}
	}
}

// The iterated test of RFC 7253 appendix A: 384 messages of every length to 127 and
// their tags, all in one value.
func TestIteratedValueOfRFC7253(t *testing.T) {
	key := make([]byte, KeySize)
	key[KeySize-1] = TagSize * 8
	a := newAEAD(t, key)
	nonce := func(n int) []byte { return binary.BigEndian.AppendUint32(make([]byte, 8), uint32(n)) }
	var c []byte
	for i := range 128 {
		s := make([]byte, i)
		c = a.Seal(c, nonce(3*i+1), s, s)
		c = a.Seal(c, nonce(3*i+2), s, nil)
		c = a.Seal(c, nonce(3*i+3), nil, s)
	}
	got := a.Seal(nil, nonce(385), nil, c)
	if want := unhex(t, "67E944D23256C5E0B6C61FA22FDF1EA2"); !bytes.Equal(got, want) {
		t.Errorf("got %X, want %X", got, want)
	}
}

// lengths cover no block, part of one, whole ones, and the ends of the chunks in
// which the three passes go.
func lengths() []int {
	ls := []int{1400, 1500, chunkSize - 1, chunkSize, chunkSize + 1, 2*chunkSize - 16, 2*chunkSize + 17, 9*chunkSize + 5}
	for n := range 67 {
		ls = append(ls, n)
	}
	return ls
}

func TestEveryLengthEqualsTheSecondImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	key, nonce := make([]byte, KeySize), make([]byte, NonceSize)
	for _, n := range lengths() {
		fill(r, key)
		fill(r, nonce)
		plain, ad := make([]byte, n), make([]byte, r.IntN(50))
		fill(r, plain)
		fill(r, ad)
		a := newAEAD(t, key)
		got, want := a.Seal(nil, nonce, plain, ad), plainSeal(key, nonce, plain, ad)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: sealed %x, want %x", n, got, want)
		}
		if back, err := a.Open(nil, nonce, got, ad); err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("%d bytes: opened %x, %v", n, back, err)
		}
	}
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func TestDestinationMayBeTheSourceOrHaveAPrefix(t *testing.T) {
	a := newAEAD(t, counting(16))
	nonce := counting(12)
	for _, n := range lengths() {
		plain := counting(n)
		want := a.Seal(nil, nonce, plain, nil)

		room := make([]byte, n, n+TagSize)
		copy(room, plain)
		sealed := a.Seal(room[:0], nonce, room, nil)
		if !bytes.Equal(sealed, want) || &sealed[0] != &room[:1][0] {
			t.Fatalf("%d bytes: sealing in place differs", n)
		}
		opened, err := a.Open(sealed[:0], nonce, sealed, nil)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("%d bytes: opening in place differs: %v", n, err)
		}

		sealed = a.Seal([]byte("head"), nonce, plain, nil)
		if !bytes.Equal(sealed, append([]byte("head"), want...)) {
			t.Fatalf("%d bytes: sealing behind a prefix differs", n)
		}
		opened, err = a.Open([]byte("head"), nonce, want, nil)
		if err != nil || !bytes.Equal(opened, append([]byte("head"), plain...)) {
			t.Fatalf("%d bytes: opening behind a prefix differs: %v", n, err)
		}
	}
}

func TestAnyChangeIsRefusedAndLeavesNoPlaintext(t *testing.T) {
	a := newAEAD(t, counting(16))
	nonce, ad, plain := counting(12), []byte("data"), bytes.Repeat([]byte("secret"), 9)
	sealed := a.Seal(nil, nonce, plain, ad)
	refused := func(what string, nonce, sealed, ad []byte) {
		t.Helper()
		room := bytes.Repeat([]byte{0xAA}, len(plain)+TagSize)
		if got, err := a.Open(room[:0], nonce, sealed, ad); err != ErrOpen || got != nil {
			t.Fatalf("%s: %x, %v", what, got, err)
		}
		if n := max(len(sealed)-TagSize, 0); !bytes.Equal(room[:n], make([]byte, n)) {
			t.Fatalf("%s: output is %x, want zeros", what, room[:n])
		}
	}
	for bit := range 8 * len(sealed) {
		sealed[bit/8] ^= 1 << (bit % 8)
		refused("a bit of the message", nonce, sealed, ad)
		sealed[bit/8] ^= 1 << (bit % 8)
	}
	for bit := range 8 * len(nonce) {
		nonce[bit/8] ^= 1 << (bit % 8)
		refused("a bit of the nonce", nonce, sealed, ad)
		nonce[bit/8] ^= 1 << (bit % 8)
	}
	refused("other data", nonce, sealed, []byte("date"))
	refused("no data", nonce, sealed, nil)
	for n := range sealed {
		refused("a shorter message", nonce, sealed[:n], ad)
	}
}

func TestSealAndOpenDoNotAllocate(t *testing.T) {
	a := newAEAD(t, counting(16))
	nonce, plain := counting(12), counting(1401)
	sealed, room := a.Seal(nil, nonce, plain, nil), make([]byte, 1500)
	bad := bytes.Clone(sealed)
	bad[0] ^= 1
	if n := testing.AllocsPerRun(100, func() { a.Seal(room[:0], nonce, plain, nonce) }); n != 0 {
		t.Errorf("Seal allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { a.Open(room[:0], nonce, sealed, nil) }); n != 0 {
		t.Errorf("Open allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { a.Open(room[:0], nonce, bad, nil) }); n != 0 {
		t.Errorf("a refusing Open allocates %v times", n)
	}
}

func TestOtherKeyLengthsAreRefused(t *testing.T) {
	for _, n := range []int{0, 15, 17, 24, 32} {
		if _, err := New(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes is taken", n)
		}
	}
}

func FuzzAgainstTheSecondImplementation(f *testing.F) {
	f.Add(counting(16), counting(12), counting(40), counting(40))
	f.Add(counting(16), counting(12), []byte{}, []byte{})
	f.Add(counting(16), bytes.Repeat([]byte{0xFF}, 12), counting(chunkSize+33), counting(17))
	f.Fuzz(func(t *testing.T, key, nonce, plain, ad []byte) {
		if len(key) != KeySize || len(nonce) != NonceSize {
			t.Skip()
		}
		a := newAEAD(t, key)
		sealed := a.Seal(nil, nonce, plain, ad)
		if want := plainSeal(key, nonce, plain, ad); !bytes.Equal(sealed, want) {
			t.Fatalf("sealed %x, want %x", sealed, want)
		}
		opened, err := a.Open(nil, nonce, sealed, ad)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("opened %x, %v", opened, err)
		}
	})
}

func benchmark(b *testing.B, n int) {
	a := newAEAD(b, counting(16))
	nonce, plain := counting(12), counting(n)
	sealed, room := a.Seal(nil, nonce, plain, nil), make([]byte, n+TagSize)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(int64(n))
		b.ReportAllocs()
		for b.Loop() {
			a.Seal(room[:0], nonce, plain, nil)
		}
	})
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(n))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.Open(room[:0], nonce, sealed, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func Benchmark60(b *testing.B)   { benchmark(b, 60) }
func Benchmark500(b *testing.B)  { benchmark(b, 500) }
func Benchmark1400(b *testing.B) { benchmark(b, 1400) }
