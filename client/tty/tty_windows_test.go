package tty

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"gmosh/client/tty/console"
)

// openConsole opens the console that the test runs in. `make test-long` runs it in
// one, under wine.
func openConsole(t *testing.T) (tt *Terminal, in windows.Handle) {
	t.Helper()
	conin, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there is no console: ", err)
	}
	conout, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there is no console: ", err)
	}
	if tt, err = Open(conin, conout); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tt.Close()
		conin.Close()
		conout.Close()
	})
	return tt, windows.Handle(conin.Fd())
}

// press puts records into the console's input, as a keyboard does.
func press(t *testing.T, in windows.Handle, units ...uint16) {
	t.Helper()
	var records []console.Record
	for _, u := range units {
		records = append(records, console.Record{Kind: console.KeyEvent, KeyDown: 1, RepeatCount: 1, Unit: u})
	}
	var n uint32
	write := windows.NewLazySystemDLL("kernel32.dll").NewProc("WriteConsoleInputW")
	ok, _, err := write.Call(uintptr(in), uintptr(unsafe.Pointer(&records[0])), uintptr(len(records)), uintptr(unsafe.Pointer(&n)))
	if ok == 0 || int(n) != len(units) {
		t.Fatalf("WriteConsoleInput: %d records, %v", n, err)
	}
}

func TestConsoleIsTakenAndGivenBack(t *testing.T) {
	tt, in := openConsole(t)
	var before, during, after uint32
	if err := windows.GetConsoleMode(in, &before); err != nil {
		t.Fatal(err)
	}
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	if err := windows.GetConsoleMode(in, &during); err != nil {
		t.Fatal(err)
	}
	if during&(windows.ENABLE_LINE_INPUT|windows.ENABLE_ECHO_INPUT|windows.ENABLE_PROCESSED_INPUT) != 0 {
		t.Errorf("raw, the mode is %#x", during)
	}
	if page, err := windows.GetConsoleCP(); err != nil || page != 65001 {
		t.Errorf("raw, the code page is %d, %v", page, err)
	}
	if cols, rows, err := tt.Size(); err != nil || cols < 1 || rows < 1 {
		t.Errorf("its size is %dx%d, %v", cols, rows, err)
	}
	if n, err := tt.Write([]byte("\x1b[m")); n != 3 || err != nil {
		t.Errorf("written: %d, %v", n, err)
	}
	if err := tt.Restore(); err != nil {
		t.Error(err)
	}
	if err := windows.GetConsoleMode(in, &after); err != nil || after != before {
		t.Errorf("given back with %#x, %v; it was %#x", after, err, before)
	}
}

func TestQuietConsoleGivesWhatWasTypedBefore(t *testing.T) {
	tt, in := openConsole(t)
	press(t, in, 'l', 's', '\r')
	if _, err := tt.Quiet(); err != nil {
		t.Fatal(err)
	}
	var mode uint32
	if err := windows.GetConsoleMode(in, &mode); err != nil {
		t.Fatal(err)
	}
	if mode&(windows.ENABLE_LINE_INPUT|windows.ENABLE_ECHO_INPUT) != 0 || mode&windows.ENABLE_PROCESSED_INPUT == 0 {
		t.Errorf("quiet, the mode is %#x", mode)
	}
	var got []byte
	for buf := make([]byte, 64); len(got) < 3; {
		n, err := tt.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if string(got) != "ls\r" {
		t.Errorf("%q", got)
	}
}

func TestWhatIsTypedAtTheConsoleIsReadAsUTF8(t *testing.T) {
	tt, in := openConsole(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	press(t, in, 'a', 0xe4, 0xd83d, 0xde00, 3)
	want := "aä😀\x03"
	var got []byte
	for len(got) < len(want) {
		buf := make([]byte, 64)
		n, err := tt.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCloseEndsReadAtTheConsole(t *testing.T) {
	tt, _ := openConsole(t)
	if err := tt.Raw(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for { // the console may have something of its own to say first
			if _, err := tt.Read(make([]byte, 8)); err != nil {
				done <- err
				return
			}
		}
	}()
	tt.Close()
	if err := <-done; err != ErrClosed {
		t.Error(err)
	}
}
