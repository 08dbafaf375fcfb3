//go:build unix

package login

import (
	"log/syslog"
	"path/filepath"
)

// utempterPaths are where distributions install libutempter's helper: Fedora,
// Arch and openSUSE; Debian and Ubuntu; older ones.
var utempterPaths = [...]string{
	"/usr/libexec/utempter/utempter",
	"/usr/lib/*/utempter/utempter",
	"/usr/lib/utempter/utempter",
}

func findUtempter() string {
	for _, pattern := range utempterPaths {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

func openSyslog() logger {
	w, err := syslog.New(syslog.LOG_AUTH|syslog.LOG_INFO, "mosh-server")
	if err != nil {
		return nil
	}
	return w
}
