package client

import (
	"time"

	"gmosh/client/notice"
	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
)

// display keeps the user's terminal at the newest frame. What the terminal does not take
// at once a goroutine of its own writes, since a terminal may be slow; while it does,
// newer frames replace each other, and the next one drawn is the newest then: none is
// ever queued.
type display struct {
	dialect render.Dialect
	init    bool // switch screens (smcup, rmcup)

	shown   terminal.Frame // what the terminal shows once the last write is through
	drawn   bool           // shown is something
	opened  bool           // Open was written, and Close was not
	again   bool           // the terminal may have lost what Open did: it is to be written again
	repaint bool           // the terminal may show anything: draw all of it
	away    bool           // the terminal is not ours at the moment

	try     func(p []byte) (n int, whole bool) // see quickTerminal; nil: there is no such thing
	writes  chan []byte                        // to the writer
	wrote   chan error                         // from it; nil: all went well
	writing bool
	failed  bool // the terminal cannot be written to any more
	buf     []byte

	questions []byte // for the terminal, to be written once

	frames, bytes uint64
}

// quickTerminal is a Terminal that can be written to without a wait (tty.Terminal on
// Unix): most frames need no other goroutine.
type quickTerminal interface {
	// TryWrite writes what of p is taken at once. Unless whole, Write goes on with the
	// rest, which may be empty.
	TryWrite(p []byte) (n int, whole bool)
}

func newDisplay(t Terminal, dialect render.Dialect, init bool) display {
	d := display{
		dialect: dialect,
		init:    init,
		repaint: true,
		writes:  make(chan []byte, 1),
		wrote:   make(chan error, 1),
	}
	if quick, ok := t.(quickTerminal); ok {
		d.try = quick.TryWrite
	}
	return d
}

// write runs the writer until writes is closed.
func (d *display) write(t Terminal) {
	for p := range d.writes {
		_, err := t.Write(p)
		d.wrote <- err
	}
}

// ready reports whether something may be drawn now.
func (d *display) ready() bool { return !d.writing && !d.away && !d.failed }

// speak changes the dialect, to one that has more.
func (d *display) speak(dialect render.Dialect) {
	d.shown.Keyboard = d.dialect.Keyboard(d.shown.Keyboard) // what went by so far
	d.dialect, d.repaint = dialect, true
}

// disambiguates reports whether the terminal tells Esc from the beginning of a
// sequence: it does with these flags of the kitty keyboard.
func (d *display) disambiguates() bool {
	const disambiguate, allKeys = 1, 8
	return d.dialect.Keyboard(d.shown.Keyboard).Kitty&(disambiguate|allKeys) != 0
}

// releases reports whether the terminal tells of keys that are held or let go of, too.
func (d *display) releases() bool {
	const events = 2
	return d.dialect.Keyboard(d.shown.Keyboard).Kitty&events != 0
}

// draw makes the terminal show f; ready must hold.
func (d *display) draw(f terminal.Frame) {
	if d.dialect.Colors == render.Monochrome {
		f = notice.WithoutColors(f)
	}
	d.buf = d.buf[:0]
	if !d.opened || d.again {
		d.open()
	}
	d.buf, d.questions = append(d.buf, d.questions...), nil
	if d.repaint || !d.drawn {
		// What the terminal was told beside the screen it still knows, or if it does
		// not, nobody does.
		if !d.drawn {
			d.shown = terminal.NewFrame(f.Size())
		}
		d.buf = render.Events(d.buf, &d.shown, &f, d.dialect)
		d.buf = render.Repaint(d.buf, &f, d.dialect)
	} else {
		d.buf = render.Frame(d.buf, &d.shown, &f, d.dialect)
	}
	d.shown, d.drawn, d.repaint = f, true, false
	if len(d.buf) > 0 {
		d.frames++
		d.send(d.buf)
	}
}

// open takes the terminal's screen, or takes it again. What others have left of what was
// set is then taken back first, on our own screen: the keyboard's flags are kept for each.
func (d *display) open() {
	dialect := d.dialect
	dialect.TitleStack = dialect.TitleStack && !d.opened // what Close is to restore is kept already
	d.buf = render.Open(d.buf, dialect, d.init)
	if d.opened && d.again {
		closed := render.Closed(d.shown)
		d.buf = render.Events(d.buf, &d.shown, &closed, d.dialect)
		d.shown = closed
	}
	d.opened, d.again, d.repaint = true, false, true
}

// close gives the terminal's screen back and leaves text below; ready must hold.
func (d *display) close(text string) {
	if !d.opened {
		return
	}
	var last *terminal.Frame
	if d.drawn {
		last = &d.shown
	}
	d.buf = append(render.Close(d.buf[:0], last, d.dialect, d.init), text...)
	d.opened, d.shown = false, render.Closed(d.shown)
	d.send(d.buf)
}

func (d *display) send(p []byte) {
	d.bytes += uint64(len(p))
	if d.try != nil {
		n, whole := d.try(p)
		if whole {
			return
		}
		p = p[n:]
	}
	d.writing = true
	d.writes <- p
}

// finished takes note of what came over wrote.
func (d *display) finished(err error) {
	d.writing = false
	d.failed = d.failed || err != nil
}

// settle waits for the writer, but no longer than the deadline: after that the
// terminal counts as failed.
func (d *display) settle(deadline <-chan time.Time) {
	if !d.writing || d.failed {
		return
	}
	select {
	case err := <-d.wrote:
		d.finished(err)
	case <-deadline:
		d.failed = true
	}
}
