package peertest

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// StartAgent starts an ssh-agent that holds keys, and returns its socket, the
// value of SSH_AUTH_SOCK. It ends with the test.
func StartAgent(t testing.TB, keys ...Key) (socket string) {
	t.Helper()
	return StartAgentAs(t, nil, keys...)
}

// StartAgentAs is StartAgent for another user, the only one that its agent then talks to
// besides root.
func StartAgentAs(t testing.TB, u *User, keys ...Key) (socket string) {
	t.Helper()
	Need(t, "ssh-agent", "ssh-add")
	dir := PublicDir(t)
	if u != nil {
		u.Own(t, dir)
	}
	socket = filepath.Join(dir, "agent")
	agent := exec.Command(lookPath("ssh-agent"), "-D", "-a", socket)
	agent.Env, agent.SysProcAttr = Env(t), detached(u)
	out, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		agent.Process.Kill()
		agent.Wait()
	})
	// It prints its shell commands once the socket is there.
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "SSH_AUTH_SOCK") {
		t.Fatalf("ssh-agent said %q, %v", line, err)
	}
	for _, k := range keys {
		add := exec.Command(lookPath("ssh-add"), "-q", k.Path)
		add.Env = append(Env(t), "SSH_AUTH_SOCK="+socket)
		if err := run(add); err != nil {
			t.Fatal(err)
		}
	}
	return socket
}
