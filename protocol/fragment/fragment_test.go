package fragment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// raw builds a fragment by the spec.
func raw(id uint64, number int, final bool, data string) []byte {
	bits := uint16(number)
	if final {
		bits |= 0x8000
	}
	f := binary.BigEndian.AppendUint64(nil, id)
	return append(binary.BigEndian.AppendUint16(f, bits), data...)
}

// split returns copies of the fragments of contents.
func split(t testing.TB, s *Splitter, contents string, room int) [][]byte {
	t.Helper()
	fragments, err := s.Split(nil, []byte(contents), room)
	if err != nil {
		t.Fatal(err)
	}
	for i := range fragments {
		fragments[i] = bytes.Clone(fragments[i])
	}
	return fragments
}

func TestFragmentsAreLaidOutAsTheSpecSays(t *testing.T) {
	var s Splitter
	cases := []struct {
		contents string
		room     int
		want     [][]byte
	}{
		{"", 4, [][]byte{raw(1, 0, true, "")}},
		{"abcd", 4, [][]byte{raw(2, 0, true, "abcd")}},
		{"abcde", 4, [][]byte{raw(3, 0, false, "abcd"), raw(3, 1, true, "e")}},
		{"abc", 1, [][]byte{raw(4, 0, false, "a"), raw(4, 1, false, "b"), raw(4, 2, true, "c")}},
	}
	for _, c := range cases {
		if got := split(t, &s, c.contents, c.room); !slices.EqualFunc(got, c.want, bytes.Equal) {
			t.Errorf("%q: %x, want %x", c.contents, got, c.want)
		}
	}
}

func TestIDIsRaisedWheneverContentsOrRoomDiffer(t *testing.T) {
	var s Splitter
	if s.ID() != 0 {
		t.Errorf("before the first: %d", s.ID())
	}
	steps := []struct {
		contents string
		room     int
		id       uint64
	}{
		{"", 100, 1}, {"", 100, 1}, {"a", 100, 2}, {"a", 100, 2}, {"a", 99, 3}, {"a", 99, 3},
		{"b", 99, 4}, {"a", 99, 5}, {"a", 100, 6}, {"", 100, 7},
	}
	for i, step := range steps {
		got := split(t, &s, step.contents, step.room)
		if s.ID() != step.id || binary.BigEndian.Uint64(got[0]) != step.id {
			t.Errorf("step %d: id %d, want %d", i, s.ID(), step.id)
		}
	}
}

func TestChangingTheCallersBytesChangesNoFragment(t *testing.T) {
	var s Splitter
	contents := []byte("abcd")
	first, _ := s.Split(nil, contents, 2)
	contents[0] = 'X'
	if string(first[0][Header:]) != "ab" {
		t.Errorf("fragment %q", first[0])
	}
	if s.Split(nil, contents, 2); s.ID() != 2 {
		t.Errorf("other contents in the same memory have the id %d", s.ID())
	}
}

func TestAppendingToAFragmentDoesNotReachTheNext(t *testing.T) {
	var s Splitter
	fragments, _ := s.Split(nil, []byte("abcd"), 2)
	_ = append(fragments[0], "overrun, overrun"...)
	if !bytes.Equal(fragments[1], raw(1, 1, true, "cd")) {
		t.Errorf("the second fragment is %q", fragments[1])
	}
}

func TestContentsThatNeedTooManyFragmentsAreRefused(t *testing.T) {
	var s Splitter
	for _, c := range []struct{ length, room int }{{10, 0}, {0, 0}, {10, -5}, {32769, 1}, {2*32768 + 1, 2}} {
		if got, err := s.Split(nil, make([]byte, c.length), c.room); !errors.Is(err, ErrRoom) || got != nil {
			t.Errorf("%d bytes, room %d: %d fragments, %v", c.length, c.room, len(got), err)
		}
	}
	if got := split(t, &s, string(make([]byte, 32768)), 1); len(got) != 32768 || s.ID() != 1 {
		t.Errorf("32768 bytes, room 1: %d fragments, id %d", len(got), s.ID())
	}
}

// joined is what came of adding a fragment.
func joined(contents []byte, done bool, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case done:
		return "=" + string(contents)
	}
	return ""
}

