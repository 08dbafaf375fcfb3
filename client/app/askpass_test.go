//go:build unix

package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestAskpassIsUsedAsSSHDoes(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := script("good", `printf '%s\nmore\n' "answer to $1"`)
	no := script("no", "exit 1")
	noTerminal := func() (device, error) { return device{}, os.ErrNotExist }
	for _, c := range []struct {
		name   string
		env    map[string]string
		answer string
		err    error
	}{
		{"nobody to ask", nil, "", errNoConsole},
		{"no display", map[string]string{envAskpass: good}, "", errNoConsole},
		{"X", map[string]string{envAskpass: good, envDisplay: ":0"}, "answer to Password:", nil},
		{"Wayland", map[string]string{envAskpass: good, envWayland: "wayland-0"}, "answer to Password:", nil},
		{"required", map[string]string{envAskpass: good, envAskpassRequire: "force"}, "answer to Password:", nil},
		{"never", map[string]string{envAskpass: good, envDisplay: ":0", envAskpassRequire: "never"}, "", errNoConsole},
		{"declined", map[string]string{envAskpass: no, envDisplay: ":0"}, "", io.EOF},
		{"not there", map[string]string{envAskpass: filepath.Join(dir, "missing"), envDisplay: ":0"}, "", errNoConsole},
	} {
		p := newProgram(gmoshName)
		p.lookup = func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }
		answer, err := console{t.Context(), noTerminal, p.askpass()}.ask("Password: ", false)
		if answer != c.answer || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", c.name, answer, err)
		}
	}
}

func TestAskpassMayComeBeforeTheTerminalAndEndsWithTheLogin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slow")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the user pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	a := &askpass{program: path, first: true}
	if _, err := a.ask(ctx, "Password: "); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	c := console{t.Context(), func() (device, error) { panic("the terminal was asked") }, &askpass{program: "/bin/echo", first: true}}
	if answer, err := c.ask("x ", false); answer != "x" || err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}
