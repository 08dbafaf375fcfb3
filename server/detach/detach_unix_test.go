//go:build unix

package detach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain makes the test's executable serve as the detached process, and as a
// parent of one.
func TestMain(m *testing.M) {
	switch {
	case Inherited():
		os.Exit(childMain())
	case os.Getenv("DETACH_TEST_PARENT") != "":
		os.Exit(parentMain())
	}
	os.Exit(m.Run())
}

// orders are the options of these tests: what the child is to do.
type orders struct {
	Do    string // "serve", "fail", "exit", "hang"
	Facts string // a fifo for what a serving child sees
	Text  string
}

// facts are what a serving child sees of itself.
type facts struct {
	Leader  bool
	Env     string
	Args    []string
	Dir     string
	Streams []string
	Files   int // descriptors beyond the standard ones that were there from the start
	Core    uint64
	Text    string
}

func childMain() int {
	inheritedFiles := inheritedDescriptors()
	c, options, err := Receive()
	if err != nil {
		c.Fail(err)
		return 1
	}
	var o orders
	if err := json.Unmarshal(options, &o); err != nil {
		c.Fail(err)
		return 1
	}
	switch o.Do {
	case "fail":
		c.Warn("first\nthis")
		c.Fail(errors.New("no luck\nat all"))
	case "hang":
		select {}
	case "keep":
		more, err := c.Keep()
		if err != nil || c.Ready(60001, "secret-key", false) != nil {
			return 1
		}
		for line := range strings.Lines(o.Text) {
			if _, err := io.WriteString(more, line); err != nil {
				return 1
			}
		}
		return serve(o, inheritedFiles)
	case "serve":
		c.Warn("take care")
		if _, err := DisableCore(); err != nil {
			c.Fail(err)
			return 1
		}
		if err := c.Ready(60001, "secret-key", false); err != nil {
			return 1
		}
		return serve(o, inheritedFiles)
	}
	return 3
}

// inheritedDescriptors counts the descriptors above the standard ones that are
// not close-on-exec: Go opens its own with that flag, so these were inherited.
func inheritedDescriptors() int {
	n := 0
	for fd := 3; fd < 64; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			n++
		}
	}
	return n
}

func serve(o orders, inheritedFiles int) int {
	sid, _ := unix.Getsid(0)
	f := facts{Leader: sid == os.Getpid(), Env: strings.Join(os.Environ(), "\n"), Args: os.Args, Files: inheritedFiles, Text: o.Text}
	f.Dir, _ = os.Getwd()
	null, _ := os.Stat(os.DevNull)
	for _, s := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if info, err := s.Stat(); err == nil && os.SameFile(info, null) {
			f.Streams = append(f.Streams, s.Name())
		}
	}
	var limit unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	f.Core = uint64(limit.Cur)
	out, err := os.OpenFile(o.Facts, os.O_WRONLY, 0)
	if err != nil {
		return 1
	}
	defer out.Close()
	json.NewEncoder(out).Encode(f)
	return 0
}

// launch starts the test's executable as a child with orders.
func launch(ctx context.Context, o orders) (Report, error) {
	options, err := json.Marshal(o)
	if err != nil {
		return Report{}, err
	}
	return Start(ctx, Launch{Args: []string{"mosh-server", "new", "-s"}, Options: options})
}

// fifo returns a pipe with a name that a child can write facts into.
func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "facts")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFacts(t *testing.T, path string) facts {
	t.Helper()
	text, err := os.ReadFile(path) // blocks until the child has written and gone
	if err != nil {
		t.Fatal(err)
	}
	var f facts
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return f
}

