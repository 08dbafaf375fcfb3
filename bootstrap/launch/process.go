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
	stdin          *os.File // nil: it has none
	stdout, stderr *os.File

	typing  sync.WaitGroup // writes the first input
	closing sync.Once
}

// Input is what a process reads.
type Input struct {
	Text string // at once
	Open bool   // more may follow, by Process.Stdin; else there is nothing behind Text
}

// StartCommand runs cmd, whose standard streams must not be set.
func StartCommand(cmd *exec.Cmd, in Input) (Process, error) {
	c := &command{cmd: cmd}
	var theirs []*os.File
	pipe := func(reads bool) (ours, other *os.File, err error) {
		r, w, err := os.Pipe()
		if ours, other = r, w; reads {
			ours, other = w, r
		}
		if err == nil {
			theirs = append(theirs, other)
		}
		return ours, other, err
	}
	// Pipes of our own: the ones of os/exec are closed when the process ends, and
	// what it said last would be lost.
	var stdin, stdout, stderr *os.File
	var err, err2, err3 error
	if in != (Input{}) {
		c.stdin, stdin, err = pipe(true)
		cmd.Stdin = stdin
	}
	c.stdout, stdout, err2 = pipe(false)
	c.stderr, stderr, err3 = pipe(false)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err = errors.Join(err, err2, err3); err == nil {
		err = cmd.Start()
	}
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		c.closePipes()
		return nil, err
	}
	c.typing.Go(func() { c.start(in) })
	return c, nil
}

// start writes the first input, which waits if the process does not read it.
func (c *command) start(in Input) {
	if c.stdin == nil {
		return
	}
	_, err := io.WriteString(c.stdin, in.Text)
	if err != nil || !in.Open {
		_ = c.stdin.Close() // what the process makes of it is what counts
	}
}

func (c *command) Stdout() io.Reader { return c.stdout }
func (c *command) Stderr() io.Reader { return c.stderr }

func (c *command) Stdin() io.WriteCloser {
	if c.stdin == nil {
		return nil
	}
	return c.stdin
}

func (c *command) closePipes() {
	for _, f := range []*os.File{c.stdin, c.stdout, c.stderr} {
		if f != nil {
			_ = f.Close() // may be closed already
		}
	}
}

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
		c.closePipes()
		c.typing.Wait()
	})
	return nil
}

// Env is a variable to ask the SSH server for.
type Env struct{ Name, Value string }

// Exec is a command to run over SSH.
type Exec struct {
	Line string
	Env  []Env
	PTY  bool // the far side gives it a terminal, as for `ssh -t`; standard error comes with the output
	Open bool // it may be sent something; else its input is at its end
}

// channel is a Process at the other end of an SSH connection.
type channel struct {
	ssh.Channel
	Exec

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

// StartSSH runs a command over an SSH connection. It waits for one round trip,
// that of the channel; whether the server runs the command is told by Wait.
func StartSSH(conn ssh.Conn, e Exec) (Process, error) {
	ch, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		if refused, ok := errors.AsType[*ssh.OpenChannelError](err); ok {
			return nil, fmt.Errorf("%w: %w", ErrRefused, refused)
		}
		return nil, err
	}
	c := &channel{Channel: ch, Exec: e, done: make(chan struct{})}
	c.requests.Go(func() { c.serve(requests) })
	c.requests.Go(func() {
		err := c.request()
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
func (c *channel) request() error {
	for _, e := range c.Env {
		if _, err := c.SendRequest("env", false, ssh.Marshal(e)); err != nil {
			return err
		}
	}
	if c.PTY {
		if _, err := c.SendRequest("pty-req", false, ssh.Marshal(ptyRequest{Term: "dumb", Columns: 80, Rows: 24})); err != nil {
			return err
		}
	}
	ok, err := c.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{c.Line}))
	if err == nil && !ok {
		err = ErrRefused
	}
	if err != nil {
		return err
	}
	if c.Open {
		return nil
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
	if c.PTY {
		return nil
	}
	return c.Channel.Stderr()
}

func (c *channel) Stdin() io.WriteCloser {
	if !c.Open {
		return nil
	}
	return channelInput{c.Channel}
}

// channelInput is a channel's way there.
type channelInput struct{ ssh.Channel }

// Close says that nothing more comes; what comes from there still does.
func (i channelInput) Close() error { return i.CloseWrite() }

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
