package peertest

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"gmosh/protocol/terminal"
)

// deadline ends a test that has failed. Nothing takes this long on a machine
// that works; tests do not depend on its value.
const deadline = 60 * time.Second

// Options are what a Terminal is started with. The zero value will do.
type Options struct {
	Cols, Rows int      // the terminal's size; 80x24
	Env        []string // NAME=VALUE on top of Env's variables; NAME alone takes one away
	Dir        string   // where the program starts; its home
	Home       string   // $HOME; a new empty folder, or User's
	User       *User    // whom it runs as; nil: as the test does
	Terminal   terminal.Options
	Outer      terminal.Outer // what the terminal says of itself when it is asked
}

// Terminal is a process on a pty, with a screen.
type Terminal struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	pty  *os.File // the master

	mu      sync.Mutex
	emu     *terminal.Emulator
	raw     []byte        // output, the last keepOutput bytes at least
	total   int64         // bytes of output
	at      time.Time     // when the last of them came
	ended   bool          // the pty was read to its end
	typed   []byte        // input that is not written yet
	changed chan struct{} // closed, and replaced, when any of these changes

	exited chan struct{} // closed when the process has been waited for
	status int           // valid after exited
	work   sync.WaitGroup
}

// keepOutput is how much of the raw output is kept for Output.
const keepOutput = 1 << 20

// Start runs a program on a new pty, as the leader of a session of its own. When
// the test ends the pty is closed and the process killed if it is still there.
func Start(t testing.TB, o Options, argv ...string) *Terminal {
	t.Helper()
	needLinux(t)
	if o.Cols == 0 {
		o.Cols, o.Rows = 80, 24
	}
	master, slave := openPTY(t, o)
	defer slave.Close()

	path := lookPath(argv[0])
	if path == "" {
		t.Fatalf("%s is not installed", argv[0])
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Args[0] = argv[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = onTerminal(o.User)
	cmd.Env, cmd.Dir = o.environment(t)
	if err := cmd.Start(); err != nil {
		master.Close()
		t.Fatalf("%s: %v", argv[0], err)
	}
	term := &Terminal{
		t: t, name: strings.Join(argv, " "), cmd: cmd, pty: master,
		emu:     terminal.New(o.Cols, o.Rows, o.Terminal),
		changed: make(chan struct{}), exited: make(chan struct{}),
	}
	term.emu.SetOuter(o.Outer)
	term.work.Go(term.read)
	term.work.Go(term.write)
	term.work.Go(term.reap)
	t.Cleanup(term.close)
	return term
}

func openPTY(t testing.TB, o Options) (master, slave *os.File) {
	t.Helper()
	blocking, slave, err := pty.Open()
	if err != nil {
		t.Fatal("pty: ", err)
	}
	master, err = nonblocking(blocking)
	if err == nil {
		err = pty.Setsize(master, &pty.Winsize{Cols: uint16(o.Cols), Rows: uint16(o.Rows)})
	}
	if err == nil && o.User != nil {
		err = os.Chown(slave.Name(), o.User.UID, -1)
	}
	if err != nil {
		t.Fatal("pty: ", err)
	}
	return master, slave
}

// environment is the program's environment and the folder it starts in. The test
// gets its clean-up of marked processes.
func (o Options) environment(t testing.TB) (env []string, dir string) {
	t.Cleanup(func() { killLeft(t) })
	home := o.Home
	env = Env(t)
	switch {
	case o.User != nil:
		if home == "" {
			home = o.User.Home
		}
		env = setEnv(env, "USER="+o.User.Name, "LOGNAME="+o.User.Name)
	case home == "":
		home = t.TempDir()
	}
	env = setEnv(env, "HOME="+home)
	env = setEnv(env, o.Env...)
	if o.Dir != "" {
		return env, o.Dir
	}
	return env, home
}

// Env is the environment programs are started with: little, the same on every
// machine, and Mark. HOME is not in it.
func Env(t testing.TB) []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
		"TERM=xterm-256color",
		"LANG=C.UTF-8",
		"SHELL=/bin/sh",
		"PS1=$ ",
		"TZ=UTC",
		Mark(t),
	}
}

// setEnv returns env with variables set (NAME=VALUE) or taken away (NAME).
func setEnv(env []string, changes ...string) []string {
	env = slices.Clone(env)
	for _, c := range changes {
		name, _, set := strings.Cut(c, "=")
		env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if set {
			env = append(env, c)
		}
	}
	return env
}

// PID is the process's id.
func (x *Terminal) PID() int { return x.cmd.Process.Pid }

// read is the terminal's screen: it interprets all output, until the pty is
// closed at either end.
func (x *Terminal) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := x.pty.Read(buf)
		at := time.Now()
		x.mu.Lock()
		x.emu.Write(buf[:n])
		x.typed = append(x.typed, x.emu.TakeAnswers()...)
		x.total, x.at = x.total+int64(n), at
		if x.raw = append(x.raw, buf[:n]...); len(x.raw) > 2*keepOutput {
			x.raw = append(x.raw[:0], x.raw[len(x.raw)-keepOutput:]...)
		}
		x.ended = x.ended || err != nil
		x.notify()
		x.mu.Unlock()
		if err != nil { // EIO: no process has the other end any more
			return
		}
	}
}

// write is the terminal's keyboard. Typing must not block reading: a program may
// read nothing while it floods.
func (x *Terminal) write() {
	for {
		x.mu.Lock()
		for len(x.typed) == 0 && !x.ended {
			changed := x.changed
			x.mu.Unlock()
			<-changed
			x.mu.Lock()
		}
		typed, ended := x.typed, x.ended
		x.typed = nil
		x.mu.Unlock()
		if ended {
			return
		}
		if _, err := x.pty.Write(typed); err != nil {
			return
		}
	}
}

