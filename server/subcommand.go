package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"gmosh/protocol/health"
	"gmosh/server/control"
	"gmosh/server/logind"
	"gmosh/server/survey"
)

// questions are what a client's half asks of this machine in a process of its own,
// over the SSH connection that started the server: `gmosh server WORD ARGS`. Each
// prints one line of protocol/health. The words are no addresses, which is what a
// server's first argument is otherwise.
var questions = map[string]func(q question) error{
	"status": question.status,
	"linger": question.linger,
	"survey": question.survey,
	"echo":   question.echo,
}

// question is one of them being asked.
type question struct {
	ctx    context.Context
	args   []string
	getenv func(string) string
	stdout io.Writer
}

// questionTimeout is how long an answer may take: the asker waits no longer.
const questionTimeout = 10 * time.Second

// runQuestion answers if args are a question.
func runQuestion(name string, args []string) (status int, ok bool) {
	if len(args) == 0 || questions[args[0]] == nil {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	q := question{ctx: ctx, args: args[1:], getenv: os.Getenv, stdout: os.Stdout}
	if err := questions[args[0]](q); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1, true
	}
	return 0, true
}

func (q question) print(kind health.Kind, v any) error {
	line, err := health.Line(kind, v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(q.stdout, line)
	return err
}

// status tells of the server with a UDP port and a process id (0: not known): what
// its control socket says, or else whether the process lives.
func (q question) status() error {
	port, err := q.number(0, 16)
	if err != nil {
		return err
	}
	pid, err := q.number(1, 31)
	if err != nil {
		return err
	}
	s, err := control.Ask(q.getenv, uint16(port), int(pid))
	if err != nil {
		s = health.Status{PID: int(pid), Alive: pid > 0 && control.Alive(int(pid))}
	}
	s.Addrs = survey.Addresses()
	s.Firewalls = survey.Firewalls(q.ctx)
	return q.print(health.KindStatus, s)
}

// number is the i-th argument; 0 if there is none.
func (q question) number(i, bits int) (uint64, error) {
	if i >= len(q.args) {
		return 0, nil
	}
	n, err := strconv.ParseUint(q.args[i], 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number that can be", q.args[i])
	}
	return n, nil
}

// linger turns linger on or off for this user, "linger on PID", and says what logind
// will then do to the server with that process id; "moved" behind it says that this
// is in a scope of the user's manager already.
func (q question) linger() error {
	if len(q.args) == 0 || q.args[0] != "on" && q.args[0] != "off" {
		return errors.New("linger needs on or off")
	}
	pid, err := q.number(1, 31)
	if err != nil {
		return err
	}
	if pid == 0 {
		pid = uint64(os.Getpid())
	}
	host := logind.This(int(pid))
	host.Scoped = len(q.args) > 2 && q.args[2] == "moved"
	l, err := logind.SetLinger(q.ctx, host, q.args[0] == "on")
	if err != nil {
		l = &health.Logind{Exposed: true, Err: err.Error()}
	}
	if l == nil {
		l = &health.Logind{}
	}
	return q.print(health.KindLogind, l)
}