func TestTheChildServesAloneWithTheParentsArgumentsAndNothingElse(t *testing.T) {
	leak, err := unix.Open("/", unix.O_RDONLY, 0) // no O_CLOEXEC: as a careless login leaves them
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(leak)
	path := fifo(t)
	text := strings.Repeat("x", 200_000) // more than a pipe holds
	report, err := launch(t.Context(), orders{Do: "serve", Facts: path, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	if report.Port != 60001 || report.Key != "secret-key" || !slices.Equal(report.Warnings, []string{"take care"}) || report.PID <= 1 {
		t.Errorf("report %+v", report)
	}
	f := readFacts(t, path)
	if !f.Leader {
		t.Error("the child is not in a session of its own")
	}
	if f.Files != 0 {
		t.Errorf("%d descriptors were inherited besides the pipes", f.Files)
	}
	if len(f.Streams) != 3 {
		t.Errorf("only %q are /dev/null", f.Streams)
	}
	if f.Dir != "/" || f.Text != text || f.Core != 0 {
		t.Errorf("in %s, %d bytes of options, core limit %d", f.Dir, len(f.Text), f.Core)
	}
	if !slices.Equal(f.Args, []string{"mosh-server", "new", "-s"}) {
		t.Errorf("arguments %q", f.Args)
	}
	if strings.Contains(f.Env, marker) || strings.Contains(f.Env, report.Key) {
		t.Errorf("the environment holds what it must not: %s", f.Env)
	}
}

func TestAFailureOfTheChildIsReportedInItsWords(t *testing.T) {
	report, err := launch(t.Context(), orders{Do: "fail"})
	if err == nil || err.Error() != "no luck at all" {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(report.Warnings, []string{"first this"}) {
		t.Errorf("warnings %q", report.Warnings)
	}
}

func TestAChildThatEndsWithoutAReportIsAnError(t *testing.T) {
	if _, err := launch(t.Context(), orders{Do: "exit"}); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
}

func TestAChildThatHangsIsEndedWithTheContext(t *testing.T) {
	cause := errors.New("out of patience")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := launch(ctx, orders{Do: "hang"}); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}

// parentMain is a parent whose executable is gone before it starts its child.
func parentMain() int {
	exe, err := os.Executable()
	if err == nil {
		err = os.Remove(exe)
	}
	if err == nil {
		err = os.WriteFile(exe, []byte("#!/bin/sh\nexit 9\n"), 0o700) // the next version
	}
	if err == nil {
		_, err = launch(context.Background(), orders{Do: "serve", Facts: os.Getenv("DETACH_TEST_PARENT")})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestAParentWhoseExecutableWasReplacedStartsItself(t *testing.T) {
	if executable, _ := executable(); !strings.HasPrefix(executable, "/proc/") {
		t.Skip("this platform has no name for a running executable")
	}
	self, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	path := filepath.Join(t.TempDir(), "gmosh")
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, self)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	facts := fifo(t)
	parent := exec.Command(path)
	parent.Env = append(os.Environ(), "DETACH_TEST_PARENT="+facts)
	done := make(chan error, 1)
	var said []byte
	go func() {
		var err error
		said, err = parent.CombinedOutput()
		if err != nil { // nobody will write the facts
			os.WriteFile(facts, []byte("{}"), 0)
		}
		done <- err
	}()
	f := readFacts(t, facts)
	if err := <-done; err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if !f.Leader {
		t.Error("the child did not serve")
	}
}

func TestAProgramStartedMeanwhileGetsTheInheritedCoreLimit(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	if before.Max == 0 {
		t.Skip("core dumps are forbidden here altogether")
	}
	given := before
	given.Cur = before.Max
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &given); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_CORE, &before)
	c, err := DisableCore()
	if err != nil {
		t.Fatal(err)
	}
	limitNow := func() uint64 {
		var now unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_CORE, &now); err != nil {
			t.Fatal(err)
		}
		return uint64(now.Cur)
	}
	if limitNow() != 0 {
		t.Error("core dumps are on")
	}
	c.Start(func() error {
		if got := limitNow(); got != uint64(given.Cur) {
			t.Errorf("a program would start with %d, want %d", got, given.Cur)
		}
		return nil
	})
	if limitNow() != 0 {
		t.Error("core dumps stayed on after a start")
	}
}

func TestAParentThatListensHearsWhatIsSaidAfterTheReport(t *testing.T) {
	facts := fifo(t)
	options, err := json.Marshal(orders{Do: "keep", Facts: facts, Text: "one\ntwo\n"})
	if err != nil {
		t.Fatal(err)
	}
	report, err := Start(t.Context(), Launch{Args: []string{"mosh-server", "new"}, Options: options, Listen: true})
	if err != nil {
		t.Fatal(err)
	}
	defer report.Rest.Close()
	readFacts(t, facts) // then the child ends
	if lines := slices.Collect(report.Rest.Lines()); !slices.Equal(lines, []string{"one", "two"}) || report.Key != "secret-key" {
		t.Errorf("%q after the report %+v", lines, report)
	}
}
