package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// summarize runs the script that `make test` pipes its results through.
func summarize(t *testing.T, required string, events ...string) (out string, ok bool) {
	t.Helper()
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("no awk: ", err)
	}
	awk := exec.Command("awk", "-f", "docs/ci/summary.awk")
	awk.Env = append(os.Environ(), "GMOSH_REQUIRE_PEERS="+required)
	awk.Stdin = strings.NewReader(strings.Join(events, "\n") + "\n")
	text, err := awk.CombinedOutput()
	return string(text), err == nil
}

// event is a line of go test -json.
func event(action, test, output string) string {
	line := `{"Time":"2026-11-21T11:00:00Z","Action":"` + action + `","Package":"gmosh/x"`
	if test != "" {
		line += `,"Test":"` + test + `"`
	}
	if output != "" {
		line += `,"Output":"` + output + `"`
	}
	return line + `}`
}

func TestSummaryCountsAndCloses(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []string
		last   string
		has    []string
		ok     bool
	}{
		{"passing", []string{
			event("run", "TestA", ""), event("pass", "TestA", ""),
			event("run", "TestA/sub", ""), event("pass", "TestA/sub", ""), event("pass", "", ""),
		}, "2 passed, 0 failed, 0 skipped", []string{"ok    gmosh/x"}, true},
		{"a failure, with its output", []string{
			event("run", "TestA", ""), event("output", "TestA", `    a_test.go:3: got \"x\", want <y>\n`), event("fail", "TestA", ""),
			event("run", "TestB", ""), event("pass", "TestB", ""), event("fail", "", ""),
		}, "1 passed, 1 failed, 0 skipped", []string{`a_test.go:3: got "x", want <y>`, "  TestA (gmosh/x)"}, false},
		{"output that looks like an event", []string{
			event("run", "TestA", ""), event("output", "TestA", `{\"Action\":\"fail\",\"Test\":\"TestZ\"}\n`), event("pass", "TestA", ""),
		}, "1 passed, 0 failed, 0 skipped", nil, true},
		{"skips for want of a peer are named", []string{
			event("run", "TestA", ""), event("pass", "TestA", ""),
			event("run", "TestB", ""), event("output", "TestB", `    peers_test.go:7: SKIP-PEER: sshd is not installed\n`),
			event("output", "TestB", `--- SKIP: TestB (0.00s)\n`), event("skip", "TestB", ""),
		}, "1 passed, 0 failed, 1 skipped", []string{"TestB (gmosh/x): SKIP-PEER: sshd is not installed", "1 for want of a real peer"}, true},
		{"a panic is the running test's", []string{
			event("run", "TestA", ""), event("output", "TestA", `panic: oh\n`), event("fail", "", ""),
		}, "0 passed, 1 failed, 0 skipped", []string{"panic: oh", "TestA (gmosh/x) did not end"}, false},
		{"a package that does not compile", []string{
			`{"ImportPath":"gmosh/x","Action":"build-output","Output":"x.go:1:1: broken\n"}`,
			event("fail", "", ""),
		}, "0 passed, 1 failed, 0 skipped", []string{"x.go:1:1: broken"}, false},
		{"nothing", nil, "0 passed, 0 failed, 0 skipped", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, ok := summarize(t, "", c.events...)
			if ok != c.ok {
				t.Errorf("went well: %v, want %v", ok, c.ok)
			}
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if got := lines[len(lines)-1]; got != c.last {
				t.Errorf("last line %q, want %q", got, c.last)
			}
			for _, want := range c.has {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}

func TestSkipsFailWhereThePeersAreRequired(t *testing.T) {
	events := []string{event("run", "TestA", ""), event("pass", "TestA", ""), event("run", "TestB", ""), event("skip", "TestB", "")}
	if out, ok := summarize(t, "1", events...); ok {
		t.Errorf("it went well:\n%s", out)
	}
	if out, ok := summarize(t, "1", events[:2]...); !ok {
		t.Errorf("it failed without a skip:\n%s", out)
	}
}
