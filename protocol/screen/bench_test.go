package screen

import (
	"fmt"
	"testing"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// turn is a change of the screen that goes on and on.
type turn struct {
	name  string
	begin string             // what the screen shows before
	next  func(i int) string // what the program writes the i-th time
	// anew is written every 60 times for a fresh start, and not counted.
	anew string
}

const clearScreen = "\x1b[m\x1b[H\x1b[2J"

func turns() []turn {
	log := func(seed uint64, lines int) string { return program.Lines(seed, lines, 80) }
	return []turn{
		{"typed", clearScreen + "user@host:~$ ", func(i int) string { return string(rune('a' + i%26)) }, "\ruser@host:~$ \x1b[K"},
		{"status", clearScreen + log(1, 23), func(i int) string {
			return fmt.Sprintf("\x1b[24;1H\x1b[7m%-80s\x1b[m\x1b[%d;10H",
				fmt.Sprintf(" notes.txt  line %d of 340  (%d%%)%40s ", i%300, i%100, fmt.Sprintf("12:04:%02d", i%60)), 1+i%20)
		}, ""},
		{"page", clearScreen + log(1, 24), func(i int) string { return program.Lines(uint64(i), 5, 58) }, ""},
		{"repaint", clearScreen + log(1, 24), func(i int) string { return clearScreen + program.Listing(uint64(i), 24, 80) }, ""},
	}
}

// frameWay is a server's emulator and what its client has of it.
type frameWay struct {
	server         *terminal.Emulator
	sent, received State
	bytes          int // of diffs
}

func newFrameWay(begin string) *frameWay {
	w := &frameWay{server: terminal.New(80, 24, terminal.Options{})}
	w.server.Write([]byte(begin))
	w.sent = State{Frame: w.server.Frame(), Hello: &wire.Hello{}}
	w.received = Initial(80, 24)
	var err error
	if w.received, err = w.received.Apply(w.sent.Diff(w.received)); err != nil {
		panic(err)
	}
	return w
}

// go on: the output is applied, and the client gets a frame of it.
func (w *frameWay) frame(tb testing.TB, output []byte) {
	w.server.Write(output)
	next := w.sent
	next.Frame = w.server.Frame()
	diff := next.Diff(w.sent)
	w.bytes += len(diff)
	w.sent = next
	var err error
	if w.received, err = w.received.Apply(diff); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkFrame is a frame's whole way: the server's emulator interprets what the
// program writes, a snapshot, the diff to the one before, and the client applies it.
func BenchmarkFrame(b *testing.B) {
	for _, t := range turns() {
		b.Run(t.name, func(b *testing.B) {
			var outputs [256][]byte
			for i := range outputs {
				outputs[i] = []byte(t.next(i))
			}
			w := newFrameWay(t.begin)
			bytes, n := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				if t.anew != "" && n%60 == 59 {
					w.server.Write([]byte(t.anew))
				}
				w.frame(b, outputs[n%len(outputs)])
				n++
			}
			bytes = w.bytes
			if !w.sent.Frame.Equal(&w.received.Frame) {
				b.Errorf("the client has\n%q\nthe server\n%q", w.received.Frame.Text(), w.sent.Frame.Text())
			}
			b.ReportMetric(float64(bytes)/float64(n), "diff-B/op")
		})
	}
}
