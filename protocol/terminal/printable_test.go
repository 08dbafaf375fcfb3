package terminal

import "testing"

// All pairs of bytes, at each place of a run.
func TestPrintableStopsAtTheFirstByteThatIsNot(t *testing.T) {
	var p [19]byte
	for at := range len(p) - 1 {
		for pair := range 1 << 16 {
			for i := range p {
				p[i] = '~'
			}
			p[at], p[at+1] = byte(pair), byte(pair>>8)
			want := len(p)
			for i := len(p) - 1; i >= 0; i-- {
				if p[i] < ' ' || p[i] > '~' {
					want = i
				}
			}
			if got := printable(p[:], 0); got != want {
				t.Fatalf("%q: %d, want %d", p, got, want)
			}
		}
	}
}
