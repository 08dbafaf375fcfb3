package peertest

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// RequireVariable names the environment variable that, set to 1, turns a skip for
// want of a peer into a failure. `make test` counts the skips, by the word that
// begins their message.
const (
	RequireVariable = "GMOSH_REQUIRE_PEERS"
	skipWord        = "SKIP-PEER:"
)

// sbin are folders of programs that are often not in a user's PATH.
var sbin = [...]string{"/usr/sbin", "/sbin", "/usr/local/sbin"}

// Need skips the test unless all these programs are installed; where peers are
// required (RequireVariable) it fails instead.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	needLinux(t)
	for _, p := range programs {
		if lookPath(p) == "" {
			lack(t, p+" is not installed")
		}
	}
}

// NeedRoot is Need for tests that add accounts or change the network.
func NeedRoot(t testing.TB) {
	t.Helper()
	needLinux(t)
	if os.Geteuid() != 0 {
		lack(t, "not root")
	}
}

func needLinux(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		lack(t, "not Linux")
	}
}

func lack(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(RequireVariable) == "1" {
		t.Fatalf("%s %s, and %s=1 forbids to skip", skipWord, what, RequireVariable)
	}
	t.Skip(skipWord + " " + what)
}

// lookPath finds a program in PATH or the folders of system programs; "" if it is
// nowhere. A name with a slash is a path.
func lookPath(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	if strings.Contains(program, "/") {
		return ""
	}
	for _, dir := range sbin {
		if path, err := exec.LookPath(dir + "/" + program); err == nil {
			return path
		}
	}
	return ""
}
