package terminal

import (
	"fmt"
	"testing"
)

var benchSizes = []struct{ cols, rows int }{{80, 24}, {200, 60}}

// BenchmarkWrite interprets a megabyte of each workload. For instructions a byte
// see testdata/instructions.
func BenchmarkWrite(b *testing.B) {
	for _, size := range benchSizes {
		for _, w := range workloads {
			b.Run(fmt.Sprintf("%s/%dx%d", w.name, size.cols, size.rows), func(b *testing.B) {
				p := workload(w.write, 1, 1<<20, size.cols, size.rows)
				e := New(size.cols, size.rows, Options{})
				b.SetBytes(int64(len(p)))
				b.ReportAllocs()
				for b.Loop() {
					e.Write(p)
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
	page := workload(workloads[0].write, 1, 2000, 80, 24)
	b.ReportAllocs()
	for b.Loop() {
		e.Write(page)
		e.Frame()
	}
}
