package server

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The UDP ports of a server that was given none.
const (
	defaultPortLow  = 60001
	defaultPortHigh = 60999
)

// options are what a server is started with, out of its command line and its
// environment. They cross the pipe to the detached process as JSON; no key is
// among them.
type options struct {
	Host     string // address to bind, as given; empty: any
	PortLow  uint16 // first port to try; 0: the system chooses
	PortHigh uint16
	Colors   int      // of the client's terminal
	Locale   []string // -l NAME=VALUE, in order
	Command  []string // nil: the login shell
	Verbose  int

	NetworkTimeout time.Duration // end after so much silence; 0: never
	SignalTimeout  time.Duration // SIGUSR1 ends only after so much silence

	Cols, Rows int    // of stdin's window; 0 if it has none
	Dir        string // where the launcher was

	First []byte // the client's first state, as a diff; nil: it will come in a packet

	Scoped bool // started once more, by systemd-run, in a scope of the user's manager
}

// request is what a command line asks for.
type request uint8

const (
	serve request = iota
	showHelp
	showVersion
	refuse // the command line is bad: say so, show the usage, exit 1
)

// parsed is the outcome of reading a command line. Complaints are lines for
// stderr, in order; some do not keep the server from starting.
type parsed struct {
	options
	request    request
	complaints []string
}

// commandLine reads one command line.
type commandLine struct {
	name   string
	getenv func(string) string
	out    parsed
	usage  bool // the usage was shown already
}

// parseArgs reads the arguments of a server called name ("mosh-server", "gmosh
// server") in all their forms, new and legacy, and the environment variables that
// belong to them (spec section 1).
func parseArgs(name string, args []string, getenv func(string) string) parsed {
	c := &commandLine{name: name, getenv: getenv}
	c.out.options = options{PortLow: defaultPortLow, PortHigh: defaultPortHigh}
	words, command, hasCommand := cutCommand(args)
	if c.asksForText(words) {
		return c.out
	}
	if hasCommand && len(command) > 0 {
		c.out.Command = command
	}
	if len(words) > 0 && words[0] == "new" {
		c.options(words[1:])
	} else {
		c.legacy(words)
	}
	if c.out.request == serve {
		c.out.NetworkTimeout = c.seconds("MOSH_SERVER_NETWORK_TMOUT")
		c.out.SignalTimeout = c.seconds("MOSH_SERVER_SIGNAL_TMOUT")
	}
	return c.out
}

// cutCommand splits the arguments at the first "--".
func cutCommand(args []string) (words, command []string, ok bool) {
	for i, a := range args {
		if a == "--" {
			return args[:i], args[i+1:], true
		}
	}
	return args, nil, false
}

// asksForText looks for the words that only want something printed.
func (c *commandLine) asksForText(words []string) bool {
	for _, w := range words {
		switch w {
		case "--help", "-h":
			c.out.request = showHelp
			return true
		case "--version":
			c.out.request = showVersion
			return true
		}
	}
	return false
}

func (c *commandLine) complain(format string, args ...any) {
	c.out.complaints = append(c.out.complaints, c.name+": "+fmt.Sprintf(format, args...))
}

// showUsage adds the usage to the complaints, once.
func (c *commandLine) showUsage() {
	if !c.usage {
		c.usage = true
		c.out.complaints = append(c.out.complaints, usage(c.name))
	}
}

func (c *commandLine) refuse(format string, args ...any) {
	c.complain(format, args...)
	c.showUsage()
	c.out.request = refuse
}

// option is what one letter means. Options with take have an argument.
type option struct {
	flag func(*commandLine)
	take func(c *commandLine, value string)
}

var optionTable = map[byte]option{
	'@': {take: func(*commandLine, string) {}}, // the launcher's arguments, for ps alone
	's': {flag: (*commandLine).bindToSSH},
	'v': {flag: func(c *commandLine) { c.out.Verbose++ }},
	'i': {take: func(c *commandLine, v string) { c.out.Host = v }},
	'p': {take: (*commandLine).ports},
	'c': {take: (*commandLine).colors},
	'l': {take: func(c *commandLine, v string) { c.out.Locale = append(c.out.Locale, v) }},
}

// options reads the words after "new". Words that are no options mean nothing,
// wherever they stand; an unknown option shows the usage and means nothing either.
func (c *commandLine) options(words []string) {
	for len(words) > 0 && c.out.request == serve {
		w := words[0]
		words = words[1:]
		switch {
		case len(w) < 2 || w[0] != '-':
		case w[1] == '-':
			c.complain("unknown option %s", w)
			c.showUsage()
		default:
			words = c.letters(w[1:], words)
		}
	}
}

