package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"gmosh/client"
)

// program is gmosh, as started: what it has of the process.
type program struct {
	name           string   // that it was called by
	args           []string // the words after that
	stdin, stdout  *os.File
	stderr         io.Writer
	lookup         func(string) (string, bool) // of the environment
	environ        []string
	executable     func() (string, error)
	openTerminal   func() (device, error)
	interruptions  func() (<-chan os.Signal, func())
	configurations configurations
	listening      *listener            // to the terminal, during the login; nil: nobody does
	headed         bool                 // the session has a line of ours above it
	introduced     *client.Introduction // what the server was told with the command; nil: nothing
}

func newProgram(name string) *program {
	return &program{
		name: name, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		lookup: os.LookupEnv, environ: os.Environ(), executable: os.Executable,
		openTerminal: openConsole, interruptions: catchInterruptions,
	}
}

// Main is gmosh, and mosh: a session with a host. name is what the user called it,
// args are the words after that. It returns the exit status. As in client.Main the
// process does one thing at a time.
func Main(name string, args []string) int {
	runtime.GOMAXPROCS(1)
	return newProgram(name).main(args)
}

func (p *program) main(args []string) int {
	p.args = args
	o, err := parse(args)
	switch {
	case err == nil:
	case errors.Is(err, errNoHost):
		fmt.Fprint(p.stderr, usage(p.name))
		return statusFailed
	default:
		p.say("%s.", shown(err.Error()))
		fmt.Fprintf(p.stderr, "Try: %s --help\n", p.name)
		return statusFailed
	}
	switch {
	case o.Help:
		fmt.Fprint(p.stdout, usage(p.name))
		return 0
	case o.Version:
		return Version(p.name, nil)
	case o.PrintConfig:
		return p.printConfig(o)
	}
	return p.session(o)
}

// say prints a line of the program's own on stderr.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.stderr, p.name+": "+format+"\n", args...)
}

// complain prints what keeps a session from beginning, and returns the exit status.
func (p *program) complain(text string) int {
	p.say("%s", text)
	return statusFailed
}

func (p *program) get(name string) string {
	value, _ := p.lookup(name)
	return value
}

func (p *program) has(name string) bool {
	_, ok := p.lookup(name)
	return ok
}

// Version is `gmosh version` and --version.
func Version(string, []string) int {
	fmt.Printf("%s\nLicence MIT. There is no warranty.\nSpeaks mosh's protocol, versions 1.2.5 to 1.4.0.\n", software())
	return 0
}