func TestFragmentsThatDoNotFitAreDroppedWithTheirReason(t *testing.T) {
	type step struct {
		fragment []byte
		want     string
	}
	full := func(s string) string { return "=" + s }
	cases := map[string][]step{
		"one": {{raw(1, 0, true, "a"), full("a")}},
		"in order": {
			{raw(1, 0, false, "a"), ""}, {raw(1, 1, false, "b"), ""}, {raw(1, 2, true, "c"), full("abc")},
		},
		"in reverse": {
			{raw(1, 2, true, "c"), ""}, {raw(1, 1, false, "b"), ""}, {raw(1, 0, false, "a"), full("abc")},
		},
		"duplicates": {
			{raw(1, 1, true, "b"), ""}, {raw(1, 1, true, "b"), ""}, {raw(1, 0, false, "a"), full("ab")},
		},
		"the whole again": {
			{raw(1, 0, true, "a"), full("a")}, {raw(1, 0, true, "a"), full("a")},
		},
		"a higher id discards": {
			{raw(1, 0, false, "a"), ""}, {raw(2, 1, true, "B"), ""}, {raw(2, 0, false, "A"), full("AB")},
			{raw(1, 1, true, "b"), ""},
		},
		"a lower id discards": {
			{raw(5, 0, false, "a"), ""}, {raw(2, 0, true, "A"), full("A")}, {raw(5, 1, true, "b"), ""},
		},
		"id zero and the highest": {
			{raw(0, 0, true, "a"), full("a")}, {raw(1<<64-1, 0, true, "b"), full("b")},
		},
		"empty contents": {
			{raw(1, 1, true, ""), ""}, {raw(1, 0, false, ""), full("")},
		},
		"no header": {
			{nil, ErrShort.Error()}, {raw(1, 0, true, "")[:9], ErrShort.Error()},
		},
		"other contents under a number": {
			{raw(1, 0, false, "a"), ""}, {raw(1, 0, false, "x"), ErrConflict.Error()},
			{raw(1, 0, false, "aa"), ErrConflict.Error()}, {raw(1, 0, false, ""), ErrConflict.Error()},
			{raw(1, 1, true, "b"), full("ab")},
		},
		"a number that becomes final": {
			{raw(1, 0, false, "a"), ""}, {raw(1, 0, true, "a"), ErrConflict.Error()},
			{raw(1, 1, true, "b"), full("ab")},
		},
		"a number that is final no more": {
			{raw(1, 1, true, "b"), ""}, {raw(1, 1, false, "b"), ErrConflict.Error()},
			{raw(1, 0, false, "a"), full("ab")},
		},
		"a number after the final one": {
			{raw(1, 1, true, "b"), ""}, {raw(1, 2, false, "c"), ErrBeyond.Error()},
			{raw(1, 32767, false, "c"), ErrBeyond.Error()}, {raw(1, 0, false, "a"), full("ab")},
		},
		"a second final one": {
			{raw(1, 2, true, "c"), ""}, {raw(1, 3, true, "d"), ErrFinal.Error()},
			{raw(1, 1, true, "d"), ErrFinal.Error()}, {raw(1, 1, false, "b"), ""},
			{raw(1, 0, false, "a"), full("abc")},
		},
		"a final one before what is held": {
			{raw(1, 2, false, "c"), ""}, {raw(1, 1, true, "b"), ErrFinal.Error()},
			{raw(1, 1, false, "b"), ""}, {raw(1, 0, false, "a"), ""}, {raw(1, 3, true, "d"), full("abcd")},
		},
		"no number zero": {
			{raw(1, 1, false, "b"), ""}, {raw(1, 2, true, "c"), ""}, {raw(1, 1, false, "b"), ""},
		},
	}
	for what, steps := range cases {
		var j Joiner
		for i, s := range steps {
			if got := joined(j.Add(s.fragment)); got != s.want {
				t.Errorf("%s: step %d: %q, want %q", what, i, got, s.want)
			}
		}
	}
}

