package bootstrap

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// half is one direction of a connection in memory: what is written waits to be
// read, as in a socket. (net.Pipe's writes wait for a reader, and two SSH ends
// that greet each other at once would wait for ever.)
type half struct {
	mu      sync.Mutex
	changed *sync.Cond
	data    []byte
	closed  bool
}

func newHalf() *half {
	h := &half{}
	h.changed = sync.NewCond(&h.mu)
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.data) == 0 {
		if h.closed {
			return 0, io.EOF
		}
		h.changed.Wait()
	}
	n := copy(p, h.data)
	h.data = h.data[n:]
	return n, nil
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return len(p), nil // as a socket does that has not heard of it
	}
	h.data = append(h.data, p...)
	h.changed.Broadcast()
	return len(p), nil
}

func (h *half) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.changed.Broadcast()
}

// memory is one end of such a connection.
type memory struct{ in, out *half }

func newPipe() (a, b net.Conn) {
	x, y := newHalf(), newHalf()
	return memory{x, y}, memory{y, x}
}

func (m memory) Read(p []byte) (int, error)  { return m.in.read(p) }
func (m memory) Write(p []byte) (int, error) { return m.out.write(p) }

func (m memory) Close() error {
	m.in.close()
	m.out.close()
	return nil
}

func (m memory) LocalAddr() net.Addr              { return address("memory") }
func (m memory) RemoteAddr() net.Addr             { return address("memory") }
func (m memory) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (m memory) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (m memory) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
