package render

import (
	"math/rand/v2"
	"testing"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
)

// seededFrames returns a walk of frames of one size, each made of the one before by
// some steps of a program.
func seededFrames(seed uint64, n int) []terminal.Frame {
	r := rand.New(rand.NewPCG(seed, 0))
	cols, rows := 1+r.IntN(100), 1+r.IntN(50)
	e := terminal.New(cols, rows, terminal.Options{})
	frames := make([]terminal.Frame, n)
	for i := range frames {
		frames[i] = e.Frame()
		e.Write(program.Output(r, 1+r.IntN(1+r.IntN(60)), cols, rows))
	}
	return frames
}

// A draw by rapid is small so that it can be shrunk; these are large.
func TestLongWalksThroughLargeScreens(t *testing.T) {
	seeds := 60
	if testing.Short() {
		seeds = 10
	}
	for seed := range uint64(seeds) {
		frames := seededFrames(seed, 12)
		for _, d := range []Dialect{Full(), Stock()} {
			for i := range frames[1:] {
				checkExact(t, &frames[i], &frames[i+1], d)
			}
			checkExact(t, &frames[0], &frames[len(frames)-1], d)
		}
		d, err := ForTerm(terminals[seed%uint64(len(terminals))], "")
		if err != nil {
			t.Fatal(err)
		}
		for i := range frames[1:] {
			checkOuter(t, &frames[i], &frames[i+1], d)
		}
	}
}
