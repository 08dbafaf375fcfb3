package detach

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const (
	// marker is the environment variable that tells a child that it is one. It
	// is taken away before anything is started from there.
	marker = "GMOSH_DETACHED"

	// markerValue names the form of the two pipes, should the executable ever be
	// another one than the parent's.
	markerValue = "1"

	maxOptions = 16 << 20 // an environment and a command line
	maxLine    = 64 << 10 // of the report
)

// ErrUnsupported means that no process can be detached on this platform.
var ErrUnsupported = errors.New("cannot detach a process on this platform")

// Launch is what a detached process is started with.
type Launch struct {
	Args    []string // argv, that of the parent as a rule: it is what ps shows
	Env     []string // environment; nil: the parent's
	Options []byte   // given to the child's Receive
	Stderr  *os.File // where the child's stderr stays; nil: /dev/null
	Listen  bool     // to what the child says after its report
}

// Report is what the child says once it serves.
type Report struct {
	PID      int
	Port     uint16
	Key      string
	Warnings []string // whole sentences for people
	Notes    []string // lines for a program, if one launches
	Rest     *Rest    // to be closed; nil unless it is listened to
}

// Rest is what a child says after its report, by Child.Keep.
type Rest struct {
	lines *bufio.Scanner
	pipe  io.Closer
}

// Lines are what it says, until it closes its end or Close is called.
func (r *Rest) Lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for r.lines.Scan() && yield(r.lines.Text()) {
		}
	}
}

// Close ends Lines. It may be called from any goroutine.
func (r *Rest) Close() error { return r.pipe.Close() }

// Start runs the detached process and waits for its report. On an error the
// child is no more, or soon will not be; its warnings are in the report all the
// same. ctx bounds the wait.
func Start(ctx context.Context, l Launch) (Report, error) {
	cmd, toChild, fromChild, err := spawn(l)
	if err != nil {
		return Report{}, fmt.Errorf("starting the server process: %w", err)
	}
	// A child that hangs is ended: its end closes the pipe and so the reading below.
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	go func() {
		defer toChild.Close()
		toChild.Write(l.Options) // fails if the child is gone: then there is no report either
	}()
	lines := bufio.NewScanner(io.LimitReader(fromChild, maxOptions))
	lines.Buffer(make([]byte, 0, 1024), maxLine)
	report, err := readReport(lines)
	report.PID = cmd.Process.Pid
	if err == nil && l.Listen {
		report.Rest = &Rest{lines, fromChild}
		return report, cmd.Process.Release()
	}
	defer fromChild.Close()
	if err == nil {
		return report, cmd.Process.Release()
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = ended(ctx, cmd)
	} else {
		cmd.Process.Kill()
		cmd.Wait()
	}
	return report, err
}

// spawn starts the child with a pipe either way.
func spawn(l Launch) (cmd *exec.Cmd, toChild, fromChild *os.File, err error) {
	path, err := executable()
	if err != nil {
		return nil, nil, nil, err
	}
	stdin, toChild, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	defer stdin.Close()
	fromChild, stdout, err := os.Pipe()
	if err != nil {
		toChild.Close()
		return nil, nil, nil, err
	}
	defer stdout.Close()
	env := l.Env
	if env == nil {
		env = os.Environ()
	}
	cmd = &exec.Cmd{
		Path: path, Args: l.Args, Env: append(env[:len(env):len(env)], marker+"="+markerValue),
		Stdin: stdin, Stdout: stdout,
		Dir: "/", SysProcAttr: detached(),
	}
	if l.Stderr != nil { // a nil *os.File in an io.Writer would not be nil
		cmd.Stderr = l.Stderr
	}
	keepToOurselves()
	if err := cmd.Start(); err != nil {
		toChild.Close()
		fromChild.Close()
		return nil, nil, nil, err
	}
	return cmd, toChild, fromChild, nil
}

// ended says how a child came to its end without a report.
func ended(ctx context.Context, cmd *exec.Cmd) error {
	cmd.Process.Kill() // it may have closed the pipe and live
	cmd.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("the server process did not become ready: %w", context.Cause(ctx))
	}
	return fmt.Errorf("the server process ended before it was ready (%v)", cmd.ProcessState)
}

// readReport reads the child's lines up to the one that ends the report. If there
// is none the error is io.ErrUnexpectedEOF.
func readReport(lines *bufio.Scanner) (Report, error) {
	var r Report
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "warn":
			r.Warnings = append(r.Warnings, rest)
		case "note":
			r.Notes = append(r.Notes, rest)
		case "error":
			return r, errors.New(rest)
		case "ready":
			port, key, _ := strings.Cut(rest, " ")
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil {
				return r, fmt.Errorf("the server process reported a bad port %q", port)
			}
			r.Port, r.Key = uint16(n), key
			return r, nil
		}
	}
	if err := lines.Err(); err != nil {
		return r, fmt.Errorf("reading the server process's report: %w", err)
	}
	return r, io.ErrUnexpectedEOF
}

// Inherited reports whether this process is the child of a Start.
func Inherited() bool { return os.Getenv(marker) != "" }

// Child is a detached process's side of the pipes.
type Child struct {
	report io.Writer
	quiet  func(stderr bool) error
}

// Receive reads the options that the parent gave this process. It is called once,
// first thing, and takes from the environment what told that this is a child.
func Receive() (*Child, []byte, error) {
	c := &Child{report: os.Stdout, quiet: silence}
	value := os.Getenv(marker)
	if err := os.Unsetenv(marker); err != nil {
		return c, nil, err
	}
	if value != markerValue {
		return c, nil, errors.New("the executable was replaced by another version while it started")
	}
	rename(os.Args)
	options, err := io.ReadAll(io.LimitReader(os.Stdin, maxOptions))
	if err != nil {
		return c, nil, fmt.Errorf("reading the options: %w", err)
	}
	return c, options, nil
}

// Warn makes the parent show a sentence. It comes before Ready and Fail.
func (c *Child) Warn(text string) error { return c.line("warn", text) }

// Note gives the parent a line for the program that launches it. It comes before
// Ready and Fail.
func (c *Child) Note(text string) error { return c.line("note", text) }

// Fail ends the report with what went wrong.
func (c *Child) Fail(err error) error { return c.line("error", err.Error()) }

// Keep returns a way to say more lines than the report, to a parent that listens:
// it stays open beyond Ready, and no program that is started gets it. A parent that
// is gone is an error of Write, not a signal. It comes before Ready.
func (c *Child) Keep() (io.WriteCloser, error) { return keep() }

// Ready ends the report: the parent goes, or listens. From here on stdin and stdout, and
// stderr unless it is to stay, are /dev/null.
func (c *Child) Ready(port uint16, key string, keepStderr bool) error {
	if err := c.line("ready", fmt.Sprintf("%d %s", port, key)); err != nil {
		return err
	}
	return c.quiet(!keepStderr)
}

func (c *Child) line(word, text string) error {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxLine/2 {
		text = text[:maxLine/2]
	}
	_, err := fmt.Fprintf(c.report, "%s %s\n", word, text)
	if err != nil {
		return fmt.Errorf("reporting to the parent process: %w", err)
	}
	return nil
}
