package wire

import (
	"bytes"
	stdzlib "compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func stdDeflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := stdzlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func stdInflate(b []byte) ([]byte, error) {
	r, err := stdzlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// inputs are texts of several kinds and lengths.
func inputs() [][]byte {
	r := rand.New(rand.NewPCG(7, 7))
	var all [][]byte
	for _, n := range []int{0, 1, 30, 200, 1300, 70_000, 1_000_000} {
		random, text := make([]byte, n), make([]byte, n)
		for i := range n {
			random[i] = byte(r.Uint32())
			text[i] = "etaoin shrdlu\x1b[;0m"[r.IntN(18)]
		}
		all = append(all, random, text, make([]byte, n))
	}
	return all
}

func TestStreamsAreOrdinaryZlibBothWays(t *testing.T) {
	d, f := NewDeflater(), NewInflater()
	for _, in := range inputs() {
		deflated := d.Deflate([]byte("head"), in)
		if string(deflated[:4]) != "head" {
			t.Fatal("what was in dst is gone")
		}
		if got, err := stdInflate(deflated[4:]); err != nil || !bytes.Equal(got, in) {
			t.Fatalf("%d bytes: another implementation reads %d, %v", len(in), len(got), err)
		}
		for _, stream := range [][]byte{deflated[4:], stdDeflate(t, in)} {
			got, err := f.Inflate([]byte("head"), stream)
			if err != nil || !bytes.Equal(got, append([]byte("head"), in...)) {
				t.Fatalf("%d bytes: read %d, %v", len(in), len(got), err)
			}
		}
	}
}

func TestSameInputGivesTheSameStreamWhateverWentBefore(t *testing.T) {
	used := NewDeflater()
	all := inputs()
	for round := range 2 {
		for i, in := range all {
			used.Deflate(nil, all[(i+5*round+1)%len(all)])
			if got, want := used.Deflate(nil, in), NewDeflater().Deflate(nil, in); !bytes.Equal(got, want) {
				t.Fatalf("input %d of %d bytes: %d bytes, alone %d", i, len(in), len(got), len(want))
			}
		}
	}
}

func TestInflationIsBounded(t *testing.T) {
	d, f := NewDeflater(), NewInflater()
	got, err := f.Inflate(nil, d.Deflate(nil, make([]byte, MaxInflated)))
	if err != nil || len(got) != MaxInflated {
		t.Fatalf("at the limit: %d bytes, %v", len(got), err)
	}
	dst := []byte("dst")
	for _, n := range []int{MaxInflated + 1, 20 * MaxInflated} {
		bomb := d.Deflate(nil, make([]byte, n))
		if got, err := f.Inflate(dst, bomb); err != ErrInflated || string(got) != "dst" {
			t.Errorf("%d bytes in %d: %d, %v", n, len(bomb), len(got), err)
		}
	}
	next := strings.Repeat("next", storedMost)
	if got, err := f.Inflate(dst, d.Deflate(nil, []byte(next))); err != nil || string(got) != "dst"+next {
		t.Errorf("after that: %q, %v", got, err)
	}
}

func TestWhatIsNotExactlyOneStreamIsRefused(t *testing.T) {
	d, f := NewDeflater(), NewInflater()
	good := d.Deflate(nil, bytes.Repeat([]byte("some text "), 20))
	var dictionary bytes.Buffer
	w, err := stdzlib.NewWriterLevelDict(&dictionary, 6, []byte("some text"))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "some text some text")
	w.Close()
	changed := func(i int) []byte {
		b := bytes.Clone(good)
		b[(i+len(b))%len(b)] ^= 0x10
		return b
	}
	bad := map[string][]byte{
		"empty":               {},
		"a byte after it":     append(bytes.Clone(good), 0),
		"another after it":    append(bytes.Clone(good), good...),
		"another method":      changed(0),
		"header checksum":     changed(1),
		"another checksum":    changed(-1),
		"preset dictionary":   dictionary.Bytes(),
		"reserved block type": {0x78, 0x9c, 0x07},
		"not zlib at all":     []byte("not zlib at all"),
	}
	for n := range good {
		bad[fmt.Sprintf("cut at %d", n)] = good[:n]
	}
	for what, b := range bad {
		if got, err := f.Inflate([]byte("dst"), b); !errors.Is(err, ErrZlib) || string(got) != "dst" {
			t.Errorf("%s: %q, %v", what, got, err)
		}
		if got, err := f.Inflate(nil, good); err != nil || !strings.HasPrefix(string(got), "some text some") {
			t.Fatalf("a good stream after %s: %q, %v", what, got, err)
		}
	}
}

