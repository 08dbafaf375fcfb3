package console

import (
	"errors"
	"io"
	"sync"
)

// System are the console functions of Windows.
type System interface {
	// Modes are those of the console's input and of its output.
	Modes() (in, out uint32, err error)
	SetModes(in, out uint32) error
	// Pages are the code pages of both.
	Pages() (in, out uint32)
	SetPages(in, out uint32)
	// Size is the window's, in cells.
	Size() (cols, rows int, err error)
	// Wait waits for input, at most so many milliseconds; woken: Wake was called.
	Wait(milliseconds uint32) (input, woken bool, err error)
	// Records reads records of input; it blocks if there are none.
	Records([]Record) (int, error)
	// Wake ends Wait, from now on for good.
	Wake()
}

// Modes of a console's input and output (SetConsoleMode).
const (
	processedInput = 0x0001 // Ctrl-C is a signal
	lineInput      = 0x0002
	echoInput      = 0x0004
	vtInput        = 0x0200 // keys come as escape sequences

	processedOutput = 0x0001
	vtProcessing    = 0x0004 // escape sequences are obeyed
	noAutoReturn    = 0x0008 // LF does not return to column 0
)

// utf8Page is what both directions of the console are set to.
const utf8Page = 65001

// sizePoll is how often, in milliseconds, the window's size is looked at while
// nothing is typed: the console has no notice of it that comes in every host.
const sizePoll = 250

// ErrClosed is what Read and Raw return once Close was called.
var ErrClosed = errors.New("console closed")

// Console is a Windows console. Make one with New.
type Console struct {
	sys     System
	resized func()  // is called, by the reader, when the window has another size
	decoder decoder // the reader's own
	typed   []byte  // decoded, not returned yet; the reader's own

	mu         sync.Mutex
	taken      bool // by Quiet or Raw
	closed     bool
	before     state
	now        state // what it was set to; if it is taken
	cols, rows int
}

// state is what Quiet and Raw change and Restore puts back.
type state struct{ in, out, inPage, outPage uint32 }

// New returns a Console. Nothing is changed yet.
func New(sys System, resized func()) *Console { return &Console{sys: sys, resized: resized} }

// Size returns the window's size in cells; one that it does not know is 80 by 24.
func (c *Console) Size() (cols, rows int, err error) {
	cols, rows, err = c.sys.Size()
	if err == nil && (cols < 1 || rows < 1) {
		cols, rows = 80, 24
	}
	return cols, rows, err
}

// Raw puts the console into raw mode, with escape sequences and UTF-8 both ways. A
// console that cannot do that (before Windows 10 1809) is left as it is, and is an
// error.
func (c *Console) Raw() error { return c.take(0, noAutoReturn) }

// Quiet is for the time before Raw: what is typed is not shown and can be read at once,
// as after Raw, but Ctrl-C is a signal, and what is written looks as ever.
func (c *Console) Quiet() error { return c.take(processedInput, 0) }

// take sets the modes that Raw and Quiet have in common, and those given.
func (c *Console) take(in, out uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if !c.taken {
		var err error
		if c.before.in, c.before.out, err = c.sys.Modes(); err != nil {
			return err
		}
		c.before.inPage, c.before.outPage = c.sys.Pages()
	}
	want := state{
		in:     c.before.in&^(processedInput|lineInput|echoInput) | vtInput | in,
		out:    c.before.out | processedOutput | vtProcessing | out,
		inPage: utf8Page, outPage: utf8Page,
	}
	if c.taken && want == c.now {
		return nil
	}
	if err := c.sys.SetModes(want.in, want.out); err != nil {
		c.taken = false
		return errors.Join(err, c.putBack())
	}
	c.sys.SetPages(want.inPage, want.outPage)
	c.now, c.taken = want, true
	c.cols, c.rows, _ = c.Size()
	return nil
}

// Restore gives the console the modes and code pages it had before Quiet or Raw.
func (c *Console) Restore() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.restore()
}

func (c *Console) restore() error {
	if !c.taken {
		return nil
	}
	c.taken = false
	return c.putBack()
}

func (c *Console) putBack() error {
	c.sys.SetPages(c.before.inPage, c.before.outPage)
	return c.sys.SetModes(c.before.in, c.before.out)
}

// Read waits for something typed. It returns ErrClosed once Close was called and
// io.EOF when the console is gone.
func (c *Console) Read(p []byte) (int, error) {
	for len(c.typed) == 0 {
		input, woken, err := c.sys.Wait(sizePoll)
		switch {
		case err != nil:
			return 0, io.EOF
		case woken:
			return 0, ErrClosed
		case input:
			c.typed, err = c.decoder.read(c.typed, c.sys)
		}
		if err != nil {
			return 0, io.EOF
		}
		c.watchSize()
	}
	n := copy(p, c.typed)
	c.typed = append(c.typed[:0], c.typed[n:]...)
	return n, nil
}

// watchSize tells of a new size.
func (c *Console) watchSize() {
	cols, rows, err := c.Size()
	c.mu.Lock()
	changed := err == nil && c.taken && (cols != c.cols || rows != c.rows)
	if changed {
		c.cols, c.rows = cols, rows
	}
	c.mu.Unlock()
	if changed {
		c.resized()
	}
}

// Close restores the console and ends Read. Calling it again does nothing.
func (c *Console) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	err := c.restore()
	c.sys.Wake()
	return err
}