// letters reads a word of option letters; an argument may be the rest of the word
// or the next one. It returns the words that are left.
func (c *commandLine) letters(w string, next []string) []string {
	for i := 0; i < len(w) && c.out.request == serve; i++ {
		o, known := optionTable[w[i]]
		switch {
		case !known:
			c.complain("unknown option -%c", w[i])
			c.showUsage()
		case o.flag != nil:
			o.flag(c)
		case i+1 < len(w):
			o.take(c, w[i+1:])
			return next
		case len(next) > 0:
			o.take(c, next[0])
			return next[1:]
		default:
			c.complain("option -%c needs an argument", w[i])
			c.showUsage()
		}
	}
	return next
}

// legacy reads the forms without "new": nothing, an address, an address and a port.
func (c *commandLine) legacy(words []string) {
	if len(words) > 2 {
		c.showUsage()
		c.out.request = refuse
		return
	}
	if len(words) > 0 {
		c.out.Host = words[0]
	}
	if len(words) > 1 {
		c.ports(words[1])
	}
}

// bindToSSH takes the address at which the SSH client reached this machine.
func (c *commandLine) bindToSSH() {
	connection := c.getenv("SSH_CONNECTION")
	fields := strings.Fields(connection)
	if len(fields) >= 3 {
		if addr, err := netip.ParseAddr(fields[2]); err == nil {
			c.out.Host = addr.Unmap().String()
			return
		}
	}
	what := "is not set"
	if connection != "" {
		what = fmt.Sprintf("is malformed (%s)", connection)
	}
	c.complain("warning: SSH_CONNECTION %s; binding to any interface", what)
	c.out.Host = ""
}

// ports reads PORT or LOW:HIGH. A launcher knows a refusal by its first words.
func (c *commandLine) ports(value string) {
	lo, hi, err := parsePorts(value)
	if err != nil {
		c.refuse("Bad UDP port range (%s): %v", value, err)
		return
	}
	c.out.PortLow, c.out.PortHigh = lo, hi
}

func (c *commandLine) colors(value string) {
	n, err := parseNumber(value)
	if err != nil {
		c.refuse("Bad number of colors (%s)", value)
		return
	}
	c.out.Colors = n
}

// parsePorts reads a port or a range of ports.
func parsePorts(value string) (lo, hi uint16, err error) {
	low, high, isRange := strings.Cut(value, ":")
	if lo, err = parsePort(low); err != nil {
		return 0, 0, err
	}
	if !isRange {
		return lo, lo, nil
	}
	if hi, err = parsePort(high); err != nil {
		return 0, 0, err
	}
	switch {
	case lo == 0:
		return 0, 0, errors.New("port 0 is not the start of a range")
	case lo > hi:
		return 0, 0, errors.New("the first port is above the last")
	}
	return lo, hi, nil
}

func parsePort(s string) (uint16, error) {
	n, err := parseNumber(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no number", s)
	case n < 0 || n > math.MaxUint16:
		return 0, errors.New("ports go from 0 to 65535")
	}
	return uint16(n), nil
}

// parseNumber reads a decimal number the way launchers may write it: blanks in
// front do not matter, and nothing is 0.
func parseNumber(s string) (int, error) {
	if s = strings.TrimLeft(s, " \t"); s == "" {
		return 0, nil
	}
	return strconv.Atoi(s)
}

// seconds reads a timeout from the environment; a bad one is said and ignored.
func (c *commandLine) seconds(name string) time.Duration {
	value := c.getenv(name)
	n, err := parseNumber(value)
	switch {
	case errors.Is(err, strconv.ErrRange) && !strings.Contains(value, "-"):
		n = math.MaxInt
	case err != nil:
		c.complain("%s=%s is not a whole number; ignored", name, value)
		return 0
	case n < 0:
		c.complain("%s=%s is negative; ignored", name, value)
		return 0
	}
	return time.Duration(min(int64(n), math.MaxInt64/int64(time.Second))) * time.Second
}

// usage is one line, as launchers and people know it.
func usage(name string) string {
	return "Usage: " + name + " new [-s] [-v] [-i LOCALADDR] [-p PORT[:PORT2]] [-c COLORS] [-l NAME=VALUE]... [-- COMMAND...]"
}
