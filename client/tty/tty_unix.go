//go:build unix

package tty

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Terminal is a Unix tty. Make one with Open.
type Terminal struct {
	in    int        // the fd that has the modes and the typing
	ready *readiness // of in; nil: it is polled
	out   *output

	events  chan Event
	signals chan os.Signal

	wake, waker *os.File // a pipe: closing waker ends Read and Write
	done        chan struct{}
	relays      sync.WaitGroup
	closing     sync.Once

	mu      sync.Mutex
	raw     bool
	closed  bool
	before  *term.State // what Restore goes back to
	trapped bool        // signals come to us

	elsewhere bool // SIGPIPE says nothing
}

// Open takes a terminal to read from and a file, mostly the same terminal, to
// write to. It changes nothing yet. The files stay the caller's, and must not be
// closed or used before Close.
func Open(in, out *os.File) (*Terminal, error) {
	fd := int(in.Fd())
	if !term.IsTerminal(fd) {
		return nil, ErrNotTerminal
	}
	wake, waker, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &Terminal{
		in:      fd,
		ready:   watchReadiness(fd),
		out:     openOutput(int(out.Fd()), int(wake.Fd())),
		events:  make(chan Event, eventBuffer),
		signals: make(chan os.Signal, eventBuffer),
		wake:    wake,
		waker:   waker,
		done:    make(chan struct{}),
	}, nil
}

// Events returns the channel of events. Nothing comes before Raw.
func (t *Terminal) Events() <-chan Event { return t.events }

// Size returns the window's size in cells. A terminal that does not know its own
// counts as 80 by 24.
func (t *Terminal) Size() (cols, rows int, err error) {
	cols, rows, err = term.GetSize(t.in)
	if err == nil && (cols < 1 || rows < 1) {
		cols, rows = 80, 24
	}
	return cols, rows, err
}

// CellSize returns the size of a character in pixels, 0 if the terminal does not tell.
func (t *Terminal) CellSize() (width, height int) {
	w, err := unix.IoctlGetWinsize(t.in, unix.TIOCGWINSZ)
	if err != nil || w.Col == 0 || w.Row == 0 {
		return 0, 0
	}
	return int(w.Xpixel / w.Col), int(w.Ypixel / w.Row)
}

// Raw puts the terminal into raw mode, and from then on takes the signals that
// concern it: they become events, and no longer end or stop the process.
func (t *Terminal) Raw() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	t.trap()
	before, err := term.MakeRaw(t.in)
	if err != nil {
		return os.NewSyscallError("tcsetattr", err)
	}
	if !t.raw { // else the shell may have changed it meanwhile, or not: not what was there at first
		t.before, t.raw = before, true
	}
	return nil
}

// Restore gives the terminal the modes it had before Raw. Signals are still
// taken.
func (t *Terminal) Restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.restore()
}

func (t *Terminal) restore() error {
	if !t.raw {
		return nil
	}
	t.raw = false
	return os.NewSyscallError("tcsetattr", term.Restore(t.in, t.before))
}

// Suspend stops the process group, as Ctrl-Z does to other programs; the
// terminal must have been restored. It may return before that happens. When the
// process goes on, Continued comes. In a group that no shell watches over the
// system ignores the stop: then nothing comes.
//
// The signal is SIGTTOU: of those whose stop is ignored there, SIGTSTP is out, since
// Go does not give a signal that was once notified its default action back.
func (t *Terminal) Suspend() error {
	return os.NewSyscallError("kill", unix.Kill(0, unix.SIGTTOU))
}

// Read waits for something typed. It returns ErrClosed once Close was called and
// io.EOF when the terminal is gone.
func (t *Terminal) Read(p []byte) (int, error) {
	for {
		if err := t.readable(); err != nil {
			return 0, err
		}
		n, err := unix.Read(t.in, p)
		switch {
		case n > 0:
			return n, nil
		case n == 0 && err == nil:
			return 0, io.EOF
		case !transient(err):
			return 0, os.NewSyscallError("read", err)
		}
	}
}

// readable waits until Read can read.
func (t *Terminal) readable() error {
	if t.ready != nil {
		return t.ready.wait()
	}
	return wait(t.in, unix.POLLIN, int(t.wake.Fd()))
}

// Write writes all of p, however long the terminal takes. It returns ErrClosed
// once Close was called.
func (t *Terminal) Write(p []byte) (int, error) { return t.out.write(p) }

// TryWrite writes what the terminal takes of p without a wait, and returns how much
// that was. Unless whole, Write has to go on with the rest, even if there is none: it
// waits as long as the terminal needs.
func (t *Terminal) TryWrite(p []byte) (n int, whole bool) { return t.out.try(p) }

// Close restores the terminal, ends Read and Write, and lets signals do again
// what they did. The caller must wait for its own Read and Write to return before
// it uses the files. Calling it again does nothing.
func (t *Terminal) Close() error {
	var err error
	t.closing.Do(func() {
		t.mu.Lock()
		err = t.restore()
		t.closed = true
		t.mu.Unlock()
		signal.Stop(t.signals)
		close(t.done)
		t.waker.Close()
		if t.ready != nil {
			t.ready.close()
		}
		t.relays.Wait()
		t.out.close()
		// t.wake stays open for a Read or Write that is about to look at it; the
		// garbage collector closes it.
	})
	return err
}

// transient reports whether a read or write is to be tried again.
func transient(err error) bool {
	return errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN)
}
