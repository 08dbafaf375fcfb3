package sshdial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Pipe is the two ends of a running command as one connection, for ProxyCommand
// and the like. Deadlines work as far as the system gives pipes any.
type Pipe struct {
	in  io.WriteCloser // the command's standard input
	out io.ReadCloser  // its standard output
	cmd *exec.Cmd

	closing sync.Once
}

// Start runs cmd, whose standard input and output must not be set, and returns
// the connection to it. Close ends it.
func Start(cmd *exec.Cmd) (*Pipe, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Pipe{in: in, out: out, cmd: cmd}, nil
}

// ProxyCommand is the command of ssh_config's ProxyCommand, for the user's shell:
// it replaces the shell, so that killing it kills what it runs.
func ProxyCommand(ctx context.Context, shell, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, shell, "-c", "exec "+line)
	cmd.Stderr = os.Stderr
	return cmd
}

// Read reads what the command prints.
func (p *Pipe) Read(b []byte) (int, error) { return p.out.Read(b) }

// Write writes to the command.
func (p *Pipe) Write(b []byte) (int, error) { return p.in.Write(b) }

// Close closes both ends, ends the command and waits for it.
func (p *Pipe) Close() error {
	p.closing.Do(func() {
		_ = p.in.Close()
		_ = p.out.Close()
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait() // killed: how it ended says nothing
	})
	return nil
}

// LocalAddr is not the address of anything.
func (p *Pipe) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr is not the address of anything: only the command knows.
func (p *Pipe) RemoteAddr() net.Addr { return pipeAddr{} }

// SetDeadline sets both deadlines.
func (p *Pipe) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of Read.
func (p *Pipe) SetReadDeadline(t time.Time) error {
	if f, ok := p.out.(*os.File); ok {
		return f.SetReadDeadline(t)
	}
	return os.ErrNoDeadline
}

// SetWriteDeadline sets the deadline of Write.
func (p *Pipe) SetWriteDeadline(t time.Time) error {
	if f, ok := p.in.(interface{ SetWriteDeadline(time.Time) error }); ok {
		return f.SetWriteDeadline(t)
	}
	return os.ErrNoDeadline
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
