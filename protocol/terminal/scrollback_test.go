package terminal

import (
	"fmt"
	"testing"

	"gmosh/protocol/internal/program"
)

func TestScrollbackKeepsTheNewestLines(t *testing.T) {
	for _, limit := range []int{0, 1, 7, 1000} {
		s := NewScrollback(limit)
		e := New(12, 3, Options{Scrolled: s.Add})
		for i := range 50 {
			fmt.Fprintf(writer{e}, "line %d\r\n", i)
			if i%5 == 0 {
				e.Frame()
			}
		}
		const left = 50 + 1 - 3 // the last line is empty
		keeps := min(max(limit, 1), left)
		if s.Len() != keeps {
			t.Errorf("limit %d: %d lines", limit, s.Len())
		}
		for i := range s.Len() {
			r := s.Row(i)
			if got, want := rowText(r), fmt.Sprintf("line %d", left-keeps+i); got != want || r.Number() != uint64(left-keeps+i) {
				t.Errorf("limit %d: line %d is %q, number %d; want %q", limit, i, got, r.Number(), want)
			}
		}
	}
}

// A line keeps its soft wrap on its way out, so that history can be wrapped anew.
func TestScrollbackKnowsSoftWraps(t *testing.T) {
	s := NewScrollback(10)
	e := New(4, 2, Options{Scrolled: s.Add})
	e.Write([]byte("abcdefgh\r\nx\r\ny\r\n"))
	var got []string
	for i := range s.Len() {
		got = append(got, fmt.Sprintf("%s %v", rowText(s.Row(i)), s.Row(i).Wrapped()))
	}
	if want := "[abcd true efgh false x false]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// BenchmarkScrollback is what history costs: to be compared with BenchmarkWrite.
func BenchmarkScrollback(b *testing.B) {
	p := program.Workloads()[0].Output(*benchSeed, 1<<20, 80, 24)
	e := New(80, 24, Options{Scrolled: NewScrollback(10000).Add})
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		e.Write(p)
	}
}
