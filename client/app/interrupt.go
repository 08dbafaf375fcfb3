package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// catchInterruptions tells of the signals that end what is not a session yet.
func catchInterruptions() (<-chan os.Signal, func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// interruptible returns a context that such a signal ends, with an interrupted as
// its cause. stop gives the signals back.
func (p *program) interruptible() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals, ignore := p.interruptions()
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s := <-signals:
			cancel(interrupted{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		ignore()
		cancel(nil)
		<-done
	}
}
