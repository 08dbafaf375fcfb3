package link

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batchSizes are the datagrams of a whole screen: all but the last are full.
func batchSizes(n int) (sizes []int) {
	for range n - 1 {
		sizes = append(sizes, 1200)
	}
	return append(sizes, 790)
}

// BenchmarkBatch sends the datagrams of a whole screen, over loopback, in a system call
// each as Client does, in one (sendmmsg), and as one that the kernel cuts (UDP_SEGMENT).
// docs/link.md says what follows from it.
func BenchmarkBatch(b *testing.B) {
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close() // what is not read is dropped, after its way through the kernel
	c, err := Dial(sink.LocalAddr().(*net.UDPAddr).AddrPort())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for _, n := range []int{1, 2, 3, 10} {
		sizes := batchSizes(n)
		for _, way := range []struct {
			name string
			make func(*Client, []int) (send func() error)
		}{{"one by one", oneByOne}, {"sendmmsg", together}, {"segments", segments}} {
			b.Run(fmt.Sprintf("%d datagrams, %s", n, way.name), func(b *testing.B) {
				send := way.make(c, sizes)
				for b.Loop() {
					if err := send(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func oneByOne(c *Client, sizes []int) func() error {
	packet, path := make([]byte, 2048), c.Path()
	return func() error {
		for _, n := range sizes {
			if err := c.Send(path, packet[:n]); err != nil {
				return err
			}
		}
		return nil
	}
}

// mmsghdr is what sendmmsg(2) has for each datagram.
type mmsghdr struct {
	header unix.Msghdr
	sent   uint32
}

func together(c *Client, sizes []int) func() error {
	h := c.find(c.Path())
	to := sockaddr(h.remote)
	messages, vectors := make([]mmsghdr, len(sizes)), make([]unix.Iovec, len(sizes))
	for i, n := range sizes {
		vectors[i].Base = &make([]byte, n)[0]
		vectors[i].SetLen(n)
		m := &messages[i].header
		m.Name, m.Namelen = (*byte)(unsafe.Pointer(&to)), unix.SizeofSockaddrInet4
		m.Iov = &vectors[i]
		m.SetIovlen(1)
	}
	return func() error {
		sent, failed := 0, unix.Errno(0)
		err := h.socket.raw.Write(func(fd uintptr) bool {
			for sent < len(messages) {
				n, _, e := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&messages[sent])), uintptr(len(messages)-sent), 0, 0, 0)
				if e == unix.EAGAIN {
					return false
				}
				if failed = e; e != 0 {
					return true
				}
				sent += int(n)
			}
			return true
		})
		if failed != 0 {
			return failed
		}
		return err
	}
}

func sockaddr(a netip.AddrPort) (s unix.RawSockaddrInet4) {
	s.Family, s.Addr = unix.AF_INET, a.Addr().As4()
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&s.Port))[:], a.Port())
	return s
}

func segments(c *Client, sizes []int) func() error {
	h := c.find(c.Path())
	total := 0
	for _, n := range sizes {
		total += n
	}
	packets, whole := make([][]byte, len(sizes)), make([]byte, 0, total)
	for i, n := range sizes {
		packets[i] = make([]byte, n)
	}
	control := make([]byte, unix.CmsgSpace(2))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	header.Level, header.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
	header.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(control[unix.CmsgLen(0):], uint16(sizes[0]))
	return func() error {
		whole = whole[:0]
		for _, p := range packets {
			whole = append(whole, p...)
		}
		_, err := h.socket.write(whole, control, h.remote)
		return err
	}
}
