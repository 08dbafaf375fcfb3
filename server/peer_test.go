//go:build unix

package server

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"gmosh/protocol/peertest"
)

// ownServer returns a mosh-server that is this test's executable, and the
// environment variable that makes it one.
func ownServer(t *testing.T) (path, env string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path, asMain + "=1"
}

// outcome is what a launcher can see of a server it has run.
type outcome struct {
	Status   int
	Port     int  // of the MOSH CONNECT line; 0: none
	BadPort  bool // "Bad UDP port" on stderr
	UsageOut bool // usage on stdout
	UsageErr bool // usage on stderr
	Detached bool // the server says its number
}

var (
	connectLine  = regexp.MustCompile(`(?m)^MOSH CONNECT (\d+) [A-Za-z0-9+/]{22}$`)
	detachedLine = regexp.MustCompile(`(?m)^\[mosh-server detached, pid = (\d+)\]$`)
)

// runServer runs a server and ends what it leaves behind.
func runServer(t *testing.T, path string, env []string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = append(append(peertest.Env(t), "HOME=/"), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var o outcome
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		o.Status = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	o.BadPort = strings.Contains(stderr.String(), "Bad UDP port")
	o.UsageOut = strings.Contains(stdout.String(), "Usage:")
	o.UsageErr = strings.Contains(stderr.String(), "Usage:")
	if m := connectLine.FindStringSubmatch(stdout.String()); m != nil {
		o.Port, _ = strconv.Atoi(m[1])
	}
	if m := detachedLine.FindStringSubmatch(stderr.String()); m != nil {
		o.Detached = true
		pid, _ := strconv.Atoi(m[1])
		unix.Kill(pid, unix.SIGTERM)
		peertest.NothingLeft(t) // a stock server's second process has the port, too
	}
	return o
}

// quietPort returns a free UDP port that the system does not give to anybody who
// lets it choose.
func quietPort(t *testing.T) int {
	t.Helper()
	for range 100 {
		c, err := net.ListenUDP("udp", &net.UDPAddr{Port: 20000 + rand.IntN(10000)})
		if err == nil {
			defer c.Close()
			return c.LocalAddr().(*net.UDPAddr).Port
		}
	}
	t.Fatal("no free port")
	return 0
}

func TestALauncherSeesTheSameFromOurServerAsFromTheStockOne(t *testing.T) {
	peertest.Need(t, "mosh-server")
	own, asServer := ownServer(t)
	free := strconv.Itoa(quietPort(t))
	utf8 := "LC_ALL=C.UTF-8"
	for _, row := range []struct {
		args string
		env  string
	}{
		{args: ""},
		{args: "new"},
		{args: "new -p " + free},
		{args: "new -p " + free + ":" + free},
		{args: "new -p 0"},
		{args: "new -i 127.0.0.1 -p " + free},
		{args: "new -i ::1 -p " + free},
		{args: "new -i 192.0.2.1 -p " + free}, // not ours: any instead
		{args: "new -i nonsense -p " + free},
		{args: "127.0.0.1 " + free},
		{args: "127.0.0.1 1 2"},
		{args: "127.0.0.1 x"},
		{args: "new -s -p " + free},
		{args: "new -s -p " + free, env: "SSH_CONNECTION=x 1 ::FFFF:127.0.0.1 22"},
		{args: "new -s -p " + free, env: "SSH_CONNECTION=nonsense"},
		{args: "new -c 256 -l LANG=C.UTF-8 -@ foo -p " + free},
		{args: "new -p 99999"},
		{args: "new -p -1"},
		{args: "new -p " + free + ":1"},
		{args: "new -p x:y"},
		{args: "new -p :5"},
		{args: "new -c many"},
		{args: "new -c -1 -p " + free},
		{args: "new -Z -p " + free},
		{args: "new -p " + free + " -i"},
		{args: "-Z"},
		{args: "--help"},
		{args: "new -h"},
		{args: "new --version"},
		{args: "new -p " + free + " -- --version"},
		{args: "new -p " + free, env: "MOSH_SERVER_NETWORK_TMOUT=x"},
		{args: "new -p " + free, env: "MOSH_SERVER_SIGNAL_TMOUT=-1"},
	} {
		args := strings.Fields(row.args)
		want := runServer(t, "mosh-server", []string{utf8, row.env}, args...)
		got := runServer(t, own, []string{utf8, row.env, asServer}, args...)
		if !strings.Contains(row.args, free) { // any port may be free now
			want.Port, got.Port = min(want.Port, 1), min(got.Port, 1)
		}
		if got != want {
			t.Errorf("%s %q:\nstock %+v\nours  %+v", row.env, row.args, want, got)
		}
	}
}

// session starts our server and a stock client on it.
func session(t *testing.T, env []string, args ...string) (peertest.Server, *peertest.Terminal) {
	t.Helper()
	peertest.Need(t, "mosh-client")
	own, asServer := ownServer(t)
	args = append([]string{own, "new", "-p", "0", "-c", "256"}, args...)
	s := peertest.StartServer(t, peertest.Options{Env: append(env, asServer)}, args...)
	c := peertest.Start(t, peertest.Options{Env: []string{s.ClientEnv(), "MOSH_PREDICTION_DISPLAY=never"}}, "mosh-client", "127.0.0.1", s.PortArg())
	return s, c
}

// prompt waits for the shell's.
func prompt(c *peertest.Terminal) {
	c.WaitFor("a prompt", func(s *peertest.Screen) bool { return s.CursorLine() == "#" || s.CursorLine() == "$" })
}

func TestAStockClientHasAShell(t *testing.T) {
	s, c := session(t, nil)
	prompt(c)
	c.Send("echo $0 $TERM $((6*7)); pwd -P; echo $HOME\r")
	c.WaitLine("-sh xterm-256color 42")
	c.Send("printf '\\346\\227\\245\\346\\234\\254 e\\314\\201 ok\\n'\r")
	c.WaitLine("日本 e\u0301 ok")
	c.Resize(100, 40)
	c.Send("stty size\r")
	c.WaitLine("40 100")
	c.Send("exit\r")
	if status := c.Wait(); status != 0 {
		t.Errorf("the client's status is %d", status)
	}
	peertest.WaitGone(t, s.PID)
	peertest.NothingLeft(t)
}

func TestAStockClientRunsVi(t *testing.T) {
	peertest.Need(t, "vi")
	_, c := session(t, nil)
	prompt(c)
	c.Send("vi file\r")
	c.WaitFor("vi", func(s *peertest.Screen) bool { return s.Line(2) == "~" })
	c.Send("ihello\rworld\x1b")
	c.WaitLine("world")
	c.Send(":wq\r")
	prompt(c)
	c.Send("cat file | tr a-z A-Z\r")
	c.WaitLine("WORLD")
	c.Send("exit\r")
	c.Wait()
	peertest.NothingLeft(t)
}

func TestAStockClientStopsAFlood(t *testing.T) {
	_, c := session(t, nil, "--", "sh", "-c", "trap 'echo stopped; read x; exit 0' INT; while :; do echo flood; done")
	c.WaitLine("flood")
	c.Send("\x03")
	c.WaitText("stopped")
	c.Send("\r")
	c.Wait()
	peertest.NothingLeft(t)
}

func TestAQuitOfTheClientHangsTheShellUp(t *testing.T) {
	_, c := session(t, nil)
	prompt(c)
	c.Send("sleep 1000\r")
	c.Send("\x1e.")
	if status := c.Wait(); status != 0 {
		t.Errorf("the client's status is %d", status)
	}
	peertest.NothingLeft(t)
}

func TestSignalsEndTheServerAndTheClientKnows(t *testing.T) {
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGUSR1} {
		s, c := session(t, nil)
		prompt(c)
		unix.Kill(s.PID, unix.SIGHUP) // means nothing
		unix.Kill(s.PID, unix.SIGPIPE)
		c.Send("echo alive | tr a-z A-Z\r")
		c.WaitLine("ALIVE")
		unix.Kill(s.PID, signal)
		if status := c.Wait(); status != 0 {
			t.Errorf("%v: the client's status is %d", signal, status)
		}
		peertest.NothingLeft(t)
	}
}

