package link

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// start asks for notifications of interfaces and addresses (iphlpapi). They come on
// threads of the system's, and cancelling waits for those under way.
func (w *Watcher) start() (stop func(), err error) {
	callback := windows.NewCallback(func(_, _ unsafe.Pointer, _ uint32) uintptr {
		w.notify()
		return 0
	})
	var addresses, interfaces windows.Handle
	if err := windows.NotifyUnicastIpAddressChange(windows.AF_UNSPEC, callback, nil, false, &addresses); err != nil {
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	if err := windows.NotifyIpInterfaceChange(windows.AF_UNSPEC, callback, nil, false, &interfaces); err != nil {
		_ = windows.CancelMibChangeNotify2(addresses)
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	return func() {
		_ = windows.CancelMibChangeNotify2(addresses)
		_ = windows.CancelMibChangeNotify2(interfaces)
	}, nil
}
