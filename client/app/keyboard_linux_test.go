package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"gmosh/sshconf"
)

// seat is a program on a pty with its keyboard listening, and the user's end of it.
func seat(t *testing.T, term string) (p *program, user *os.File) {
	t.Helper()
	user, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p = newProgram("gmosh")
	p.stdin, p.stdout = slave, slave
	p.lookup = func(name string) (string, bool) { return map[string]string{"TERM": term}[name], name == "TERM" }
	p.keyboard = p.listen(options{}, &sshconf.Config{})
	t.Cleanup(func() {
		p.unlisten()
		slave.Close()
		user.Close()
	})
	return p, user
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
	screen := bufio.NewReader(user)
	sees(t, screen, "\x1b[c")
	typeText(t, user, "ls\r\x1bP>|foot(1)\x1b\\")
	p.keyboard.mu.Lock()
	for p.keyboard.filter.Known().Version == "" { // the last of it has been read then
		p.keyboard.changed.Wait()
	}
	p.keyboard.mu.Unlock()
	answers := make(chan string, 1)
	go func() {
		line, err := p.keyboard.ask(t.Context(), "yes or no? ", true)
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
	filter := p.keyboard.begin()
	if !filter.Finished() || !filter.Known().Sync || filter.Known().Version != "foot(1)" {
		t.Errorf("known of the terminal: %+v", filter.Known())
	}
	var session string
	for buf := make([]byte, 64); session != "ls\rtop\r"; {
		n, err := p.keyboard.Read(buf)
		if session += string(buf[:n]); err != nil || !strings.HasPrefix("ls\rtop\r", session) {
			t.Fatalf("the session reads %q, %v", session, err)
		}
	}
	typeText(t, user, "\x1b[?62cx")
	buf := make([]byte, 64)
	if n, err := p.keyboard.Read(buf); err != nil || string(buf[:n]) != "\x1b[?62cx" {
		t.Errorf("the session, whose filter it is now, reads %q, %v", buf[:n], err)
	}
}

func TestPasswordIsNotShown(t *testing.T) {
	p, user := seat(t, "xterm-256color")
	screen := bufio.NewReader(user)
	sees(t, screen, "\x1b[c")
	answers := make(chan string, 1)
	go func() {
		line, _ := p.keyboard.ask(t.Context(), "Password: ", false)
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
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("interrupted")
	cancel(gone)
	if _, err := p.keyboard.ask(ctx, "? ", true); !errors.Is(err, gone) {
		t.Errorf("a question whose context has ended: %v", err)
	}
	user.Close()
	if line, err := p.keyboard.ask(t.Context(), "? ", true); err == nil {
		t.Errorf("a terminal that is gone answered %q", line)
	}
}

func TestTerminalIsAsItWasWhenTheLoginFails(t *testing.T) {
	user, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close()
	defer slave.Close()
	before := modesOf(t, slave)
	p := newProgram("gmosh")
	p.stdin, p.stdout = slave, slave
	p.lookup = func(name string) (string, bool) { return "xterm", name == "TERM" }
	p.keyboard = p.listen(options{}, &sshconf.Config{})
	if during := modesOf(t, slave); during.Lflag&unix.ECHO != 0 || during.Lflag&unix.ISIG == 0 || during.Oflag != before.Oflag {
		t.Errorf("during the login the modes are %+v", during)
	}
	p.unlisten()
	if after := modesOf(t, slave); after != before {
		t.Errorf("after it they are %+v, before %+v", after, before)
	}
}

func TestTerminalIsLeftToOtherProgramsThatAsk(t *testing.T) {
	p, _ := seat(t, "linux")
	if p.keyboard != nil {
		t.Error("a console that may show questions was asked early")
	}
	for name, o := range map[string]options{"--ssh": {SSH: []string{"ssh"}}, "--local": {Local: true}} {
		if p.listen(o, &sshconf.Config{}) != nil {
			t.Errorf("%s: the terminal was taken over", name)
		}
	}
	p.lookup = func(string) (string, bool) { return "xterm", true }
	if p.listen(options{}, &sshconf.Config{ProxyCommand: "nc"}) != nil {
		t.Error("with a ProxyCommand the terminal was taken over")
	}
}
