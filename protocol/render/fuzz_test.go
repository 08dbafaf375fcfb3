package render

import (
	"math/rand/v2"
	"testing"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
)

// FuzzRender: whatever an application has written, the round trip holds in every
// dialect.
func FuzzRender(f *testing.F) {
	for i, c := range changes {
		f.Add(uint8(80), uint8(24), uint8(i), []byte(c.before), []byte(c.then))
	}
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		cols, rows := 1+r.IntN(30), 1+r.IntN(12)
		f.Add(uint8(cols), uint8(rows), uint8(r.IntN(256)), program.Output(r, 40, cols, rows), program.Output(r, 20, cols, rows))
	}
	f.Fuzz(func(t *testing.T, cols, rows, term uint8, before, then []byte) {
		e := terminal.New(int(cols), int(rows), terminal.Options{Clusters: true})
		e.Write(before)
		a := e.Frame()
		e.Write(then)
		b := e.Frame()
		if a.Labels == nil || b.Labels != nil { // a reset that forgets the title is not sent
			checkExact(t, &a, &b, Full())
			checkExact(t, &a, &b, Stock())
		}
		d, err := ForTerm(terminals[int(term)%len(terminals)], "truecolor")
		if err != nil {
			t.Fatal(err)
		}
		checkOuter(t, &a, &b, d)
	})
}
