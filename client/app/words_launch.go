package app

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/probe"
	"gmosh/protocol/ticket"
)

func explainSilent(err error, s situation) (string, bool) {
	silent, ok := errors.AsType[*launch.SilentError](err)
	if !ok {
		return "", false
	}
	what := "its login shell did not get as far as looking for one; a start-up file there may wait for something"
	if server, found := silent.Report.Running(); found {
		what = shown(server.Path) + " was started and said nothing"
	}
	return fmt.Sprintf("%s did not start a server within %v: %s.\nSee what happens there:\n  ssh %s true",
		shown(s.host), silent.After, what, shown(s.host)), true
}

// explainLaunch is about a far side that ran something and gave no server.
func explainLaunch(err error, s situation) (string, bool) {
	failed, ok := errors.AsType[*launch.FailedError](err)
	if !ok {
		return "", false
	}
	host := shown(s.host)
	if s.Local {
		host = "this machine"
	}
	ended := fmt.Sprintf("exit status %d", failed.Exit.Status)
	if failed.Exit.Signal != "" {
		ended = "signal " + shown(failed.Exit.Signal)
	}
	server, running := failed.Report.Running()
	switch {
	case failed.Report.None:
		return noServer(failed.Report, host, s), true
	case errors.Is(err, ticket.ErrMalformed):
		return fmt.Sprintf("the server on %s said where it listens, but not in a way that can be read: %s.", host, shown(err.Error())), true
	case errors.Is(err, ticket.ErrTooMuch):
		return fmt.Sprintf("%s prints without end where a server should start.\n"+
			"See what a start-up file or a forced command there does:\n  ssh %s true", host, shown(s.host)), true
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("the connection to %s broke off while the server was started.", host), true
	case running:
		return fmt.Sprintf("the server on %s, %s, did not start (%s)%s.%s", host, shown(server.Path), ended, above(failed), advice(failed, s)), true
	case s.Server != "" && slices.Contains([]int{126, 127}, failed.Exit.Status):
		return fmt.Sprintf("%s cannot run %q (%s)%s.\n--server is text for its shell: the program's whole path may help.",
			host, shown(s.Server), ended, above(failed)), true
	case s.Server != "" || s.Local:
		return fmt.Sprintf("the server on %s did not start (%s)%s.%s", host, ended, above(failed), advice(failed, s)), true
	case s.SSH != nil && failed.Exit.Status == statusFailed:
		return fmt.Sprintf("%s did not get through to %s (%s)%s.", shown(s.SSH[0]), host, ended, above(failed)), true
	}
	return fmt.Sprintf("%s ran no server and did not even look for one (%s)%s.\n"+
		"The account may have a forced command, a login shell that is none, or no /bin/sh.", host, ended, above(failed)), true
}

// noServer is said when the script has found nothing that runs.
func noServer(r probe.Report, host string, s situation) string {
	var b strings.Builder
	for _, broken := range r.Servers {
		fmt.Fprintf(&b, "%s on %s cannot be run (exit status %d): it may be made for another kind of machine.\n",
			shown(broken.Path), host, broken.Status)
	}
	if why := notUploaded(r, host, s); why != "" {
		b.WriteString(why + "\n")
	}
	where := strings.ReplaceAll(strings.Join(probe.Folders(), ", "), "$HOME", "~")
	fmt.Fprintf(&b, "no server was found on %s", host)
	if r.System != "" {
		fmt.Fprintf(&b, " (%s)", shown(r.System))
	}
	fmt.Fprintf(&b, ": neither gmosh nor mosh-server is in PATH there, nor in\n%s.\n"+
		"%s",
		where, hint(s))
	return b.String()
}

// hint is what helps where there is no server.
func hint(s situation) string {
	if s.NoUpload {
		return "Let gmosh be put there:\n" + s.try("")
	}
	return "Install mosh there, or copy gmosh into ~/bin there, or say where a server is:\n" + s.try("--server=/PATH/TO/mosh-server")
}

// above points to what the far side has said, if it has said anything.
func above(failed *launch.FailedError) string {
	if len(failed.Lines) == 0 {
		return " and did not say why"
	}
	return "; what it said is above"
}

// advices are keyed by what servers say.
var advices = []struct{ said, advice string }{
	{"needs a UTF-8 native locale", "It wants a UTF-8 locale there:\n%s"},
	{"UTF-8", "If it wants a UTF-8 locale there:\n%s"},
	{"Bad UDP port", "It does not like the port; let it choose one:\n%s"},
	{"ddress already in use", "All the ports it may use are taken; let the system choose one:\n%s"},
}

// advice is what is known to help against what the server said.
func advice(failed *launch.FailedError, s situation) string {
	said := strings.Join(failed.Lines, "\n")
	for _, a := range advices {
		if !strings.Contains(said, a.said) {
			continue
		}
		opts := "-p 0"
		if strings.Contains(a.said, "UTF-8") {
			opts = `--server="LC_ALL=C.UTF-8 mosh-server"`
		}
		return "\n" + fmt.Sprintf(a.advice, s.try(opts))
	}
	return ""
}
