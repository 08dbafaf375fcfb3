//go:build unix

package tty

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// meaning is what each signal that a terminal's program gets becomes. SIGQUIT is
// among those that end the session, so that the terminal is not left raw.
var meaning = map[os.Signal]Event{
	unix.SIGWINCH: Resized,
	unix.SIGCONT:  Continued,
	unix.SIGTSTP:  StopAsked,
	unix.SIGTERM:  EndAsked,
	unix.SIGINT:   EndAsked,
	unix.SIGHUP:   EndAsked,
	unix.SIGPIPE:  EndAsked,
	unix.SIGQUIT:  EndAsked,
}

// trap makes signals events; those that the process was started to ignore, as
// with nohup, stay ignored.
func (t *Terminal) trap() {
	for s := range meaning {
		if !signal.Ignored(s) {
			signal.Notify(t.signals, s)
		}
	}
	if !t.trapped {
		t.trapped = true
		t.relays.Go(t.relay)
	}
}

// WritesElsewhere is for a process that has connections and pipes of its own, such as
// to an SSH server: writing to one that is gone raises SIGPIPE too, and says nothing
// about the terminal. It is no event then. To be called before Raw.
func (t *Terminal) WritesElsewhere() { t.elsewhere = true }

// relay passes signals on as events until Close. Nobody need be listening: what
// finds no room is one of many alike.
func (t *Terminal) relay() {
	for {
		select {
		case s := <-t.signals:
			if s == unix.SIGPIPE && t.elsewhere {
				continue // the write has failed, and whoever made it knows
			}
			select {
			case t.events <- meaning[s]:
			default:
			}
		case <-t.done:
			return
		}
	}
}
