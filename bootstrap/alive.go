package bootstrap

import (
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// keepAlive is ServerAliveInterval: it asks the server for a sign of life at every
// interval, and gives the connection up after so many without an answer. It returns
// when the connection has ended. An interval of 0 asks nothing.
func keepAlive(conn ssh.Conn, g *guard, interval time.Duration, countMax int) {
	if interval <= 0 {
		return
	}
	var work sync.WaitGroup // ends with the connection
	defer work.Wait()
	ended := make(chan struct{})
	work.Go(func() {
		defer close(ended)
		_ = conn.Wait()
	})
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	answers := make(chan error, 1)
	unanswered := 0
	for {
		select {
		case <-ended:
			return
		case err := <-answers:
			if err != nil {
				return
			}
			unanswered = 0
		case <-ticker.C:
			if unanswered++; unanswered > max(countMax, 0) {
				g.drop()
				return
			}
			if unanswered == 1 { // the next one is sent when this one is answered
				work.Go(func() {
					// Any answer will do, also that the request is not known.
					_, _, err := conn.SendRequest("keepalive@openssh.com", true, nil)
					answers <- err
				})
			}
		}
	}
}
