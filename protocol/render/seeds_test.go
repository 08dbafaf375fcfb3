package render

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
)

// seededFrames returns a walk of frames of one size, each made of the one before by
// some steps of a program.
func seededFrames(seed uint64, n int) []terminal.Frame {
	r := rand.New(rand.NewPCG(seed, 0))
	return walk(r, n, 1+r.IntN(100), 1+r.IntN(50))
}

func walk(r *rand.Rand, n, cols, rows int) []terminal.Frame {
	e := terminal.New(cols, rows, terminal.Options{})
	frames := make([]terminal.Frame, n)
	for i := range frames {
		frames[i] = e.Frame()
		e.Write(program.Output(r, 1+r.IntN(1+r.IntN(60)), cols, rows))
	}
	return frames
}

// Sizes that nobody has, where one change reaches far.
var oddSizes = [][2]int{{1, 1}, {1, 2}, {1, 50}, {1, 200}, {2, 1}, {2, 100}, {3, 40}, {200, 1}, {1000, 2}}

func TestWalksThroughScreensOfOddSizes(t *testing.T) {
	for seed := range uint64(10) {
		for _, size := range oddSizes {
			frames := walk(rand.New(rand.NewPCG(seed, 1)), 8, size[0], size[1])
			for _, d := range []Dialect{Full(), Stock()} {
				for i := range frames[1:] {
					checkExact(t, &frames[i], &frames[i+1], d)
				}
				checkExact(t, &frames[0], &frames[len(frames)-1], d)
			}
		}
	}
}

// All that is one line is drawn anew where one column of it changes.
func TestAColumnOfWrappedTextIsChanged(t *testing.T) {
	for _, size := range [][2]int{{1, 50}, {2, 50}} {
		for _, text := range []string{"x", "漢"} {
			for _, d := range []Dialect{Full(), Stock()} {
				e := terminal.New(size[0], size[1], terminal.Options{})
				e.Write(bytes.Repeat([]byte(text), 100))
				a := e.Frame()
				e.Write([]byte("\x1b[1;1;1;1;1$r"))
				b := e.Frame()
				checkExact(t, &a, &b, d)
			}
		}
	}
}

func TestACursorMayWaitOnALineThatGoesOn(t *testing.T) {
	for _, output := range []string{"0123456789\x1b7ab\x1b8", "\r\n0123456789ab\x1b[2;10Hx\x1b7\x1b[1;1H\x1b8", "ab\r\n0123456789cd\x1b[1;10Hx\x1b[S"} {
		e := terminal.New(10, 4, terminal.Options{})
		a := e.Frame()
		e.Write([]byte(output))
		b := e.Frame()
		checkExact(t, &a, &b, Full())
	}
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
