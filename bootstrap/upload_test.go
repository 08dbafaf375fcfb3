package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/upload"
	"gmosh/protocol/peertest"
	"gmosh/protocol/ticket"
)

// These tests put the real gmosh onto a machine, as a user who has nothing there.

// bareSSHD is an sshd whose sessions have an empty PATH.
func bareSSHD(t *testing.T) *peertest.SSHD {
	return peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=", "LANG=C.UTF-8"}})
}

// newcomer is a request of somebody whose gmosh is of some version.
func newcomer(t *testing.T, sshd *peertest.SSHD, account *peertest.User, version string) (Request, *person) {
	t.Helper()
	p := &person{}
	return Request{
		Host: hostOf(sshd, account.Name), UI: p, Launch: launch.Spec{Colors: 256}, Upload: true,
		Builds: &upload.Options{
			Version: version, Platform: probe.Platform(runtime.GOOS, runtime.GOARCH),
			Self: filepath.Join(peertest.Gmosh(t), "gmosh"),
		},
	}, p
}

// visit starts a session and ends its SSH connection; the server stays until the
// account goes.
func visit(t *testing.T, r Request) (tk ticket.Ticket, path string, err error) {
	t.Helper()
	tk, life, err := Start(t.Context(), r)
	if err != nil {
		return tk, "", err
	}
	path = life.asking.path
	return tk, path, life.Close()
}

// commands counts the commands that an sshd has run.
func commands(s *peertest.SSHD) int { return strings.Count(s.Log(), "Starting session: command") }

func versionsIn(t *testing.T, home string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(home, ".cache", "gmosh", "*", "gmosh"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGmoshComesAlongWhereNothingIsInstalled(t *testing.T) {
	account, sshd := peertest.NewUser(t), bareSSHD(t)
	for _, c := range []struct {
		name, version string
		uploads       bool
		kept          int
	}{
		{"the first time", "v1", true, 1}, {"the second time", "v1", false, 1}, {"with another version", "v2", true, 2},
	} {
		before := commands(sshd)
		r, p := newcomer(t, sshd, account, c.version)
		tk, path, err := visit(t, r)
		if err != nil {
			t.Fatalf("%s: %v; %q", c.name, err, p.lines())
		}
		sent := told[Uploading](p)
		if (len(sent) > 0) != c.uploads || len(versionsIn(t, account.Home)) != c.kept || tk.Kind != ticket.Gmosh {
			t.Errorf("%s: %d pieces, kept %q, %v", c.name, len(sent), versionsIn(t, account.Home), tk.Kind)
		}
		if c.uploads && (sent[0].Sent != 0 || sent[len(sent)-1].Sent != sent[0].Size || sent[0].Size > 10<<20) {
			t.Errorf("%s: sent %+v … %+v", c.name, sent[0], sent[len(sent)-1])
		}
		if !strings.HasPrefix(path, filepath.Join(account.Home, ".cache", "gmosh", c.version+"-")) {
			t.Errorf("%s: started %s", c.name, path)
		}
		if n := commands(sshd) - before; n != 1 {
			t.Errorf("%s: %d commands were run", c.name, n)
		}
		if lines := p.lines(); len(lines) > 0 || len(told[Instead](p)) > 0 {
			t.Errorf("%s: shown %q, %+v", c.name, lines, told[Instead](p))
		}
	}
}

func TestUploadThroughAProgramInSSHsPlace(t *testing.T) {
	peertest.Need(t, "ssh")
	account, sshd := peertest.NewUser(t), bareSSHD(t)
	r, p := newcomer(t, sshd, account, "v1")
	config := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, config, sshd.Config("there")+"\tIdentityFile "+sshd.Key.Path+"\n\tIdentitiesOnly yes\n")
	r.Transport, r.Program, r.Destination = Program, []string{"ssh", "-F", config}, account.Name+"@there"
	if _, _, err := visit(t, r); err != nil || len(told[Uploading](p)) == 0 {
		t.Errorf("error %v, lines %q", err, p.lines())
	}
}

func TestUploadThroughEveryLoginShell(t *testing.T) {
	for _, shell := range []struct{ name, file string }{
		{"bash", ".bashrc"}, {"fish", ".config/fish/config.fish"}, {"zsh", ".zshenv"}, {"tcsh", ".tcshrc"},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("%s is not installed", shell.name)
			}
			account, sshd := peertest.NewUser(t), bareSSHD(t)
			if out, err := exec.Command("usermod", "--shell", path, account.Name).CombinedOutput(); err != nil {
				t.Fatalf("usermod: %v: %s", err, out)
			}
			if shell.file != "" {
				peertest.WriteFile(t, filepath.Join(account.Home, shell.file), "echo noise\n")
				account.Own(t, account.Home)
			}
			r, p := newcomer(t, sshd, account, "v1")
			if _, _, err := visit(t, r); err != nil || len(told[Uploading](p)) == 0 {
				t.Errorf("error %v, lines %q", err, p.lines())
			}
		})
	}
}

// mount puts a file system of some kind over a folder, until the test ends.
func mount(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is not possible here: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
}

