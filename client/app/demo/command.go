package demo

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// lingering is how long the output of a command that has ended is waited for: what
// it has left behind may hold its pipes.
const lingering = time.Second

// session is one channel: variables, then one command (RFC 4254 section 6). What
// is asked for beyond that is refused.
func (h *Host) session(conn net.Conn, ch ssh.Channel, requests <-chan *ssh.Request) {
	defer ch.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var sent []string // variables
	running := make(chan struct{})
	started := false
	for {
		select {
		case <-running:
			return
		case r, ok := <-requests:
			if !ok { // the connection is gone: so is the command, as with sshd
				cancel()
				if started {
					<-running
				}
				return
			}
			line, run := "", false
			if !started {
				line, run = execRequest(r)
			}
			accepted := run || r.Type == "env"
			if r.Type == "env" {
				sent = append(sent, envRequest(r)...)
			}
			if r.WantReply {
				_ = r.Reply(accepted, nil) // fails only if the connection is gone
			}
			if run {
				started = true
				cmd := h.command(ctx, line, conn, sent)
				h.work.Go(func() {
					defer close(running)
					exit(ch, h.run(cmd, ch))
				})
			}
		}
	}
}

// execRequest reads the command line of a request that has one.
func execRequest(r *ssh.Request) (line string, ok bool) {
	var m struct{ Command string }
	if r.Type != "exec" || ssh.Unmarshal(r.Payload, &m) != nil {
		return "", false
	}
	return m.Command, true
}

// envRequest reads a variable, if it is one that an sshd takes: LANG and LC_*.
func envRequest(r *ssh.Request) []string {
	var m struct{ Name, Value string }
	if ssh.Unmarshal(r.Payload, &m) != nil || m.Name != "LANG" && !strings.HasPrefix(m.Name, "LC_") {
		return nil
	}
	return []string{m.Name + "=" + m.Value}
}

// command is a command line, run as an sshd runs it: by the user's shell, in the
// home folder.
func (h *Host) command(ctx context.Context, line string, conn net.Conn, sent []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.Shell, "-c", line)
	cmd.WaitDelay = lingering
	cmd.Env = append(h.environment(conn), sent...)
	if home, err := os.UserHomeDir(); err == nil {
		cmd.Dir = home
	}
	return cmd
}

// serverTimeout is how long, in seconds, a server lives on that its client has not
// ended, as when that was killed.
const serverTimeout = "600"

// dropped begin the names of variables that belong to the session that the demo is
// run in, and not to the one over there.
var dropped = []string{"SSH_", "MOSH_", "TMUX", "STY=", "TERM=", "TERMCAP=", "COLORTERM=", "COLUMNS=", "LINES=", "PATH="}

// environment is what a command over there finds: this process's, without what is
// about its terminal, and what an sshd adds. This program is the first in PATH.
func (h *Host) environment(conn net.Conn) []string {
	local, remote := conn.LocalAddr().(*net.TCPAddr), conn.RemoteAddr().(*net.TCPAddr)
	path := h.bin()
	var env []string
	for _, variable := range h.Environ {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			path += string(os.PathListSeparator) + value
		}
		if !hasAnyPrefix(variable, dropped) {
			env = append(env, variable)
		}
	}
	connection := strings.Join([]string{
		remote.IP.String(), portText(remote), local.IP.String(), portText(local),
	}, " ")
	return append(env, "PATH="+path, "SSH_CONNECTION="+connection, "MOSH_SERVER_NETWORK_TMOUT="+serverTimeout)
}

func portText(a *net.TCPAddr) string {
	_, port, _ := net.SplitHostPort(a.String()) // of our own making
	return port
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// run runs cmd with the channel as its standard streams.
func (h *Host) run(cmd *exec.Cmd, ch ssh.Channel) error {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
	if err := cmd.Start(); err != nil {
		return err
	}
	h.work.Go(func() { // ends with the channel at the latest, which is closed after this
		_, _ = io.Copy(stdin, ch) // the command need not read it all
		_ = stdin.Close()
	})
	return cmd.Wait()
}

// exit tells how a command ended (RFC 4254 section 6.10). One that a signal has
// ended counts as a shell counts it, and one that could not be run as not found.
func exit(ch ssh.Channel, err error) {
	status := struct{ Status uint32 }{}
	if ended, ok := err.(*exec.ExitError); ok {
		status.Status = uint32(max(ended.ExitCode(), 1))
	} else if err != nil && err != exec.ErrWaitDelay {
		status.Status = 127
	}
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(status)) // fails only if the connection is gone
}
