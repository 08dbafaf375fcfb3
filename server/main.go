package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"gmosh/protocol/datagram"
	"gmosh/protocol/health"
	"gmosh/protocol/link"
	"gmosh/protocol/ticket"
	"gmosh/server/detach"
	"gmosh/server/login"
)

// readyTimeout is how long the detached process may take to be ready.
const readyTimeout = 30 * time.Second

// Main runs a server by command line: name is what the user called it ("mosh-server",
// "gmosh server"), args are the words after that. It starts the session in a
// process of its own, prints how to reach it, and returns the exit status.
//
// The process that it starts comes here too, through the program's own main with
// the same arguments, and returns when the session has ended.
func Main(name string, args []string) int {
	if len(args) == 2 && args[0] == verifyWord {
		return verify(name, args[1], os.Executable, os.Stderr)
	}
	if detach.Inherited() {
		return runDetached(name)
	}
	if status, ok := runQuestion(name, args); ok {
		return status
	}
	l := launcher{name: name, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, start: detach.Start, argv: os.Args}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		l.tty = true
		l.cols, l.rows, _ = term.GetSize(fd)
	}
	l.dir, _ = os.Getwd()
	l.path, _ = os.Executable()
	l.first, l.launched = launchedByUs()
	return l.run(args)
}

// launcher is the process that a login runs: it starts the server and goes.
type launcher struct {
	name           string
	argv           []string
	stdout, stderr io.Writer
	getenv         func(string) string
	start          func(context.Context, detach.Launch) (detach.Report, error)
	tty            bool // stdin is a terminal
	cols, rows     int  // of it; 0: unknown
	dir            string
	path           string // of this program; "": not known
	launched       bool   // by a gmosh, which reads more than MOSH CONNECT
	first          []byte // the client's first state; nil: it was not told
}

func (l *launcher) run(args []string) int {
	p := parseArgs(l.name, args, l.getenv)
	switch p.request {
	case showHelp:
		fmt.Fprintln(l.stdout, usage(l.name))
		return 0
	case showVersion:
		fmt.Fprintln(l.stdout, banner())
		return 0
	}
	for _, line := range p.complaints {
		fmt.Fprintln(l.stderr, line)
	}
	if p.request == refuse {
		return 1
	}
	p.Cols, p.Rows, p.Dir, p.First = l.cols, l.rows, l.dir, l.first
	return l.launch(p.options)
}

// launch starts the server and prints what a client needs.
func (l *launcher) launch(o options) int {
	serialised, err := json.Marshal(o)
	if err != nil {
		return l.fail(err)
	}
	launch := detach.Launch{Args: l.argv, Options: serialised, Listen: o.First != nil}
	if o.Verbose > 0 {
		launch.Stderr = os.Stderr
	}
	detach.DisableCore() // best effort here: the key is printed in a moment
	ctx, cancel := context.WithTimeoutCause(context.Background(), readyTimeout, errors.New("it took too long"))
	defer cancel()
	report, err := l.start(ctx, launch)
	l.survival(report)
	for _, w := range report.Warnings {
		fmt.Fprintf(l.stderr, "%s: %s\n", l.name, w)
	}
	if err != nil {
		return l.fail(err)
	}
	key, err := datagram.ParseKey(report.Key)
	if err != nil {
		return l.fail(err)
	}
	l.tell(health.KindServer, health.Server{PID: report.PID, Path: l.path})
	if l.tty {
		// What was typed ahead may be echoed in front of the line.
		fmt.Fprint(l.stdout, "\r\n\n")
	}
	fmt.Fprintln(l.stdout, ticket.FormatConnect(report.Port, key))
	fmt.Fprintf(l.stderr, "\n%s\n\n[mosh-server detached, pid = %d]\n", banner(), report.PID)
	if report.Rest != nil {
		l.passOn(report.Rest)
	}
	return 0
}

func (l *launcher) fail(err error) int {
	fmt.Fprintf(l.stderr, "%s: %v\n", l.name, err)
	return 1
}

