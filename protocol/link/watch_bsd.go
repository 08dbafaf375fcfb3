//go:build darwin || freebsd || openbsd || netbsd

package link

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// start opens a routing socket (route(4)), which is told of every change of an
// interface, an address or a route.
func (w *Watcher) start() (stop func(), err error) {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	f := os.NewFile(uintptr(fd), "route")
	w.work.Go(func() { w.read(f) })
	return func() { f.Close() }, nil
}

// read notifies of what concerns the ways packets take. Lookups of other programs,
// which the socket sees too, do not.
func (w *Watcher) read(f *os.File) {
	const typeAt = 3 // of the header that all messages have: length (2), version, type
	buf := make([]byte, 4<<10)
	for {
		n, err := f.Read(buf)
		if err != nil && !isErrno(err, unix.ENOBUFS) {
			return
		}
		if err != nil || n > typeAt && relevant[buf[typeAt]] {
			w.notify()
		}
	}
}

// relevant are the messages of route(4) that tell of a change.
var relevant = map[byte]bool{
	unix.RTM_ADD: true, unix.RTM_DELETE: true, unix.RTM_CHANGE: true,
	unix.RTM_NEWADDR: true, unix.RTM_DELADDR: true, unix.RTM_IFINFO: true,
}
