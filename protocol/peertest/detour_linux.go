package peertest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Detour is a long way to this machine itself: what is sent to There comes back
// after a delay, as if it came from There to Here. Unlike the relays it is a
// network to the kernel, so that connecting takes its round trip and TCP collects
// and acknowledges as it does on any other.
type Detour struct {
	Here, There netip.Addr

	device *os.File // a network interface: each read and write is an IP packet
	line   *line
	narrow atomic.Pointer[narrow]
	work   sync.WaitGroup
}

// narrow is what the packets go through that come from a port.
type narrow struct {
	port uint16
	*line
}

// The addresses are of those that are kept for such purposes (RFC 2544), one pair
// for each process of two.
const detourNetwork = 198<<24 | 18<<16

// StartDetour makes one with a delay each way. It ends with the test. Needs root,
// and a kernel with TUN devices.
func StartDetour(t testing.TB, delay time.Duration) *Detour {
	t.Helper()
	NeedRoot(t)
	Need(t, "ip")
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		lack(t, "no TUN device: "+err.Error())
	}
	request, err := unix.NewIfreq("gmosh%d")
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	// Go's poller does not wake up for a descriptor that it knew before it was a device.
	d := &Detour{device: os.NewFile(uintptr(fd), "tun")}
	t.Cleanup(d.close)
	if err != nil {
		lack(t, "no TUN device: "+err.Error())
	}
	pair := uint32(detourNetwork) + uint32(os.Getpid())%(1<<14)*4
	d.Here, d.There = address4(pair+1), address4(pair+2)
	for _, args := range [][]string{
		{"address", "add", d.Here.String(), "peer", d.There.String(), "dev", request.Name()},
		{"link", "set", request.Name(), "up"},
	} {
		if err := command("ip", args...); err != nil {
			t.Fatal(err)
		}
	}
	alarm, err := newAlarm()
	if err != nil {
		t.Fatal(err)
	}
	d.line = newLine(Conditions{Delay: delay, Order: true}, rand.New(rand.NewPCG(1, 1)), alarm)
	d.work.Go(d.line.run)
	d.work.Go(d.turn)
	return d
}

func address4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// Set changes the delay; packets under way keep theirs.
func (d *Detour) Set(delay time.Duration) { d.line.set(Conditions{Delay: delay, Order: true}) }

// Narrow gives what comes from a port a line of its own, with a bottleneck, say. It is
// called once at most.
func (d *Detour) Narrow(port uint16, c Conditions) error {
	alarm, err := newAlarm()
	if err != nil {
		return err
	}
	c.Order = true
	l := newLine(c, newRandom(1, 2), alarm)
	d.work.Go(l.run)
	d.narrow.Store(&narrow{port, l})
	return nil
}

// way returns the line for an IPv4 packet.
func (d *Detour) way(packet []byte) *line {
	n, ports := d.narrow.Load(), int(packet[0]&15)*4
	if n != nil && len(packet) >= ports+2 && binary.BigEndian.Uint16(packet[ports:]) == n.port {
		return n.line
	}
	return d.line
}

// String is the way.
func (d *Detour) String() string { return fmt.Sprintf("%v to %v", d.Here, d.There) }

// turn turns packets round: source and destination change places, which the
// checksums, being sums, do not notice.
func (d *Detour) turn() {
	const source, destination, behind = 12, 16, 20 // in the header (RFC 791)
	buf := make([]byte, 64<<10)
	for {
		n, err := d.device.Read(buf)
		if err != nil {
			return // closed
		}
		packet := buf[:n]
		if n < behind || packet[0]>>4 != 4 {
			continue
		}
		var from [destination - source]byte
		copy(from[:], packet[source:destination])
		copy(packet[source:destination], packet[destination:behind])
		copy(packet[destination:behind], from[:])
		d.way(packet).take(packet, func(p []byte) { _, _ = d.device.Write(p) }) // lost, like others
	}
}

func (d *Detour) close() {
	d.device.Close()
	if d.line != nil {
		d.line.stop()
	}
	if n := d.narrow.Load(); n != nil {
		n.stop()
	}
	d.work.Wait()
}
