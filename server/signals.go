package server

import (
	"os"
	"os/signal"
	"time"
)

// catchSignals turns signals into wishes to end, and keeps from ending the process
// those that mean nothing to a server. They are caught, not ignored: a program
// that is started would inherit that.
//
// because is what is known of why such a signal would come; it may be empty.
func catchSignals(silent time.Duration, because string) (ends <-chan End, stop func()) {
	signals := make(chan os.Signal, 4)
	out := make(chan End)
	done, finished := make(chan struct{}), make(chan struct{})
	for s := range signalMeanings {
		signal.Notify(signals, s)
	}
	go func() {
		defer close(finished)
		for {
			select {
			case s := <-signals:
				means := signalMeanings[s]
				if !means.end {
					continue
				}
				e := End{Reason: "The server was ended by a signal (" + means.name + ")" + because + "."}
				if means.ifSilent {
					e.Silent = silent
				}
				select {
				case out <- e:
				case <-done:
				}
			case <-done:
				return
			}
		}
	}()
	return out, func() {
		signal.Stop(signals)
		close(done)
		<-finished
	}
}

// signalMeaning is what a signal asks of a server.
type signalMeaning struct {
	name     string
	end      bool // to end
	ifSilent bool // but only if the client has been silent
}
