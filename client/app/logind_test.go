package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// start starts gmosh on a terminal, towards f.
func (f *farHost) start(options ...string) *peertest.Terminal {
	f.t.Helper()
	argv := append([]string{filepath.Join(peertest.Gmosh(f.t), "gmosh"), "-F", f.config()}, options...)
	o := peertest.Options{Home: f.home, Cols: 150, Rows: 40}
	return peertest.Start(f.t, o, append(argv, "far", "sh")...)
}

// inside waits for the prompt of the session's shell.
func inside(x *peertest.Terminal) {
	x.WaitFor("the prompt", func(s *peertest.Screen) bool { return s.CursorLine() == "$" || s.CursorLine() == "#" })
}

// leave ends the session's shell and returns all that was shown.
func leave(t *testing.T, x *peertest.Terminal) string {
	t.Helper()
	x.Send("exit\n")
	if status := x.Wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	return strings.ReplaceAll(string(x.Output()), "\r\n", "\n")
}

const question = `Turn linger on for root? (yes/no)`

// A logind that ends logins, on a bus of its own.
func TestLingerIsAskedForOnce(t *testing.T) {
	t.Parallel()
	mock := peertest.StartLogind(t, peertest.LogindOptions{Kill: true})
	f := newFarHost(t, append(mock.Env, "LC_ALL=C.UTF-8", "PS1=$ ")...)

	x := f.start()
	x.WaitText(question)
	if moved := mock.Moved(); len(moved) != 1 {
		t.Errorf("moved %v", moved)
	}
	x.Send("maybe\n")
	x.WaitText("Please type 'yes' or 'no':")
	x.Send("no\n")
	inside(x)
	if text := leave(t, x); !strings.Contains(text, "gmosh: the session on far does not outlive its login: it ends 10s after your last login there has ended.\n"+
		"To let it live on (--linger=ask asks again):\n  gmosh --linger=yes far\n") {
		t.Errorf("said:\n%s", tail(text))
	}
	if mock.Lingers() {
		t.Fatal("linger was turned on though the answer was no")
	}

	x = f.start()
	inside(x) // not asked again
	if text := leave(t, x); strings.Contains(text, question) || !strings.Contains(text, "does not outlive its login") {
		t.Errorf("said:\n%s", tail(text))
	}

	x = f.start("--linger=ask")
	x.WaitText(question)
	x.Send("yes\n")
	inside(x)
	if text := leave(t, x); !strings.Contains(text, "gmosh: linger is on for root on far: the session goes on when you are logged out. To undo it:  ssh far loginctl disable-linger\n") {
		t.Errorf("said:\n%s", tail(text))
	}
	if !mock.Lingers() {
		t.Error("linger is off")
	}

	x = f.start()
	inside(x)
	if text := leave(t, x); strings.Contains(text, "linger") {
		t.Errorf("though it is on, it was said:\n%s", tail(text))
	}
	peertest.NothingLeft(t, pids(t, "dbus-daemon")...)
}

// pids are the test's processes of a program that is no part of a session.
func pids(t *testing.T, program string) (found []int) {
	for _, p := range peertest.Processes(t) {
		if filepath.Base(p.Args[0]) == program {
			found = append(found, p.PID)
		}
	}
	return found
}

func TestLingerThatIsRefusedIsSaid(t *testing.T) {
	t.Parallel()
	mock := peertest.StartLogind(t, peertest.LogindOptions{Kill: true, RefuseLinger: true})
	f := newFarHost(t, append(mock.Env, "LC_ALL=C.UTF-8", "PS1=$ ")...)
	f.program("loginctl", "echo 'Could not enable linger: Access denied' >&2; exit 1\n")
	x := f.start("--linger=yes")
	inside(x)
	text := leave(t, x)
	for _, want := range []string{"gmosh: linger could not be turned on for root on far (", "Access denied", "it ends 10s after your last login there has ended.",
		"  loginctl enable-linger root\n", "  KillExcludeUsers=root root "} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, tail(text))
		}
	}
}

// systemd is programs early in PATH, for a machine where no bus answers.
func (f *farHost) systemd(manager bool) {
	f.program("busctl", fmt.Sprintf(`
case "$*" in
*KillUserProcesses) echo "b true";;
*KillOnlyUsers) echo "as 0";;
*KillExcludeUsers) echo "as 0";;
*UserStopDelayUSec) echo "t 10000000";;
*StartTransientUnit*) echo "$*" >>%[1]s/moved; exit %[2]d;;
*) exit 1;;
esac
`, f.dir, status(manager)))
	f.program("loginctl", fmt.Sprintf(`
case "$1" in
show-user) if [ -e %[1]s/lingers ]; then echo yes; else echo no; fi;;
enable-linger) : >%[1]s/lingers;;
esac
`, f.dir))
	f.program("systemd-run", fmt.Sprintf(`
echo "$*" >>%s/run
[ %[2]d = 0 ] || exit 1
while :; do case $1 in --) shift; break;; -*) shift;; *) break;; esac; done
exec "$@"
`, f.dir, status(manager)))
}

