package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// atTerminal asks one question at a terminal of the test's, types the answer once
// the prompt is there, and returns what the terminal has shown by the end.
func atTerminal(t *testing.T, ctx context.Context, prompt, typed string, echo bool) (answer, shown string, err error) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer master.Close()
	before := modes(t, slave)
	asked := make(chan error, 1)
	go func() {
		var err error
		answer, err = console{ctx, func() (device, error) { return device{slave, slave}, nil }, nil}.ask(prompt, echo)
		asked <- err
	}()
	var screen strings.Builder
	last := prompt[strings.LastIndexByte(prompt, '\n')+1:]
	for block := make([]byte, 256); !strings.Contains(screen.String(), last); {
		n, err := master.Read(block)
		if err != nil {
			t.Fatal(err)
		}
		screen.Write(block[:n])
	}
	if _, err := io.WriteString(master, typed); err != nil {
		t.Fatal(err)
	}
	err = <-asked
	// The question has closed its terminal: what was shown ends here.
	rest, _ := io.ReadAll(master) // an error is how the end looks on Linux
	screen.Write(rest)
	again, name := slaveOf(t, master)
	defer again.Close()
	if after := modes(t, again); after != before {
		t.Errorf("%s is left in another mode: %+v, was %+v", name, after, before)
	}
	return answer, screen.String(), err
}

func slaveOf(t *testing.T, master *os.File) (*os.File, string) {
	t.Helper()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprint("/dev/pts/", number)
	slave, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return slave, name
}

func modes(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var state *unix.Termios
	if control := conn.Control(func(fd uintptr) { state, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) }); control != nil || err != nil {
		t.Fatal(control, err)
	}
	return *state
}

func TestSecretsAreNeverShown(t *testing.T) {
	for _, c := range []struct {
		name, typed, want string
		echo              bool
		err               error
	}{
		{"a secret", "hunter2\r", "hunter2", false, nil},
		{"corrected", "hunter3\x7f2\r", "hunter2", false, nil},
		{"begun anew", "hunter3\x15hunter2\r", "hunter2", false, nil},
		{"given up", "hunter2\x03", "", false, interrupted{os.Interrupt}},
		{"none", "\x04", "", false, io.EOF},
		{"no secret", "hunter2\r", "hunter2", true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, screen, err := atTerminal(t, t.Context(), "two lines,\nPassword: ", c.typed, c.echo)
			if answer != c.want || !errors.Is(err, c.err) {
				t.Errorf("answer %q, %v", answer, err)
			}
			if strings.Contains(screen, "hunter") != c.echo || !strings.Contains(screen, "two lines,\r\nPassword: ") {
				t.Errorf("the terminal shows %q", screen)
			}
		})
	}
}
