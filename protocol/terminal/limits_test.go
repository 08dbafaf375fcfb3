package terminal

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"gmosh/protocol/internal/program"
)

// The worst cases: none may panic, loop or grow memory.

func TestStringsOfAnyLengthDoNotGrow(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 1<<12) // 64 kB
	for _, intro := range []string{"\x1b]0;", "\x1b]8;;", "\x1b]52;c;", "\x1b]999;", "\x1b]4;1;", "\x1b]7;", "\x1b]9;", "\x1b]777;notify;", "\x1b]104;", "\x1bP", "\x1bP+q", "\x1bP1$t", "\x1bP2$t", "\x1bP$q", "\x1b_", "\x1b^", "\x1bX", "\x1b[", "\x1b[?", "\x1b[ ", "\x1b(("} {
		for _, stock := range []bool{false, true} {
			e := New(80, 24, Options{Stock: stock})
			e.Write([]byte(intro))
			for range 16 {
				e.Write(long)
			}
			if n := cap(e.in.str); n > 2*maxClipboard {
				t.Errorf("%q: %d bytes are kept", intro, n)
			}
			e.Write([]byte("\x1b\\"))
			if n := cap(e.in.str); n > keptString {
				t.Errorf("%q: %d bytes are kept after the end", intro, n)
			}
			if err := check(e); err != nil {
				t.Errorf("%q: %v", intro, err)
			}
		}
	}
}

func TestStringBounds(t *testing.T) {
	text := func(n int) string { return strings.Repeat("é", n/2) }
	write := func(opts Options, in string) Frame {
		e := New(80, 24, opts)
		e.Write([]byte(in))
		return e.Frame()
	}
	stock := Options{Stock: true}
	if f := write(Options{}, "\x1b]0;"+text(3*maxTitle)+"\a"); f.Title() != text(maxTitle) || f.Icon() != text(maxTitle) {
		t.Errorf("the title has %d bytes, want %d", len(f.Title()), maxTitle)
	}
	if f := write(stock, "\x1b]0;"+text(3*maxTitle)+"\a"); f.Title() != text(2*maxStockTitle) {
		t.Errorf("a stock title has %d bytes, want %d", len(f.Title()), 2*maxStockTitle)
	}
	data := strings.Repeat("YWFh", maxClipboard/4)
	if f := write(Options{}, "\x1b]52;c;"+data[:maxClipboard-5]+"\a"); f.Clipboard().Data != data[:maxClipboard-5] {
		t.Errorf("the clipboard has %d bytes", len(f.Clipboard().Data))
	}
	if f := write(Options{}, "\x1b]52;c;"+data+"\a"); f.ClipboardSeq != 0 {
		t.Errorf("a clipboard that is too long was taken: %d bytes", len(f.Clipboard().Data))
	}
	if f := write(stock, "\x1b]52;c;"+data+"\a"); f.Clipboard().Data != data[:maxStockClipboard-5] {
		t.Errorf("a stock clipboard has %d bytes", len(f.Clipboard().Data))
	}
	if f := write(Options{}, "\x1b]8;;http://x/"+text(maxLinkURI)+"\ax"); f.Pen.Link != nil {
		t.Errorf("a link of %d bytes was taken", len(f.Pen.Link.URI))
	}
}

func TestNumbersOfAnySizeAreClamped(t *testing.T) {
	for _, final := range "@ABCDEFGHIJKLMPSTXZ`abcdefghlmnrstu" {
		for _, n := range []string{"2147483647", "2147483648", "99999999999999999999999", "65536", "0"} {
			for _, stock := range []bool{false, true} {
				e := New(80, 24, Options{Stock: stock})
				e.Write([]byte("text\x1b[" + n + ";" + n + string(final) + "x"))
				if err := check(e); err != nil {
					t.Errorf("CSI %s %c: %v", n, final, err)
				}
			}
		}
	}
}

func TestParametersWithoutEnd(t *testing.T) {
	e := New(80, 24, Options{})
	e.Write([]byte("\x1b["))
	for range 50 {
		e.Write(bytes.Repeat([]byte("1;2:3;"), 1000))
	}
	e.Write([]byte("mx"))
	if err := check(e); err != nil {
		t.Fatal(err)
	}
}

