//go:build unix

package server

import (
	"os"

	"golang.org/x/sys/unix"
)

// signalMeanings: all other signals do what they always do.
var signalMeanings = map[os.Signal]signalMeaning{
	unix.SIGTERM: {name: "SIGTERM", end: true},
	unix.SIGINT:  {name: "SIGINT", end: true},
	unix.SIGUSR1: {name: "SIGUSR1", end: true, ifSilent: true},
	unix.SIGHUP:  {name: "SIGHUP"},
	unix.SIGPIPE: {name: "SIGPIPE"},
}
