package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/crypto/ssh"
)

// command is a Process on this machine: the server itself, or a program like ssh
// that brings its output here.
type command struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File

	closing sync.Once
}

// StartCommand runs cmd, whose standard streams must not be set. stdin is what it
// reads; nil is nothing at all.
func StartCommand(cmd *exec.Cmd, stdin io.Reader) (Process, error) {
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), outW.Close())
	}
	// Pipes of our own: the ones of os/exec are closed when the process ends, and
	// what it said last would be lost.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, outW, errW
	err = cmd.Start()
	outW.Close()
	errW.Close()
	if err != nil {
		return nil, errors.Join(err, outR.Close(), errR.Close())
	}
	return &command{cmd: cmd, stdout: outR, stderr: errR}, nil
}

func (c *command) Stdout() io.Reader { return c.stdout }
func (c *command) Stderr() io.Reader { return c.stderr }

func (c *command) Wait() (Exit, error) {
	err := c.cmd.Wait()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return Exit{}, err
	}
	return exitOf(c.cmd.ProcessState), nil
}

// Close kills what still runs. A server that has detached is not reached by it.
func (c *command) Close() error {
	c.closing.Do(func() {
		_ = c.cmd.Process.Kill()
		_ = c.stdout.Close()
		_ = c.stderr.Close()
	})
	return nil
}

// Env is a variable to ask the SSH server for.
type Env struct{ Name, Value string }

// channel is a Process at the other end of an SSH connection.
type channel struct {
	ssh.Channel
	pty bool

	requests sync.WaitGroup // serve and what it starts
	ending   sync.Once
	done     chan struct{} // closed when exit and err are valid
	exit     Exit
	err      error
}

// end notes how the command ended; only the first call counts. The server says so
// before the channel is closed, which may be much later if the command left
// something behind.
func (c *channel) end(exit Exit, err error) {
	c.ending.Do(func() {
		c.exit, c.err = exit, err
		close(c.done)
	})
}

// ErrRefused says that the SSH server lets the user in but runs no command.
var ErrRefused = errors.New("the server refused to run a command")

// StartSSH runs a command line over an SSH connection. With pty, the far side
// gives it a terminal, as `ssh -t` does, and its standard error comes with the
// output. It waits for one round trip, that of the channel; whether the server
// runs the command is told by Wait.
func StartSSH(conn ssh.Conn, line string, env []Env, pty bool) (Process, error) {
	ch, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		if refused, ok := errors.AsType[*ssh.OpenChannelError](err); ok {
			return nil, fmt.Errorf("%w: %w", ErrRefused, refused)
		}
		return nil, err
	}
	c := &channel{Channel: ch, done: make(chan struct{}), pty: pty}
	c.requests.Go(func() { c.serve(requests) })
	c.requests.Go(func() {
		err := c.request(line, env)
		if errors.Is(err, ErrRefused) {
			c.end(Exit{}, err)
		}
		if err != nil {
			_ = c.Channel.Close() // else serve would wait for the server to do it
		}
	})
	return c, nil
}

// request asks for everything; only the last has an answer.
func (c *channel) request(line string, env []Env) error {
	for _, e := range env {
		if _, err := c.SendRequest("env", false, ssh.Marshal(e)); err != nil {
			return err
		}
	}
	if c.pty {
		if _, err := c.SendRequest("pty-req", false, ssh.Marshal(ptyRequest{Term: "dumb", Columns: 80, Rows: 24})); err != nil {
			return err
		}
	}
	ok, err := c.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{line}))
	if err == nil && !ok {
		err = ErrRefused
	}
	if err != nil {
		return err
	}
	if err := c.CloseWrite(); !errors.Is(err, io.EOF) {
		return err
	}
	return nil // the command has ended already
}

// ptyRequest is RFC 4254 section 6.2.
type ptyRequest struct {
	Term          string
	Columns, Rows uint32
	Width, Height uint32
	Modes         string
}

// serve takes the server's requests until the channel is closed.
func (c *channel) serve(requests <-chan *ssh.Request) {
	for r := range requests {
		c.take(r)
	}
	c.end(Exit{}, io.ErrUnexpectedEOF)
}

// take takes one request: how the command ended is one (RFC 4254 section 6.10).
func (c *channel) take(r *ssh.Request) {
	switch r.Type {
	case "exit-status":
		var status struct{ Status uint32 }
		if ssh.Unmarshal(r.Payload, &status) == nil {
			c.end(Exit{Status: int(status.Status)}, nil)
		}
	case "exit-signal":
		var signal struct {
			Signal     string
			CoreDumped bool
			Message    string
			Language   string
		}
		if ssh.Unmarshal(r.Payload, &signal) == nil {
			c.end(Exit{Signal: signal.Signal}, nil)
		}
	}
	if r.WantReply {
		_ = r.Reply(false, nil) // fails only if the connection is gone
	}
}

func (c *channel) Stdout() io.Reader { return c.Channel }

func (c *channel) Stderr() io.Reader {
	if c.pty {
		return nil
	}
	return c.Channel.Stderr()
}

func (c *channel) Wait() (Exit, error) {
	<-c.done
	return c.exit, c.err
}

// Close closes the channel and waits until the server has done the same, which the
// end of the connection does too: whoever closes both closes the connection first.
func (c *channel) Close() error {
	_ = c.Channel.Close() // fails only if it was closed already
	c.requests.Wait()
	return nil
}
