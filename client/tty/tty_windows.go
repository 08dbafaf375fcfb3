package tty

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

// utf8CodePage is what both directions of the console are set to.
const utf8CodePage = 65001

// sizePoll is how often, in milliseconds, the window's size is looked at while
// nothing is typed: the console has no notice of it that comes in every host.
const sizePoll = 250

// Terminal is a Windows console (Windows 10 1809 or newer: its VT modes are
// used). Make one with Open.
type Terminal struct {
	in      windows.Handle
	console windows.Handle // the console output, for modes and size
	out     *os.File

	events  chan Event
	signals chan os.Signal
	done    chan struct{}
	wake    windows.Handle // an event; set: Read is to end
	relays  sync.WaitGroup
	closing sync.Once
	decoder decoder // of what is typed; Read's own
	typed   []byte  // decoded, not returned yet; Read's own

	mu         sync.Mutex
	raw        bool
	trapped    bool
	closed     bool
	before     modes
	cols, rows int
}

// modes are what Raw changes and Restore puts back.
type modes struct {
	in              *term.State
	out             uint32
	inPage, outPage uint32
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
	return &Terminal{
		in:      windows.Handle(in.Fd()),
		console: windows.Handle(out.Fd()),
		out:     out,
		events:  make(chan Event, eventBuffer),
		signals: make(chan os.Signal, eventBuffer),
		done:    make(chan struct{}),
		wake:    wake,
	}, nil
}

// Events returns the channel of events. Nothing comes before Raw.
func (t *Terminal) Events() <-chan Event { return t.events }

// Size returns the window's size in cells.
func (t *Terminal) Size() (cols, rows int, err error) {
	cols, rows, err = term.GetSize(int(t.console))
	if err == nil && (cols < 1 || rows < 1) {
		cols, rows = 80, 24
	}
	return cols, rows, err
}

// Raw puts the console into raw mode with VT sequences both ways and UTF-8, and
// from then on takes Ctrl-Break and the closing of the window as events.
func (t *Terminal) Raw() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	t.trap()
	if t.raw {
		return nil
	}
	var m modes
	var err error
	if err = windows.GetConsoleMode(t.console, &m.out); err != nil {
		return os.NewSyscallError("GetConsoleMode", err)
	}
	m.inPage, _ = windows.GetConsoleCP()
	m.outPage, _ = windows.GetConsoleOutputCP()
	if m.in, err = term.MakeRaw(int(t.in)); err != nil {
		return os.NewSyscallError("SetConsoleMode", err)
	}
	t.before, t.raw = m, true
	vt := m.out | windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING |
		windows.DISABLE_NEWLINE_AUTO_RETURN
	if err := windows.SetConsoleMode(t.console, vt); err != nil {
		t.restore()
		return os.NewSyscallError("SetConsoleMode", err)
	}
	windows.SetConsoleCP(utf8CodePage)
	windows.SetConsoleOutputCP(utf8CodePage)
	t.cols, t.rows, _ = t.Size()
	return nil
}

// Quiet is not possible: the console has no modes between its own line editing and
// raw mode.
func (t *Terminal) Quiet() error { return errors.ErrUnsupported }

// Restore gives the console the modes and code pages it had before Raw.
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
	windows.SetConsoleCP(t.before.inPage)
	windows.SetConsoleOutputCP(t.before.outPage)
	return os.NewSyscallError("SetConsoleMode", errors.Join(
		windows.SetConsoleMode(t.console, t.before.out),
		term.Restore(int(t.in), t.before.in)))
}

// Suspend is not possible: Windows has no job control.
func (t *Terminal) Suspend() error { return errors.ErrUnsupported }

