package peertest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Tmux is a real tmux server of its own with one window, whose screen is a second
// opinion: what a terminal that is not ours shows. It wakes up on what tmux says
// to a client in control mode. One goroutine may use it.
type Tmux struct {
	t       testing.TB
	dir     string // TMUX_TMPDIR
	control *exec.Cmd
	stdin   io.Closer
	events  chan struct{} // holds one if the control client has said something since; closed when it ends
}

// TmuxOptions are what a Tmux is started with.
type TmuxOptions struct {
	Cols, Rows int      // the window's size; 80x24
	Env        []string // as in Options
	Home       string   // as in Options
}

// StartTmux starts a program in a new tmux. The program's screen stays when it
// exits. tmux and the program end with the test.
func StartTmux(t testing.TB, o TmuxOptions, argv ...string) *Tmux {
	t.Helper()
	Need(t, "tmux")
	if o.Cols == 0 {
		o.Cols, o.Rows = 80, 24
	}
	env, home := Options{Env: o.Env, Home: o.Home}.environment(t)
	x := &Tmux{t: t, dir: PublicDir(t), events: make(chan struct{}, 1)}
	config := filepath.Join(x.dir, "tmux.conf")
	WriteFile(t, config, strings.Join([]string{
		"set -g status off",
		"set -g remain-on-exit on",
		"set -g remain-on-exit-format ''",
		"set -g default-terminal screen-256color",
		"set -g history-limit 10000",
		"set -s escape-time 0",
	}, "\n")+"\n")
	start := []string{"-f", config, "new-session", "-d", "-x", fmt.Sprint(o.Cols), "-y", fmt.Sprint(o.Rows), "-c", home, "--"}
	x.run(env, append(start, argv...)...)
	t.Cleanup(x.close)
	x.run(env, "set-option", "-g", "window-size", "manual") // in the file it ends tmux 3.3a
	x.attach(env)
	return x
}

// attach starts the control client.
func (x *Tmux) attach(env []string) {
	x.t.Helper()
	x.control = x.command(env, "-C", "attach-session", "-f", "ignore-size")
	stdin, err := x.control.StdinPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	stdout, err := x.control.StdoutPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.control.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.stdin = stdin
	go func() { // ends when the client does, which close waits for
		defer close(x.events)
		lines := bufio.NewReader(stdout)
		for {
			if _, err := lines.ReadSlice('\n'); err != nil && err != bufio.ErrBufferFull {
				return
			}
			select {
			case x.events <- struct{}{}:
			default: // tmux reads from no program while its clients do not listen
			}
		}
	}()
}

func (x *Tmux) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(lookPath("tmux"), append([]string{"-L", "gmosh"}, args...)...)
	cmd.Env = setEnv(env, "TMUX_TMPDIR="+x.dir, "TMUX")
	return cmd
}

func (x *Tmux) run(env []string, args ...string) string {
	x.t.Helper()
	cmd := x.command(env, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		x.t.Fatalf("%q: %v: %s", cmd.Args, err, out)
	}
	return string(out)
}

// Run gives tmux a command and returns what it prints.
func (x *Tmux) Run(args ...string) string {
	x.t.Helper()
	return x.run(Env(x.t), args...)
}

// Type types text as it is.
func (x *Tmux) Type(text string) {
	x.t.Helper()
	x.Run("send-keys", "-l", "--", text)
}

// Keys presses keys by tmux's names for them: Enter, C-c, Up, F1.
func (x *Tmux) Keys(names ...string) {
	x.t.Helper()
	x.Run(append([]string{"send-keys", "--"}, names...)...)
}

// Resize changes the window's size.
func (x *Tmux) Resize(cols, rows int) {
	x.t.Helper()
	x.Run("resize-window", "-x", fmt.Sprint(cols), "-y", fmt.Sprint(rows))
}

// Lines returns the screen's rows without trailing blanks.
func (x *Tmux) Lines() []string { return x.capture() }

// Styled returns the screen's rows with the escape sequences that give them
// tmux's idea of their rendition.
func (x *Tmux) Styled() []string { return x.capture("-e") }

func (x *Tmux) capture(flags ...string) []string {
	x.t.Helper()
	out := x.Run(append([]string{"capture-pane", "-p"}, flags...)...)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// Query returns the value of one of tmux's formats, such as "#{cursor_x}" or
// "#{pane_title}".
func (x *Tmux) Query(format string) string {
	x.t.Helper()
	return strings.TrimSuffix(x.Run("display-message", "-p", format), "\n")
}

// WaitFor waits until the screen meets a condition, asked again whenever tmux has
// output, and returns its rows. desc completes "waiting for …".
func (x *Tmux) WaitFor(desc string, cond func(lines []string) bool) []string {
	x.t.Helper()
	timeout := newTimeout(x.t)
	for {
		lines := x.Lines()
		if cond(lines) {
			return lines
		}
		select {
		case _, ok := <-x.events:
			if !ok {
				x.t.Fatalf("waiting for %s: tmux has ended\n%s", desc, strings.Join(lines, "\n"))
			}
		case <-timeout:
			x.t.Fatalf("waiting for %s: nothing more came in %v\n%s", desc, deadline, strings.Join(lines, "\n"))
		}
	}
}

// WaitText waits until some row contains text.
func (x *Tmux) WaitText(text string) []string {
	x.t.Helper()
	return x.WaitFor(text, func(lines []string) bool {
		return strings.Contains(strings.Join(lines, "\n"), text)
	})
}

// WaitDead waits until the program has exited and tmux has read what it wrote; its
// screen stays. No control client is told of it, and tmux 3.3a itself may miss it: so
// the process is waited for, and then tmux, which is at the end of the pty with the next
// command or two.
func (x *Tmux) WaitDead() []string {
	x.t.Helper()
	var pid int
	if _, err := fmt.Sscan(x.Query("#{pane_pid}"), &pid); err != nil {
		x.t.Fatal(err)
	}
	WaitGone(x.t, pid)
	timeout := newTimeout(x.t)
	for x.Query("#{pane_dead}") != "1" {
		select {
		case <-timeout:
			x.t.Fatalf("tmux does not see that the program has exited\n%s", strings.Join(x.Lines(), "\n"))
		default:
		}
	}
	return x.Lines()
}

func (x *Tmux) close() {
	_ = x.command(Env(x.t), "kill-server").Run() // ends the control client too
	if x.control != nil && x.control.Process != nil {
		x.stdin.Close()
		for range x.events {
		}
		_ = x.control.Wait()
	}
	os.RemoveAll(x.dir)
}
