//go:build unix

package pty

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// open returns a terminal that the test closes.
func open(t *testing.T, cols, rows int) Terminal {
	t.Helper()
	term, err := Open(cols, rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { term.Close() })
	return term
}

// shell runs a sh script on a terminal of its own and returns what it wrote and
// how it ended.
func shell(t *testing.T, script string) (string, Status) {
	t.Helper()
	term := open(t, 80, 24)
	p, err := term.Start(Command{Path: "sh", Args: []string{"-sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(term)
	if err != nil {
		t.Fatalf("reading the terminal: %v", err)
	}
	return strings.ReplaceAll(string(out), "\r\n", "\n"), p.Wait()
}

func TestOutputEndsWithEOFAndTheStatusIsTheProgramsOwn(t *testing.T) {
	out, status := shell(t, "echo $0; echo done; exit 7")
	if out != "-sh\ndone\n" || status != (Status{Code: 7}) {
		t.Errorf("got %q, %+v", out, status)
	}
}

func TestASignalThatEndsTheProgramIsNamed(t *testing.T) {
	if _, status := shell(t, "kill -TERM $$"); status != (Status{Signal: 15, Name: "SIGTERM"}) {
		t.Errorf("got %+v", status)
	}
}

func TestTheProgramLeadsASessionOnATerminalOfTheGivenSize(t *testing.T) {
	out, _ := shell(t, "stty size; : </dev/tty && echo controlling; stty -a | grep -c -e ' iutf8'")
	if want := "24 80\ncontrolling\n1\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestALargeOutputArrivesWhole(t *testing.T) {
	out, _ := shell(t, "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done")
	if lines := strings.Count(out, "\n"); lines != 20000 || !strings.HasSuffix(out, "\n19999\n") {
		t.Errorf("got %d lines, the last bytes being %q", lines, out[max(0, len(out)-20):])
	}
}

// What a Read cannot take is output that flows on.
func TestOutputThatFlowsOnIsCutAfterALine(t *testing.T) {
	term := open(t, 80, 24)
	if _, err := term.(*unixTerminal).slave.WriteString(strings.Repeat("a line\n", 100) + "the last"); err != nil {
		t.Fatal(err)
	}
	var all []byte
	buf := make([]byte, 100)
	for !bytes.HasSuffix(all, []byte("the last")) {
		n, err := term.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, buf[:n]...); !bytes.HasSuffix(all, []byte("\n")) && !bytes.HasSuffix(all, []byte("the last")) {
			t.Errorf("cut after %q", all)
		}
	}
	if want := strings.Repeat("a line\r\n", 100) + "the last"; string(all) != want {
		t.Errorf("got %q", all)
	}
}

func TestResizeReachesTheProgram(t *testing.T) {
	term := open(t, 80, 24)
	p, err := term.Start(Command{
		Path: "sh", Dir: "/", Env: []string{"PATH=/usr/bin:/bin"},
		Args: []string{"sh", "-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do read x || :; done"},
	})
	if err != nil {
		t.Fatal(err)
	}
	readUntil(t, term, "ready")
	if err := term.Resize(101, 33); err != nil {
		t.Fatal(err)
	}
	readUntil(t, term, "33 101")
	p.Wait()
}

// readUntil reads output until it contains want.
func readUntil(t *testing.T, term Terminal, want string) {
	t.Helper()
	var all []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(all, []byte(want)) {
		n, err := term.Read(buf)
		if err != nil {
			t.Fatalf("no %q in %q: %v", want, all, err)
		}
		all = append(all, buf[:n]...)
	}
}

func TestTryWriteStopsWhereAProgramDoesNotReadAndCloseEndsAWaitingWrite(t *testing.T) {
	term := open(t, 80, 24)
	// Raw mode: in canonical mode Linux takes and drops what does not fit a line.
	p, err := term.Start(Command{
		Path: "sh", Args: []string{"sh", "-c", "stty raw -echo; echo ready; sleep 1000"},
		Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	readUntil(t, term, "ready")
	input := bytes.Repeat([]byte("x"), 1<<20)
	taken := 0
	for n := -1; n != 0; taken += n { // the kernel moves it on to the line discipline meanwhile
		if n, err = term.TryWrite(input); err != nil || n == len(input) {
			t.Fatalf("TryWrite took %d of %d bytes, error %v; want a part", n, len(input), err)
		}
	}
	if taken == 0 {
		t.Fatal("TryWrite took nothing")
	}
	done := make(chan error, 1)
	go func() {
		_, err := term.Write(input)
		done <- err
	}()
	term.Close()
	if err := <-done; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if status := p.Wait(); status.Name != "SIGHUP" {
		t.Errorf("after the hang-up the program ended with %+v", status)
	}
}

func TestCloseEndsAReadAlsoAfterAHelperHadTheMaster(t *testing.T) {
	term := open(t, 80, 24)
	// The helper gets the master as stdin: it must be a terminal there.
	if err := term.(Helper).RunHelper(t.Context(), "/bin/sh", "-c", "test -t 0 && test -t 1"); err != nil {
		t.Fatalf("the helper did not see a terminal: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := term.Read(make([]byte, 10))
		done <- err
	}()
	term.Close()
	if err := <-done; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestAProgramThatCannotBeExecutedIsAnErrorAtStart(t *testing.T) {
	dir := t.TempDir()
	plain := dir + "/plain"
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"no-such-program", "/no/such/program", "./no-such-program", plain, dir} {
		term := open(t, 80, 24)
		if _, err := term.Start(Command{Path: path, Args: []string{path}, Dir: dir}); err == nil {
			t.Errorf("%s: started", path)
		}
	}
}

func TestProgramsAreFoundInTheChildsPathAndDirectory(t *testing.T) {
	dir := t.TempDir()
	// No #! line: execvp(3) runs it with sh, and so do we.
	if err := os.WriteFile(dir+"/prog", []byte("echo ran $1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Command{
		{Path: "prog", Args: []string{"prog", "a"}, Env: []string{"PATH=/nowhere:" + dir}, Dir: "/"},
		{Path: "./prog", Args: []string{"prog", "a"}, Dir: dir},
	} {
		term := open(t, 80, 24)
		p, err := term.Start(c)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		out, _ := io.ReadAll(term)
		if got := strings.TrimSpace(string(out)); got != "ran a" {
			t.Errorf("%+v wrote %q", c, got)
		}
		p.Wait()
	}
}
