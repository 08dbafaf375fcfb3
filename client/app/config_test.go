package app

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gmosh/protocol/peertest"
)

// runProgram runs a command line with nothing but files for its streams.
func runProgram(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var errs bytes.Buffer
	p := newProgram(gmoshName)
	p.stdout, p.stderr = out, &errs
	status = p.main(args)
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), errs.String(), status
}

func TestPrintedConfigurationIsThatOfSSH(t *testing.T) {
	peertest.Need(t, "ssh")
	if version, err := exec.Command("ssh", "-V").CombinedOutput(); err != nil || !strings.HasPrefix(string(version), "OpenSSH_9.2") {
		t.Skipf("SKIP-PEER: ssh is %s, not 9.2", strings.TrimSpace(string(version)))
	}
	config := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, config, "Host x\n  Port 99\n  ProxyJump a,b\nHost *\n  User eve\n  SetEnv A=1\n")
	for _, c := range []struct{ ours, theirs []string }{
		{[]string{"-G", "-F", config, "x"}, []string{"-G", "-F", config, "x"}},
		{[]string{"-G", "-F", config, "bob@x"}, []string{"-G", "-F", config, "bob@x"}},
		{[]string{"x", "-G", "-F", config, "-o", "User bob"}, []string{"-G", "-F", config, "-o", "User bob", "x"}},
		{[]string{"-G", "-F", config, "-oPort=7", "-l", "me", "-i", config, "y"}, []string{"-G", "-F", config, "-p", "7", "-l", "me", "-i", config, "y"}},
		{[]string{"-G", "-F", config, "--ssh-port=8", "-J", "j", "y"}, []string{"-G", "-F", config, "-p", "8", "-J", "j", "y"}},
		{[]string{"-G", "-F", config, "--ssh=ssh -p 9 -4", "y"}, []string{"-G", "-F", config, "-p", "9", "-4", "y"}},
	} {
		want, err := exec.Command("ssh", c.theirs...).Output()
		if err != nil {
			t.Fatalf("ssh %q: %v", c.theirs, err)
		}
		got, stderr, status := runProgram(t, c.ours...)
		if diff := cmp.Diff(string(want), got); diff != "" || status != 0 {
			t.Errorf("%q: status %d, stderr %q (-ssh +ours):\n%s", c.ours, status, stderr, diff)
		}
	}
}

func TestConfigurationThatIsWrongIsNamedByLine(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, config, "Port 22\nBogus 1\nPort\n")
	stdout, stderr, status := runProgram(t, "-G", "-F", config, "x")
	if stdout != "" || status != statusFailed || !strings.Contains(stderr, config+" line 2: ") || !strings.Contains(stderr, config+" line 3: ") {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
	if _, stderr, status := runProgram(t, "-G", "--local", "127.0.0.1"); status != statusFailed || !strings.Contains(stderr, "--local") {
		t.Errorf("--local: status %d, stderr %q", status, stderr)
	}
}