var worst = flag.Bool("worst", false, "the worst cases in full: a gigabyte, 2^31 parameters")

// much is n, or in a quick run a part of it.
func much(n int) int {
	if *worst {
		return n
	}
	return n >> 8
}

// One gigabyte of one string, of each kind: nothing is kept of it, and what follows
// is understood.
func TestAGigabyteOfOneString(t *testing.T) {
	piece := bytes.Repeat([]byte("0123456789abcde\xc3\xa9"), 1<<12)
	for _, intro := range []string{"\x1b]0;", "\x1b]52;c;", "\x1b]4;", "\x1bP", "\x1b_", "\x1b^", "\x1bX"} {
		e := New(80, 24, Options{})
		before := heap()
		e.Write([]byte(intro))
		for n := 0; n < much(1<<30); n += len(piece) {
			e.Write(piece)
		}
		if grown := heap() - before; grown > 1<<20 {
			t.Errorf("%q: %d bytes more on the heap", intro, grown)
		}
		e.Write([]byte("\x1b\\x"))
		if f := e.Frame(); f.Text()[0] != "x" {
			t.Errorf("%q: then %q", intro, f.Text()[0])
		}
	}
}

// 2^31 parameters, in pieces and at once.
func TestTwoToTheThirtyFirstParameters(t *testing.T) {
	piece := bytes.Repeat([]byte("1;38:5:"), 1<<16)
	e := New(80, 24, Options{})
	before := heap()
	e.Write([]byte("\x1b["))
	for n := int64(0); n < int64(much(1<<31-1)); n += 3 << 16 {
		e.Write(piece)
	}
	e.Write([]byte("mx"))
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("%d bytes more on the heap", grown)
	}
	if f := e.Frame(); f.Text()[0] != "x" {
		t.Errorf("then %q", f.Text()[0])
	}
}

// REP, and all else that takes a count, of 2^31: work is bounded by the screen.
func TestCountsOfTwoToTheThirtyFirst(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {80, 24}, {1000, 1000}} {
		e := New(size[0], size[1], Options{})
		for _, c := range []string{"b", "@", "P", "L", "M", "S", "T", "X", "I", "Z", " @", " A", "'}", "'~", "E", "F", "^"} {
			e.Write([]byte("a日\x1b[2147483648" + c + "\x1b[4294967297" + c))
			if err := check(e); err != nil {
				t.Fatalf("%v: CSI 2147483648 %s: %v", size, c, err)
			}
		}
		e.Write([]byte("\x1b[2147483648;2147483648;2147483648;2147483648$z\x1b[88;1;1;2147483648;2147483648$x\x1b[1;1;2147483648;2147483648;1;2147483648;2147483648;1$v"))
		if err := check(e); err != nil {
			t.Fatal(err)
		}
	}
}

// What an application can stack or set is bounded, however often it does.
func TestStacksAndTablesAreBounded(t *testing.T) {
	e := New(80, 24, Options{})
	for i := range 20000 {
		fmt.Fprintf(writer{e}, "\x1b[#{\x1b[#P\x1b[22t\x1b[>%du\x1b]4;%d;#123\a\x1b]9;%d\a\x1b[?%dh\x1b[?%ds", i%32, i%300, i, i, i)
	}
	if n := len(e.f.Palette.All()); n > 261 {
		t.Errorf("%d colours", n)
	}
	for name, n := range map[string]int{
		"renditions": len(e.pens), "palettes": len(e.palettes), "titles": len(e.titles), "keyboards": len(e.kitty),
		"notifications": len(e.f.Signals.Notifications),
	} {
		if n > maxStack {
			t.Errorf("%d %s", n, name)
		}
	}
	if n := len(e.remembered) + len(e.savedModes); n > 2*(len(privateModes)+len(ansiModes)) {
		t.Errorf("%d modes are remembered", n)
	}
}

type writer struct{ e *Emulator }

func (w writer) Write(p []byte) (int, error) {
	w.e.Write(p)
	return len(p), nil
}

