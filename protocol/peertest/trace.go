package peertest

import (
	"os"
	"path/filepath"
	"testing"
)

// TraceExecs wraps a command so that every program it or its descendants start is
// written down, with all arguments and the whole environment: argv runs the
// command under strace, log returns what has been written so far. Where a thing
// must never be in an argument or variable of anything, this sees the program that
// lives for a millisecond too.
func TraceExecs(t testing.TB, command ...string) (argv []string, log func() string) {
	t.Helper()
	Need(t, "strace")
	file := filepath.Join(PublicDir(t), "execs")
	argv = append([]string{
		"strace", "--follow-forks", "--quiet=all", "--no-abbrev", "--string-limit=65536",
		"--trace=execve,execveat", "--output=" + file, "--",
	}, command...)
	log = func() string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return argv, log
}
