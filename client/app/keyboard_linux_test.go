package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"gmosh/bootstrap"
	"gmosh/sshconf"
)

// seat is a program on a pty, and the user's end of it.
func seat(t *testing.T, name string) (p *program, user *os.File) {
	t.Helper()
	user, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p = newProgram("gmosh")
	p.stdin, p.stdout = slave, slave
	p.lookup = func(key string) (string, bool) { return map[string]string{"TERM": name}[key], key == "TERM" }
	t.Cleanup(func() {
		if k := p.listening.begin(); k != nil {
			k.asked = time.Time{} // nobody answers any more
		}
		p.listening.end()
		slave.Close()
		user.Close()
	})
	return p, user
}

// listens has a program's keyboard listen from the start.
func listens(t *testing.T, p *program) *keyboard {
	t.Helper()
	p.listening = p.listen(options{}, &sshconf.Config{})
	if p.listening.keyboard == nil {
		t.Fatal("nobody listens to the terminal")
	}
	return p.listening.keyboard
}

func modesOf(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

func typeText(t *testing.T, user *os.File, text string) {
	t.Helper()
	if _, err := io.WriteString(user, text); err != nil {
		t.Fatal(err)
	}
}

// sees reads what the user's terminal is sent, up to a text.
func sees(t *testing.T, user *bufio.Reader, text string) string {
	t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), text) {
		b, err := user.ReadByte()
		if err != nil {
			t.Fatalf("%v; so far %q", err, seen.String())
		}
		seen.WriteByte(b)
	}
	return seen.String()
}

func TestQuestionsGetOnlyWhatIsTypedAfterThem(t *testing.T) {
	p, user := seat(t, "xterm-256color")
	k, screen := listens(t, p), bufio.NewReader(user)
	sees(t, screen, "\x1b[c")
	typeText(t, user, "ls\r\x1bP>|foot(1)\x1b\\")
	k.mu.Lock()
	for k.filter.Known().Version == "" { // the last of it has been read then
		k.changed.Wait()
	}
	k.mu.Unlock()
	answers := make(chan string, 1)
	go func() {
		line, err := k.ask(t.Context(), "yes or no? ", true)
		if err != nil {
			line = err.Error()
		}
		answers <- line
	}()
	sees(t, screen, "yes or no? ")
	typeText(t, user, "nä\x7f\x7f\x1b[?2026;2$yyes\x1b[?62")
	if got := sees(t, screen, "yes"); got != "nä\b \b\b \byes" {
		t.Errorf("the user sees %q", got)
	}
	typeText(t, user, "c\rtop\r")
	if got := <-answers; got != "yes" {
		t.Errorf("the answer is %q", got)
	}
	filter := k.begin()
	if !filter.Finished() || !filter.Known().Sync || filter.Known().Version != "foot(1)" {
		t.Errorf("known of the terminal: %+v", filter.Known())
	}
	reads(t, k, "ls\rtop\r")
	typeText(t, user, "\x1b[?62cx")
	buf := make([]byte, 64)
	if n, err := k.Read(buf); err != nil || string(buf[:n]) != "\x1b[?62cx" {
		t.Errorf("the session, whose filter it is now, reads %q, %v", buf[:n], err)
	}
}

func TestPasswordIsNotShown(t *testing.T) {
	p, user := seat(t, "xterm-256color")
	k, screen := listens(t, p), bufio.NewReader(user)
	sees(t, screen, "\x1b[c")
	answers := make(chan string, 1)
	go func() {
		line, _ := k.ask(t.Context(), "Password: ", false)
		answers <- line
	}()
	sees(t, screen, "Password: ")
	typeText(t, user, "sec\x15secret\r")
	if got := sees(t, screen, "\n"); got != "\r\n" || <-answers != "secret" {
		t.Errorf("the user sees %q", got)
	}
}

func TestQuestionEndsWithItsContextAndWithTheTerminal(t *testing.T) {
	p, user := seat(t, "xterm-256color")
	k := listens(t, p)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("interrupted")
	cancel(gone)
	if _, err := k.ask(ctx, "? ", true); !errors.Is(err, gone) {
		t.Errorf("a question whose context has ended: %v", err)
	}
	user.Close()
	if line, err := k.ask(t.Context(), "? ", true); err == nil {
		t.Errorf("a terminal that is gone answered %q", line)
	}
}

// reads checks what the session reads from the keyboard.
func reads(t *testing.T, k *keyboard, want string) {
	t.Helper()
	var got string
	for buf := make([]byte, 64); got != want; {
		n, err := k.Read(buf)
		if got += string(buf[:n]); err != nil || !strings.HasPrefix(want, got) {
			t.Fatalf("the session reads %q, %v; want %q", got, err, want)
		}
	}
}

