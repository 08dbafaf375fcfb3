package tty

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// readRecords calls ReadConsoleInputW, which x/sys/windows lacks.
func readRecords(console windows.Handle, records []inputRecord) (int, error) {
	var n uint32
	ok, _, err := readConsoleInput.Call(uintptr(console), uintptr(unsafe.Pointer(&records[0])),
		uintptr(len(records)), uintptr(unsafe.Pointer(&n)))
	if ok == 0 {
		return 0, os.NewSyscallError("ReadConsoleInput", err)
	}
	return int(n), nil
}
