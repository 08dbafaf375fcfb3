package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
)

// The environment of askpass programs, as ssh(1) has it.
const (
	envAskpass        = "SSH_ASKPASS"
	envAskpassRequire = "SSH_ASKPASS_REQUIRE"
	envDisplay        = "DISPLAY"
	envWayland        = "WAYLAND_DISPLAY"
)

// defaultAskpass is run if SSH_ASKPASS names nothing.
const defaultAskpass = "/usr/bin/ssh-askpass"

// askpass is a program that asks in a window of its own.
type askpass struct {
	program string
	first   bool // before the terminal, and not only where there is none
}

// askpass is the one to use; nil if none may be used.
func (p *program) askpass() *askpass {
	require := p.get(envAskpassRequire)
	a := askpass{program: p.get(envAskpass), first: require == "prefer" || require == "force"}
	if a.program == "" {
		a.program = defaultAskpass
	}
	if require == "never" || !a.first && p.get(envDisplay) == "" && p.get(envWayland) == "" {
		return nil
	}
	return &a
}

// ask runs the program with the prompt for its argument. What it prints, up to the
// first line end, is the answer; that it fails is none.
func (a *askpass) ask(ctx context.Context, prompt string) (string, error) {
	cmd := exec.CommandContext(ctx, a.program, strings.TrimSpace(prompt))
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if _, declined := errors.AsType[*exec.ExitError](err); declined {
		return "", io.EOF
	}
	if err != nil {
		return "", err
	}
	answer, _, _ := strings.Cut(out.String(), "\n")
	return strings.TrimSuffix(answer, "\r"), nil
}
