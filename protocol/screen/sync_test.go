package screen

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gmosh/protocol/internal/program"
	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

func testHello() *wire.Hello {
	return &wire.Hello{Version: 1, Features: []string{FeatureCounts}}
}

type draws struct{ t *rapid.T }

func (d draws) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "") }

// A walk is a server's states, of which the client gets some, each as a diff from one
// that it has: what ssp does when packets are lost.
func TestAGmoshClientHoldsWhatTheServerHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draws{t}
		cols, rows := 1+s.IntN(30), 1+s.IntN(8)
		e := terminal.New(cols, rows, terminal.Options{Clusters: true})
		sent := []State{Initial(cols, rows)}
		got := []State{Initial(cols, rows)}
		for range 2 + s.IntN(5) {
			e.Write(program.Output(s, s.IntN(20), cols, rows))
			if s.IntN(6) == 0 {
				cols, rows = 1+s.IntN(30), 1+s.IntN(8)
				e.Resize(cols, rows)
			}
			next := State{Frame: e.Frame(), Hello: testHello()}
			base := s.IntN(len(sent))
			held, err := got[base].Apply(next.Diff(sent[base]))
			if err != nil {
				t.Fatal(err)
			}
			want := next
			want.Frame = render.Full().Project(next.Frame)
			if !held.Equal(want) {
				t.Fatalf("from state %d the client holds\n%+v\nnot\n%+v", base, held.Frame, want.Frame)
			}
			sent, got = append(sent, next), append(got, held)
		}
	})
}

func TestBothScreensAreHeld(t *testing.T) {
	e := terminal.New(20, 4, terminal.Options{})
	e.Write([]byte("shell\r\n$ vi"))
	a := State{Frame: e.Frame(), Hello: testHello()}
	e.Write([]byte("\x1b[?1049h\x1b[Hediting\r\n~\r\n~"))
	b := State{Frame: e.Frame(), Hello: testHello()}
	e.Write([]byte("\x1b[?1049l"))
	c := State{Frame: e.Frame(), Hello: testHello()}

	client, err := Initial(20, 4).Apply(a.Diff(Initial(20, 4)))
	if err != nil {
		t.Fatal(err)
	}
	if client, err = client.Apply(b.Diff(a)); err != nil || !client.Frame.Alternate() || client.Frame.Text()[0] != "editing" {
		t.Fatalf("%q, %v", client.Frame.Text(), err)
	}
	main := client.Frame.Main()
	if got := main.Text()[0]; got != "shell" {
		t.Errorf("the main screen is %q", main.Text())
	}
	back := c.Diff(b)
	if client, err = client.Apply(back); err != nil || !client.Equal(c) {
		t.Fatalf("%q, %v", client.Frame.Text(), err)
	}
	if len(back) > 30 {
		t.Errorf("leaving the alternate screen takes %d bytes: %q", len(back), back)
	}
}

// delivery reads what a user's terminal is told.
var delivery = regexp.MustCompile("\x1b\\](?:52;c;([A-Za-z0-9+/=]*)|9;([^\a]*))\a|(\a)")

// Clipboard writes, notifications and bells reach the user's terminal exactly once,
// in order, whichever states arrive and whichever they are made from.
func TestEachEventIsDeliveredExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draws{t}
		outer, err := render.ForTerm("xterm-256color", "")
		if err != nil {
			t.Fatal(err)
		}
		e := terminal.New(10, 2, terminal.Options{})
		sent, got := []State{Initial(10, 2)}, []State{Initial(10, 2)}
		shown := got[0].Frame
		clip, note := 0, 0
		var clips, notes []int // delivered
		for range 3 + s.IntN(12) {
			for range s.IntN(3) {
				switch s.IntN(3) {
				case 0:
					clip++
					e.Write(fmt.Appendf(nil, "\x1b]52;c;%04d\a", clip))
				case 1:
					note++
					e.Write(fmt.Appendf(nil, "\x1b]9;n%d\a", note))
				case 2:
					e.Write([]byte("x"))
				}
			}
			next := State{Frame: e.Frame(), Hello: testHello()}
			base := s.IntN(len(sent))
			held, err := got[base].Apply(next.Diff(sent[base]))
			if err != nil {
				t.Fatal(err)
			}
			sent, got = append(sent, next), append(got, held)
			if note-lastOf(notes) >= 3 || clip-lastOf(clips) >= 3 || s.IntN(2) == 0 { // it arrives
				out := render.Frame(nil, &shown, &held.Frame, outer)
				shown = held.Frame
				for _, m := range delivery.FindAllStringSubmatch(string(out), -1) {
					if n, err := strconv.Atoi(m[1]); err == nil {
						clips = append(clips, n)
					}
					if n, err := strconv.Atoi(strings.TrimPrefix(m[2], "n")); err == nil {
						notes = append(notes, n)
					}
				}
				if lastOf(clips) != clip {
					t.Fatalf("the last clipboard write was %d, not %d", lastOf(clips), clip)
				}
				if lastOf(notes) != note {
					t.Fatalf("the last notification was %d, not %d", lastOf(notes), note)
				}
			}
		}
		for _, delivered := range [][]int{clips, notes} {
			for i, n := range delivered {
				if n != i+1 {
					t.Fatalf("clipboard writes %d, notifications %d", clips, notes)
				}
			}
		}
	})
}

