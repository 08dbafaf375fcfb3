package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary gmosh under each of its names, for the stories.
func TestMain(m *testing.M) {
	commands := map[string]func(){"gmosh": main}
	for name := range byName {
		commands[name] = main
	}
	testscript.Main(m, commands)
}

// TestStories runs testdata/script: what a person types, and what is said to that.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TERM", "xterm-256color")
			e.Setenv("LANG", "C.UTF-8")
			port, err := closedPort()
			e.Setenv("CLOSED_PORT", port)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"endserver": endServer},
	})
}

// closedPort is a TCP port of this machine's that nothing listens on.
func closedPort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	l.Close()
	return port, err
}

// endServer ends the server that the last command said it left running.
func endServer(ts *testscript.TestScript, neg bool, _ []string) {
	_, after, found := strings.Cut(ts.ReadFile("stderr"), "detached, pid = ")
	var pid int
	if _, err := fmt.Sscan(after, &pid); !found || err != nil || neg {
		ts.Fatalf("no server was left running")
	}
	p, err := os.FindProcess(pid)
	ts.Check(err)
	ts.Check(p.Kill())
}
