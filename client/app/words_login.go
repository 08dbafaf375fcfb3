package app

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gmosh/bootstrap/sshauth"
)

// explainLogin is about a server that did not let the user in.
func explainLogin(err error, s situation) (string, bool) {
	failed, ok := errors.AsType[*sshauth.FailedError](err)
	if !ok {
		return "", false
	}
	text := loginText(failed, s)
	for _, skip := range failed.Skipped {
		text += fmt.Sprintf("\n  %s was left out: %s", shown(skip.File), shown(skip.Err.Error()))
	}
	if lacking := failed.Lacking(); len(failed.Unable) > 0 && len(lacking) < len(failed.Offered) {
		text += fmt.Sprintf("\n%s of the configuration it takes, and gmosh cannot do. Let OpenSSH log in:\n%s",
			shown(strings.Join(failed.Unable, ", ")), s.try("--ssh=/usr/bin/ssh"))
	}
	return text, true
}

func loginText(f *sshauth.FailedError, s situation) string {
	host, lacking := shown(s.host), f.Lacking()
	offers := func(method string) bool { return slices.Contains(f.Offered, method) }
	switch {
	case f.Disconnected() != "":
		text := fmt.Sprintf("%s ended the login: %q.", host, shown(f.Disconnected()))
		if len(f.Keys) > 1 {
			text += fmt.Sprintf("\nIt was offered %d keys, and counts each. Name the right one:\n%s",
				len(f.Keys), s.try("-i FILE -oIdentitiesOnly=yes"))
		}
		return text
	case f.Untrusted:
		return fmt.Sprintf("%s could not be logged in to without a password, and none is sent to a host whose key is wrong.", host)
	case f.Passwords > 0 && f.Answers == 0:
		return fmt.Sprintf("%s did not accept the password of %s.\nCheck the user name too:\n%s", host, shown(s.user), s.asUser())
	case f.Answers > 0:
		return fmt.Sprintf("%s did not accept what was answered for %s.\nCheck the user name too:\n%s", host, shown(s.user), s.asUser())
	case len(f.Partial) > 0:
		return fmt.Sprintf("%s took %s and wants more: %s.", host, shown(strings.Join(f.Partial, ", ")), shown(strings.Join(f.Remaining, ", ")))
	case len(lacking) > 0 && len(lacking) == len(f.Offered):
		return fmt.Sprintf("%s lets nobody in but by %s, which gmosh cannot do.\nLet OpenSSH log in:\n%s",
			host, shown(strings.Join(lacking, ", ")), s.try("--ssh=/usr/bin/ssh"))
	case f.Batch && (offers("password") || offers("keyboard-interactive")):
		return fmt.Sprintf("%s took no key of %s, and asking for a password is switched off (BatchMode).", host, shown(s.user))
	case errors.Is(f.Cause, io.EOF):
		return fmt.Sprintf("%s hung up during the login of %s.", host, shown(s.user))
	case offers("publickey") && len(f.Keys) == 0:
		return fmt.Sprintf("%s wants a key, and there was none to offer for %s.\n"+
			"Add one to the agent (ssh-add FILE), or name one:\n%s", host, shown(s.user), s.try("-i FILE"))
	case offers("publickey"):
		return fmt.Sprintf("%s accepted none of the %d keys it was offered for %s:\n  %s\nIs the user name right?\n%s",
			host, len(f.Keys), shown(s.user), shown(strings.Join(f.Keys, ", ")), s.asUser())
	}
	return fmt.Sprintf("%s did not let %s in; it offers %s.", host, shown(s.user), shown(strings.Join(f.Offered, ", ")))
}
