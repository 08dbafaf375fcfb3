package app

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gmosh/bootstrap"
	"gmosh/protocol/peertest"
	"gmosh/protocol/render"
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

// settle is what a command line and a configuration come to: what would be started,
// and what the person is told of it.
func settle(t *testing.T, config string, args ...string) (bootstrap.Request, *ui) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	peertest.WriteFile(t, file, config)
	o, err := parse(append([]string{"-F", file}, args...))
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(gmoshName)
	p.stderr = &bytes.Buffer{}
	host, err := p.host(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	r := p.request(t.Context(), o, host, render.Full())
	return r, r.UI.(*ui)
}

func TestSettingsReachTheLogin(t *testing.T) {
	for _, c := range []struct {
		config string
		args   []string
		check  func(bootstrap.Request, *ui) bool
	}{
		{"", []string{"web"}, func(r bootstrap.Request, u *ui) bool {
			return r.Launch.Command == nil && !r.PTY && u.level == 0 && !u.quiet && r.Host.Port == 22
		}},
		{"RemoteCommand ls -l %h", []string{"web"}, func(r bootstrap.Request, _ *ui) bool {
			words := r.Launch.Command
			return len(words) == 4 && words[0] == "/bin/sh" && words[3] == "ls -l web"
		}},
		{"RequestTTY force", []string{"web"}, func(r bootstrap.Request, _ *ui) bool { return r.PTY }},
		{"RequestTTY no", []string{"web", "--ssh-pty"}, func(r bootstrap.Request, _ *ui) bool { return r.PTY }},
		{"LogLevel DEBUG2", []string{"web"}, func(_ bootstrap.Request, u *ui) bool { return u.level == 2 && !u.quiet }},
		{"LogLevel DEBUG", []string{"web", "-vvv"}, func(_ bootstrap.Request, u *ui) bool { return u.level == 3 }},
		{"LogLevel QUIET", []string{"web"}, func(_ bootstrap.Request, u *ui) bool { return u.quiet }},
		{"LogLevel ERROR", []string{"web", "-v"}, func(_ bootstrap.Request, u *ui) bool { return !u.quiet && u.level == 1 }},
		{"Port 7\nUser a", []string{"b@web", "--ssh-port=8", "-p", "60001"}, func(r bootstrap.Request, _ *ui) bool {
			return r.Host.Port == 8 && r.Host.User == "b" && r.Launch.Ports == "60001"
		}},
		{"FingerprintHash md5", []string{"web"}, func(_ bootstrap.Request, u *ui) bool {
			key := peertest.NewKey(t, filepath.Join(t.TempDir(), "key"), peertest.ED25519, "")
			return strings.HasPrefix(u.fingerprint(key.Public), "MD5:")
		}},
	} {
		if r, u := settle(t, c.config+"\n", c.args...); !c.check(r, u) {
			t.Errorf("%q %q: %+v, level %d, quiet %v", c.config, c.args, r.Launch, u.level, u.quiet)
		}
	}
}

func TestQuietProgramsTellNothingButAskAllTheSame(t *testing.T) {
	var stderr bytes.Buffer
	u := &ui{stderr: &stderr, quiet: true}
	u.Tell(bootstrap.Banner{Text: "Welcome"})
	u.Tell(bootstrap.Line{Text: "noise"})
	if stderr.Len() > 0 {
		t.Errorf("told %q", stderr.String())
	}
	u.quiet, u.level = false, 1
	u.Tell(bootstrap.Banner{Text: "Wel\x1bcome"})
	u.Tell(bootstrap.Detail{Text: "a step\x1b", Level: 1})
	u.Tell(bootstrap.Detail{Text: "a finer step", Level: 2})
	if got := stderr.String(); strings.Contains(got, "finer") || !strings.Contains(got, "a step") || !strings.Contains(got, "come") || strings.Contains(got, "\x1b") {
		t.Errorf("told %q", got)
	}
}
