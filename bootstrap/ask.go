package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/launch"
	"gmosh/protocol/health"
	"gmosh/protocol/ticket"
)

// ErrNoWay says that nothing more can be asked of the far machine: a program was
// used to log in (--ssh), and would log in again.
var ErrNoWay = errors.New("there is no second way to the far machine")

// ErrUnknownServer says that nothing is known of the server that could be asked for.
var ErrUnknownServer = errors.New("the server did not say what process it is")

// asking is what questions to the far machine need.
type asking struct {
	start func(line string) (launch.Process, error) // runs a command line there; nil: there is no way
	spec  launch.Spec
	path  string // of the server's program, as the script found it; "" if it did not
	port  uint16
	one   chan struct{} // holds a token while one asks
}

// asks gets a Lifeline ready to be asked about the server that was started.
func (l *Lifeline) asks(r *Request, s *launch.Started) {
	l.asking.spec, l.asking.port, l.asking.one = r.Launch, s.Connect.Port, make(chan struct{}, 1)
	if server, ok := s.Report.Running(); ok && kinds[server.Name] == ticket.Gmosh {
		l.asking.path = server.Path
	}
	if r.Transport == Local && r.Launch.Server == "" {
		l.asking.path = r.Self
	}
}

// throughSSH runs command lines over a connection.
func throughSSH(conn ssh.Conn, env []launch.Env) func(string) (launch.Process, error) {
	return func(line string) (launch.Process, error) {
		return launch.StartSSH(conn, launch.Exec{Line: line, Env: env})
	}
}

// here runs command lines on this machine.
func here(dir string) func(string) (launch.Process, error) {
	return func(line string) (launch.Process, error) {
		cmd := exec.Command("/bin/sh", "-c", line)
		cmd.Dir = dir
		return launch.StartCommand(cmd, launch.Input{})
	}
}

// Ask asks the far machine about the server: what has reached it, if it is one of
// ours, and else at least whether it lives. It is a command of its own over the
// same connection, and may be called from any goroutine until Close.
func (l *Lifeline) Ask(ctx context.Context) (health.Status, error) {
	var status health.Status
	d, err := l.server(ctx)
	if err != nil {
		return status, err
	}
	line := l.asking.spec.Question(d, l.asking.path, "status", fmt.Sprint(l.asking.port), fmt.Sprint(d.PID))
	if line == "" {
		if d.PID == 0 {
			return status, ErrUnknownServer
		}
		line = launch.StockStatus(d.PID)
	}
	return status, l.answer(ctx, line, health.KindStatus, &status)
}

// Linger turns linger on for the user over there, so that what runs for them goes on
// when nobody is logged in, and says what logind will do to the server then.
func (l *Lifeline) Linger(ctx context.Context) (health.Logind, error) {
	var state health.Logind
	d, err := l.server(ctx)
	if err != nil {
		return state, err
	}
	words := []string{"linger", "on", fmt.Sprint(d.PID)}
	if d.Logind != nil && d.Logind.Moved {
		words = append(words, "moved")
	}
	line := l.asking.spec.Question(d, l.asking.path, words...)
	if line == "" {
		line = launch.StockLinger(d.Logind)
	}
	return state, l.answer(ctx, line, health.KindLogind, &state)
}

// Logind returns what logind will do to the server after the logout, as the server
// has said; nil if it said nothing. It is called before the Lifeline is asked
// anything else.
func (l *Lifeline) Logind() *health.Logind {
	if l.running == nil {
		return nil
	}
	return l.running.Said().Logind
}

// server is what is known of the server's process.
func (l *Lifeline) server(ctx context.Context) (launch.Detached, error) {
	a := &l.asking
	if a.start == nil || l.running == nil {
		return launch.Detached{}, ErrNoWay
	}
	select {
	case a.one <- struct{}{}:
		defer func() { <-a.one }()
	case <-ctx.Done():
		return launch.Detached{}, context.Cause(ctx)
	}
	return l.running.Detached(ctx), nil
}

// answer runs a command line and reads its line of a kind into v.
func (l *Lifeline) answer(ctx context.Context, line string, kind health.Kind, v any) error {
	process, err := l.asking.start(line)
	if err != nil {
		return fmt.Errorf("asking the far machine: %w", err)
	}
	text, exit, err := launch.Output(ctx, process)
	if err == nil {
		err = health.Parse(kind, text, v)
	}
	if err != nil {
		return fmt.Errorf("asking the far machine (exit status %d): %w", exit.Status, err)
	}
	return nil
}
