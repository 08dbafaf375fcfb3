package bootstrap

import (
	"net"
	"sync"
	"time"
)

// The server's time for its part of the handshake. The second is what sshd itself
// gives a login (LoginGraceTime), which may have to ask another machine or a
// person's telephone.
const (
	greetingLimit = time.Minute
	loginLimit    = 2 * time.Minute
)

// guard is a connection that is closed when something of the other side is
// awaited for too long. While the user is asked something, nothing is awaited.
type guard struct {
	net.Conn

	mu     sync.Mutex
	timer  *time.Timer // the newest
	waits  int         // counts them, and the pauses: a timer that was overtaken does nothing
	silent bool        // closed because nothing came
	err    error       // why the connection cannot be read any more
}

// expect awaits something within limit from now.
func (g *guard) expect(limit time.Duration) {
	g.pause()
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := g.waits
	g.timer = time.AfterFunc(limit, func() { g.giveUp(wait) })
}

func (g *guard) giveUp(wait int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waits != wait {
		return // it came just in time
	}
	g.silent = true
	_ = g.Conn.Close() // the reader gets the error
}

// drop closes the connection because the other side says nothing any more.
func (g *guard) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent = true
	_ = g.Conn.Close() // the reader gets the error
}

// pause awaits nothing.
func (g *guard) pause() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waits++
	if g.timer != nil {
		g.timer.Stop()
	}
}

// Close also ends the waiting.
func (g *guard) Close() error {
	g.pause()
	return g.Conn.Close()
}

// Read notes why the connection ended.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if err != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.err = err
	}
	return n, err
}

// lost returns why the connection is at its end, nil while it is not.
func (g *guard) lost() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// gaveUp reports that the connection was closed because nothing came.
func (g *guard) gaveUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.silent
}
