package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"gmosh/protocol/health"
	"gmosh/server/detach"
	"gmosh/server/logind"
)

// launchVariable is set by gmosh's own script around a server that it starts, to the
// client's first state or to anything else: lines for a program may be printed then.
// Sessions do not see it.
const launchVariable = "GMOSH_LAUNCH"

// survivalTimeout bounds what is done about logind: a session that may end with the
// login is better than none.
const survivalTimeout = 8 * time.Second

// survive gets this process out of the reach of logind, if there is one that would
// end it, and tells the parent how that went.
func survive(parent *detach.Child, o options) *health.Logind {
	ctx, cancel := context.WithTimeoutCause(context.Background(), survivalTimeout, errors.New("it took too long"))
	defer cancel()
	host := logind.This(os.Getpid())
	host.Scoped = o.Scoped
	l := logind.Guard(ctx, host)
	if l == nil {
		return nil
	}
	if !l.Moved && l.Exposed && !o.Scoped {
		l.Err += startScoped(ctx, parent, o).Error()
	}
	if line, err := health.Line(health.KindLogind, l); err == nil {
		_ = parent.Note(line) // if the parent is gone, Ready will say so
	}
	return l
}

// startScoped starts this process again behind systemd-run, which cannot move one
// that runs. It returns only if that could not be done.
func startScoped(ctx context.Context, parent *detach.Child, o options) error {
	words, err := logind.Wrapper(ctx)
	if err != nil {
		return err
	}
	o.Scoped = true
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	args := os.Args[1:]
	if len(args) == 0 || args[0] != "server" {
		args = append([]string{"server"}, args...) // by the program's own name
	}
	return parent.Again(words, args, text)
}

// tell prints a line for the program that launches us, if one does.
func (l *launcher) tell(kind health.Kind, v any) {
	if !l.launched {
		return
	}
	if line, err := health.Line(kind, v); err == nil {
		fmt.Fprintln(l.stdout, line)
	}
}

// survival passes on what the server process has said about logind: to a gmosh, or
// in words if there is something to fear.
func (l *launcher) survival(r detach.Report) {
	for _, note := range r.Notes {
		var state health.Logind
		if health.Parse(health.KindLogind, []byte(note), &state) != nil {
			continue
		}
		l.tell(health.KindLogind, state)
		if state.Exposed && !l.launched {
			fmt.Fprintf(l.stderr, "%s: %s\n", l.name, exposed(state, userName()))
		}
	}
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "USER"
}

// exposed says what logind will do to the session, and what to do about it.
func exposed(l health.Logind, user string) string {
	remedy := "To let it live on: loginctl enable-linger " + user
	if !l.Moved {
		return "this machine ends what a login leaves behind (KillUserProcesses=yes), and the session could not be moved out of the way:\n" +
			"it will end at your logout. " + remedy +
			",\nor have KillExcludeUsers=root " + user + " set in logind.conf, and start again."
	}
	return fmt.Sprintf("the session will end %s after your last logout. %s", l.StopDelay, remedy)
}

// cause is why a signal may end the server, for the reason that the client is given.
func cause(l *health.Logind) string {
	switch {
	case l == nil || !l.Exposed:
		return ""
	case !l.Moved:
		return ": its machine ends what a login leaves behind (KillUserProcesses=yes)"
	}
	return ": its user's processes are ended after the last logout (no linger)"
}
