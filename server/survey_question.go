package server

import (
	"os"
	"strings"
	"time"

	"gmosh/protocol/health"
	"gmosh/server/control"
	"gmosh/server/login"
	"gmosh/server/logind"
	"gmosh/server/survey"
)

// survey tells about this machine what `gmosh doctor` wants to know; its arguments
// are the client's locale, NAME=VALUE.
func (q question) survey() error {
	environ, notice := login.Locale(os.Environ(), q.args, login.FindInstalled(os.DirFS("/"), os.Environ()))
	s := health.Survey{
		Software: software(), System: survey.System(), Shell: login.CurrentAccount(os.Environ(), os.Getuid()).Shell,
		Locale: characterLocale(environ), Notice: notice, Time: time.Now(),
		Addrs: survey.Addresses(), Firewalls: survey.Firewalls(q.ctx), Logind: logind.Look(q.ctx, logind.This(os.Getpid())),
	}
	if dir, err := control.Folder(q.getenv); err == nil {
		s.Control = dir
	}
	return q.print(health.KindSurvey, s)
}

// characterLocale is what decides about characters, in the order of setlocale(3).
func characterLocale(environ []string) string {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		for i := len(environ) - 1; i >= 0; i-- {
			if value, ok := strings.CutPrefix(environ[i], name+"="); ok && value != "" {
				return value
			}
		}
	}
	return ""
}
