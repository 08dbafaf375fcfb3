package client

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gmosh/client/predict"
	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
)

// The tests of this file run the client as a program of its own, on a real pty:
// the test's own binary, which becomes mosh-client if envMain tells it to.
const envMain = "GMOSH_TEST_MAIN"

func TestMain(m *testing.M) {
	switch os.Getenv(envMain) {
	case "client":
		os.Exit(Main("mosh-client", os.Args[1:]))
	case "panic":
		os.Exit(panicAtFirstKey(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// panicAtFirstKey is a client with a fault in it.
func panicAtFirstKey(args []string) int {
	p := program{name: "mosh-client", stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv}
	opts, err := p.prepare(parseArgs(args).server)
	if err != nil {
		return p.complain(err)
	}
	opts.Predictor = faulty{}
	Run(context.Background(), opts)
	return 0
}

type faulty struct{}

func (faulty) Stats() predict.Stats              { return predict.Stats{} }
func (faulty) Typed(time.Time, []byte, View)     { panic("a fault in a predictor") }
func (faulty) Arrived(time.Time, View)           {}
func (faulty) Reset(time.Time)                   {}
func (faulty) Draw(time.Time, *terminal.Overlay) {}
func (faulty) Next(time.Time) (never time.Time)  { return }

// desk is a shell on a pty, from which a client of ours is started that talks to a
// stock server.
type desk struct {
	*peertest.Terminal
	t      *testing.T
	server peertest.Server
}

// innerPrompt is the prompt of the server's shell.
const innerPrompt = "in>"

// sit starts a stock server and a shell to start the client from. env is for the
// shell, command what the server runs.
func sit(t *testing.T, o peertest.Options, command ...string) *desk {
	t.Helper()
	peertest.Need(t, "mosh-server")
	if len(command) == 0 {
		command = []string{"sh"}
	}
	argv := append([]string{"mosh-server", "new", "-i", "127.0.0.1", "-p", "0", "-c", "256", "--"}, command...)
	server := peertest.StartServer(t, peertest.Options{Env: []string{"PS1=" + innerPrompt + " "}}, argv...)
	o.Env = append([]string{server.ClientEnv(), "CLIENT=" + clientProgram(t), "PORT=" + server.PortArg(), envMain + "=client"}, o.Env...)
	d := &desk{peertest.Start(t, o, "sh"), t, server}
	d.WaitPrompt()
	return d
}

// clientProgram returns a copy of the test's binary that every user may run.
func clientProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(peertest.PublicDir(t), "mosh-client")
	if out, err := exec.Command("cp", self, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// connect starts the client, between two looks at the terminal's modes, and waits
// for the prompt on the other side.
func (d *desk) connect() {
	d.t.Helper()
	d.Send("stty -g >before; $CLIENT 127.0.0.1 $PORT; echo status $?; stty -g >after; cmp before after && echo modes are the same\n")
	d.inside()
}

// inside waits for the prompt of the shell on the other side.
func (d *desk) inside() {
	d.t.Helper()
	d.WaitFor("the inner prompt", func(s *peertest.Screen) bool { return s.CursorLine() == innerPrompt })
}

// leftWith waits until the client has ended with a status, and the shell it was
// started from has its terminal back as it was.
func (d *desk) leftWith(status int) *peertest.Screen {
	d.t.Helper()
	d.WaitLine(fmt.Sprintf("status %d", status))
	d.WaitLine("modes are the same")
	s := d.WaitPrompt()
	f := s.Frame
	if f.Mouse != 0 || f.BracketedPaste || f.FocusEvents || f.ReverseVideo || !f.Cursor.Visible {
		d.t.Errorf("the terminal was left in modes of the session: %+v", f.Cursor)
	}
	return s
}

// close ends the outer shell; nothing may be left.
func (d *desk) close() {
	d.t.Helper()
	d.Send("exit\n")
	d.Wait()
	peertest.NothingLeft(d.t)
}

func TestSessionWithAStockServer(t *testing.T) {
	peertest.Need(t, "vi", "less")
	d := sit(t, peertest.Options{})
	d.connect()

	d.Send("echo $((6 * 7)); stty size; echo $TERM; printf '\\343\\201\\202e\\314\\201\\n'\n")
	d.WaitLine("あe\u0301")
	if s := d.Screen(); !s.Has("42") || !s.Has("24 80") || !s.Has("xterm-256color") {
		t.Errorf("the shell's answers are missing\n%s", s)
	}

	before := d.Screen().Output
	d.Resize(100, 30)
	d.WaitFor("what shows that the client knows", func(s *peertest.Screen) bool { return s.Output > before })
	d.Send("clear; stty size\n")
	d.WaitLine("30 100")

	d.Send("seq 1000 | less\n")
	d.WaitFor("less at its first page", func(s *peertest.Screen) bool { return s.Line(28) == "29" && s.Line(29) == ":" })
	d.Send("G")
	d.WaitFor("less at its end", func(s *peertest.Screen) bool { return s.Line(28) == "1000" })
	d.Send("q")
	d.inside()

	d.Send("vi -u NONE file\n")
	d.WaitFor("vi", func(s *peertest.Screen) bool { return s.Line(0) == "" && s.Line(1) == "~" })
	d.Send("ihello\rworld\x1b")
	d.WaitFor("what was inserted", func(s *peertest.Screen) bool { return s.Line(0) == "hello" && s.Line(1) == "world" })
	d.Send("\x1bOA") // an arrow key, as a terminal in application mode sends it
	d.WaitFor("the cursor in the first line", func(s *peertest.Screen) bool { return s.Frame.Cursor.Row == 0 })
	d.Send("Athere\x1b:wq\r")
	d.inside()
	d.Send("clear; cat file; echo end of file\n")
	d.WaitLine("end of file")
	if s := d.Screen(); !s.Has("hellothere") || !s.Has("world") {
		t.Errorf("the file is not what was typed\n%s", s)
	}

	d.Send("exit\n")
	d.leftWith(0)
	d.close()
}

func TestEveryWayOutGivesTheTerminalBack(t *testing.T) {
	send := func(s syscall.Signal) func(d *desk) {
		return func(d *desk) {
			if err := syscall.Kill(d.clientPID(), s); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	ways := map[string]func(d *desk){
		"exit":     func(d *desk) { d.Send("exit\n") },
		"the keys": func(d *desk) { d.Send("\x1e.") },
		"SIGTERM":  send(syscall.SIGTERM),
		"SIGINT":   send(syscall.SIGINT),
		"SIGHUP":   send(syscall.SIGHUP),
		"SIGPIPE":  send(syscall.SIGPIPE),
		"SIGQUIT":  send(syscall.SIGQUIT),
	}
	// What these tests run under may ignore it, as nohup does, and what we start would too.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	for name, leave := range ways {
		t.Run(name, func(t *testing.T) {
			d := sit(t, peertest.Options{})
			d.connect()
			d.Send("printf '\\033[?1000h\\033[?2004h\\033[7mX'; echo ready\n")
			d.WaitFor("the modes", func(s *peertest.Screen) bool { return s.Frame.Mouse == 1000 && s.Frame.BracketedPaste })
			leave(d)
			if s := d.leftWith(0); !s.Contains("[mosh is exiting.]") {
				t.Errorf("no farewell\n%s", s)
			}
			d.close()
		})
	}
}

// clientPID finds the client.
func (d *desk) clientPID() int {
	d.t.Helper()
	return d.client().PID
}

func (d *desk) client() peertest.Process {
	d.t.Helper()
	for _, p := range peertest.Descendants(d.PID()) {
		if slices.Contains(p.Args, d.server.PortArg()) {
			return p
		}
	}
	d.t.Fatal("the client is not there")
	return peertest.Process{}
}

func TestPanicLeavesAUsableTerminal(t *testing.T) {
	d := sit(t, peertest.Options{Env: []string{envMain + "=panic"}})
	d.connect()
	d.Send("x")
	s := d.leftWith(2)
	if !strings.Contains(string(d.Output()), "a fault in a predictor") || !s.Contains("client.Run(") {
		t.Errorf("no trace\n%s", s)
	}
	syscall.Kill(d.server.PID, syscall.SIGTERM) // nobody told it
	d.close()
}

func TestHangUpEndsTheSessionOnTheServerToo(t *testing.T) {
	d := sit(t, peertest.Options{})
	d.connect()
	d.HangUp()
	peertest.NothingLeft(t)
}

func TestSuspendAndResume(t *testing.T) {
	for name, stop := range map[string]func(d *desk){
		"by the keys": func(d *desk) { d.Send("\x1e\x1a") },
		"by SIGTSTP":  func(d *desk) { syscall.Kill(d.clientPID(), syscall.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			d := sit(t, peertest.Options{})
			d.Send("stty -g >before\n")
			d.WaitPrompt()
			d.Send("$CLIENT 127.0.0.1 $PORT\n")
			d.inside()
			d.Send("echo here is the session\n")
			d.WaitLine("here is the session")

			stop(d)
			d.WaitText("[mosh is suspended.]")
			d.WaitPrompt()
			d.Send("stty -g >after; cmp before after && echo modes are the same\n")
			d.WaitLine("modes are the same")
			d.Resize(90, 20)
			d.WaitPrompt()

			d.Send("fg\n")
			d.WaitFor("the session's screen", func(s *peertest.Screen) bool { return s.Has("here is the session") && s.CursorLine() == innerPrompt })
			d.Send("clear; stty size\n")
			d.WaitLine("20 90")
			d.Send("exit\n")
			d.WaitText("[mosh is exiting.]")
			d.WaitPrompt()
			d.Send("stty -g >after; cmp before after; echo and still: $?\n")
			d.WaitText("and still:")
			d.close()
		})
	}
}

func TestKeyIsNowhereToBeSeen(t *testing.T) {
	d := sit(t, peertest.Options{})
	d.connect()
	key := d.server.Key.String()
	p := d.client()
	for _, text := range append(p.Args, p.Env...) {
		if strings.Contains(text, key) {
			t.Errorf("the key is in %q", strings.ReplaceAll(text, key, "KEY"))
		}
	}
	if !slices.Contains(p.Env, peertest.Mark(t)) {
		t.Fatal("the client's environment could not be read")
	}
	comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID))
	if got := strings.TrimSpace(string(comm)); got != "mosh-client" {
		t.Errorf("ps calls it %q", got)
	}
	inherited := pipesOf(t, d.PID())
	own := slices.DeleteFunc(pipesOf(t, p.PID), func(pipe string) bool { return slices.Contains(inherited, pipe) })
	if len(own) != 2 { // both ends of package tty's
		t.Errorf("these ends of pipes are open: %v; the key's is to be closed", own)
	}
	limits, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.PID))
	if !strings.Contains(string(limits), "Max core file size        0") {
		t.Errorf("core dumps are on:\n%s", limits)
	}
	d.Send("exit\n")
	d.leftWith(0)
	d.close()
}

// pipesOf names the pipes behind a process's descriptors.
func pipesOf(t *testing.T, pid int) (pipes []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	fds, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, _ := os.Readlink(filepath.Join(dir, fd.Name())); strings.HasPrefix(target, "pipe:") {
			pipes = append(pipes, target)
		}
	}
	return pipes
}

// As somebody else than root, on a terminal that belongs to root: it cannot be
// opened a second time.
func TestSessionOfAnotherUserThanTheTerminals(t *testing.T) {
	peertest.NeedRoot(t)
	u := peertest.NewUser(t)
	d := sit(t, peertest.Options{User: u})
	d.connect()
	d.Send("seq 10000; echo done\n")
	d.WaitLine("done")
	d.Send("exit\n")
	d.leftWith(0)
	d.close()
}

func TestPasteArrivesWholeAtAStockServer(t *testing.T) {
	d := sit(t, peertest.Options{})
	d.connect()
	text := strings.Repeat("All of this was pasted, every single byte of it. ", 6000)
	d.Send(fmt.Sprintf("stty raw -echo; echo ready; head -c %d >pasted; stty sane; cksum pasted\n", len(text)))
	d.WaitText("ready")
	d.Send(text)
	want := cksum(t, text)
	d.WaitText(want)
	d.Send("exit\n")
	d.leftWith(0)
	d.close()
}

func cksum(t *testing.T, text string) string {
	t.Helper()
	cmd := exec.Command("cksum")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestTerminalsOfOtherKinds(t *testing.T) {
	for _, term := range []string{"xterm", "screen", "tmux", "linux", "vt100"} {
		t.Run(term, func(t *testing.T) {
			d := sit(t, peertest.Options{Env: []string{"TERM=" + term, "TERMINFO=/nonexistent", "TERMINFO_DIRS=/nonexistent"}})
			d.connect()
			d.Send("echo $((6 * 7))\n")
			d.WaitLine("42")
			d.Send("exit\n")
			d.leftWith(0)
			d.close()
		})
	}
}

// TestRefusalsAreStocks compares exit status and streams of what goes wrong before
// a session with the real mosh-client. The words are ours.
func TestRefusalsAreStocks(t *testing.T) {
	peertest.Need(t, "mosh-client")
	ours := clientProgram(t)
	const key = "MOSH_KEY=4NeCCgvZFe2RnPgrcU1PQw"
	tests := []struct {
		name string
		args []string
		env  []string
	}{
		{"no arguments", nil, nil},
		{"help", []string{"--help"}, nil},
		{"version", []string{"--version"}, nil},
		{"an unknown option", []string{"-z"}, nil},
		{"an unknown long option", []string{"--foo"}, nil},
		{"three arguments", []string{"a", "b", "c"}, nil},
		{"colours", []string{"-c"}, nil},
		{"colours of xterm", []string{"-c"}, []string{"TERM=xterm"}},
		{"colours without a terminal", []string{"-c"}, []string{"TERM="}},
		{"no key", []string{"127.0.0.1", "60001"}, nil},
		{"a bad port", []string{"127.0.0.1", "6x"}, []string{key}},
		{"a bad key", []string{"127.0.0.1", "60001"}, []string{"MOSH_KEY=abc"}},
		{"a key with stray bits", []string{"127.0.0.1", "60001"}, []string{"MOSH_KEY=4NeCCgvZFe2RnPgrcU1PQx"}},
		{"a stdin that is no terminal", []string{"127.0.0.1", "60001"}, []string{key}},
		{"a bad prediction mode", []string{"127.0.0.1", "60001"}, []string{key, "MOSH_PREDICTION_DISPLAY=sometimes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stock := run(t, "mosh-client", tt.args, tt.env)
			mine := run(t, ours, tt.args, append(tt.env, envMain+"=client"))
			if mine != stock {
				t.Errorf("ours: %+v, stock's: %+v", mine, stock)
			}
		})
	}
}

// outcome is what can be seen of a program's end.
type outcome struct {
	status         int
	stdout, stderr bool // something was printed there
}

func run(t *testing.T, program string, args, env []string) outcome {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(peertest.Env(t), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.Len() > 0, stderr.Len() > 0}
}