func (x *Terminal) reap() {
	x.status = exitStatus(x.cmd.Wait())
	close(x.exited)
	x.mu.Lock()
	x.notify()
	x.mu.Unlock()
}

// exitStatus is a process's exit status as a shell has it: 128 and the signal for
// one that was killed.
func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		return -1
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return exit.ExitCode()
}

// notify wakes whoever waits for a change. x.mu is held.
func (x *Terminal) notify() {
	close(x.changed)
	x.changed = make(chan struct{})
}

// Send types text. It does not wait until it is read.
func (x *Terminal) Send(text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.typed = append(x.typed, text...)
	x.notify()
}

// Press types text at once, for measurements, and returns when it did. Nothing that
// Send was given may wait, and the program must read.
func (x *Terminal) Press(text string) time.Time {
	x.t.Helper()
	at := time.Now()
	if _, err := x.pty.WriteString(text); err != nil {
		x.t.Fatalf("%s: typing: %v", x.name, err)
	}
	return at
}

// Resize changes the terminal's size, which tells the program (SIGWINCH).
func (x *Terminal) Resize(cols, rows int) {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.emu.Resize(cols, rows)
	if err := pty.Setsize(x.pty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}); err != nil {
		x.t.Fatal("resize: ", err)
	}
}

// Screen is what the terminal shows now.
func (x *Terminal) Screen() *Screen {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen()
}

func (x *Terminal) screen() *Screen {
	return &Screen{Frame: x.emu.Frame(), Ended: x.ended, Output: x.total, At: x.at}
}

// Output returns the raw output, of which the last MiB at least.
func (x *Terminal) Output() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.raw)
}

// WaitFor waits until the screen meets a condition, which is asked again whenever
// there has been output, and returns that screen. It fails the test, with the
// screen in the log, when the program's output has ended without it, or at the
// deadline. desc completes "waiting for …".
func (x *Terminal) WaitFor(desc string, cond func(*Screen) bool) *Screen {
	x.t.Helper()
	s, why := x.waitFor(cond)
	if why != "" {
		x.t.Fatalf("waiting for %s: %s\n%s\n%s", desc, why, x.name, s)
	}
	return s
}

func (x *Terminal) waitFor(cond func(*Screen) bool) (s *Screen, why string) {
	timeout := time.NewTimer(deadline)
	defer timeout.Stop()
	for {
		x.mu.Lock()
		s, changed := x.screen(), x.changed
		x.mu.Unlock()
		if cond(s) {
			return s, ""
		}
		if s.Ended {
			return s, "the output has ended"
		}
		select {
		case <-changed:
		case <-timeout.C:
			return s, "nothing more came in " + deadline.String()
		}
	}
}

// WaitText waits until some row of the screen contains text.
func (x *Terminal) WaitText(text string) *Screen {
	x.t.Helper()
	return x.WaitFor(text, func(s *Screen) bool { return s.Contains(text) })
}

// WaitLine waits until some row of the screen is text.
func (x *Terminal) WaitLine(text string) *Screen {
	x.t.Helper()
	return x.WaitFor("a line "+text, func(s *Screen) bool { return s.Has(text) })
}

// WaitPrompt waits until a shell waits for a command, see Screen.AtPrompt.
func (x *Terminal) WaitPrompt() *Screen {
	x.t.Helper()
	return x.WaitFor("the prompt", (*Screen).AtPrompt)
}

// Do waits for a shell's prompt, types a command, and waits until the shell prompts
// again, on a screen that then has the command's output. Typing without waiting
// leaves it to chance where the terminal's echo stands.
func (x *Terminal) Do(command string) *Screen {
	x.t.Helper()
	before := x.WaitPrompt().Output
	x.Send(command + "\n")
	return x.WaitFor(command+", and the prompt", func(s *Screen) bool { return s.Output > before && s.AtPrompt() })
}

// Wait waits until the process has exited and all its output is on the screen,
// and returns its exit status (128 + the signal if it was killed). Another
// process that still holds the pty then is a failure.
func (x *Terminal) Wait() int {
	x.t.Helper()
	timeout := time.NewTimer(deadline)
	defer timeout.Stop()
	select {
	case <-x.exited:
	case <-timeout.C:
		x.t.Fatalf("%s: still running after %v\n%s", x.name, deadline, x.Screen())
	}
	if s, why := x.waitFor(func(s *Screen) bool { return s.Ended }); why != "" {
		x.t.Fatalf("%s has exited, but its pty is held:\n%s\n%s", x.name, list(Processes(x.t)), s)
	}
	return x.status
}

// Exited reports whether the process has exited.
func (x *Terminal) Exited() bool {
	select {
	case <-x.exited:
		return true
	default:
		return false
	}
}

// Signal sends the process a signal.
func (x *Terminal) Signal(s os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(s); err != nil {
		x.t.Fatalf("%s: %v", x.name, err)
	}
}

// HangUp closes the terminal, as a closed window does: the program gets SIGHUP
// and can neither read nor write.
func (x *Terminal) HangUp() {
	x.mu.Lock()
	x.ended = true
	x.notify()
	x.mu.Unlock()
	x.pty.Close()
}

// close ends the process and waits for it and for our goroutines.
func (x *Terminal) close() {
	x.HangUp()
	if !x.Exited() {
		x.cmd.Process.Kill()
	}
	x.work.Wait()
}
