package link

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// start opens a route netlink socket (rtnetlink(7)) for links, addresses and routes of
// both families, and a timer that the kernel cancels when the machine has slept
// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
func (w *Watcher) start() (stop func(), err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	groups := unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: uint32(groups)}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("link: watch: %w", err)
	}
	netlink := os.NewFile(uintptr(fd), "netlink")
	w.work.Go(func() { w.read(netlink) })
	wake := w.watchSleep()
	return func() {
		netlink.Close()
		if wake != nil {
			wake.Close()
		}
	}, nil
}

// read notifies of whatever comes. A queue that has overflowed (ENOBUFS) has lost
// messages, and is news as well.
func (w *Watcher) read(f *os.File) {
	buf := make([]byte, 16<<10)
	for {
		_, err := f.Read(buf)
		if err != nil && !isErrno(err, unix.ENOBUFS) {
			return
		}
		w.notify()
	}
}

// watchSleep is a timer that never rings; nil: there is none, and the loop notices by
// the clock.
func (w *Watcher) watchSleep() *os.File {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil
	}
	never := unix.ItimerSpec{Value: unix.Timespec{Sec: math.MaxInt32}}
	set := func() error {
		return unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &never, nil)
	}
	if err := set(); err != nil {
		unix.Close(fd)
		return nil
	}
	f := os.NewFile(uintptr(fd), "timerfd")
	w.work.Go(func() {
		buf := make([]byte, 8)
		for {
			_, err := f.Read(buf)
			if err != nil && !isErrno(err, unix.ECANCELED) {
				return
			}
			w.notify()
			raw, err := f.SyscallConn()
			if err != nil || raw.Control(func(uintptr) { err = set() }) != nil || err != nil {
				return
			}
		}
	})
	return f
}
