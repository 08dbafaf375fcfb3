package app_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gmosh/protocol/peertest"
)

var long = flag.Bool("long", false, "boot a systemd in a container and let a session outlive its login there")

// machineUser is the account in the container. Its number is far from those that
// tests on the host give out, whose processes they end by it.
const (
	machineUser = "gmoshlong"
	machineUID  = 23456
)

// machine is a container with a systemd of its own, made of this machine's files: a
// login there is logind's to end.
type machine struct {
	t      *testing.T
	root   string
	leader *exec.Cmd // systemd-nspawn
	port   int       // of its sshd
	key    peertest.Key
}

// bootMachine boots one with KillUserProcesses=yes, and shuts it down with the test.
func bootMachine(t *testing.T) *machine {
	t.Helper()
	peertest.NeedRoot(t)
	peertest.Need(t, "systemd-nspawn", "sshd", "useradd", "/lib/systemd/systemd", "busctl", "dbus-daemon")
	dir := t.TempDir()
	files := filepath.Join(dir, "machine")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, root: filepath.Join(files, "root"), port: freeTCPPort(t)}
	m.key = peertest.NewKey(t, filepath.Join(dir, "key"), peertest.ED25519, "")
	m.mount(files)
	m.furnish()
	m.leader = exec.Command("systemd-nspawn", "-D", m.root, "--boot", "--register=no", "--keep-unit", "--quiet",
		"--machine=gmosh"+strconv.Itoa(os.Getpid()), "systemd.unit=gmosh.target", "systemd.show_status=0")
	console, err := m.leader.StdoutPipe()
	if err == nil {
		err = m.leader.Start()
	}
	if err != nil {
		t.Fatal("systemd-nspawn: ", err)
	}
	go io.Copy(io.Discard, console) // ends with the container
	t.Cleanup(func() {
		m.leader.Process.Signal(syscall.SIGTERM) // a clean shutdown
		kill := time.AfterFunc(30*time.Second, func() { m.leader.Process.Kill() })
		defer kill.Stop()
		m.leader.Wait()
	})
	m.waitForSSH()
	return m
}

func freeTCPPort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (m *machine) do(name string, args ...string) {
	m.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		m.t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
}

// mount lays a layer in memory over this machine's files.
func (m *machine) mount(dir string) {
	m.t.Helper()
	m.do("mount", "-t", "tmpfs", "tmpfs", dir)
	m.t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	for _, name := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			m.t.Fatal(err)
		}
	}
	m.do("mount", "-t", "overlay", "overlay", "-o",
		fmt.Sprintf("lowerdir=/,upperdir=%[1]s/upper,workdir=%[1]s/work", dir), m.root)
	m.t.Cleanup(func() { exec.Command("umount", "-l", m.root).Run() })
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	peertest.WriteFile(m.t, path, text)
	if err := os.Chmod(path, 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// furnish makes what is different there.
func (m *machine) furnish() {
	m.t.Helper()
	host := peertest.NewKey(m.t, filepath.Join(m.root, "etc", "gmosh_host_key"), peertest.ED25519, "")
	m.write("etc/machine-id", "")
	m.write("etc/systemd/logind.conf.d/gmosh.conf", "[Login]\nKillUserProcesses=yes\n")
	m.write("etc/gmosh_sshd_config", fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey /etc/gmosh_host_key\nUsePAM yes\nPidFile none\n"+
		"StrictModes no\nPrintMotd no\nPrintLastLog no\nAuthorizedKeysFile /etc/gmosh_keys\n", m.port))
	m.write("etc/gmosh_keys", m.key.Line()+"\n")
	m.write("etc/systemd/system/gmosh-sshd.service", "[Service]\nExecStartPre=/bin/mkdir -p /run/sshd\n"+
		"ExecStart=/usr/sbin/sshd -D -f /etc/gmosh_sshd_config\nKillMode=process\n")
	units := "basic.target dbus.service systemd-logind.service systemd-user-sessions.service gmosh-sshd.service"
	m.write("etc/systemd/system/gmosh.target", "[Unit]\nRequires="+units+"\nAfter="+units+"\nAllowIsolate=yes\n")
	m.do("chroot", m.root, "useradd", "--create-home", "--uid", strconv.Itoa(machineUID), "--shell", "/bin/sh", machineUser)
	m.do("cp", filepath.Join(peertest.Gmosh(m.t), "gmosh"), filepath.Join(m.root, "usr/local/bin/gmosh"))
	m.write("config", fmt.Sprintf("Host far\n\tHostName 127.0.0.1\n\tPort %d\n\tUser %s\n\tIdentityFile %s\n\tUserKnownHostsFile %s\n",
		m.port, machineUser, m.key.Path, filepath.Join(m.root, "known")))
	m.write("known", fmt.Sprintf("[127.0.0.1]:%d %s\n", m.port, host.Line()))
}