func TestAnswersAreBounded(t *testing.T) {
	e := New(80, 24, Options{})
	e.Write(bytes.Repeat([]byte("\x1b[c\x1b[6n\x1bP$qm\x1b\\"), 5000))
	if n := len(e.TakeAnswers()); n > maxAnswers || n < maxAnswers/2 {
		t.Fatalf("%d bytes of answers", n)
	}
	e.Write([]byte("\x1b[5n"))
	if got := string(e.TakeAnswers()); got != "\x1b[0n" {
		t.Fatalf("after that %q", got)
	}
}

func TestAbsurdSizes(t *testing.T) {
	sizes := [][2]int{{0, 0}, {-1, math.MaxInt}, {1, 1}, {math.MaxInt, 1}, {10000, 10000}, {1, 10000}, {80, 24}}
	e := New(80, 24, Options{})
	for _, size := range sizes {
		e.Write([]byte("\x1b[?1049h\x1b#8\x1b[9999;9999Hx日\x1b[?1049lx日\x1b7\tx"))
		e.Resize(size[0], size[1])
		if err := check(e); err != nil {
			t.Fatalf("%v: %v", size, err)
		}
		if cols, rows := e.f.Size(); cols < 1 || rows < 1 || cols > MaxSide || rows > MaxSide || cols*rows > MaxCells {
			t.Fatalf("%v gives %dx%d", size, cols, rows)
		}
		f := NewFrame(size[0], size[1])
		if cols, rows := f.Size(); cols*rows > MaxCells || cols*rows < 1 {
			t.Fatalf("a frame of %v has %dx%d", size, cols, rows)
		}
	}
}

// Cells that are written over and over leave nothing behind in the row's tables.
func TestSideTablesDoNotGrow(t *testing.T) {
	for name, piece := range map[string]string{
		"clusters": "\re\u0301\u0302\u0303日\u0301",
		"colours":  "\r\x1b[38;2;%;1;1mx\x1b[48;2;1;%;1my",
		"links":    "\r\x1b]8;;http://%/\ax",
		"erasures": "\x1b[48;2;%;1;1m\x1b[K\x1b[2C\x1b[48;2;1;%;1m\x1b[2K",
		"insert":   "\r\x1b[4h\x1b[38;2;%;1;1mx\u0301日\x1b[4l",
		"margins":  "\x1b[?69h\x1b[3;9s\x1b[H\x1b[38;2;%;1;1mx\u0301日\x1b[S\x1b[T",
	} {
		e := New(20, 3, Options{})
		for i := range 5000 {
			e.Write([]byte(strings.ReplaceAll(piece, "%", string(rune('0'+i%10))+string(rune('0'+i/10%10)))))
		}
		if err := check(e); err != nil { // it knows the bound
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASessionsStatesTakeUnderAMegabyte(t *testing.T) {
	for _, w := range program.Workloads() {
		in := w.Output(1, 1<<18, 80, 24)
		var frames [32]Frame
		before := heap()
		e := New(80, 24, Options{})
		for i := range frames {
			e.Write(in[i*len(in)/32 : (i+1)*len(in)/32])
			frames[i] = e.Frame()
		}
		if used := heap() - before; used > 1e6 {
			t.Errorf("%s: %d bytes for the emulator and 32 states", w.Name, used)
		} else {
			t.Logf("%s: %d bytes", w.Name, used)
		}
		runtime.KeepAlive(in)
		runtime.KeepAlive(frames)
		runtime.KeepAlive(e)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestTextIsWrittenWithoutAllocating(t *testing.T) {
	for _, w := range program.Workloads() {
		in := w.Output(1, 1<<16, 80, 24)
		e := New(80, 24, Options{})
		e.Write(in)
		// What little there is, is the growth of side tables.
		if n := testing.AllocsPerRun(20, func() { e.Write(in) }); n > 2 {
			t.Errorf("%s: %.1f allocations for 64 kB", w.Name, n)
		}
	}
}

func TestATypedCharacterTakesThreeAllocations(t *testing.T) {
	e := New(80, 24, Options{})
	e.Write([]byte("$ "))
	f := e.Frame()
	diff := []byte("x")
	if n := testing.AllocsPerRun(100, func() {
		r := Resume(f, Options{})
		r.Write(diff)
		r.Frame()
	}); n > 3 {
		t.Errorf("%.0f allocations", n)
	}
}
