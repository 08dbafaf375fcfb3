package bootstrap

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// quiet is an SSH connection to a server that stops answering.
type quiet struct {
	ssh.Conn
	answers int // that are left
	asked   int
	closed  chan struct{}
}

func (q *quiet) Wait() error {
	<-q.closed
	return io.EOF
}

func (q *quiet) SendRequest(name string, want bool, _ []byte) (bool, []byte, error) {
	if name != "keepalive@openssh.com" || !want {
		return false, nil, errors.New("another request")
	}
	if q.asked++; q.asked > q.answers {
		<-q.closed
		return false, nil, io.EOF
	}
	return false, nil, nil // OpenSSH does not know it either, and says so
}

// closer is the connection below.
type closer struct {
	net.Conn
	closed chan struct{}
}

func (c closer) Close() error {
	close(c.closed)
	return nil
}

func TestServerThatStopsAnsweringIsGivenUp(t *testing.T) {
	for _, c := range []struct {
		answers, countMax int
		want              time.Duration
	}{
		{0, 3, 40 * time.Second},
		{5, 3, 90 * time.Second},
		{2, 0, 10 * time.Second}, // no answer may be missing, and one always is when it is asked for
	} {
		synctest.Test(t, func(t *testing.T) {
			closed := make(chan struct{})
			g := &guard{Conn: closer{closed: closed}}
			begin := time.Now()
			keepAlive(&quiet{answers: c.answers, closed: closed}, g, 10*time.Second, c.countMax)
			if took := time.Since(begin); took != c.want || !g.gaveUp() {
				t.Errorf("%+v: took %v, gave up %v", c, took, g.gaveUp())
			}
		})
	}
}

func TestConnectionThatEndsIsNotAskedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan struct{})
		g := &guard{Conn: closer{closed: closed}}
		q := &quiet{answers: 1000, closed: closed}
		time.AfterFunc(95*time.Second, func() { g.Close() })
		keepAlive(q, g, 10*time.Second, 3)
		if q.asked != 9 || g.gaveUp() {
			t.Errorf("asked %d times, gave up %v", q.asked, g.gaveUp())
		}
		q.asked = 0
		keepAlive(q, g, 0, 3)
		if q.asked != 0 {
			t.Error("asked, and ServerAliveInterval is 0")
		}
	})
}
