package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"gmosh/client/keys"
	"gmosh/client/outer"
	"gmosh/client/predict"
	"gmosh/client/tty"
	"gmosh/protocol/datagram"
	"gmosh/protocol/render"
	"gmosh/protocol/sanitize"
	"gmosh/protocol/ticket"
)

// The environment of a mosh-client (spec section 1).
const (
	envKey        = "MOSH_KEY"
	envPrediction = "MOSH_PREDICTION_DISPLAY"
	envOverwrite  = "MOSH_PREDICTION_OVERWRITE"
	envEscape     = "MOSH_ESCAPE_KEY"
	envNoPrefix   = "MOSH_TITLE_NOPREFIX"
	envNoInit     = "MOSH_NO_TERM_INIT"
)

const titlePrefix = "[mosh] "

// Main runs mosh-client by command line: name is what the user called it, args
// are the words after that. It returns the exit status.
//
// The key comes in the environment, which other programs of the same user may
// read for as long as the process lives. So Main, where the system permits,
// starts this program again in the same process with the key on a pipe: it comes
// here a second time then, with the same arguments.
//
// The process does one thing at a time, as the loop does: with more processors each
// key and each packet wakes a thread that finds nothing to do, and that takes longer
// than what is to be done.
func Main(name string, args []string) int {
	runtime.GOMAXPROCS(1)
	p := program{name: name, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv}
	return p.run(args)
}

// program is mosh-client.
type program struct {
	name           string
	stdout, stderr io.Writer
	lookup         func(string) (string, bool)
}

func (p *program) run(args []string) int {
	a := parseArgs(args)
	switch a.request {
	case showHelp:
		fmt.Fprintf(p.stdout, "%s\n\n%s", banner(), p.usage())
		return 0
	case showVersion:
		fmt.Fprintln(p.stdout, banner())
		return 0
	case showColors:
		return p.colors()
	case refuse:
		if a.complaint != "" {
			p.complain(errors.New(a.complaint))
		}
		fmt.Fprint(p.stderr, p.usage())
		return 1
	}
	opts, err := p.prepare(a.server)
	if err != nil {
		return p.complain(err)
	}
	result, err := Run(context.Background(), opts)
	if err != nil {
		return p.complain(err)
	}
	f := Farewell{Name: p.name, Server: a.server, Stdout: p.stdout, Stderr: p.stderr, Verbose: a.verbose}
	return f.Say(result)
}

// complain prints an error and returns the exit status for it.
func (p *program) complain(err error) int {
	fmt.Fprintf(p.stderr, "%s: %s\n", p.name, sanitize.Text(err.Error(), sanitize.DefaultLimit))
	return 1
}

func (p *program) usage() string {
	return strings.ReplaceAll(`Usage: NAME [-v] [-# ARGS] IP PORT
       NAME -c | --help | --version

  IP PORT    numeric address and UDP port of a mosh-server
  -c         print how many colours the terminal shows
  -v         print what the session did when it has ended
  -# ARGS    ignored; what a launcher was called with, to be seen in ps

The session's key is taken from the environment variable MOSH_KEY. Mostly a
launcher (mosh, gmosh) starts this program.
`, "NAME", p.name)
}

func banner() string { return "gmosh-client (" + software() + ")" }

// software names this program and its version, for people.
func software() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		version = info.Main.Version
	}
	return "gmosh " + version
}

// colors prints the number of colours, -1 for none, as launchers want it.
func (p *program) colors() int {
	d, err := render.ForTerm(TermName(p.get), p.get("COLORTERM"))
	if err != nil {
		return p.complain(err)
	}
	n := int(min(d.Colors, render.Colors256))
	if n == 0 {
		n = -1
	}
	fmt.Fprintln(p.stdout, n)
	return 0
}

func (p *program) get(name string) string {
	value, _ := p.lookup(name)
	return value
}

func (p *program) has(name string) bool {
	_, ok := p.lookup(name)
	return ok
}

// prepare collects what a session needs. The terminal is opened last: nothing can
// go wrong after that.
func (p *program) prepare(server netip.AddrPort) (Options, error) {
	key, err := p.key()
	if err != nil {
		return Options{}, err
	}
	predictor, err := p.checkEnvironment()
	if err != nil {
		return Options{}, err
	}
	terminal, err := tty.Open(os.Stdin, os.Stdout)
	if err != nil {
		return Options{}, err
	}
	opts := Options{
		Ticket:    ticket.Ticket{Addrs: []netip.AddrPort{server}, Key: key},
		Terminal:  terminal,
		Term:      TermName(p.get),
		ColorTerm: p.get("COLORTERM"),
		Escape:    keys.Default(),
		NoInit:    p.has(envNoInit),
		Software:  software(),
		Outer:     new(outer.Filter),
		Predictor: predictor,
	}
	if value, ok := p.lookup(envEscape); ok {
		opts.Escape = keys.Parse(value)
	}
	if !p.has(envNoPrefix) {
		opts.TitlePrefix = titlePrefix
	}
	return opts, nil
}

// key returns the session's key, after taking it out of the environment for good.
func (p *program) key() (datagram.Key, error) {
	DisableCoreDumps()
	text, again, err := inheritedKey()
	if err != nil {
		return datagram.Key{}, err
	}
	if !again {
		value, ok := p.lookup(envKey)
		if !ok {
			return datagram.Key{}, fmt.Errorf("%s is not set; mostly a launcher (mosh, gmosh) starts this program", envKey)
		}
		os.Unsetenv(envKey)
		text = value
	}
	key, err := datagram.ParseKey(text)
	if err != nil {
		return datagram.Key{}, fmt.Errorf("%s: %w", envKey, err)
	}
	if !again {
		// Returns only where it cannot be done: then the session has the key in
		// the environment that the system shows of it, as mosh's always has.
		startAgain(text)
	}
	return key, nil
}

// checkEnvironment finds what would make a session senseless, and makes the
// predictor that the environment asks for.
func (p *program) checkEnvironment() (Predictor, error) {
	mode, ok := p.lookup(envPrediction)
	if !ok {
		mode = predict.Adaptive.String()
	}
	predictor, err := NewPredictor(mode, p.get(envOverwrite) == "yes")
	if err != nil {
		return nil, fmt.Errorf("%s is %q; it can be adaptive, always, never or experimental", envPrediction, mode)
	}
	if err := checkLocale(p.get); err != nil {
		return nil, err
	}
	_, err = render.ForTerm(TermName(p.get), p.get("COLORTERM"))
	return predictor, err
}

// DisableCoreDumps keeps the session's key, and what was typed, out of a file, as
// far as the system has a way; Run's callers do it before they hold a key.
func DisableCoreDumps() { disableCoreDumps() }
