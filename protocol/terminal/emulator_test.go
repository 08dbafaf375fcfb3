package terminal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestScrolledGetsTheLinesThatLeaveTheMainScreen(t *testing.T) {
	var got []string
	var numbers []uint64
	var kept []*Row
	e := New(10, 3, Options{Scrolled: func(r *Row) {
		got = append(got, rowText(r))
		numbers = append(numbers, r.Number())
		kept = append(kept, r)
	}})
	e.Write([]byte("1\r\n2\r\n3\r\n4\r\n5\x1b[2S"))                      // 1 to 4 leave
	e.Write([]byte("\x1b[?1049h\n\n\n\n\n\x1b[?1049l"))                  // the alternate screen
	e.Write([]byte("\x1b[1;2r\x1b[2;1Ha\r\nb\r\nc\x1b[r"))               // a region
	e.Write([]byte("\x1b[?69h\x1b[2;5s\x1b[3;3H\n\n\x1b[?69l"))          // columns
	e.Write([]byte("\x1b[2J\x1b[3;1H\x1b[M\x1b[H\x1b[M\x1b[L\x1b[2;1H")) // DL, IL and ED are no scrolls
	if want := []string{"1", "2", "3", "4"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if !slices.IsSorted(numbers) || len(slices.Compact(numbers)) != 4 {
		t.Errorf("line numbers %d", numbers)
	}
	e.Write([]byte("\x1b#8" + strings.Repeat("x\r\n", 10)))
	for i, r := range kept[:4] {
		if rowText(r) != got[i] {
			t.Errorf("a line that has left was %q and became %q", got[i], rowText(r))
		}
	}
}

func rowText(r *Row) string {
	var out []byte
	for x := range r.Len() {
		out = r.Text(out, x)
	}
	return strings.TrimRight(string(out), " ")
}

func TestLineNumbersOnlyGrow(t *testing.T) {
	e := New(10, 4, Options{})
	numbers := func() (out []uint64) {
		f := e.Frame()
		for i := range f.rows {
			out = append(out, f.Row(i).Number())
		}
		return out
	}
	if got := fmt.Sprint(numbers()); got != "[0 1 2 3]" {
		t.Fatalf("a new screen has %s", got)
	}
	e.Write([]byte("\x1b[4;1Hx\n\n"))
	if got := fmt.Sprint(numbers()); got != "[2 3 4 5]" {
		t.Errorf("two lines on: %s", got)
	}
	e.Write([]byte("\x1b[2J\x1b[31mabc\x1b[K"))
	if got := fmt.Sprint(numbers()); got != "[2 3 4 5]" {
		t.Errorf("erased: %s", got)
	}
	e.Write([]byte("\x1b[?1049hx\n\n\n\n\n"))
	if got := fmt.Sprint(numbers()); got != "[0 0 0 0]" {
		t.Errorf("on the alternate screen: %s", got)
	}
	e.Write([]byte("\x1b[?1049l"))
	f := e.Frame()
	e = Resume(f, Options{})
	e.Write([]byte("\x1b[4;1H\n"))
	if got := fmt.Sprint(numbers()); got != "[3 4 5 6]" {
		t.Errorf("resumed, and a line on: %s", got)
	}
}

// What moves is the same row, so that frames share it.
func TestScrollingMovesRowsAndDoesNotCopyThem(t *testing.T) {
	e := New(10, 4, Options{})
	e.Write([]byte("1\r\n2\r\n3\r\n4"))
	before := e.Frame()
	e.Write([]byte("\r\n5"))
	after := e.Frame()
	for i := range 3 {
		if before.Row(i+1) != after.Row(i) {
			t.Errorf("row %d was copied", i)
		}
	}
}

func TestSnapshotsOfAnUnchangedScreenShareEverything(t *testing.T) {
	e := New(80, 24, Options{})
	e.Write([]byte("text"))
	a, b := e.Frame(), e.Frame()
	if !a.Equal(&b) || &a.rows[0] != &b.rows[0] {
		t.Error("two frames of the same screen differ")
	}
	if n := testing.AllocsPerRun(10, func() { e.Frame() }); n != 0 {
		t.Errorf("a snapshot of an unchanged screen takes %.0f allocations", n)
	}
}

// Lines that are typed take no list of rows each, on either side.
func TestFramesThatDifferInOneRowShareTheirList(t *testing.T) {
	e := New(10, 4, Options{})
	e.Write([]byte("one\r\ntwo"))
	first := e.Frame()
	e.Write([]byte("!"))
	second := e.Frame()
	e.Restart(&second, Options{})
	e.Write([]byte("?\r"))
	third := e.Frame()
	e.Write([]byte("\nthree"))
	fourth := e.Frame()
	for _, f := range []*Frame{&second, &third} {
		if !sameList(first.rows, f.rows) {
			t.Errorf("%q has a list of its own", f.Text())
		}
		if from, to := f.Differing(&first); from != 1 || to != 2 {
			t.Errorf("%q differs from %d to %d", f.Text(), from, to)
		}
	}
	if sameList(first.rows, fourth.rows) {
		t.Errorf("%q has the list of a frame that differs in two rows", fourth.Text())
	}
	for want, f := range map[string]*Frame{"two": &first, "two!": &second, "two!?": &third, "two!?|three": &fourth} {
		if got := strings.Join(f.Text()[1:], "|"); strings.Trim(got, "|") != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestOverlayDrawsOverACopy(t *testing.T) {
	e := New(10, 2, Options{})
	e.Write([]byte("a日本e\u0301f"))
	f := e.Frame()
	before := dump(&f)
	o := NewOverlay(f)
	red := Rendition{FG: RGB(1, 2, 3)}
	o.Set(0, 2, "x", 1, red)       // the right half of 日
	o.Set(0, 3, "語", 2, red)       // both columns of 本
	o.Set(0, 5, "e\u0302", 1, red) // another cluster
	o.Set(0, 9, "国", 2, red)       // does not fit
	o.Set(0, 7, "", 1, red)        // nothing
	o.Set(5, 0, "y", 1, red)       // outside
	o.Restyle(1, 9, Rendition{Attr: Bold})
	if got := o.Frame.Text()[0]; got != "a x語e\u0302f" {
		t.Errorf("the overlay is %q", got)
	}
	if got := o.Frame.Row(0).Rendition(4); !got.Equal(red) {
		t.Errorf("the right half is drawn as %+v", got)
	}
	if got := o.Frame.Row(1).Rendition(9); got.Attr != Bold {
		t.Errorf("restyled to %+v", got)
	}
	if err := checkRow(o.Frame.Row(0), 10, false); err != nil {
		t.Error(err)
	}
	if after := dump(&f); after != before {
		t.Errorf("the frame was\n%s\nand became\n%s", before, after)
	}
}

func TestEqualLooksAtWhatShows(t *testing.T) {
	frame := func(in string) *Frame {
		e := New(10, 2, Options{})
		e.Write([]byte(in))
		f := e.Frame()
		return &f
	}
	same := [][2]string{
		{"ab\r", "ab\r\x1b[1C\x1b[1D"},
		{"e\u0301\r", "xe\u0301\b\x1b[P\re\u0301\r"}, // other places in the row's tables
		{"\x1b[38;2;1;2;3mx\x1b[m", "\x1b[38;2;9;9;9my\r\x1b[38;2;1;2;3mx\x1b[m"},
		{"\x1b[91mx\x1b[m", "\x1b[38;5;9mx\x1b[m"},
		{"\x1b]8;;http://a/\ax\x1b]8;;\a", "\x1b]8;;http://b/\ay\r\x1b]8;;http://a/\ax\x1b]8;;\a"},
		{"a ", "a\x1b[C"},
		{"\x1b[1\"qx", "x"}, // a guard does not show
		{"\x1b]1;icon\a\x1b]2;t\a", "\x1b]2;t\a"},
	}
	for _, s := range same {
		if a, b := frame(s[0]), frame(s[1]); !a.Equal(b) || !b.Equal(a) {
			t.Errorf("%q and %q differ:\n%s\n%s", s[0], s[1], dump(a), dump(b))
		}
	}
	different := [][2]string{
		{"a", "b"}, {"e\u0301", "e\u0302"}, {"e", "e\u0301"}, {"日", "日\u0301"}, {"a", "\x1b[1ma\x1b[m"},
		{"\x1b[38;2;1;2;3mx\x1b[m", "\x1b[38;2;1;2;4mx\x1b[m"}, {"\x1b[38;2;1;2;3mx\x1b[m", "x"},
		{"\x1b]8;;http://a/\ax\x1b]8;;\a", "\x1b]8;;http://b/\ax\x1b]8;;\a"},
		{"\x1b]8;id=1;http://a/\ax\x1b]8;;\a", "\x1b]8;;http://a/\ax\x1b]8;;\a"},
		{"x\x1b[31m", "x"}, {"x", "x\r"}, {"\x1b[?25l", ""}, {"\a", ""}, {"\x1b]2;t\a", ""}, {"\x1b[?2004h", ""},
		{"0123456789x\x1b[2;1H\x1b[K", "0123456789\x1b[2;1H"}, // wrapped
		{"0123456789", "0123456789\x1b[10G"},                  // pending
		{"\x1b[1\"qx", "y"}, {"\x1b[3 q", ""}, {"\x1b]52;c;YQ==\a", ""},
	}
	for _, s := range different {
		if a, b := frame(s[0]), frame(s[1]); a.Equal(b) || b.Equal(a) {
			t.Errorf("%q and %q are equal", s[0], s[1])
		}
	}
}

// A wrap that is pending at a right margin is not in the frame: who goes on from
// it has no margins.
func TestAWrapPendingAtAMarginIsNotInTheFrame(t *testing.T) {
	e := New(10, 2, Options{})
	e.Write([]byte("\x1b[?69h\x1b[2;5sabcde"))
	if f := e.Frame(); f.Cursor.PendingWrap || f.Cursor.Col != 4 {
		t.Errorf("the cursor is %+v", f.Cursor)
	}
	e.Write([]byte("f"))
	if f := e.Frame(); f.Text()[1] != " f" {
		t.Errorf("the wrap was lost: %q", f.Text())
	}
}
