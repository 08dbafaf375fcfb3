package login

import (
	"fmt"
	"os"
	"path"
	"strings"

	"gmosh/server/pty"
)

// Options is what a session's program depends on besides the account.
type Options struct {
	Command   []string  // with its arguments; none: the account's login shell
	Environ   []string  // what the program inherits, NAME=VALUE
	Colors    int       // of the client's terminal: 256 gives TERM=xterm-256color, all else xterm
	Truecolor Truecolor // whether the client's terminal shows 24-bit colours
	Dir       string    // where to start if home cannot be entered; empty: "/"
}

// Truecolor is what is known about 24-bit colours in the client's terminal. It
// becomes COLORTERM, by which applications ask.
type Truecolor uint8

// What may be known. A stock client says nothing: COLORTERM stays as inherited.
const (
	TruecolorUnknown Truecolor = iota
	TruecolorNo
	TruecolorYes
)

// Program returns what to start for account a, and text to show before its
// output: the message of the day ahead of a login shell, or why it does not start
// at home. The text has \n line ends.
func Program(a Account, o Options) (pty.Command, []byte) {
	env := newEnviron(o.Environ)
	home := env.get("HOME")
	if home == "" && a.Home != "" {
		home = a.Home
		env.set("HOME", home)
	}
	dir, notice := startDir(home, o.Dir)
	setTerminal(env, o)
	env.set("PWD", dir)
	c := pty.Command{Dir: dir, Env: env.list()}
	if len(o.Command) > 0 {
		c.Path, c.Args = o.Command[0], o.Command
		return c, notice
	}
	c.Path = firstNonEmpty(env.get("SHELL"), a.Shell, defaultShell)
	c.Args = []string{"-" + path.Base(c.Path)}
	return c, append(motd(os.DirFS("/"), home), notice...)
}

// setTerminal describes the session's terminal to its programs.
func setTerminal(env *environ, o Options) {
	env.set("TERM", "xterm")
	if o.Colors == 256 {
		env.set("TERM", "xterm-256color")
	}
	switch o.Truecolor {
	case TruecolorYes:
		env.set("COLORTERM", "truecolor")
	case TruecolorNo:
		env.unset("COLORTERM")
	}
	// Line drawing as characters: ours is a UTF-8 terminal without the shift
	// sequences that terminfo's acsc asks for.
	env.set("NCURSES_NO_UTF8_ACS", "1")
	env.unset("STY") // of a screen(1) that this session is not in
	// The size is the pseudo terminal's; these would be believed before it.
	env.unset("LINES")
	env.unset("COLUMNS")
}

// startDir returns home, or the next best folder and a sentence about it.
func startDir(home, fallback string) (string, []byte) {
	var lastErr error
	for _, dir := range []string{home, fallback, "/"} {
		if dir == "" {
			continue
		}
		if err := enterable(dir); err != nil {
			lastErr = err
			continue
		}
		if lastErr == nil {
			return dir, nil
		}
		return dir, fmt.Appendf(nil, "gmosh: cannot start at home (%v): starting in %s\n", lastErr, dir)
	}
	return "/", nil
}

func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// environ is an environment that keeps its order and has each name once.
type environ struct {
	names  []string
	values map[string]string
}

func newEnviron(list []string) *environ {
	e := &environ{values: make(map[string]string, len(list))}
	for _, v := range list {
		if name, value, ok := strings.Cut(v, "="); ok && name != "" {
			e.set(name, value)
		}
	}
	return e
}

func (e *environ) get(name string) string { return e.values[name] }

func (e *environ) set(name, value string) {
	if _, ok := e.values[name]; !ok {
		e.names = append(e.names, name)
	}
	e.values[name] = value
}

func (e *environ) unset(name string) {
	if _, ok := e.values[name]; !ok {
		return
	}
	delete(e.values, name)
	for i, n := range e.names {
		if n == name {
			e.names = append(e.names[:i], e.names[i+1:]...)
			return
		}
	}
}

func (e *environ) list() []string {
	out := make([]string, 0, len(e.names))
	for _, n := range e.names {
		out = append(out, n+"="+e.values[n])
	}
	return out
}