func TestTerminalIsAsItWasWhenTheLoginFails(t *testing.T) {
	p, user := seat(t, "xterm")
	before := modesOf(t, p.stdin)
	k := listens(t, p)
	if during := modesOf(t, p.stdin); during.Lflag&unix.ECHO != 0 || during.Lflag&unix.ISIG == 0 || during.Oflag != before.Oflag {
		t.Errorf("during the login the modes are %+v", during)
	}
	k.asked = time.Now().Add(time.Hour) // however slow this machine is
	typeText(t, user, "\x1b[?62c")
	p.listening.end()
	if !k.filter.Finished() {
		t.Error("the terminal's answer was left to whoever reads next")
	}
	if after := modesOf(t, p.stdin); after != before {
		t.Errorf("after it they are %+v, before %+v", after, before)
	}
	if p.listening.begin() != nil {
		t.Error("somebody listens again")
	}
}

func TestTerminalThatDoesNotAnswerIsNotWaitedForLong(t *testing.T) {
	p, _ := seat(t, "xterm")
	listens(t, p).asked = time.Now().Add(-patience)
	p.listening.end() // or never
}

// typeAhead types before anybody listens, and waits until it has arrived: until it
// is shown.
func typeAhead(t *testing.T, user *os.File, screen *bufio.Reader, text string) {
	t.Helper()
	typeText(t, user, text+"\r")
	if got := sees(t, screen, "\n"); got != text+"\r\n" {
		t.Fatalf("before the terminal is taken over, %q is shown as %q", text, got)
	}
}

// TestTerminalIsLeftToOtherProgramsUntilTheyHaveAsked goes through the ways to a host
// that a program of the user's may be part of.
func TestTerminalIsLeftToOtherProgramsUntilTheyHaveAsked(t *testing.T) {
	reached := func(t *testing.T, u *ui, _ *os.File, _ *bufio.Reader) {
		u.Tell(bootstrap.Reached{})
		if u.listening.keyboard == nil {
			t.Fatal("nobody listens")
		}
	}
	question := func(t *testing.T, u *ui, user *os.File, screen *bufio.Reader) {
		answers := make(chan string, 1)
		go func() {
			answer, _ := u.ask("? ", false)
			answers <- answer
		}()
		sees(t, screen, "? ")
		typeText(t, user, "yes\r")
		if got := <-answers; got != "yes" {
			t.Errorf("the answer is %q", got)
		}
	}
	for name, c := range map[string]struct {
		o     options
		host  sshconf.Config
		until func(*testing.T, *ui, *os.File, *bufio.Reader)
	}{
		"ProxyCommand, host reached":        {host: sshconf.Config{ProxyCommand: "nc"}, until: reached},
		"ProxyJump, host reached":           {host: sshconf.Config{ProxyJump: []sshconf.Jump{{}}}, until: reached},
		"--ssh, a question of ours":         {o: options{SSH: []string{"ssh"}}, until: question},
		"--local with a server, a question": {o: options{Local: true, Server: "sudo mosh-server"}, until: question},
		"--ssh, the session":                {o: options{SSH: []string{"ssh"}}},
	} {
		t.Run(name, func(t *testing.T) {
			p, user := seat(t, "linux")
			before, screen := modesOf(t, p.stdin), bufio.NewReader(user)
			p.listening = p.listen(c.o, &c.host)
			if p.listening.keyboard != nil || modesOf(t, p.stdin) != before {
				t.Fatal("the terminal was taken over")
			}
			typeAhead(t, user, screen, "ls")
			if c.until != nil {
				c.until(t, &ui{console: console{ctx: t.Context()}, listening: p.listening, quiet: true}, user, screen)
			}
			terminal, _, err := p.sessionTerminal()
			if err != nil {
				t.Fatal(err)
			}
			reads(t, terminal.(*keyboard), "ls\r")
		})
	}
}

func TestConsoleThatMayShowQuestionsIsAskedByTheSession(t *testing.T) {
	for _, name := range []string{"linux", "vt220", "screen"} {
		p, user := seat(t, name)
		k, screen := listens(t, p), bufio.NewReader(user)
		typeText(t, user, "ls\r")
		reads(t, k, "ls\r")
		if _, err := io.WriteString(k, "|"); err != nil {
			t.Fatal(err)
		}
		if got := sees(t, screen, "|"); got != "|" {
			t.Errorf("a %s was asked: %q", name, got)
		}
		if k.begin().HasAsked() {
			t.Errorf("the session will not ask a %s", name)
		}
	}
}

func TestQuestionsAreNotAskedInAFile(t *testing.T) {
	p, user := seat(t, "xterm")
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p.stdout = file
	p.listening = p.listen(options{}, &sshconf.Config{})
	if p.listening.begin() != nil {
		t.Error("with its output in a file, the terminal was taken over")
	}
	p.openTerminal = func() (device, error) { return device{p.stdin, p.stdin}, nil }
	answers := make(chan string, 1)
	go func() {
		u := &ui{console: console{ctx: t.Context(), open: p.openTerminal}, listening: p.listening}
		answer, _ := u.ask("? ", true)
		answers <- answer
	}()
	sees(t, bufio.NewReader(user), "? ")
	typeText(t, user, "yes\r")
	if got := <-answers; got != "yes" {
		t.Errorf("the answer is %q", got)
	}
}
