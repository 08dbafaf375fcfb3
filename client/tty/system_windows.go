package tty

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"gmosh/client/tty/console"
)

// system are the console functions.
type system struct {
	in, out windows.Handle
	wake    windows.Handle // an event; set: Wait is to end
}

var readConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")

// Modes returns the modes of input and output.
func (s *system) Modes() (in, out uint32, err error) {
	if err := windows.GetConsoleMode(s.in, &in); err != nil {
		return 0, 0, os.NewSyscallError("GetConsoleMode", err)
	}
	if err := windows.GetConsoleMode(s.out, &out); err != nil {
		return 0, 0, os.NewSyscallError("GetConsoleMode", err)
	}
	return in, out, nil
}

// SetModes sets the modes of input and output.
func (s *system) SetModes(in, out uint32) error {
	err := windows.SetConsoleMode(s.in, in)
	if outErr := windows.SetConsoleMode(s.out, out); err == nil {
		err = outErr
	}
	return os.NewSyscallError("SetConsoleMode", err)
}

// Pages returns the code pages of input and output.
func (s *system) Pages() (in, out uint32) {
	in, _ = windows.GetConsoleCP()
	out, _ = windows.GetConsoleOutputCP()
	return in, out
}

// SetPages sets the code pages; there is nothing to be done where that fails.
func (s *system) SetPages(in, out uint32) {
	_ = windows.SetConsoleCP(in)
	_ = windows.SetConsoleOutputCP(out)
}

// Size returns the window's size.
func (s *system) Size() (cols, rows int, err error) { return term.GetSize(int(s.out)) }

// Wait waits for input or Wake.
func (s *system) Wait(milliseconds uint32) (input, woken bool, err error) {
	const first, second, timeout = windows.WAIT_OBJECT_0, windows.WAIT_OBJECT_0 + 1, uint32(windows.WAIT_TIMEOUT)
	which, err := windows.WaitForMultipleObjects([]windows.Handle{s.wake, s.in}, false, milliseconds)
	if which == timeout {
		return false, false, nil
	}
	return err == nil && which == second, err == nil && which == first, err
}

// Records calls ReadConsoleInputW, which x/sys/windows lacks.
func (s *system) Records(records []console.Record) (int, error) {
	var n uint32
	ok, _, err := readConsoleInput.Call(uintptr(s.in), uintptr(unsafe.Pointer(&records[0])),
		uintptr(len(records)), uintptr(unsafe.Pointer(&n)))
	if ok == 0 {
		return 0, os.NewSyscallError("ReadConsoleInput", err)
	}
	return int(n), nil
}

// Wake ends Wait. The event stays open: a Wait may be about to look at it.
func (s *system) Wake() { _ = windows.SetEvent(s.wake) }