func TestAFirstBadStreamDoesNotSpoilTheInflater(t *testing.T) {
	f := NewInflater()
	if _, err := f.Inflate(nil, []byte("bad")); !errors.Is(err, ErrZlib) {
		t.Error(err)
	}
	good := strings.Repeat("good", storedMost)
	if got, err := f.Inflate(nil, NewDeflater().Deflate(nil, []byte(good))); err != nil || string(got) != good {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAKeystrokesStreamHoldsItAsItIs(t *testing.T) {
	d, f := NewDeflater(), NewInflater()
	for n := range storedMost + 1 {
		in := bytes.Repeat([]byte{'k'}, n)
		stream := d.Deflate(nil, in)
		if len(stream) != n+11 || !bytes.Contains(stream, in) {
			t.Fatalf("%d bytes become %x", n, stream)
		}
		if got, err := stdInflate(stream); err != nil || !bytes.Equal(got, in) {
			t.Fatalf("another implementation reads %q, %v", got, err)
		}
		for i := range stream {
			damaged := bytes.Clone(stream)
			damaged[i] ^= 0x10
			want, wantErr := stdInflate(damaged)
			got, err := f.Inflate(nil, damaged)
			if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
				t.Fatalf("%x: %q, %v; another implementation: %q, %v", damaged, got, err, want, wantErr)
			}
			if got, err := f.Inflate(nil, stream[:i]); !errors.Is(err, ErrZlib) {
				t.Fatalf("cut to %x: %q, %v", stream[:i], got, err)
			}
		}
	}
	if stream := d.Deflate(nil, bytes.Repeat([]byte{'k'}, 5*storedMost)); len(stream) > storedMost {
		t.Errorf("%d bytes become %d", 5*storedMost, len(stream))
	}
}

func TestDeflateAndInflateDoNotAllocate(t *testing.T) {
	d, f := NewDeflater(), NewInflater()
	in := bytes.Repeat([]byte("\x1b[1;2Hsome text"), 50)
	out, back := make([]byte, 0, 2000), make([]byte, 0, 2000)
	n := testing.AllocsPerRun(100, func() {
		if got, err := f.Inflate(back, d.Deflate(out, in)); err != nil || len(got) != len(in) {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzInflate(f *testing.F) {
	d := NewDeflater()
	f.Add([]byte{})
	f.Add(d.Deflate(nil, nil))
	f.Add(d.Deflate(nil, []byte("some text, some text, some text")))
	f.Add(append(d.Deflate(nil, []byte("x")), 0))
	f.Add(d.Deflate(nil, make([]byte, 100_000)))
	f.Add([]byte{0x78, 0xbb, 0, 0, 0, 1})
	inflater := NewInflater()
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := inflater.Inflate(nil, b)
		if err == ErrInflated {
			return
		}
		if err != nil {
			if !errors.Is(err, ErrZlib) || got != nil {
				t.Fatalf("%d bytes with %v", len(got), err)
			}
			return
		}
		// The standard library ignores what follows the stream.
		if want, err := stdInflate(b); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x: %x, the standard library: %x, %v", b, got, want, err)
		}
		if back, err := stdInflate(d.Deflate(nil, got)); err != nil || !bytes.Equal(back, got) {
			t.Fatalf("%x deflated reads back as %x, %v", got, back, err)
		}
	})
}

func BenchmarkDeflateInflate(b *testing.B) {
	for _, n := range []int{30, 200, 1300} {
		in := make([]byte, n)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range in {
			in[i] = "etaoin shrdlu\x1b[;0m"[r.IntN(18)]
		}
		d, f := NewDeflater(), NewInflater()
		out, back := make([]byte, 0, 2*n+100), make([]byte, 0, 2*n)
		stream := d.Deflate(nil, in)
		b.Run(fmt.Sprintf("deflate/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Deflate(out, in)
			}
			b.ReportMetric(float64(len(stream)), "bytes")
		})
		b.Run(fmt.Sprintf("inflate/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Inflate(back, stream); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