// waitForSSH waits until the machine is up, which its sshd is the last to be.
func (m *machine) waitForSSH() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", m.port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.t.Fatal("the machine did not come up")
		}
	}
}

// run runs a program over there.
func (m *machine) run(words ...string) string {
	m.t.Helper()
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", m.leader.Process.Pid))
	if err != nil {
		m.t.Fatal(err)
	}
	init := strings.Fields(string(children))[0]
	out, err := exec.Command("nsenter", append([]string{"-t", init, "-m", "-p", "--"}, words...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%q: %v: %s", words, err, out)
	}
	return string(out)
}

// gmosh starts a session.
func (m *machine) gmosh(options ...string) *peertest.Terminal {
	argv := append([]string{filepath.Join(peertest.Gmosh(m.t), "gmosh"), "-F", filepath.Join(m.root, "config")}, options...)
	return peertest.Start(m.t, peertest.Options{Cols: 120, Rows: 40}, append(argv, "far", "sh")...)
}

// A real logind with KillUserProcesses=yes: a session without linger ends when its
// login has, and the user has been told so; with linger it answers a minute later.
func TestASessionOutlivesItsLoginUnderARealLogind(t *testing.T) {
	if !*long {
		t.Skip("boots a machine and waits for minutes: make test-long")
	}
	m := bootMachine(t)

	x := m.gmosh("--linger=no")
	x.WaitFor("the prompt", func(s *peertest.Screen) bool { return s.CursorLine() == "$" })
	x.Send("grep -q '/app.slice/gmosh-.*scope' /proc/self/cgroup && echo moved\n")
	x.WaitLine("moved")
	x.Wait() // ten seconds after the login the user's manager goes, and all that is in it
	text := strings.ReplaceAll(string(x.Output()), "\r\n", "\n")
	for _, want := range []string{"does not outlive its login: it ends 10s after your last login there has ended.",
		"no linger"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, tail(text))
		}
	}

	x = m.gmosh("--linger=yes")
	x.WaitFor("the prompt", func(s *peertest.Screen) bool { return s.CursorLine() == "$" })
	if out := m.run("loginctl", "show-user", machineUser, "-p", "Linger", "--value"); strings.TrimSpace(out) != "yes" {
		t.Errorf("linger is %q", out)
	}
	x.Send("clear; until [ -z \"$(loginctl list-sessions --no-legend)\" ]; do sleep 1; done; sleep 60; echo still $((40+2))\n")
	left := time.AfterFunc(55*time.Second, func() {
		if out := m.run("loginctl", "list-sessions", "--no-legend"); strings.TrimSpace(out) != "" {
			t.Errorf("somebody is logged in: %s", out)
		}
	})
	defer left.Stop()
	wait(t, x, "still 42", 2*time.Minute)
	x.Send("exit\n")
	if status := x.Wait(); status != 0 {
		t.Errorf("exit status %d", status)
	}

	// What the manuals of mosh advise, as it is.
	x = m.gmosh("--server=systemd-run --scope --user mosh-server")
	x.WaitFor("the prompt", func(s *peertest.Screen) bool { return s.CursorLine() == "$" })
	x.Send("clear; grep -q '/run-.*scope' /proc/self/cgroup && echo in a scope of systemd-run\n")
	x.WaitLine("in a scope of systemd-run")
	x.Send("exit\n")
	if status := x.Wait(); status != 0 {
		t.Errorf("exit status %d in a scope of systemd-run", status)
	}
}

// wait waits for a line for longer than WaitLine does.
func wait(t *testing.T, x *peertest.Terminal, line string, atMost time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), atMost)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for !x.Screen().Has(line) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no %q within %v\n%s", line, atMost, x.Screen())
		}
	}
}
