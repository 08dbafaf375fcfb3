package demo

import (
	"bytes"
	"net"
	"sync"
	"time"
)

// distant is a connection of which everything arrives late, either way. It loses
// nothing: what a network loses of TCP is late too, and the login takes long enough.
// Deadlines are those of the connection underneath, without the delay.
type distant struct {
	net.Conn
	delay    time.Duration // one way
	in, out  chan late
	rest     []byte // of what has arrived; the reader's own
	ended    error  // there is nothing after that; the reader's own
	done     chan struct{}
	closing  sync.Once
	carriers sync.WaitGroup
}

// late is something that was sent and has not arrived.
type late struct {
	due  time.Time
	data []byte
	err  error // there is nothing more to read
}

// underWay is how many reads or writes may be: more than a login has.
const underWay = 256

func newDistant(conn net.Conn, delay time.Duration) *distant {
	d := &distant{
		Conn: conn, delay: delay,
		in: make(chan late, underWay), out: make(chan late, underWay), done: make(chan struct{}),
	}
	d.carriers.Go(d.receive)
	d.carriers.Go(d.send)
	return d
}

// receive is the goroutine that reads the connection.
func (d *distant) receive() {
	for {
		buf := make([]byte, 4096)
		n, err := d.Conn.Read(buf)
		if !d.put(d.in, buf[:n], err) || err != nil {
			return
		}
	}
}

// send is the goroutine that writes to it.
func (d *distant) send() {
	for {
		l, ok := d.take(d.out)
		if !ok {
			return
		}
		if _, err := d.Conn.Write(l.data); err != nil {
			return // the reader will hear of it
		}
	}
}

// put sends something off; false: nobody will take it any more.
func (d *distant) put(line chan late, data []byte, err error) bool {
	if d.closed() {
		return false
	}
	select {
	case line <- late{time.Now().Add(d.delay), data, err}:
		return true
	case <-d.done:
		return false
	}
}

// take waits until the next has arrived; false: the connection is closed.
func (d *distant) take(line chan late) (late, bool) {
	select {
	case l := <-line:
		return l, d.wait(time.Until(l.due))
	case <-d.done:
		return late{}, false
	}
}

// wait lets time go by; false: the connection was closed meanwhile.
func (d *distant) wait(t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return !d.closed()
	case <-d.done:
		return false
	}
}

func (d *distant) closed() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// settle waits for as long as it takes to connect over such a distance, until what is
// written here may be on its way: SYN, its answer, ACK.
func (d *distant) settle() bool { return d.wait(3 * d.delay) }

// Read reads what has arrived.
func (d *distant) Read(p []byte) (int, error) {
	for len(d.rest) == 0 {
		if d.ended != nil {
			return 0, d.ended
		}
		l, ok := d.take(d.in)
		if !ok {
			return 0, net.ErrClosed
		}
		d.rest, d.ended = l.data, l.err
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// Write sends p off.
func (d *distant) Write(p []byte) (int, error) {
	if !d.put(d.out, bytes.Clone(p), nil) {
		return 0, net.ErrClosed
	}
	return len(p), nil
}

// Close closes the connection; what is under way is lost.
func (d *distant) Close() error {
	err := d.Conn.Close()
	d.closing.Do(func() { close(d.done) })
	d.carriers.Wait()
	return err
}
