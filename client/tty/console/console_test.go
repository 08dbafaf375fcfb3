package console

import (
	"errors"
	"io"
	"testing"
)

// fake is a console: what it was told, and what it has to tell.
type fake struct {
	in, out         uint32
	inPage, outPage uint32
	cols, rows      int
	refuses         bool // VT modes, as before Windows 10 1809
	gone            error

	input  [][]Record // a batch for each Wait; an empty one is a timeout
	onWait func()
	woken  bool
	sets   int
}

// cooked are the modes of a console as cmd.exe has them.
func cooked() *fake {
	return &fake{in: 0x1f7, out: 0x3, inPage: 850, outPage: 437, cols: 120, rows: 30}
}

func (f *fake) Modes() (in, out uint32, err error) { return f.in, f.out, f.gone }

func (f *fake) SetModes(in, out uint32) error {
	f.sets++
	if f.refuses && out&vtProcessing != 0 {
		f.in = in // the first of the two calls has worked
		return errors.New("the parameter is incorrect")
	}
	f.in, f.out = in, out
	return nil
}

func (f *fake) Pages() (in, out uint32) { return f.inPage, f.outPage }

func (f *fake) SetPages(in, out uint32) { f.inPage, f.outPage = in, out }

func (f *fake) Size() (cols, rows int, err error) { return f.cols, f.rows, nil }

func (f *fake) Wait(uint32) (input, woken bool, err error) {
	if f.onWait != nil {
		f.onWait()
	}
	if f.woken || f.gone != nil {
		return false, f.woken, f.gone
	}
	if len(f.input) == 0 {
		return false, true, nil
	}
	if len(f.input[0]) == 0 {
		f.input = f.input[1:]
		return false, false, nil
	}
	return true, false, nil
}

func (f *fake) Records(dst []Record) (int, error) {
	n := copy(dst, f.input[0])
	f.input = f.input[1:]
	return n, nil
}

func (f *fake) Wake() { f.woken = true }

// keys are the records of characters typed.
func keys(units ...uint16) []Record {
	var records []Record
	for _, u := range units {
		records = append(records, Record{Kind: KeyEvent, KeyDown: 1, RepeatCount: 1, Unit: u},
			Record{Kind: KeyEvent, RepeatCount: 1, Unit: u}) // and released
	}
	return records
}

func TestModesAreThoseOfATerminalAndComeBack(t *testing.T) {
	f := cooked()
	before := *f
	c := New(f, func() {})
	if err := c.Raw(); err != nil {
		t.Fatal(err)
	}
	if f.in&(processedInput|lineInput|echoInput) != 0 || f.in&vtInput == 0 || f.out&(processedOutput|vtProcessing|noAutoReturn) != 7&^2|8 {
		t.Errorf("raw: in %#x, out %#x", f.in, f.out)
	}
	if f.inPage != 65001 || f.outPage != 65001 {
		t.Errorf("raw: code pages %d and %d", f.inPage, f.outPage)
	}
	sets := f.sets
	if err := c.Raw(); err != nil || f.sets != sets {
		t.Error("raw twice changes the modes again")
	}
	for name, end := range map[string]func() error{"restore": c.Restore, "close": c.Close, "close again": c.Close} {
		if err := end(); err != nil || f.in != before.in || f.out != before.out || f.inPage != 850 || f.outPage != 437 {
			t.Errorf("%s: %v, %+v", name, err, f)
		}
	}
	if err := c.Raw(); !errors.Is(err, ErrClosed) {
		t.Errorf("raw after close: %v", err)
	}
}

func TestQuietConsoleHasCtrlCAndLines(t *testing.T) {
	f := cooked()
	c := New(f, func() {})
	if err := c.Quiet(); err != nil {
		t.Fatal(err)
	}
	if f.in&(lineInput|echoInput) != 0 || f.in&(processedInput|vtInput) != processedInput|vtInput ||
		f.out&(vtProcessing|noAutoReturn) != vtProcessing || f.inPage != 65001 {
		t.Errorf("quiet: in %#x, out %#x, code page %d", f.in, f.out, f.inPage)
	}
	if err := c.Raw(); err != nil || f.in&processedInput != 0 || f.out&noAutoReturn == 0 {
		t.Errorf("raw after that: %v, in %#x, out %#x", err, f.in, f.out)
	}
	if err := c.Restore(); err != nil || f.in != 0x1f7 || f.out != 3 || f.inPage != 850 || f.outPage != 437 {
		t.Errorf("given back: %v, %+v", err, f)
	}
}

