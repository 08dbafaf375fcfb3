package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"gmosh/client"
	"gmosh/client/outer"
	"gmosh/client/tty"
	"gmosh/protocol/terminal/width"
	"gmosh/sshconf"
)

// keyboard is the one reader of the user's terminal, from before the login to the
// end of the session. While the login runs, the terminal is asked what it can do
// (package outer), and its answers are taken out of what is typed: they reach no
// question. What is typed to nobody's question waits for the session. It is the
// session's client.Terminal then.
type keyboard struct {
	*tty.Terminal
	filter *outer.Filter // until the session begins under mu; then the session's
	asked  time.Time     // when the terminal was asked; zero: the session will
	reader sync.WaitGroup

	mu      sync.Mutex
	changed *sync.Cond
	early   []byte // typed before the question that is open
	typed   []byte
	err     error // of the terminal: after typed
	session bool  // the filter is the session's
}

var _ client.Terminal = (*keyboard)(nil)

// asker asks the person at the terminal: a console, or one with a keyboard.
type asker interface {
	ask(prompt string, echo bool) (string, error)
}

// maxTypeahead is how many bytes wait for the session at most; the rest waits in the
// terminal.
const maxTypeahead = 4096

// listener is the keyboard from when no other program may want to read the
// terminal. Until then the terminal is as it was: what is typed is shown, and waits
// there.
type listener struct {
	open func() (*keyboard, error)

	mu       sync.Mutex
	tried    bool
	keyboard *keyboard
}

// begin has the keyboard read from now on, unless it does. nil: it cannot.
func (l *listener) begin() *keyboard {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.tried {
		l.tried = true
		l.keyboard, _ = l.open() // whoever opens the terminal instead will say what is wrong with it
	}
	return l.keyboard
}

// begun returns the keyboard, if it reads.
func (l *listener) begun() *keyboard {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keyboard
}

// end closes the keyboard, if there is one, and keeps it from beginning.
func (l *listener) end() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.keyboard != nil {
		_ = l.keyboard.Close() // the terminal is as it is
	}
	l.tried, l.keyboard = true, nil
}

// listen takes the terminal over for the login: at once, or, where a program that
// leads to the host may have something to ask, as soon as it has asked. That is when
// the host is reached (ProxyCommand, also that of a jump host), or when the program
// is through (--ssh, --local with a server of the user's).
func (p *program) listen(o options, host *sshconf.Config) *listener {
	if o.PrintCommand {
		return nil
	}
	l := &listener{open: p.openKeyboard}
	if o.SSH == nil && !(o.Local && o.Server != "") && host.ProxyCommand == "" && len(host.ProxyJump) == 0 {
		l.begin()
	}
	return l
}

// openKeyboard takes the terminal over and asks it, if the questions cannot be seen
// there; else the session will, which draws over them.
func (p *program) openKeyboard() (*keyboard, error) {
	if !term.IsTerminal(int(p.stdout.Fd())) {
		return nil, errNoConsole // to ask on
	}
	terminal, err := p.openTTY()
	if err != nil {
		return nil, err
	}
	typed, err := terminal.Quiet()
	if err != nil {
		return nil, errors.Join(err, terminal.Close())
	}
	k := &keyboard{Terminal: terminal, filter: new(outer.Filter)}
	k.changed = sync.NewCond(&k.mu)
	k.take(typed, nil)
	// A name that is only supposed (Windows has no TERM) does not say what is skipped.
	if name := p.get("TERM"); outer.ReadsStrings(name) {
		k.asked = time.Now().Round(0)
		k.filter.Asked(k.asked)
		_, _ = terminal.Write(outer.QuestionsAnywhere(name)) // a terminal that cannot be written to ends the session
	}
	k.reader.Go(k.read)
	return k, nil
}

// openTTY opens the terminal of a process that also has an SSH connection.
func (p *program) openTTY() (*tty.Terminal, error) {
	terminal, err := tty.Open(p.stdin, p.stdout)
	if err == nil {
		terminal.WritesElsewhere()
	}
	return terminal, err
}

// read is the goroutine that reads the terminal, until it is closed.
func (k *keyboard) read() {
	buf := make([]byte, 4096)
	for {
		n, err := k.Terminal.Read(buf)
		if !k.take(buf[:n], err) {
			return
		}
		k.pause()
	}
}

// pause waits while much is typed that nobody has asked for.
func (k *keyboard) pause() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.typed)+len(k.early) >= maxTypeahead && k.err == nil {
		k.changed.Wait()
	}
}

// take keeps what was read; false: there is no more.
func (k *keyboard) take(b []byte, err error) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.session {
		b = k.filter.Feed(time.Now().Round(0), b)
	}
	k.typed = append(k.typed, b...)
	if k.err == nil {
		k.err = err
	}
	k.changed.Broadcast()
	return k.err == nil
}

