package clock

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// platformElapsed reads QueryInterruptTimePrecise (Windows 10 on): 100 ns units
// since the system started, sleep and hibernation included. Without it,
// GetTickCount64 counts sleep too, at 10–16 ms a tick.
func platformElapsed() func() time.Duration {
	query := windows.NewLazySystemDLL("api-ms-win-core-realtime-l1-1-1.dll").NewProc("QueryInterruptTimePrecise")
	if query.Find() != nil {
		return windows.DurationSinceBoot
	}
	return func() time.Duration {
		var ticks uint64
		query.Call(uintptr(unsafe.Pointer(&ticks))) // returns nothing and cannot fail
		return time.Duration(ticks) * 100
	}
}