func TestConsoleWithoutEscapeSequencesIsLeftAsItWas(t *testing.T) {
	f := cooked()
	f.refuses = true
	for name, take := range map[string]func(*Console) error{"raw": (*Console).Raw, "quiet": (*Console).Quiet} {
		if err := take(New(f, func() {})); err == nil {
			t.Errorf("%s: it was taken all the same", name)
		}
		if f.in != 0x1f7 || f.out != 3 || f.inPage != 850 {
			t.Errorf("%s: left as %+v", name, f)
		}
	}
	f.gone = errors.New("the handle is invalid")
	if err := New(f, func() {}).Raw(); !errors.Is(err, f.gone) {
		t.Errorf("no console: %v", err)
	}
}

func TestRecordsBecomeUTF8(t *testing.T) {
	down := func(key, unit, repeat uint16) Record {
		return Record{Kind: KeyEvent, KeyDown: 1, RepeatCount: repeat, VirtualKey: key, Unit: unit}
	}
	for name, c := range map[string]struct {
		records []Record
		want    string
	}{
		"letters, released too":            {keys('a', 'b'), "ab"},
		"an arrow, in pieces":              {keys(0x1b, '[', 'A'), "\x1b[A"},
		"Ctrl-C is a byte":                 {keys(3), "\x03"},
		"Alt where no sequence is made":    {[]Record{{Kind: KeyEvent, KeyDown: 1, RepeatCount: 2, VirtualKey: 'P', Unit: 'P', Control: leftAlt}}, "\x1bP\x1bP"},
		"AltGr types a character":          {[]Record{{Kind: KeyEvent, KeyDown: 1, VirtualKey: 'Q', Unit: '@', Control: rightAlt | leftCtrl}}, "@"},
		"AltGr as left Ctrl and Alt":       {[]Record{{Kind: KeyEvent, KeyDown: 1, VirtualKey: 'Q', Unit: '@', Control: leftAlt | leftCtrl}}, "@"},
		"beyond ASCII":                     {keys('ä', '日'), "ä日"},
		"a pair of surrogates":             {[]Record{down(0, 0xd83d, 1), down(0, 0xde00, 1)}, "😀"},
		"half a pair":                      {[]Record{down(0, 0xd83d, 1), down('A', 'a', 1)}, "\ufffda"},
		"the other half":                   {[]Record{down(0, 0xde00, 1)}, "\ufffd"},
		"a key that is held down":          {[]Record{down('A', 'a', 3)}, "aaa"},
		"Shift alone is nothing":           {[]Record{down(0x10, 0, 1), down('A', 'A', 1)}, "A"},
		"Ctrl-Space is NUL":                {[]Record{down(spaceKey, 0, 1)}, "\x00"},
		"Ctrl-@ is NUL":                    {[]Record{down(twoKey, 0, 1)}, "\x00"},
		"Alt and a number":                 {[]Record{{Kind: KeyEvent, VirtualKey: menuKey, RepeatCount: 1, Unit: 0xe4}}, "ä"},
		"mouse, focus and size are no key": {[]Record{{Kind: 2, KeyDown: 1, Unit: 'x'}, {Kind: 4, Unit: 'x'}, {Kind: 16, Unit: 'x'}, down('A', 'a', 1)}, "a"},
	} {
		f := cooked()
		f.input = [][]Record{c.records}
		buf := make([]byte, 64)
		n, err := New(f, func() {}).Read(buf)
		if err != nil || string(buf[:n]) != c.want {
			t.Errorf("%s: %q, %v; want %q", name, buf[:n], err, c.want)
		}
	}
}

func TestSmallReadsLoseNothing(t *testing.T) {
	f := cooked()
	f.input = [][]Record{keys('日', 'x')}
	c := New(f, func() {})
	var got []byte
	for len(got) < 4 {
		buf := make([]byte, 1)
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if string(got) != "日x" {
		t.Errorf("%q", got)
	}
}

func TestNewSizeIsNoticedWhileNothingIsTyped(t *testing.T) {
	f := cooked()
	told := 0
	c := New(f, func() { told++ })
	if err := c.Raw(); err != nil {
		t.Fatal(err)
	}
	f.input = [][]Record{{}, {}, {}, keys('a')} // timeouts, then a key
	waits := 0
	f.onWait = func() {
		if waits++; waits == 2 {
			f.cols = 80
		}
	}
	if n, err := c.Read(make([]byte, 8)); n != 1 || err != nil || told != 1 {
		t.Errorf("%d bytes, %v, told %d times", n, err, told)
	}
	f.cols, f.rows = 0, 0
	if cols, rows, err := c.Size(); cols != 80 || rows != 24 || err != nil {
		t.Errorf("a console without a size has %dx%d, %v", cols, rows, err)
	}
}

func TestReadEndsWithTheConsoleAndWithClose(t *testing.T) {
	f := cooked()
	c := New(f, func() {})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 8)); n != 0 || !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %d, %v", n, err)
	}
	f = cooked()
	f.gone = errors.New("the handle is invalid")
	if n, err := New(f, func() {}).Read(make([]byte, 8)); n != 0 || err != io.EOF {
		t.Errorf("gone: %d, %v", n, err)
	}
}