// banner is the line by which launchers know what server this is.
func banner() string { return "gmosh-server (" + software() + ")" }

// runDetached is the server process: it becomes ready, reports, and serves. Its loop
// does one thing at a time, and so does the process: with more processors each
// packet and each piece of output wakes a thread that finds nothing to do, which is
// a third of what a flood costs.
func runDetached(name string) int {
	runtime.GOMAXPROCS(1)
	parent, text, err := detach.Receive()
	if err == nil {
		err = serveDetached(parent, text)
	}
	if err != nil {
		parent.Fail(err) // nobody hears it after Ready
		return 1
	}
	return 0
}

func serveDetached(parent *detach.Child, text []byte) error {
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("reading the options: %w", err)
	}
	survival := survive(parent, o)
	ends, stop := catchSignals(o.SignalTimeout, cause(survival))
	defer stop()
	core, err := detach.DisableCore()
	if err != nil {
		parent.Warn(err.Error())
		core = nil
	}
	carrier, err := listen(o, parent.Warn)
	if err != nil {
		return err
	}
	key, err := datagram.NewKey(rand.Reader)
	if err != nil {
		carrier.Close()
		return err
	}
	cfg := o.config(parent.Warn)
	cfg.Ends = ends
	if core != nil {
		cfg.Guard = core.Start
	}
	l, err := NewLoop(cfg)
	if err != nil {
		carrier.Close()
		return err
	}
	client := AttachmentConfig{Carrier: carrier, Key: key}
	if o.First != nil {
		pipe, err := parent.Keep()
		if err != nil {
			l.close()
			return err
		}
		client.Carrier, client.First = &ahead{Server: carrier, pipe: pipe, room: aheadRoom}, o.First
	}
	l.attach(l.cfg.Now(), client)
	defer openControl(l, carrier, cfg.Log)()
	if err := parent.Ready(uint16(carrier.Port()), key.String(), o.Verbose > 0); err != nil {
		l.close()
		return err
	}
	result := l.Run(context.Background())
	fmt.Fprintf(cfg.Log, "gmosh-server: %+v\n", result.Counts)
	return nil
}

// config returns the session that the options ask for. It says what the user
// should know.
func (o *options) config(warn func(string) error) Config {
	environ, notice := login.Locale(os.Environ(), o.Locale, login.FindInstalled(os.DirFS("/"), os.Environ()))
	if notice != "" {
		warn(notice)
	}
	cfg := Config{
		Command: o.Command, Environ: environ, Colors: o.Colors, Dir: o.Dir,
		Cols: o.Cols, Rows: o.Rows,
		NetworkTimeout: o.NetworkTimeout,
		Record:         true,
	}
	if o.Verbose > 0 {
		cfg.Log = os.Stderr
	}
	return cfg
}

// listen binds the port. An address that cannot be bound is said, and any is
// taken instead.
func listen(o options, warn func(string) error) (*link.Server, error) {
	if o.Host != "" {
		s, err := link.Listen(o.Host, o.PortLow, o.PortHigh)
		if err == nil {
			return s, nil
		}
		warn(fmt.Sprintf("cannot bind to %s (%v); binding to any interface", o.Host, rootCause(err)))
	}
	s, err := link.Listen("", o.PortLow, o.PortHigh)
	if err != nil {
		return nil, fmt.Errorf("no UDP port (%s) could be bound: %w", o.portRange(), rootCause(err))
	}
	return s, nil
}

func (o *options) portRange() string {
	switch {
	case o.PortLow == 0:
		return "of the system's choice"
	case o.PortLow == o.PortHigh:
		return fmt.Sprint(o.PortLow)
	}
	return fmt.Sprintf("%d to %d", o.PortLow, o.PortHigh)
}

// rootCause drops the layers of a network error that repeat the address.
func rootCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	if text, ok := strings.CutPrefix(err.Error(), "link: "); ok {
		return errors.New(text)
	}
	return err
}