func status(good bool) int {
	if good {
		return 0
	}
	return 1
}

// noBus is an environment in which none answers.
func noBus(t *testing.T) []string {
	dir := peertest.PublicDir(t)
	return []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + dir + "/none", "XDG_RUNTIME_DIR=" + dir, "XDG_SESSION_ID=1", "LC_ALL=C.UTF-8", "PS1=$ "}
}

func (f *farHost) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(f.dir, name)) // "" if it is not there
	return string(text)
}

func TestWithoutABusTheProgramsOfSystemdAreUsed(t *testing.T) {
	t.Parallel()
	t.Run("ours", func(t *testing.T) {
		f := newFarHost(t, noBus(t)...)
		f.systemd(true)
		x := f.start("--linger=yes")
		inside(x)
		if text := leave(t, x); !strings.Contains(text, "linger is on for root on far") {
			t.Errorf("said:\n%s", tail(text))
		}
		if moved := f.read("moved"); !strings.Contains(moved, "StartTransientUnit ssa(sv)a(sa(sv)) gmosh-") {
			t.Errorf("moved %q", moved)
		}
	})
	t.Run("ours, by systemd-run alone", func(t *testing.T) {
		f := newFarHost(t, noBus(t)...)
		f.systemd(true)
		f.program("busctl", "case \"$*\" in *--user*) exit 1;; *KillUserProcesses) echo b true;; *) exit 1;; esac\n")
		x := f.start("--linger=yes")
		inside(x)
		if text := leave(t, x); !strings.Contains(text, "linger is on for root on far") {
			t.Errorf("said:\n%s", tail(text))
		}
		if run := f.read("run"); !strings.Contains(run, "--user --scope --quiet --slice=app.slice --description=gmosh session -- ") || !strings.Contains(run, " server new ") {
			t.Errorf("ran %q", run)
		}
	})
	t.Run("stock", func(t *testing.T) {
		peertest.Need(t, "mosh-server")
		f := newFarHost(t, noBus(t)...)
		f.systemd(true)
		f.program("gmosh", "exit 126\n") // none that runs
		f.program("mosh-server", "exec /usr/bin/mosh-server \"$@\"\n")
		x := f.start("--linger=yes", "--no-upload")
		inside(x)
		x.Send("exit\n")
		x.Wait()
		text := string(x.Output())
		if !strings.Contains(text, "linger is on for root on far") {
			t.Errorf("said:\n%s", tail(text))
		}
		if run := f.read("run"); !strings.Contains(run, "--user --scope --quiet --slice=app.slice -- "+f.dir+"/mosh-server new ") {
			t.Errorf("ran %q", run)
		}
	})
	t.Run("said verbatim", func(t *testing.T) {
		f := newFarHost(t, noBus(t)...)
		f.systemd(true)
		x := f.start("--server=systemd-run --scope --user mosh-server")
		inside(x)
		leave(t, x)
		if run := f.read("run"); !strings.HasPrefix(run, "--scope --user mosh-server new ") {
			t.Errorf("ran %q", run)
		}
	})
}

// A "logind" that ends the login's processes when SSH closes, on a machine where
// there is no way to escape: the user is told before, and it is named afterwards.
func TestASessionThatEndsWithItsLoginIsNamed(t *testing.T) {
	t.Parallel()
	f := newFarHost(t, noBus(t)...)
	f.systemd(false)
	f.program("gmosh", fmt.Sprintf(`
gmosh=%s/gmosh
[ "$2" = new ] || exec "$gmosh" "$@"
login=$PPID
while [ "$(cat /proc/$login/comm)" != sshd ]; do login=$(sed 's/.*) . \([0-9]*\) .*/\1/' /proc/$login/stat); done
err=$(mktemp)
out=$("$gmosh" "$@" 2>"$err")
pid=$(sed -n 's/.*pid = \([0-9]*\).*/\1/p' "$err")
setsid sh -c "while kill -0 $login; do sleep 0.05; done; kill -9 $pid" >/dev/null 2>&1 </dev/null &
printf '%%s\n' "$out"
cat "$err" >&2
rm "$err"
`, peertest.Gmosh(t)))
	x := f.start("--linger=no", "--no-upload")
	x.WaitText("The server may have been ended at the logout.")
	x.Send("\x1e.")
	x.WaitText("Exiting on user request")
	x.Wait()
	text := strings.ReplaceAll(string(x.Output()), "\r\n", "\n")
	for _, want := range []string{
		"gmosh: the session on far does not outlive its login: it ends as soon as the login that started it does, in a few seconds.\n",
		"gmosh: the server on far fell silent when the SSH connection was closed: it was ended at the logout.\n" +
			"That machine ends whatever a login leaves behind (KillUserProcesses=yes in logind.conf).\n",
		"  loginctl enable-linger root\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, tail(text))
		}
	}
}
