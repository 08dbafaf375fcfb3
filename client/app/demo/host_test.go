//go:build unix

package demo

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func startHost(t *testing.T) *Host {
	t.Helper()
	h, err := Start(Options{
		User: "some body", Shell: "/bin/sh", Program: "/bin/echo", RTT: 4 * time.Millisecond,
		Environ: []string{"PATH=/usr/bin:/bin", "KEPT=1", "TERM=dropped", "SSH_AUTH_SOCK=dropped", "MOSH_KEY=dropped"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// login logs in with what the host's folder has, or another key.
func login(t *testing.T, h *Host, other ssh.Signer) (*ssh.Client, error) {
	t.Helper()
	text, err := os.ReadFile(h.path("key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if other != nil {
		key = other
	}
	known, err := knownhosts.New(h.path("known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", h.listener.Addr().String(), &ssh.ClientConfig{
		User: h.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known,
	})
	if err == nil {
		t.Cleanup(func() { client.Close() })
	}
	return client, err
}

func session(t *testing.T, c *ssh.Client) *ssh.Session {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestHostLetsOnlyItsKeyIn(t *testing.T) {
	h := startHost(t)
	stranger, err := newSigner(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := login(t, h, stranger); err == nil {
		t.Error("a key that is not the demo's was let in")
	}
	if _, err := login(t, h, nil); err != nil {
		t.Error(err)
	}
}

func TestHostRunsCommandsAsAnSSHServerDoes(t *testing.T) {
	h := startHost(t)
	c, err := login(t, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := session(t, c)
	var stdout, stderr bytes.Buffer
	s.Stdout, s.Stderr, s.Stdin = &stdout, &stderr, strings.NewReader("typed")
	_ = s.Setenv("LC_TIME", "C")
	_ = s.Setenv("LD_PRELOAD", "evil")
	err = s.Run(`env; cat; gmosh found; echo oops >&2; exit 7`)
	if status := (*ssh.ExitError)(nil); !errors.As(err, &status) || status.ExitStatus() != 7 {
		t.Errorf("it ended with %v", err)
	}
	out := stdout.String()
	for _, want := range []string{
		"KEPT=1", "LC_TIME=C", "MOSH_SERVER_NETWORK_TMOUT=600", "PATH=" + h.bin() + ":/usr/bin:/bin",
		`SSH_CONNECTION=127\.0\.0\.1 \d+ 127\.0\.0\.1 ` + portText(h.listener.Addr().(*net.TCPAddr)),
		"typedfound",
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(out) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "dropped") || strings.Contains(out, "evil") || stderr.String() != "oops\n" {
		t.Errorf("stdout\n%s\nstderr\n%s", out, stderr.String())
	}
}

func TestHostIsAsFarAwayAsTheLink(t *testing.T) {
	h := startHost(t)
	if _, err := login(t, h, nil); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		if d, ok := c.(*distant); !ok || d.delay != h.RTT/2 {
			t.Errorf("a connection is %+v", c)
		}
	}
	if len(h.conns) == 0 {
		t.Error("nobody is connected")
	}
}

func TestCommandThatReadsNothingEnds(t *testing.T) {
	h := startHost(t)
	c, err := login(t, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := session(t, c)
	if _, err := s.StdinPipe(); err != nil { // and never written to or closed
		t.Fatal(err)
	}
	if err := s.Run("true"); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsCommandsAndLeavesNothing(t *testing.T) {
	h := startHost(t)
	c, err := login(t, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := session(t, c)
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("echo running; exec sleep 1000"); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Wait(); err == nil {
		t.Error("the command ended well")
	}
	if _, err := os.Stat(h.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestFolderIsTheUsersOnly(t *testing.T) {
	h := startHost(t)
	for _, name := range []string{".", "key", "config", "known_hosts", "bin"} {
		info, err := os.Stat(filepath.Join(h.dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	text, err := os.ReadFile(h.Config())
	if err != nil || !strings.Contains(string(text), `User "some body"`) {
		t.Errorf("%v\n%s", err, text)
	}
}
