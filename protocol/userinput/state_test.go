package userinput

import (
	"bytes"
	"testing"

	"gmosh/protocol/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// typed gathers the keys of events.
func typed(events []Event) (out []byte) {
	for _, e := range events {
		out = append(out, e.Keys...)
	}
	return out
}

func TestEventsArriveInOrderAndKeysShareAnElement(t *testing.T) {
	s := State{}.Hello(&wire.Hello{Version: 1}).Resize(80, 24).Keys([]byte("l")).Keys([]byte("s")).Resize(100, 30).Keys([]byte("\r"))
	got, err := State{}.Apply(s.Diff(State{}))
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{Kind: wire.ClientHello, Hello: &wire.Hello{Version: 1}},
		{Kind: wire.ClientResize, Cols: 80, Rows: 24},
		{Kind: wire.ClientKeys, Keys: []byte("ls")},
		{Kind: wire.ClientResize, Cols: 100, Rows: 30},
		{Kind: wire.ClientKeys, Keys: []byte("\r")},
	}
	if d := cmp.Diff(want, got.Since(State{})); d != "" {
		t.Error(d)
	}
	if !got.Equal(s) {
		t.Error("the applied state is not equal to the one sent")
	}
}

func TestADiffFromInsideAKeysElementSendsOnlyTheRest(t *testing.T) {
	whole, err := State{}.Apply(State{}.Keys([]byte("abcdef")).Diff(State{}))
	if err != nil {
		t.Fatal(err)
	}
	base := State{}.Keys([]byte("abc"))
	if got := typed(whole.Since(base)); string(got) != "def" {
		t.Errorf("beyond abc: %q", got)
	}
	cut := whole.Subtract(base)
	if got := typed(cut.Since(base)); string(got) != "def" || !cut.Equal(whole) {
		t.Errorf("after Subtract: %q", got)
	}
}

func TestBranchesOfAStreamDoNotShareMemory(t *testing.T) {
	base := State{}.Keys([]byte("a")).Keys([]byte("b"))
	one, two := base.Keys([]byte("1")), base.Keys([]byte("2"))
	if got := string(typed(one.Since(State{}))) + string(typed(two.Since(State{}))); got != "ab1ab2" {
		t.Errorf("branches: %q", got)
	}
}

// TestAnyDiffGivesTheSameStream checks that from whichever older state a diff is
// made, and whatever of it was forgotten, the result is the whole stream.
func TestAnyDiffGivesTheSameStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states := []State{{}}
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			last := states[len(states)-1]
			if rapid.Bool().Draw(t, "resize") {
				last = last.Resize(rapid.IntRange(1, 500).Draw(t, "cols"), 24)
			} else {
				last = last.Keys(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "keys"))
			}
			states = append(states, last)
		}
		newest := states[len(states)-1]
		i := rapid.IntRange(0, len(states)-1).Draw(t, "base")
		j := rapid.IntRange(0, i).Draw(t, "forgotten")
		base, cut := states[i].Subtract(states[j]), newest.Subtract(states[j])
		got, err := base.Apply(cut.Diff(base))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(newest) || !bytes.Equal(typed(got.Since(states[j])), typed(newest.Since(states[j]))) {
			t.Fatalf("got %v, want %v", got.Since(states[j]), newest.Since(states[j]))
		}
	})
}

func FuzzUserInputApply(f *testing.F) {
	f.Add([]byte("ab"), State{}.Resize(80, 24).Keys([]byte("x\x1bOA")).Diff(State{}))
	f.Add([]byte(""), []byte{0x0a, 0x00})
	f.Fuzz(func(t *testing.T, keys, diff []byte) {
		base := State{}.Keys(keys)
		s, err := base.Apply(diff)
		if err != nil {
			return
		}
		again, err := base.Apply(s.Diff(base))
		if err != nil || !again.Equal(s) {
			t.Fatalf("apply(diff) is not the state: %v %v", err, again)
		}
	})
}