// begin gives what was typed so far, and the filter, to the session.
func (k *keyboard) begin() *outer.Filter {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.session = true
	k.typed, k.early = append(k.early, k.typed...), nil
	k.changed.Broadcast()
	return k.filter
}

// known is what the terminal has said of itself, once it has said all; nil before.
func (k *keyboard) known() *outer.Knowledge {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session || !k.filter.Finished() {
		return nil
	}
	known := k.filter.Known()
	return &known
}

// Read waits for something typed.
func (k *keyboard) Read(p []byte) (int, error) { return k.next(context.Background(), p) }

// next is Read until ctx ends.
func (k *keyboard) next(ctx context.Context, p []byte) (int, error) {
	defer k.wake(ctx)()
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.typed) == 0 && k.err == nil && ctx.Err() == nil {
		k.changed.Wait()
	}
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case len(k.typed) == 0:
		return 0, k.err
	}
	n := copy(p, k.typed)
	k.typed = append(k.typed[:0], k.typed[n:]...)
	k.changed.Broadcast()
	return n, nil
}

// patience is how long after the questions the answers are waited for, if there is
// to be no session: nobody else should get to read them.
const patience = time.Second

// Close gives the terminal back and ends all reading.
func (k *keyboard) Close() error {
	k.settle()
	err := k.Terminal.Close()
	k.mu.Lock()
	if k.err == nil {
		k.err = tty.ErrClosed
	}
	k.changed.Broadcast()
	k.mu.Unlock()
	k.reader.Wait()
	return err
}

// settle waits for the terminal's answers, for as long as it is worth it.
func (k *keyboard) settle() {
	if k.asked.IsZero() {
		return
	}
	ctx, cancel := context.WithDeadline(context.Background(), k.asked.Add(patience))
	defer cancel()
	defer k.wake(ctx)()
	k.mu.Lock()
	defer k.mu.Unlock()
	for !k.session && !k.filter.Finished() && k.err == nil && ctx.Err() == nil {
		k.changed.Wait()
	}
}

// wake ends waiting for a change when ctx ends.
func (k *keyboard) wake(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.changed.Broadcast()
	})
}

// ask prints a question and returns the line that is typed after that, without its
// end. What was typed before is no answer: it waits for the session.
func (k *keyboard) ask(ctx context.Context, prompt string, echo bool) (string, error) {
	// First, since an answer may come as soon as the question is seen.
	k.mu.Lock()
	k.early, k.typed = append(k.early, k.typed...), nil
	k.mu.Unlock()
	if _, err := io.WriteString(k.Terminal, prompt); err != nil {
		return "", err
	}
	var shown io.Writer = io.Discard
	if echo {
		shown = k.Terminal
	}
	line, err := readRaw(&echoing{keys: typing{ctx, k}, shown: shown})
	_, _ = io.WriteString(k.Terminal, "\n") // if it cannot be written the session will not be
	return line, err
}

// typing is the keyboard until a context ends.
type typing struct {
	ctx context.Context
	*keyboard
}

// Read waits for something typed, or for the context's end.
func (t typing) Read(p []byte) (int, error) { return t.next(t.ctx, p) }

// echoing shows what is read through it, as far as it becomes part of a line. It is
// read byte by byte.
type echoing struct {
	keys  io.Reader
	shown io.Writer
	line  []byte
}

// Read reads one byte.
func (e *echoing) Read(p []byte) (int, error) {
	n, err := e.keys.Read(p[:1])
	if n == 1 {
		_, err = io.WriteString(e.shown, e.show(p[0]))
	}
	return n, err
}

// show is what a key does to the line on the screen.
func (e *echoing) show(key byte) string {
	erase := func(n int) (text string) {
		for ; n > 0 && len(e.line) > 0; n-- {
			r, size := utf8.DecodeLastRune(e.line)
			e.line = e.line[:len(e.line)-size]
			text += strings.Repeat("\b \b", max(width.Latest.Rune(r), 0))
		}
		return text
	}
	switch {
	case key == keyBackspace || key == keyDelete:
		return erase(1)
	case key == keyKill:
		return erase(len(e.line))
	case key < ' ' || len(e.line) >= maxAnswer:
		return ""
	}
	e.line = append(e.line, key)
	return string([]byte{key})
}

// sessionTerminal is the terminal for a session, with what is known of it so far.
func (p *program) sessionTerminal() (client.Terminal, *outer.Filter, error) {
	if k := p.listening.begin(); k != nil {
		return k, k.begin(), nil
	}
	terminal, err := p.openTTY()
	if err != nil {
		return nil, nil, err
	}
	return terminal, new(outer.Filter), nil
}
