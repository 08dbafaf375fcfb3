package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strconv"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/health"
	"gmosh/protocol/link"
)

// echoTime is how long datagrams are sent back.
const echoTime = 5 * time.Second

// echo sends authentic datagrams back as long as they came, from a port of the range
// that sessions use ("echo LOW HIGH"; 0 0 lets the system choose), and tells in the
// end which lengths came. It is for `gmosh doctor`: what is lost one way or the
// other, at what length.
func (q question) echo() error {
	low, err := q.number(0, 16)
	if err != nil {
		return err
	}
	high, err := q.number(1, 16)
	if err != nil {
		return err
	}
	conn, err := listenWhole(q.ctx, uint16(low), uint16(high))
	if err != nil {
		return err
	}
	defer conn.Close()
	key, err := datagram.NewKey(rand.Reader)
	if err != nil {
		return err
	}
	report := health.Echo{Port: uint16(conn.LocalAddr().(*net.UDPAddr).Port), Key: key.String()}
	if err := q.print(health.KindEcho, report); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(echoTime)); err != nil {
		return err
	}
	report.Key, report.Received = "", sendBack(conn, key)
	return q.print(health.KindEcho, report)
}

// listenWhole binds the first free port of a range.
func listenWhole(ctx context.Context, low, high uint16) (*net.UDPConn, error) {
	config := net.ListenConfig{Control: link.Whole}
	for port := int(low); ; port++ {
		conn, err := config.ListenPacket(ctx, "udp", net.JoinHostPort("", strconv.Itoa(port)))
		if err == nil {
			return conn.(*net.UDPConn), nil
		}
		if port >= int(high) {
			return nil, fmt.Errorf("no UDP port for a test: %w", rootCause(err))
		}
	}
}

// sendBack echoes until the read deadline, and returns the lengths that came, each
// once.
func sendBack(conn *net.UDPConn, key datagram.Key) (lengths []int) {
	crypt := datagram.New(key, datagram.ToClient, 0)
	seen := make(map[int]bool)
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return lengths
		}
		now := time.Now()
		payload, _, err := crypt.Open(nil, now, buf[:n], false)
		if err != nil {
			continue
		}
		if !seen[n] {
			seen[n] = true
			lengths = append(lengths, n)
		}
		if answer, err := crypt.Seal(nil, now, payload); err == nil {
			_, _ = conn.WriteToUDPAddrPort(answer, from) // lost, then
		}
	}
}
