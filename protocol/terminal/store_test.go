package terminal

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whatever goes on after a frame was given out, from the emulator it came from or
// from others that stand on it, the frame stays as it is.
func TestFramesStayAsTheyAre(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		emulators := []*Emulator{New(10, 4, Options{})}
		var frames []Frame
		var dumps []string
		restarted := new(Emulator)
		for i := range 400 {
			e := emulators[r.IntN(len(emulators))]
			switch r.IntN(8) {
			case 0:
				f := e.Frame()
				frames, dumps = append(frames, f), append(dumps, dump(&f))
			case 1:
				if len(frames) > 0 {
					emulators = append(emulators, Resume(frames[r.IntN(len(frames))], Options{}))
				}
			case 2:
				if len(frames) > 0 {
					restarted.Restart(&frames[r.IntN(len(frames))], Options{})
					fmt.Fprintf(writer{restarted}, "\r\nrestarted %d\n\n", i)
					f := restarted.Frame()
					frames, dumps = append(frames, f), append(dumps, dump(&f))
				}
			case 3:
				e.Write([]byte("\x1b[?1049h\n\n\x1b[?1049l"))
			case 4:
				e.Write([]byte("\x1b[2;3r\x1b[3;1H\n\x1b[r\x1b[4;1H"))
			default:
				fmt.Fprintf(writer{e}, "%.*s%d", r.IntN(9), "\n\n\n\n\n\n\n\n", i)
			}
		}
		for i := range frames {
			if now := dump(&frames[i]); now != dumps[i] {
				t.Fatalf("seed %d: frame %d was\n%s\nand became\n%s", seed, i, dumps[i], now)
			}
		}
	}
}