func lastOf(all []int) int {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1]
}

// The same text set again is written again, a state that comes twice is not.
func TestTheSameClipboardAgainIsAChange(t *testing.T) {
	outer, _ := render.ForTerm("xterm", "")
	e := terminal.New(10, 2, terminal.Options{})
	zero := Initial(10, 2)
	e.Write([]byte("\x1b]52;c;YQ==\a"))
	a := State{Frame: e.Frame(), Hello: testHello()}
	e.Write([]byte("\x1b]52;c;YQ==\a"))
	b := State{Frame: e.Frame(), Hello: testHello()}
	first, err := zero.Apply(a.Diff(zero))
	if err != nil {
		t.Fatal(err)
	}
	second, err := zero.Apply(b.Diff(zero)) // a was lost
	if err != nil {
		t.Fatal(err)
	}
	writes := func(old, new *terminal.Frame) int {
		return strings.Count(string(render.Frame(nil, old, new, outer)), "\x1b]52;")
	}
	if n := writes(&zero.Frame, &first.Frame); n != 1 {
		t.Errorf("the first is written %d times", n)
	}
	if n := writes(&first.Frame, &second.Frame); n != 1 {
		t.Errorf("the second is written %d times", n)
	}
	again, _ := first.Apply(b.Diff(a))
	if n := writes(&second.Frame, &again.Frame); n != 0 {
		t.Errorf("the same state by another way is written %d times", n)
	}
}

// A stock client has one clipboard, which gets the last write of several.
func TestAStockClientGetsTheLastClipboardWrite(t *testing.T) {
	e := terminal.New(10, 2, terminal.Options{})
	e.Write([]byte("\x1b]52;c;YQ==\a\x1b]52;c;Yg==\a\x1b]52;p;Yw==\a"))
	s := State{Frame: e.Frame()}
	if diff := string(s.Diff(Initial(10, 2))); strings.Count(diff, "\x1b]52;") != 1 || !strings.Contains(diff, "\x1b]52;c;Yg==\a") {
		t.Errorf("it is sent %q", diff)
	}
}

// What a stock client is sent stays within its dialect: nothing of what it has no
// name for, and of the rest what comes nearest.
func TestAStockClientIsSentWhatItCanShow(t *testing.T) {
	e := terminal.New(20, 2, terminal.Options{})
	e.Write([]byte("\x1b[2;4:3;58:5:1;9;53mx\x1b[m\x1b]8;;http://a/\ay\x1b]8;;\a\x1b[3 q\x1b]4;1;red\a\x1b]9;4;1;5\a" +
		"\x1b]7;file:///\a\x1b]9;hi\a\x1b[>1u\x1b[>4;2m\x1b=\x1b[?12;1007h\x1b]22;text\a\x1b]133;A\a\x1b[?1016;1003h"))
	s := State{Frame: e.Frame()}
	diff := string(s.Diff(Initial(20, 2)))
	for _, never := range []string{"]4;", "]8;", "]9;", "]7;", "]22;", "]133;", " q", "u", "?12", "?1007", "?1016", "\x1b=", ";2m", "58", "53", ":"} {
		if strings.Contains(diff, never) {
			t.Errorf("%q holds %q", diff, never)
		}
	}
	client, err := Initial(20, 2).Apply([]byte(diff))
	if err != nil {
		t.Fatal(err)
	}
	if got := client.Frame.Row(0).Cell(0); got.Attr().Underline() != terminal.SingleUnderline {
		t.Errorf("a curly underline became %v", got.Attr())
	}
	if client.Frame.Mouse != 1003 || client.Frame.MouseEncoding != 1006 {
		t.Errorf("mouse %d, encoding %d", client.Frame.Mouse, client.Frame.MouseEncoding)
	}
}

func FuzzApply(f *testing.F) {
	e := terminal.New(10, 3, terminal.Options{})
	e.Write([]byte("a日\x1b[?1049hb\x1b]52;c;YQ==\a"))
	s := State{Frame: e.Frame(), Hello: testHello(), EchoAck: 3}
	f.Add(s.Diff(Initial(10, 3)))
	s.Hello = nil
	f.Add(s.Diff(Initial(10, 3)))
	f.Fuzz(func(t *testing.T, diff []byte) {
		got, err := Initial(10, 3).Apply(diff)
		if err != nil {
			return
		}
		if _, err := got.Apply(diff); err != nil {
			t.Fatalf("applied once, but not again: %v", err)
		}
	})
}