// Read waits for something typed. It returns ErrClosed once Close was called and
// io.EOF when the console is gone.
func (t *Terminal) Read(p []byte) (int, error) {
	for len(t.typed) == 0 {
		which, err := windows.WaitForMultipleObjects([]windows.Handle{t.wake, t.in}, false, sizePoll)
		t.watchSize()
		if err == nil && which == windows.WAIT_OBJECT_0 {
			return 0, ErrClosed
		}
		if err == nil && which == windows.WAIT_OBJECT_0+1 {
			t.typed, err = t.decoder.read(t.typed, t.in)
		}
		if err != nil {
			return 0, io.EOF
		}
	}
	n := copy(p, t.typed)
	t.typed = append(t.typed[:0], t.typed[n:]...)
	return n, nil
}

// watchSize tells of a new size.
func (t *Terminal) watchSize() {
	cols, rows, err := t.Size()
	t.mu.Lock()
	changed := err == nil && (cols != t.cols || rows != t.rows)
	if changed {
		t.cols, t.rows = cols, rows
	}
	t.mu.Unlock()
	if changed {
		t.tell(Resized)
	}
}

// Write writes all of p. UTF-8 becomes what the console wants.
func (t *Terminal) Write(p []byte) (int, error) { return t.out.Write(p) }

// Close restores the console, ends Read, and lets signals do again what they did.
// The caller must wait for its own Read and Write to return before it uses the
// files. Calling it again does nothing.
func (t *Terminal) Close() error {
	var err error
	t.closing.Do(func() {
		t.mu.Lock()
		err = t.restore()
		t.closed = true
		t.mu.Unlock()
		signal.Stop(t.signals)
		close(t.done)
		windows.SetEvent(t.wake) // stays open: a Read may be about to look at it
		t.relays.Wait()
	})
	return err
}

// trap makes Ctrl-Break, and the closing of the window or of the login, events.
func (t *Terminal) trap() {
	if t.trapped {
		return
	}
	t.trapped = true
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

// decoder turns the console's input records into bytes typed. With VT input, the
// console puts cursor and function keys into the records as escape sequences, a
// UTF-16 unit each.
type decoder struct {
	records [64]inputRecord
	high    rune // first half of a surrogate pair, until the other comes
}

// inputRecord is INPUT_RECORD, with the KEY_EVENT_RECORD of its union.
type inputRecord struct {
	kind        uint16
	_           uint16
	keyDown     int32
	repeatCount uint16
	virtualKey  uint16
	_           uint16 // scan code
	unit        uint16 // UTF-16
	_           uint32 // control keys
}

const (
	keyEvent = 1    // the kind of record that is a key
	menuKey  = 0x12 // Alt: its release carries a character typed by its number
)

var readConsoleInput = windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")

// read appends to dst what was typed, in UTF-8. It blocks if nothing waits.
func (d *decoder) read(dst []byte, console windows.Handle) ([]byte, error) {
	n, err := readRecords(console, d.records[:])
	if err != nil {
		return dst, err
	}
	for _, r := range d.records[:n] {
		if r.kind != keyEvent || r.unit == 0 && !r.isNUL() || r.keyDown == 0 && r.virtualKey != menuKey {
			continue
		}
		for range max(r.repeatCount, 1) {
			dst = d.unit(dst, rune(r.unit))
		}
	}
	return dst, nil
}

// isNUL reports whether a record without a character is Ctrl-Space or Ctrl-@.
func (r *inputRecord) isNUL() bool {
	const space, two = 0x20, 0x32
	return r.keyDown != 0 && (r.virtualKey == space || r.virtualKey == two)
}

// unit appends one UTF-16 unit as UTF-8, once its pair is complete.
func (d *decoder) unit(dst []byte, u rune) []byte {
	if d.high != 0 {
		whole := utf16.DecodeRune(d.high, u)
		d.high = 0
		if whole != utf8.RuneError {
			return utf8.AppendRune(dst, whole)
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	if utf16.IsSurrogate(u) && u < 0xdc00 {
		d.high = u
		return dst
	}
	return utf8.AppendRune(dst, u)
}
