package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// startDemo runs `gmosh demo` with a shell that shows nothing of the machine, in a
// folder for temporary files of its own.
func startDemo(t *testing.T, args ...string) (x *peertest.Terminal, tmp string) {
	t.Helper()
	tmp = peertest.PublicDir(t)
	argv := append([]string{filepath.Join(peertest.Gmosh(t), "gmosh"), "demo"}, args...)
	argv = append(append(argv, "--"), "bash", "--norc", "--noprofile", "-i")
	env := []string{"TMPDIR=" + tmp, "SHELL=/bin/sh", "MOSH_TITLE_NOPREFIX=", "PS1=$ ", "LANG=C.UTF-8", "HISTFILE="}
	return peertest.Start(t, peertest.Options{Env: env}, argv...), tmp
}

// TestDemoIsASessionThroughABadLink goes through all of it: login, start, session,
// the keys, the end.
func TestDemoIsASessionThroughABadLink(t *testing.T) {
	x, tmp := startDemo(t, "--rtt=20ms", "--loss=10%")
	x.WaitFor("a prompt below the line about the link", func(s *peertest.Screen) bool {
		return strings.HasPrefix(s.Line(0), "link: 20 ms, 10 % lost") && s.CursorLine() == "$"
	})
	x.Send("echo $((6*7)) $SSH_CONNECTION\r")
	x.WaitFor("the command's output", func(s *peertest.Screen) bool {
		return strings.HasPrefix(s.Line(2), "42 127.0.0.1 ") && s.CursorLine() == "$"
	})
	x.Send("\x1b[18~")
	x.WaitText("link: 40 ms, 20 % lost")
	x.Send("\x1b[17~\x1b[17~")
	x.WaitText("link: 0 ms, 0 % lost")
	x.Send("\x1b[19~")
	x.WaitText("link: CUT")
	x.Send("echo mended")
	x.Send("\x1b[19~")
	x.WaitText("F8 cut")
	x.WaitLine("$ echo mended")
	x.Send("\rexit 3\r")
	if status := x.Wait(); status != 3 {
		t.Errorf("exit status %d", status)
	}
	if screen := x.Screen(); !screen.Contains("gmosh user@host") {
		t.Errorf("no word of what to type next:\n%s", screen)
	}
	if left, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoSaysWhatItCannotRead(t *testing.T) {
	x, _ := startDemo(t, "--loss=lots")
	if status := x.Wait(); status != 255 {
		t.Errorf("exit status %d", status)
	}
	if s := x.Screen(); !s.Contains(`option --loss: "lots" is not a percentage`) || !s.Contains("gmosh demo --help") {
		t.Errorf("it says\n%s", s)
	}
}
