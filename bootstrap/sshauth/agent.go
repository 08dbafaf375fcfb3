package sshauth

import (
	"net"

	"golang.org/x/crypto/ssh/agent"
)

// Agent is a connection to the user's authentication agent.
type Agent struct {
	agent.ExtendedAgent
	conn net.Conn
}

// DialAgent connects to the agent behind a socket (on Windows: a named pipe or a
// socket); "" is what the platform has without one being named.
func DialAgent(socket string) (*Agent, error) {
	conn, err := dialAgent(socket)
	if err != nil {
		return nil, err
	}
	return &Agent{ExtendedAgent: agent.NewClient(conn), conn: conn}, nil
}

// Close ends the connection; a request that waits for the agent fails.
func (a *Agent) Close() error { return a.conn.Close() }
