package tty

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"gmosh/client/tty/console"
)

// Terminal is a Windows console (Windows 10 1809 or newer: its VT modes are used).
// Make one with Open.
type Terminal struct {
	console *console.Console
	out     *os.File

	events  chan Event
	signals chan os.Signal
	done    chan struct{}
	relays  sync.WaitGroup
	closing sync.Once
	trapped sync.Once
}

// Open takes a console to read from and one to write to. It changes nothing yet.
// The files stay the caller's, and must not be closed or used before Close.
func Open(in, out *os.File) (*Terminal, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, ErrNotTerminal
	}
	wake, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateEvent", err)
	}
	t := &Terminal{
		out:     out,
		events:  make(chan Event, eventBuffer),
		signals: make(chan os.Signal, eventBuffer),
		done:    make(chan struct{}),
	}
	s := &system{in: windows.Handle(in.Fd()), out: windows.Handle(out.Fd()), wake: wake}
	t.console = console.New(s, func() { t.tell(Resized) })
	return t, nil
}

// Events returns the channel of events. Nothing comes before Raw.
func (t *Terminal) Events() <-chan Event { return t.events }

// Size returns the window's size in cells.
func (t *Terminal) Size() (cols, rows int, err error) { return t.console.Size() }

// Raw puts the console into raw mode with VT sequences both ways and UTF-8, and
// from then on takes Ctrl-Break and the closing of the window as events.
func (t *Terminal) Raw() error {
	t.trapped.Do(t.trap)
	return known(t.console.Raw())
}

// Quiet takes the console over for the time before Raw: what is typed is not shown
// and can be read at once; Ctrl-C is still a signal. What was typed before is read
// like the rest.
func (t *Terminal) Quiet() ([]byte, error) { return nil, known(t.console.Quiet()) }

// WritesElsewhere says nothing to a console: Windows has no SIGPIPE.
func (t *Terminal) WritesElsewhere() {}

// Restore gives the console the modes and code pages it had before Raw.
func (t *Terminal) Restore() error { return t.console.Restore() }

// Suspend is not possible: Windows has no job control.
func (t *Terminal) Suspend() error { return errors.ErrUnsupported }

// Read waits for something typed. It returns ErrClosed once Close was called and
// io.EOF when the console is gone.
func (t *Terminal) Read(p []byte) (int, error) {
	n, err := t.console.Read(p)
	return n, known(err)
}

// known makes the console's ErrClosed ours.
func known(err error) error {
	if errors.Is(err, console.ErrClosed) {
		return ErrClosed
	}
	return err
}

// Write writes all of p. UTF-8 becomes what the console wants.
func (t *Terminal) Write(p []byte) (int, error) { return t.out.Write(p) }

// Close restores the console, ends Read, and lets signals do again what they did.
// The caller must wait for its own Read and Write to return before it uses the
// files. Calling it again does nothing.
func (t *Terminal) Close() error {
	var err error
	t.closing.Do(func() {
		err = t.console.Close()
		signal.Stop(t.signals)
		close(t.done)
		t.relays.Wait()
	})
	return err
}

// trap makes Ctrl-Break, and the closing of the window or of the login, events.
func (t *Terminal) trap() {
	signal.Notify(t.signals, os.Interrupt, syscall.SIGTERM)
	t.relays.Go(func() {
		for {
			select {
			case <-t.signals:
				t.tell(EndAsked)
			case <-t.done:
				return
			}
		}
	})
}

func (t *Terminal) tell(e Event) {
	select {
	case t.events <- e:
	default: // nobody reads: it is one of many alike
	}
}
