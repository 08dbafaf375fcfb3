package logind

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// commands is the way by programs of PATH.
type commands struct {
	uid  int
	name string
	run  func(ctx context.Context, words ...string) (string, error)
}

func newCommands(h Host) *commands { return &commands{uid: h.UID, name: h.Name, run: output} }

// patience is how long a program may take.
const patience = 3 * time.Second

func output(ctx context.Context, words ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.WaitDelay = time.Second
	text, err := cmd.Output()
	if err != nil {
		said := ""
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			said = ": " + strings.TrimSpace(string(exit.Stderr))
		}
		return "", fmt.Errorf("%s: %w%s", words[0], err, said)
	}
	return strings.TrimSpace(string(text)), nil
}

func (*commands) close() {}

// property is one of logind's own, as busctl prints them: a type, then the value; a
// list's begins with its length.
func (c *commands) property(ctx context.Context, name string) ([]string, error) {
	text, err := c.run(ctx, "busctl", "get-property", loginName, loginPath, loginManager, name)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return nil, fmt.Errorf("busctl: %s is %q", name, text)
	}
	return fields[1:], nil
}

func (c *commands) settings(ctx context.Context) (settings, error) {
	kill, err := c.property(ctx, propKill)
	if err != nil {
		return c.shown(ctx)
	}
	s := settings{kill: kill[0] == "true", stopDelay: defaultStopDelay}
	for name, list := range map[string]*[]string{propOnly: &s.only, propExclude: &s.exclude} {
		if fields, err := c.property(ctx, name); err == nil {
			for _, quoted := range fields[1:] {
				*list = append(*list, strings.Trim(quoted, `"`))
			}
		}
	}
	if fields, err := c.property(ctx, propStopDelay); err == nil {
		if usec, err := strconv.ParseUint(fields[0], 10, 64); err == nil {
			s.stopDelay = delay(usec)
		}
	}
	return s, nil
}

// shown is settings where there is no busctl: loginctl prints logind's own
// properties if no user is named. It prints times for people, and the delay is left
// at what it mostly is.
func (c *commands) shown(ctx context.Context) (settings, error) {
	text, err := c.run(ctx, "loginctl", "show-user", "-p", propKill, "-p", propOnly, "-p", propExclude)
	if err != nil {
		return settings{}, err
	}
	s := settings{stopDelay: defaultStopDelay}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case propKill:
			s.kill = value == "yes"
		case propOnly:
			s.only = strings.Fields(value)
		case propExclude:
			s.exclude = strings.Fields(value)
		}
	}
	return s, nil
}

func (c *commands) linger(ctx context.Context) (bool, error) {
	text, err := c.run(ctx, "loginctl", "show-user", strconv.Itoa(c.uid), "-p", "Linger", "--value")
	return text == "yes", err
}

func (c *commands) setLinger(ctx context.Context, on bool) error {
	verb := "disable-linger"
	if on {
		verb = "enable-linger"
	}
	_, err := c.run(ctx, "loginctl", verb, c.name)
	return err
}

func (c *commands) move(ctx context.Context, pid int) error {
	_, err := c.run(ctx, "busctl", "--user", "call", systemdName, systemdPath, systemdManager, "StartTransientUnit",
		"ssa(sv)a(sa(sv))", scopeName(pid), "fail",
		"4", "PIDs", "au", "1", strconv.Itoa(pid), "Slice", "s", slice, "Description", "s", description,
		"CollectMode", "s", collectMode, "0")
	return err
}

// systemdRun makes a scope and becomes the program behind it.
var systemdRun = []string{"systemd-run", "--user", "--scope", "--quiet", "--slice=" + slice, "--description=" + description, "--"}

// Wrapper returns the words to put in front of a program so that it starts in a
// scope of the user's manager; an error if that does not work here.
func Wrapper(ctx context.Context) ([]string, error) {
	path, err := exec.LookPath(systemdRun[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoScope, err)
	}
	words := append([]string{path}, systemdRun[1:]...)
	if _, err := output(ctx, append(words, "true")...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoScope, err)
	}
	return words, nil
}
