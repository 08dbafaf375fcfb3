package app

import (
	"fmt"
	"time"

	"gmosh/protocol/health"
)

// undoLinger is how linger is turned off again.
func undoLinger(s situation) string {
	return "ssh " + shown(s.Destination) + " loginctl disable-linger"
}

// fate is how long the session lives as it is.
func fate(l health.Logind) string {
	if !l.Moved {
		return "it ends as soon as the login that started it does, in a few seconds"
	}
	if l.StopDelay == 0 {
		return "it ends with your last login there"
	}
	return fmt.Sprintf("it ends %v after your last login there has ended", l.StopDelay.Round(time.Second))
}

func askAboutLinger(l health.Logind, s situation) string {
	return fmt.Sprintf("%s ends what runs for a user who is not logged in (systemd-logind), and this session with it:\n%s.\n"+
		"It goes on if your account may \"linger\" there. That stays so until it is undone:  %s\n"+
		"Turn linger on for %s? (yes/no) ", shown(s.host), fate(l), undoLinger(s), shown(s.account()))
}

func sayLinger(s situation) string {
	return fmt.Sprintf("linger is on for %s on %s: the session goes on when you are logged out. To undo it:  %s",
		shown(s.account()), shown(s.host), undoLinger(s))
}

func sayNoLinger(l health.Logind, s situation) string {
	text := fmt.Sprintf("the session on %s does not outlive its login: %s.\n", shown(s.host), fate(l))
	if !l.Moved {
		return text + logindAdvice(s)
	}
	return text + "To let it live on (--linger=ask asks again):\n" + s.try("--linger=yes")
}

func sayLingerFailed(l health.Logind, why string, s situation) string {
	text := fmt.Sprintf("linger could not be turned on for %s on %s", shown(s.account()), shown(s.host))
	if why != "" {
		text += " (" + shown(why) + ")"
	}
	return text + fmt.Sprintf(". The session does not outlive its login: %s.\n", fate(l)) + adminAdvice(s)
}

// logindAdvice is how a session survives logind.
func logindAdvice(s situation) string {
	return "Let it outlive the login, once and for all:\n" + s.try("--linger=yes") + "\n" + adminAdvice(s)
}

// adminAdvice is what only an administrator can do.
func adminAdvice(s situation) string {
	user := shown(s.account())
	return "An administrator there can do either of these:\n" +
		"  loginctl enable-linger " + user + "\n" +
		"  KillExcludeUsers=root " + user + "     in /etc/systemd/logind.conf, then: systemctl restart systemd-logind"
}
