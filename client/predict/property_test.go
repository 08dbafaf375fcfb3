package predict

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gmosh/protocol/terminal"
)

// firstLetter is the first of many letters that no program says by itself. Each is
// typed once, so that what is painted can be told by when it was typed.
const firstLetter = 'Ѐ'

// barriers are such keys, as they are typed at each program.
var barriers = []string{"\r", "\r", "\x03", "\t", "\x1b", "\x1b[A", "\x18", "\x0c"}

// typist types at random, and checks after everything that happens what is painted.
type typist struct {
	*world
	t       *rapid.T
	letter  rune   // the next to be typed
	inserts bool   // an i was typed since the last barrier, which may be an echo, too
	since   string // what was typed since the last barrier
	allowed bool   // may be painted
	covered uint64 // the state that carries the barrier
}

func (y *typist) barrier(key string) {
	y.since, y.inserts, y.allowed = "", false, false
	y.typ(key)
	y.covered = y.sent + 1
}

// check fails if something is painted that was typed since the barrier, and must
// not be yet.
func (y *typist) check() {
	y.allowed = y.allowed || y.permitted()
	if y.allowed {
		return
	}
	for row := range y.rows {
		for col := range y.cols {
			text := CellText(&y.shown, row, col)
			if text != "" && text != blank && strings.Contains(y.since, text) && text != CellText(y.view.Frame, row, col) {
				y.t.Fatalf("%q is painted ahead in row %d, column %d", text, row, col)
			}
		}
	}
}

// permitted: with reports, a frame covers the barrier; without, one shows an echo of
// what was typed after it.
func (y *typist) permitted() bool {
	if y.reports {
		return y.view.EchoAck >= y.covered
	}
	screen := strings.Join(y.view.Frame.Text(), "")
	return strings.ContainsAny(screen, y.since) || y.inserts && strings.Contains(screen, "i")
}

func TestNothingIsPaintedBeforeItIsCertain(t *testing.T) {
	programs := map[string]func() program{
		"shell":  newShell,
		"vi":     newVi,
		"silent": func() program { return &tty{lines: func(*far, string) {}} },
		"cat":    func() program { return &tty{echo: true, lines: func(f *far, line string) { f.print("\r\n") }} },
	}
	for name, prog := range programs {
		for _, reports := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " with reports"}[reports], func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(rt *rapid.T) { typeAtRandom(t, rt, prog, reports) })
			})
		}
	}
}

func typeAtRandom(t *testing.T, rt *rapid.T, prog func() program, reports bool) {
	rtt := time.Duration(rapid.SampledFrom([]int{4, 60, 300, 1000}).Draw(rt, "rtt")) * time.Millisecond
	y := &typist{t: rt, letter: firstLetter}
	y.world = newWorld(t, conditions{rtt: rtt, reports: reports}, New(Options{Mode: Always}), prog)
	for range rapid.IntRange(1, 6).Draw(rt, "lines") {
		y.barrier(rapid.SampledFrom(barriers).Draw(rt, "barrier"))
		y.check()
		for range rapid.IntRange(0, 7).Draw(rt, "keys") {
			y.pass(time.Duration(rapid.SampledFrom([]int{0, 5, 30, 130, 400}).Draw(rt, "pause")) * time.Millisecond)
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				y.typ("\x7f")
			case 1:
				y.inserts = true
				y.typ("i") // text at most programs, a command at others
			default:
				y.since += string(y.letter)
				y.typ(string(y.letter))
				y.letter++
			}
			y.check()
		}
	}
	y.settle()
	if truth := &y.truths[len(y.truths)-1]; !sameScreen(&y.shown, truth) {
		rt.Fatalf("at the end:\n%s\ninstead of\n%s", strings.Join(y.shown.Text(), "\n"), strings.Join(truth.Text(), "\n"))
	}
}

// pass is run, with a look at each change.
func (y *typist) pass(d time.Duration) {
	const step = 20 * time.Millisecond
	for ; d > 0; d -= step {
		y.run(min(d, step))
		y.check()
	}
}

// What is typed is never kept from the server's frame for long, whatever programs
// do: without a key for a round trip, the frame is what is shown.
func TestAtRestTheFrameIsShown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := New(Options{Mode: rapid.SampledFrom([]Mode{Adaptive, Always, Experimental}).Draw(rt, "mode")})
		frame := terminal.NewFrame(10, 3)
		emu := terminal.New(10, 3, terminal.Options{})
		view := View{Frame: &frame, SRTT: 100 * time.Millisecond, Measured: true}
		now := time.Unix(1000, 0)
		for range rapid.IntRange(1, 30).Draw(rt, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "ms")) * time.Millisecond)
			if rapid.Bool().Draw(rt, "typed") {
				keys := rapid.SampledFrom([]string{"a", "b ", "\x7f", "\r", "\x1b[D", "\x1b[C", "世", "e\u0301", "\x17", "\x15", "\x01", "\x05", "\x1b", "xyzxyzxyzxyz"}).Draw(rt, "keys")
				p.Typed(now, []byte(keys), view)
				view.Sent++
			} else {
				emu.Write([]byte(rapid.SampledFrom([]string{"a", "b ", "\b \b", "\r\n", "\x1b[H", "\x1b[2J", "世", "x\x1b[D", "\x1b[5C"}).Draw(rt, "output")))
				frame = emu.Frame()
				view.EchoAck = min(view.Sent, view.EchoAck+uint64(rapid.IntRange(0, 3).Draw(rt, "acked")))
				p.Arrived(now, view)
			}
			over := terminal.NewOverlay(frame)
			p.Draw(now, over)
			p.Next(now)
		}
		view.EchoAck = view.Sent
		p.Arrived(now, view)
		now = now.Add(2 * time.Second)
		over := terminal.NewOverlay(frame)
		p.Draw(now, over)
		if !over.Frame.Equal(&frame) {
			rt.Fatalf("%q is shown, %q is there", over.Frame.Text(), frame.Text())
		}
		if next := p.Next(now); !next.IsZero() {
			rt.Fatalf("another look is wanted at %v", next)
		}
	})
}
