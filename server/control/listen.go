package control

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gmosh/protocol/health"
)

// patience is how long either side may take for its line.
const patience = 2 * time.Second

// maxRequest bounds a request, in bytes.
const maxRequest = 256

// request is the one thing that can be asked.
const request = "status\n"

// Listener is a server's control socket.
type Listener struct {
	listener *net.UnixListener
	answer   func() (health.Status, error)
	work     sync.WaitGroup
}

// Listen makes the socket of a server that listens on a UDP port. answer is called
// from the Listener's goroutine for every request, and may block until the server
// has ended. The caller calls Close.
func Listen(getenv func(string) string, port uint16, answer func() (health.Status, error)) (*Listener, error) {
	dir, err := Folder(getenv)
	if err != nil {
		return nil, err
	}
	sweep(dir)
	path := filepath.Join(dir, name(port, os.Getpid()))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	// The folder is closed to others already.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("control socket: %w", err)
	}
	c := &Listener{listener: l, answer: answer}
	c.work.Go(c.serve)
	return c, nil
}

// Close removes the socket and ends what it serves.
func (l *Listener) Close() error {
	err := l.listener.Close() // removes the file
	l.work.Wait()
	return err
}

// serve answers one asker after the other: each is served in a moment or sent away.
func (l *Listener) serve() {
	for {
		conn, err := l.listener.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // that asker's trouble
		}
		l.reply(conn)
	}
}

func (l *Listener) reply(conn *net.UnixConn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxRequest)).ReadString('\n')
	if err != nil || line != request {
		return
	}
	status, err := l.answer()
	if err != nil {
		return
	}
	text, err := health.Line(health.KindStatus, status)
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text+"\n") // the asker is gone, then
}
