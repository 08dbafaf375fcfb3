package peertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// markVariable is in the environment of everything a test starts, and inherited.
const markVariable = "GMOSH_PEERTEST"

// Mark returns the environment variable, NAME=VALUE, that marks the processes of
// a test.
func Mark(t testing.TB) string {
	return fmt.Sprintf("%s=%d.%s", markVariable, os.Getpid(), strings.Map(wordRune, t.Name()))
}

// wordRune makes a test's name a word that needs no quotes anywhere.
func wordRune(r rune) rune {
	if r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '.'
}

// Process is a process as /proc shows it.
type Process struct {
	PID, PPID int
	Args, Env []string
}

// String is the process's number and arguments.
func (p Process) String() string { return fmt.Sprintf("%d %q", p.PID, p.Args) }

func list(processes []Process) string {
	var out strings.Builder
	for _, p := range processes {
		fmt.Fprintln(&out, p)
	}
	return out.String()
}

// Processes returns the processes of a test: those that have its mark in their
// environment, however they were started and whoever's children they are now. A
// program that has overwritten its own environment (sshd does) is not seen.
func Processes(t testing.TB) []Process { return marked(Mark(t)) }

func marked(mark string) []Process {
	return slices.DeleteFunc(allProcesses(), func(p Process) bool { return !slices.Contains(p.Env, mark) })
}

// Descendants returns the processes that have come from pid, itself included.
// One whose parent has exited is no longer among them.
func Descendants(pid int) []Process {
	all := allProcesses()
	family := map[int]bool{pid: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if family[p.PPID] && !family[p.PID] {
				family[p.PID], grown = true, true
			}
		}
	}
	return slices.DeleteFunc(all, func(p Process) bool { return !family[p.PID] })
}

// allProcesses reads /proc; processes that are gone or not ours to look at are
// left out, and so are zombies.
func allProcesses() []Process {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var all []Process
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		args, err1 := os.ReadFile(dir + "/cmdline")
		env, err2 := os.ReadFile(dir + "/environ")
		if err1 != nil || err2 != nil || len(args) == 0 {
			continue
		}
		all = append(all, Process{PID: pid, PPID: parent(dir), Args: fields0(args), Env: fields0(env)})
	}
	return all
}

// parent reads the parent's id, the second field behind the name in parentheses.
func parent(dir string) int {
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	ppid, _ := strconv.Atoi(string(fields[1]))
	return ppid
}

func fields0(b []byte) []string {
	return strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
}

// NothingLeft waits until none of the test's processes is running, those of pids
// apart, and fails the test if some still are at the deadline. What is awaited is
// each one's exit, so a process that ends on its own is given its time.
func NothingLeft(t testing.TB, except ...int) {
	t.Helper()
	end := time.Now().Add(deadline)
	for {
		left := slices.DeleteFunc(Processes(t), func(p Process) bool { return slices.Contains(except, p.PID) })
		if len(left) == 0 {
			return
		}
		if err := waitGone(left[0].PID, time.Until(end)); err != nil {
			t.Fatalf("left running (%v):\n%s", err, list(left))
		}
	}
}

// WaitGone waits until a process, of whoever's, is gone.
func WaitGone(t testing.TB, pid int) {
	t.Helper()
	if err := waitGone(pid, deadline); err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
}

// killLeft ends what is left of a test, and what that starts meanwhile. Whatever
// starts a process that is given Mark sets it as a clean-up first.
func killLeft(t testing.TB) {
	mark := Mark(t)
	for range 10 {
		left := marked(mark)
		if len(left) == 0 {
			return
		}
		for _, p := range left {
			if process, err := os.FindProcess(p.PID); err == nil {
				process.Kill()
			}
			waitGone(p.PID, time.Second)
		}
	}
}

// newTimeout returns a channel that is closed at the deadline, or when the test
// ends.
func newTimeout(t testing.TB) <-chan struct{} {
	done := make(chan struct{})
	timer := time.AfterFunc(deadline, func() { close(done) })
	t.Cleanup(func() { timer.Stop() })
	return done
}
