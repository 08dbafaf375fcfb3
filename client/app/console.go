package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// errNoConsole says that there is nobody to ask.
var errNoConsole = errors.New("there is no terminal to ask on")

// interrupted is the cause of a context that a signal has ended.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return i.signal.String() }

// console asks the person at the process's terminal, whatever its standard streams
// are connected to. It is open only while it asks. A question ends with ctx, and
// the terminal is then as it was.
type console struct {
	ctx     context.Context
	open    func() (device, error)
	askpass *askpass // nil: the terminal alone
}

// device is a terminal that is open for a question.
type device struct {
	in, out *os.File
}

// Close closes both ends.
func (d device) Close() error {
	if d.in == d.out {
		return d.in.Close()
	}
	return errors.Join(d.in.Close(), d.out.Close())
}

// ask prints prompt and returns the line that is typed, without its end. What is
// typed is shown if echo is set.
func (c console) ask(prompt string, echo bool) (string, error) {
	if err := context.Cause(c.ctx); err != nil {
		return "", err
	}
	if c.askpass != nil && c.askpass.first {
		return c.askpass.ask(c.ctx, prompt)
	}
	d, err := c.open()
	if err != nil {
		answer, failed := c.instead(prompt)
		if failed == nil || failed == io.EOF {
			return answer, failed
		}
		return "", fmt.Errorf("%w (%w)", errNoConsole, errors.Join(err, failed))
	}
	defer d.Close()
	if !echo {
		return c.secret(d, prompt)
	}
	if _, err := io.WriteString(d.out, prompt); err != nil {
		return "", err
	}
	return c.line(d, readCooked)
}

// instead asks where there is no terminal.
func (c console) instead(prompt string) (string, error) {
	if c.askpass == nil {
		return "", errors.New("and no SSH_ASKPASS with a display")
	}
	return c.askpass.ask(c.ctx, prompt)
}

// secret reads a line with nothing shown of it, also not of what is typed as soon as
// the prompt is there: the terminal is silent before.
func (c console) secret(d device, prompt string) (string, error) {
	restore, err := makeRaw(d.in)
	if err != nil {
		return "", err
	}
	var line string
	if _, err = io.WriteString(d.out, strings.ReplaceAll(prompt, "\n", "\r\n")); err == nil {
		line, err = c.line(d, readRaw)
	}
	restored := restore()
	_, newline := io.WriteString(d.out, "\n") // raw mode shows no line end either
	if err == nil {
		err = errors.Join(restored, newline)
	}
	return line, err
}

// makeRaw puts a terminal into raw mode; restore takes it back. The descriptor is
// borrowed, since File.Fd would make its reads such that Close does not end them.
func makeRaw(f *os.File) (restore func() error, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var state *term.State
	control := conn.Control(func(fd uintptr) { state, err = term.MakeRaw(int(fd)) })
	if err := errors.Join(control, err); err != nil {
		return nil, err
	}
	return func() error {
		var err error
		control := conn.Control(func(fd uintptr) { err = term.Restore(int(fd), state) })
		return errors.Join(control, err)
	}, nil
}

// line reads with read until it is done or ctx is.
func (c console) line(d device, read func(io.Reader) (string, error)) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read(d.in)
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-c.ctx.Done():
		// Closing the device ends the read, where terminals can be polled; where
		// not, it ends with the process, which is about to.
		return "", context.Cause(c.ctx)
	}
}

// readCooked reads a line that the system's own line editing has made.
func readCooked(in io.Reader) (string, error) {
	var line []byte
	for {
		c, err := readByte(in)
		switch {
		case err != nil:
			return "", err
		case c == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case len(line) < maxAnswer:
			line = append(line, c)
		}
	}
}

// maxAnswer bounds what is typed at one question, in bytes.
const maxAnswer = 4096

// The keys of raw mode that are not part of an answer.
const (
	keyInterrupt = 'C' - '@'
	keyEnd       = 'D' - '@'
	keyBackspace = 'H' - '@'
	keyKill      = 'U' - '@'
	keySuspend   = 'Z' - '@'
	keyQuit      = '\\' - '@'
	keyDelete    = 0x7f
)

// readRaw reads a line from a terminal in raw mode. Ctrl-C is a key here, not a
// signal: raw mode is on for as long as the question is, so that no key can stop or
// end the process in the middle and leave the terminal silent.
func readRaw(in io.Reader) (string, error) {
	var line []byte
	for {
		c, err := readByte(in)
		if err != nil {
			return "", err
		}
		switch c {
		case '\r', '\n':
			return string(line), nil
		case keyInterrupt, keyQuit:
			return "", interrupted{os.Interrupt}
		case keyEnd:
			if len(line) == 0 {
				return "", io.EOF
			}
		case keyBackspace, keyDelete:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case keyKill:
			line = line[:0]
		case keySuspend:
		default:
			if len(line) < maxAnswer {
				line = append(line, c)
			}
		}
	}
}

// readByte reads one byte: what follows the answer is not ours to take.
func readByte(in io.Reader) (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(in, b[:])
	return b[0], err
}