func TestHomesThatWillNotDo(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*testing.T, *peertest.User)
		reason probe.Reason
	}{
		{"noexec", func(t *testing.T, u *peertest.User) { mount(t, u.Home, fmt.Sprintf("noexec,mode=755,uid=%d", u.UID)) }, probe.NotRunnable},
		{"full", func(t *testing.T, u *peertest.User) { mount(t, u.Home, fmt.Sprintf("size=2m,mode=755,uid=%d", u.UID)) }, probe.NoRoom},
		{"read-only", func(t *testing.T, u *peertest.User) { mount(t, u.Home, "ro,mode=755") }, probe.Unwritable},
		{"somebody else's", func(t *testing.T, u *peertest.User) {
			if err := os.Chown(u.Home, 0, 0); err != nil {
				t.Fatal(err)
			}
		}, probe.Unwritable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			account, sshd := peertest.NewUser(t), bareSSHD(t)
			c.spoil(t, account)
			other := fmt.Sprintf("/var/tmp/gmosh-%d", account.UID)
			os.RemoveAll(other) // of an account before this one
			t.Cleanup(func() { os.RemoveAll(other) })
			for _, uploads := range []bool{true, false} {
				r, p := newcomer(t, sshd, account, "v1")
				_, path, err := visit(t, r)
				if err != nil || !strings.HasPrefix(path, other) || (len(told[Uploading](p)) > 0) != uploads {
					t.Errorf("error %v, started %s, lines %q", err, path, p.lines())
				}
			}
		})
	}
	t.Run("nothing at all will do", func(t *testing.T) {
		account := peertest.NewUser(t)
		sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=", "HOME=/nowhere"}})
		for _, dir := range []string{"/var/tmp", "/tmp"} {
			taken := fmt.Sprintf("%s/gmosh-%d", dir, account.UID)
			os.RemoveAll(taken)
			if err := os.Mkdir(taken, 0o777); err != nil { // somebody else was first
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(taken) })
		}
		r, p := newcomer(t, sshd, account, "v1")
		_, _, err := visit(t, r)
		instead := told[Instead](p)
		if failed, ok := errors.AsType[*launch.FailedError](err); ok {
			if !failed.Report.None || len(failed.Report.Skipped) != 3 {
				t.Errorf("error %v, %+v", err, failed.Report)
			}
		} else if len(instead) != 1 || len(instead[0].Report.Skipped) != 3 { // a mosh is installed
			t.Errorf("error %v, instead %+v", err, instead)
		}
	})
}

func TestStockServerIsTheFallback(t *testing.T) {
	dir := fakeServer(t, "mosh-server")
	sshd := peertest.StartSSHD(t, peertest.SSHDOptions{Env: []string{"PATH=" + dir}})
	account := peertest.NewUser(t)
	r, p := newcomer(t, sshd, account, "v1")
	r.Upload = false
	if _, err := begin(t, r); err != nil {
		t.Fatal(err)
	}
	if instead := told[Instead](p); len(instead) != 1 || instead[0].Server.Path != filepath.Join(dir, "mosh-server") {
		t.Errorf("instead %+v", instead)
	}
	r, p = newcomer(t, sshd, account, "v1")
	r.Builds.Platform = "plan9-mips"
	if _, err := begin(t, r); err != nil {
		t.Fatal(err)
	}
	if instead := told[Instead](p); len(instead) != 1 || instead[0].Report.Platform != probe.Platform(runtime.GOOS, runtime.GOARCH) {
		t.Errorf("instead %+v", instead)
	}
	if kept := versionsIn(t, account.Home); len(kept) > 0 {
		t.Errorf("kept %q", kept)
	}
}

// quitter stops everything when a part has been sent.
type quitter struct {
	*person
	quit context.CancelFunc
}

func (q quitter) Tell(event any) {
	if e, ok := event.(Uploading); ok && e.Sent > 0 {
		q.quit()
	}
	q.person.Tell(event)
}

func TestUploadThatIsBrokenOffIsForgotten(t *testing.T) {
	account, sshd := peertest.NewUser(t), bareSSHD(t)
	r, p := newcomer(t, sshd, account, "v1")
	ctx, quit := context.WithCancel(t.Context())
	r.UI = quitter{p, quit}
	if _, _, err := Start(ctx, r); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	sshd.WaitClosed()
	r, p = newcomer(t, sshd, account, "v1")
	if _, _, err := visit(t, r); err != nil || len(told[Uploading](p)) == 0 {
		t.Errorf("the second time: %v, %q", err, p.lines())
	}
	if left, err := filepath.Glob(filepath.Join(account.Home, ".cache", "gmosh", ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left %q, %v", left, err)
	}
}

func TestTwoUploadsToOneAccountAtOnce(t *testing.T) {
	account, sshd := peertest.NewUser(t), bareSSHD(t)
	done := make(chan error, 2)
	for range 2 {
		r, _ := newcomer(t, sshd, account, "v1")
		go func() {
			_, life, err := Start(t.Context(), r)
			if err == nil {
				err = life.Close()
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if kept := versionsIn(t, account.Home); len(kept) != 1 {
		t.Errorf("kept %q", kept)
	}
}