func TestSIGUSR1DoesNotEndAServerWhoseClientIsThere(t *testing.T) {
	s, c := session(t, []string{"MOSH_SERVER_SIGNAL_TMOUT=1000"})
	prompt(c)
	unix.Kill(s.PID, unix.SIGUSR1)
	c.Send("echo alive | tr a-z A-Z\r")
	c.WaitLine("ALIVE")
	c.Send("exit\r")
	c.Wait()
	peertest.NothingLeft(t)
}

func TestInputNobodyReadsStopsNeitherOutputNorTheNetwork(t *testing.T) {
	dir := t.TempDir()
	in, out, got := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "got")
	for _, fifo := range []string{in, out} {
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var input strings.Builder
	for i := range 50_000 { // far more than a pty holds
		fmt.Fprintf(&input, "%d ", i)
	}
	_, c := session(t, nil, "--", "sh", "-c",
		"stty raw -echo; echo ready; (cat "+out+") & read go <"+in+"; head -c "+strconv.Itoa(input.Len())+" >"+got+"; wait")
	c.WaitText("ready")
	c.Send(input.String())
	if err := os.WriteFile(out, []byte("output goes on\r\n"), 0); err != nil {
		t.Fatal(err)
	}
	c.WaitText("output goes on")
	if err := os.WriteFile(in, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	peertest.NothingLeft(t)
	if read, err := os.ReadFile(got); err != nil || string(read) != input.String() {
		t.Errorf("the program read %d bytes of %d: %v", len(read), input.Len(), err)
	}
}

func TestTheKeyIsInNoArgumentAndNoEnvironment(t *testing.T) {
	own, asServer := ownServer(t)
	s := peertest.StartServer(t, peertest.Options{Env: []string{asServer}}, own, "new", "-p", "0")
	key := s.Key.String()
	seen := false
	for _, p := range peertest.Processes(t) {
		seen = seen || p.PID == s.PID
		if strings.Contains(strings.Join(append(p.Args, p.Env...), "\n"), key) {
			t.Errorf("the key is to be seen in process %v", p)
		}
	}
	if !seen {
		t.Error("the server is not among the processes that were looked at")
	}
	unix.Kill(s.PID, unix.SIGTERM)
	peertest.NothingLeft(t)
}

func TestAMachineWithoutAUTF8LocaleIsNoError(t *testing.T) {
	_, c := session(t, []string{"LANG=C", "LC_ALL=C"}, "-l", "LC_CTYPE=xx_YY.UTF-8")
	prompt(c)
	c.Send("echo LANG=$LANG LC_ALL=$LC_ALL.\r")
	c.WaitLine("LANG=C.UTF-8 LC_ALL=.")
	c.Send("exit\r")
	c.Wait()
	peertest.NothingLeft(t)
}

func TestAServerOfAnOrdinaryUser(t *testing.T) {
	peertest.Need(t, "mosh-client")
	peertest.NeedRoot(t)
	user := peertest.NewUser(t)
	own, asServer := ownServer(t)
	public := filepath.Join(peertest.PublicDir(t), "mosh-server")
	text, err := os.ReadFile(own)
	if err == nil {
		err = os.WriteFile(public, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := peertest.StartServer(t, peertest.Options{User: user, Env: []string{asServer, "SHELL"}}, public, "new", "-p", "0")
	c := peertest.Start(t, peertest.Options{User: user, Env: []string{s.ClientEnv()}}, "mosh-client", "127.0.0.1", s.PortArg())
	prompt(c)
	c.Send("id -un; pwd; cat /proc/$PPID/comm\r")
	c.WaitLine(user.Name)
	c.WaitLine(user.Home)
	c.WaitLine("mosh-server")
	c.Send("exit\r")
	c.Wait()
	peertest.NothingLeft(t)
}
