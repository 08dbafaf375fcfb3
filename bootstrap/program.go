package bootstrap

import (
	"context"
	"net/netip"
	"os/exec"
	"slices"
	"strings"

	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshdial"
)

// reachProgram runs a program in ssh's place: WORDS [options] HOST -- COMMAND. The
// script goes through its standard input, where no shell on the way can change it;
// with a terminal over there, which would echo it, it is the command.
func reachProgram(ctx context.Context, r *Request) (*far, error) {
	destination, err := r.destination(ctx)
	if err != nil {
		return nil, err
	}
	r.complete()
	words := slices.Concat(r.Program, r.Options)
	var in launch.Input
	switch {
	case r.PTY:
		words = append(words, "-n", "-tt", destination, "--", r.Launch.CommandLine())
	case r.Launch.Server != "":
		words = append(words, "-T", destination, "--", r.Launch.CommandLine())
	default:
		words = append(words, "-T", destination, "--", "exec /bin/sh")
		in = launch.Input{Text: r.Launch.Script() + "\n", Open: r.Launch.Uploads()}
	}
	r.detail("running %s", strings.Join(words[:len(words)-1], " "))
	process, err := launch.StartCommand(exec.Command(words[0], words[1:]...), in)
	if err != nil {
		return nil, err
	}
	return &far{process: process, life: &Lifeline{}}, nil
}

// destination is the host as the program is told it.
func (r *Request) destination(ctx context.Context) (string, error) {
	if r.RemoteIP != Resolved {
		return r.Destination, nil
	}
	addrs, err := sshdial.Resolve(ctx, sshdial.Target{Host: r.Host.Alias, Family: r.Family})
	if err != nil {
		return "", err
	}
	// What is before the last @ is the user: names of users may hold one.
	return r.Destination[:strings.LastIndex(r.Destination, "@")+1] + addrs[0].String(), nil
}

// reachLocal starts the server on this machine, without SSH and in the home folder.
func reachLocal(_ context.Context, r *Request) (*far, error) {
	addr, err := netip.ParseAddr(strings.Trim(r.Host.Alias, "[]"))
	if err != nil {
		return nil, ErrNotNumeric
	}
	spec := r.Launch
	spec.Bind = launch.Bind(addr.String())
	cmd := exec.Command(r.Self, append([]string{"server"}, spec.Args()...)...)
	cmd.Args[0] = "gmosh" // whatever name we go by ourselves: it decides what the words mean
	if spec.Server != "" {
		cmd = exec.Command("/bin/sh", "-c", spec.ServerLine())
	}
	cmd.Dir = r.Home
	process, err := launch.StartCommand(cmd, launch.Input{})
	if err != nil {
		return nil, err
	}
	return &far{process: process, life: &Lifeline{asking: asking{start: here(r.Home)}}, direct: addr}, nil
}
