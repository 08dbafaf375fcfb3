package sshauth

import (
	"net"
	"strings"

	"github.com/Microsoft/go-winio"
)

// opensshPipe is where the agent of Windows' own OpenSSH listens.
const opensshPipe = `\\.\pipe\openssh-ssh-agent`

func dialAgent(socket string) (net.Conn, error) {
	if socket == "" {
		socket = opensshPipe
	}
	if strings.HasPrefix(socket, `\\.\pipe\`) || strings.HasPrefix(socket, `//./pipe/`) {
		return winio.DialPipe(strings.ReplaceAll(socket, "/", `\`), nil)
	}
	return net.Dial("unix", socket)
}
