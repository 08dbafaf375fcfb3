package bootstrap

import (
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/crypto/ssh"

	"gmosh/sshconf"
)

// forwarded is a connection that a jump host makes for us (RFC 4254 section 7.2).
type forwarded struct {
	ssh.Channel
	to address
}

// address is a name and port that another machine resolves.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// forward asks the other end of an SSH connection to connect to a host.
func (d *dialer) forward(below ssh.Conn, host *sshconf.Config) (net.Conn, error) {
	channel, requests, err := below.OpenChannel("direct-tcpip", ssh.Marshal(struct {
		Host       string
		Port       uint32
		Originator string
		FromPort   uint32
	}{host.HostName, uint32(host.Port), "127.0.0.1", 0}))
	if err != nil {
		return nil, err
	}
	d.life.discard(requests)
	return &forwarded{channel, address(fmt.Sprintf("%s:%d", host.HostName, host.Port))}, nil
}

func (f *forwarded) LocalAddr() net.Addr  { return address("jump host") }
func (f *forwarded) RemoteAddr() net.Addr { return f.to }

// A channel has no deadlines; guard has a timer instead.
func (f *forwarded) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (f *forwarded) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (f *forwarded) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
