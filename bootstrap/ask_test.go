package bootstrap

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"gmosh/bootstrap/launch"
	"gmosh/protocol/peertest"
)

// asked starts a server and returns how it can be asked about.
func asked(t *testing.T, r Request) *Lifeline {
	t.Helper()
	r.UI = &person{}
	r.Launch.Colors, r.Launch.Ports = 8, "0"
	_, life, err := Start(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { life.Close() })
	return life
}

// end kills a server and waits until it is gone.
func end(t *testing.T, pid int) {
	t.Helper()
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	peertest.WaitGone(t, pid)
}

// The question is a second command over the same connection.
func TestTheFarMachineIsAskedAboutTheServer(t *testing.T) {
	ours := peertest.Gmosh(t)
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{
		"PATH=" + ours + ":/usr/bin:/bin", "XDG_RUNTIME_DIR=" + peertest.PublicDir(t), "LC_ALL=C.UTF-8",
	}})
	cases := []struct {
		name, server string
		counted      bool
		peer         string
	}{
		{name: "found by the script", counted: true},
		{name: "named by its path", server: filepath.Join(ours, "mosh-server"), counted: true},
		{name: "behind other words", server: "env -u NOTHING gmosh server", counted: true},
		{name: "stock", server: "/usr/bin/mosh-server", peer: "/usr/bin/mosh-server"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.peer != "" {
				peertest.Need(t, c.peer)
			}
			life := asked(t, Request{Host: hostOf(sshd, me(t)), Launch: launch.Spec{Server: c.server}})
			status, err := life.Ask(t.Context())
			if err != nil || !status.Alive || status.PID == 0 || status.Counted != c.counted {
				t.Fatalf("%+v, %v", status, err)
			}
			if c.counted && (status.Bound != sshd.Addr.Addr() || status.Received != 0) {
				t.Errorf("%+v", status)
			}
			end(t, status.PID)
			if gone, err := life.Ask(t.Context()); err != nil || gone.Alive || gone.Counted {
				t.Errorf("once it was killed: %+v, %v", gone, err)
			}
			if _, total := sshd.Connections(); total == 0 {
				t.Error("no connection was made")
			}
			life.Close()
			sshd.WaitClosed()
			if _, err := life.Ask(t.Context()); err == nil {
				t.Error("asked without a connection")
			}
		})
	}
}

func TestWithoutAnotherMachineThisOneIsAsked(t *testing.T) {
	life := asked(t, Request{
		Transport: Local, Host: bare("127.0.0.1", 0, ""), Self: filepath.Join(peertest.Gmosh(t), "gmosh"), Home: peertest.PublicDir(t),
	})
	status, err := life.Ask(t.Context())
	if err != nil || !status.Counted || status.Bound != netip.MustParseAddr("127.0.0.1") {
		t.Fatalf("%+v, %v", status, err)
	}
	end(t, status.PID)
}

func TestAProgramThatLogsInIsNotRunAgainToAsk(t *testing.T) {
	life := asked(t, Request{
		Transport: Program, Host: bare("127.0.0.1", 0, ""), Destination: "127.0.0.1", RemoteIP: Resolved,
		Program: []string{"sh", "-c", "echo '" + connectLine + "'", "ssh"},
	})
	if _, err := life.Ask(t.Context()); !errors.Is(err, ErrNoWay) {
		t.Errorf("error %v", err)
	}
}

func TestAQuestionThatIsNotAnsweredEndsWithItsContext(t *testing.T) {
	cause := errors.New("out of patience")
	ctx, cancel := context.WithCancelCause(t.Context())
	process, err := here(t.TempDir())("echo begun; exec sleep 1000")
	if err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if _, _, err := launch.Output(ctx, process); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}
