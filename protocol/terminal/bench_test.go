package terminal

import (
	goflag "flag"
	"fmt"
	"hash/maphash"
	"testing"

	"gmosh/protocol/internal/program"
)

// benchSeed is what the inputs are made from: the figures hold for any.
var benchSeed = goflag.Uint64("seed", 1, "seed of the inputs of benchmarks")

var benchSizes = []struct{ cols, rows int }{{80, 24}, {200, 60}}

// hashSeed is the same for all hashes of a process.
var hashSeed = maphash.MakeSeed()

// screenHash is a hash of all that a frame shows.
func screenHash(f *Frame) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	fmt.Fprintf(&h, "%+v %s", f.Cursor, renditionText(f.Pen))
	for i := range f.rows {
		r := f.Row(i)
		for x := range r.cells {
			fmt.Fprintf(&h, "%s %s %v,", r.Text(nil, x), renditionText(r.Rendition(x)), r.Cell(x).Wide())
		}
		fmt.Fprintln(&h, r.wrapped)
	}
	return h.Sum64()
}

// BenchmarkWrite interprets a megabyte of each workload as the server does, in
// chunks. What came out is compared with what a byte at a time gives, which
// takes none of the fast paths. For instructions a byte see testdata/instructions.
func BenchmarkWrite(b *testing.B) {
	const chunk = 32 << 10
	for _, size := range benchSizes {
		for _, w := range program.Workloads() {
			b.Run(fmt.Sprintf("%s/%dx%d", w.Name, size.cols, size.rows), func(b *testing.B) {
				p := w.Output(*benchSeed, 1<<20, size.cols, size.rows)
				e := New(size.cols, size.rows, Options{})
				b.SetBytes(int64(len(p)))
				b.ReportAllocs()
				for b.Loop() {
					for rest := p; len(rest) > 0; {
						n := min(chunk, len(rest))
						e.Write(rest[:n])
						rest = rest[n:]
					}
				}
				got := e.Frame()
				slow := New(size.cols, size.rows, Options{})
				for range min(b.N, 2) { // a second round begins where the first has ended
					for i := range p {
						slow.Write(p[i : i+1])
					}
				}
				if want := slow.Frame(); screenHash(&got) != screenHash(&want) {
					b.Errorf("the screen is\n%s\nbyte by byte it is\n%s", dump(&got), dump(&want))
				}
			})
		}
	}
}

// BenchmarkTypedCharacter is what a client does for a character that was typed:
// the diff applied to the frame it had.
func BenchmarkTypedCharacter(b *testing.B) {
	e := New(80, 24, Options{})
	e.Write([]byte("user@host:~$ "))
	f := e.Frame()
	diff := []byte("x")
	b.ReportAllocs()
	for b.Loop() {
		r := Resume(f, Options{})
		r.Write(diff)
		r.Frame()
	}
}

// BenchmarkFrame is a snapshot, with all rows changed since the one before.
func BenchmarkFrame(b *testing.B) {
	e := New(80, 24, Options{})
	page := program.Workloads()[0].Output(*benchSeed, 2000, 80, 24)
	b.ReportAllocs()
	for b.Loop() {
		e.Write(page)
		e.Frame()
	}
}
