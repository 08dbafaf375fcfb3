package terminal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gmosh/protocol/internal/program"
)

// FuzzEmulator writes any bytes to a small screen: in one piece, byte by byte,
// and with a frame taken and resumed half way. All must agree where they can,
// stay consistent, and leave the frame alone.
func FuzzEmulator(f *testing.F) {
	names, _ := filepath.Glob("testdata/transcripts/*.txt")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if in, ok := strings.CutPrefix(line, "in "); ok {
				if in, err := unescape(in); err == nil {
					f.Add([]byte(in), uint8(10), uint8(4), strings.Contains(name, "stock"))
				}
			}
		}
	}
	for _, w := range program.Workloads() {
		f.Add(w.Output(1, 500, 20, 6), uint8(20), uint8(6), false)
	}
	f.Fuzz(func(t *testing.T, in []byte, cols, rows uint8, stock bool) {
		cols, rows = cols%40, rows%10 // larger ones only take longer
		opts := Options{Stock: stock, Clusters: true}
		whole := New(int(cols), int(rows), opts)
		whole.Write(in)
		if err := check(whole); err != nil {
			t.Fatal(err)
		}
		bytewise := New(int(cols), int(rows), opts)
		for i := range in {
			bytewise.Write(in[i : i+1])
		}
		if a, b := whole.Frame(), bytewise.Frame(); !a.Equal(&b) {
			t.Fatalf("at once\n%s\nbyte by byte\n%s", dump(&a), dump(&b))
		}
		fuzzSnapshot(t, in, New(int(cols), int(rows), opts))
	})
}

func fuzzSnapshot(t *testing.T, in []byte, e *Emulator) {
	half := len(in) / 2
	e.Write(in[:half])
	frame := e.Frame()
	before := dump(&frame)
	e.Write(in[half:])
	r := Resume(frame, Options{Stock: e.stock, Clusters: true})
	r.Write(in[half:])
	r.Resize(r.f.cols/2+1, len(r.f.rows)+1)
	for _, e := range []*Emulator{e, r} {
		if err := check(e); err != nil {
			t.Fatal(err)
		}
	}
	if after := dump(&frame); after != before {
		t.Fatalf("the frame was\n%s\nand became\n%s", before, after)
	}
}
