package bootstrap

import (
	"errors"
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/launch"
)

// Lifeline is what the server was started over: it is kept until the session has
// proved to work, then closed.
type Lifeline struct {
	running  *launch.Running
	conns    []io.Closer    // in the order they were opened
	services sync.WaitGroup // goroutines that end with conns
	updates  keyUpdates
	asking   asking

	closing sync.Once
	err     error
}

// Packets are what the server has sent over this way, before it has heard a packet of
// ours. The channel is never closed.
func (l *Lifeline) Packets() <-chan []byte { return l.running.Packets() }

// Close ends the connection to the far machine; the server, which has detached,
// stays. It may be called more than once, and from any goroutine.
func (l *Lifeline) Close() error {
	l.closing.Do(func() {
		var errs []error
		for i := len(l.conns) - 1; i >= 0; i-- {
			// The other side, or the end of a handshake, may have closed it before.
			if err := l.conns[i].Close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
				errs = append(errs, err)
			}
		}
		if l.running != nil {
			errs = append(errs, l.running.Close())
		}
		l.services.Wait()
		l.err = errors.Join(errs...)
	})
	return l.err
}

// serve answers what an SSH server asks of us unasked: no to everything.
func (l *Lifeline) serve(channels <-chan ssh.NewChannel) {
	l.services.Go(func() {
		for c := range channels {
			_ = c.Reject(ssh.UnknownChannelType, "not supported") // fails only if the connection is gone
		}
	})
}

func (l *Lifeline) discard(requests <-chan *ssh.Request) {
	l.services.Go(func() { ssh.DiscardRequests(requests) })
}
