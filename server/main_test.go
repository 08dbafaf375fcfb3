package server

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"gmosh/server/detach"
)

// asMain, in the environment, makes the test's executable a mosh-server.
const asMain = "GMOSH_SERVER_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(Main("mosh-server", os.Args[1:]))
	}
	os.Exit(m.Run())
}

// testLauncher is a launcher whose server is always ready, or fails.
type testLauncher struct {
	launcher
	out, err bytes.Buffer
	started  []detach.Launch
}

const testKeyText = "AAAAAAAAAAAAAAAAAAAAAA"

func newTestLauncher(env map[string]string, failure error) *testLauncher {
	l := &testLauncher{}
	l.launcher = launcher{
		name: "mosh-server", argv: []string{"mosh-server"}, stdout: &l.out, stderr: &l.err, dir: "/here",
		getenv: func(name string) string { return env[name] },
		start: func(_ context.Context, o detach.Launch) (detach.Report, error) {
			l.started = append(l.started, o)
			return detach.Report{PID: 77, Port: 60001, Key: testKeyText, Warnings: []string{"mind the gap"}}, failure
		},
	}
	return l
}

func TestTheLauncherPrintsHowToReachTheServer(t *testing.T) {
	l := newTestLauncher(nil, nil)
	if status := l.run([]string{"new", "-c", "256"}); status != 0 {
		t.Errorf("status %d", status)
	}
	if got, want := l.out.String(), "MOSH CONNECT 60001 "+testKeyText+"\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	for _, want := range []string{"mosh-server: mind the gap\n", "\ngmosh-server (gmosh ", "\n[mosh-server detached, pid = 77]\n"} {
		if !strings.Contains(l.err.String(), want) {
			t.Errorf("no %q on stderr: %q", want, l.err.String())
		}
	}
	if o := string(l.started[0].Options); !strings.Contains(o, `"Colors":256`) || !strings.Contains(o, `"Dir":"/here"`) {
		t.Errorf("options %s", o)
	}
	if l.started[0].Stderr != nil {
		t.Error("stderr stays without -v")
	}
}

func TestOnATerminalTheLineStandsAlone(t *testing.T) {
	l := newTestLauncher(nil, nil)
	l.tty, l.cols, l.rows = true, 132, 43
	l.run([]string{"new"})
	if got := l.out.String(); !strings.HasPrefix(got, "\r\n\nMOSH CONNECT ") {
		t.Errorf("stdout %q", got)
	}
	if o := string(l.started[0].Options); !strings.Contains(o, `"Cols":132,"Rows":43`) {
		t.Errorf("options %s", o)
	}
}

func TestVerboseStaysWithStderr(t *testing.T) {
	l := newTestLauncher(nil, nil)
	l.run([]string{"new", "-v"})
	if l.started[0].Stderr != os.Stderr {
		t.Error("stderr does not stay with -v")
	}
}

func TestWhatTheLauncherDoesNotStart(t *testing.T) {
	for _, row := range []struct {
		args        string
		failure     error
		status      int
		out, err    string
		startsFirst bool
	}{
		{"--help", nil, 0, "Usage: mosh-server new", "", false},
		{"new --version", nil, 0, "gmosh-server (gmosh ", "", false},
		{"new -p 99999", nil, 1, "", "Bad UDP port", false},
		{"new", errors.New("all ports are taken"), 1, "", "mosh-server: all ports are taken\n", true},
	} {
		l := newTestLauncher(nil, row.failure)
		status := l.run(strings.Fields(row.args))
		if status != row.status || !strings.Contains(l.out.String(), row.out) || !strings.Contains(l.err.String(), row.err) ||
			(row.out == "") != (l.out.Len() == 0) || (row.err == "") != (l.err.Len() == 0) || len(l.started) > 0 != row.startsFirst {
			t.Errorf("%s: status %d, stdout %q, stderr %q, started %v", row.args, status, l.out.String(), l.err.String(), l.started)
		}
	}
}
