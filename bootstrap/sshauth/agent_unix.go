//go:build unix

package sshauth

import (
	"errors"
	"net"
)

// errNoAgent says that no socket is named and the platform has no other way.
var errNoAgent = errors.New("no agent: SSH_AUTH_SOCK is not set")

func dialAgent(socket string) (net.Conn, error) {
	if socket == "" {
		return nil, errNoAgent
	}
	return net.Dial("unix", socket)
}