func TestUnfinishedAssembliesThatAreDiscardedAreCounted(t *testing.T) {
	var j Joiner
	for _, f := range [][]byte{
		raw(1, 0, false, "a"), raw(2, 0, true, "b"), raw(3, 0, true, "c"), raw(4, 1, false, "d"), raw(5, 0, true, "e"),
	} {
		if _, _, err := j.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if j.Discarded() != 2 {
		t.Errorf("counted %d, want 2", j.Discarded())
	}
}

func TestContentsBeyondTheLimitAreDroppedWithTheirWholeID(t *testing.T) {
	var j Joiner
	piece := string(make([]byte, 64<<10))
	n := 0
	for ; n*len(piece) < MaxContents; n++ {
		if _, done, err := j.Add(raw(7, n, false, piece)); done || err != nil {
			t.Fatalf("fragment %d: %v", n, err)
		}
	}
	for _, f := range [][]byte{raw(7, n, false, "x"), raw(7, 0, true, "a"), raw(7, n, false, "")} {
		if _, done, err := j.Add(f); done || err != ErrTooLong {
			t.Errorf("after %d bytes: %v, %v", n*len(piece), done, err)
		}
	}
	if got := joined(j.Add(raw(8, 0, true, "next"))); got != "=next" {
		t.Errorf("the next id: %q", got)
	}
	if j.Discarded() != 0 {
		t.Error("the refused assembly was counted as discarded too")
	}
}

func TestLargestInstructionPassesInTheSmallestPackets(t *testing.T) {
	const room = 500 - 8 - 4 - 16 - 10
	var s Splitter
	var j Joiner
	contents := make([]byte, MaxContents)
	fill(rand.New(rand.NewPCG(1, 1)), contents)
	fragments, err := s.Split(nil, contents, room)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range fragments {
		got, done, err := j.Add(f)
		if err != nil || done != (i == len(fragments)-1) {
			t.Fatalf("fragment %d of %d: %v, %v", i, len(fragments), done, err)
		}
		if done && !bytes.Equal(got, contents) {
			t.Error("other contents")
		}
	}
	if j.Add(raw(9, 0, false, "")); cap(j.buf) > keepBuffer {
		t.Errorf("%d bytes are kept for the next", cap(j.buf))
	}
}

func fill(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
}

func TestSingleFragmentsDoNotAllocate(t *testing.T) {
	var s Splitter
	var j Joiner
	contents := [2][]byte{bytes.Repeat([]byte("a"), 900), bytes.Repeat([]byte("b"), 900)}
	fragments := make([][]byte, 0, 4)
	i := 0
	n := testing.AllocsPerRun(100, func() {
		i++
		fragments, _ = s.Split(fragments[:0], contents[i%2], 1200)
		if got, done, err := j.Add(fragments[0]); !done || err != nil || !bytes.Equal(got, contents[i%2]) {
			t.Fatal("not joined")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// However its fragments are shuffled and repeated, an Instruction comes out whole
// exactly when the last missing one has come.
func TestJoinUndoesSplitInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Splitter
		var j Joiner
		for range rapid.IntRange(1, 4).Draw(t, "instructions") {
			contents := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "contents")
			fragments, err := s.Split(nil, contents, rapid.IntRange(1, 60).Draw(t, "room"))
			if err != nil {
				t.Fatal(err)
			}
			order := rapid.Permutation(slices.Concat(fragments, fragments[:len(fragments)/2])).Draw(t, "order")
			seen := map[string]bool{}
			for _, f := range order {
				seen[string(f)] = true
				got, done, err := j.Add(f)
				if err != nil || done != (len(seen) == len(fragments)) {
					t.Fatalf("%d of %d fragments: done %v, %v", len(seen), len(fragments), done, err)
				}
				if done {
					if !bytes.Equal(got, contents) {
						t.Fatalf("%x, want %x", got, contents)
					}
					clear(seen)
				}
			}
		}
	})
}

// model is what a Joiner should do, without its bookkeeping: fragments of the id by
// number, first come first kept.
type model struct {
	id     uint64
	pieces map[int]string
	final  int
}

func (m *model) add(f []byte) (string, error) {
	if len(f) < Header {
		return "", ErrShort
	}
	id, bits := binary.BigEndian.Uint64(f), binary.BigEndian.Uint16(f[8:])
	number, final, data := int(bits&0x7FFF), bits&0x8000 != 0, string(f[Header:])
	if m.pieces == nil || id != m.id {
		*m = model{id, map[int]string{}, -1}
	}
	if held, ok := m.pieces[number]; ok {
		if held == data && final == (number == m.final) {
			return "", nil
		}
		return "", ErrConflict
	}
	if final {
		for other := range m.pieces {
			if m.final >= 0 || other > number {
				return "", ErrFinal
			}
		}
		m.final = number
	} else if m.final >= 0 && number > m.final {
		return "", ErrBeyond
	}
	m.pieces[number] = data
	if len(m.pieces) != m.final+1 {
		return "", nil
	}
	whole := "="
	for i := range m.final + 1 {
		whole += m.pieces[i]
	}
	m.pieces = nil
	return whole, nil
}

// FuzzJoin cuts its input into fragments (a length, then that many bytes) and gives
// them to a Joiner and to the model.
func FuzzJoin(f *testing.F) {
	seed := func(fragments ...[]byte) {
		var b []byte
		for _, x := range fragments {
			b = append(append(b, byte(len(x))), x...)
		}
		f.Add(b)
	}
	seed(raw(1, 0, true, "whole"))
	seed(raw(1, 1, true, "b"), raw(1, 0, false, "a"))
	seed(raw(1, 0, false, "a"), raw(1, 0, false, "b"), raw(1, 1, true, ""))
	seed(raw(1, 2, true, "c"), raw(1, 3, false, ""), raw(1, 1, true, ""), raw(2, 0, true, ""))
	seed(raw(1, 32767, true, "c"), raw(1, 0, false, ""), []byte("short"), raw(1, 32766, false, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		var j Joiner
		var m model
		for len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			fragment := b[1 : 1+n]
			b = b[1+n:]
			contents, done, err := j.Add(fragment)
			want, wantErr := m.add(fragment)
			if err != wantErr || (err == nil && joined(contents, done, err) != want) {
				t.Fatalf("%x: %q, %v, %v; want %q, %v", fragment, contents, done, err, want, wantErr)
			}
		}
	})
}

func BenchmarkSplitJoin(b *testing.B) {
	for _, n := range []int{60, 1200, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var s Splitter
			var j Joiner
			contents := make([]byte, n)
			fragments := make([][]byte, 0, 32)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				contents[0] = byte(i)
				fragments, _ = s.Split(fragments[:0], contents, 1214)
				for _, f := range fragments {
					if _, _, err := j.Add(f); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
