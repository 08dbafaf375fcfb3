// Package ticket is what starting a server brings back: where it listens and the
// session's key. It reads and writes the lines in which servers and launchers
// say so (MOSH CONNECT, MOSH IP, MOSH SSH_CONNECTION; spec section 1), and finds
// those lines in whatever else a login prints.
//
// It neither runs nor dials anything: bootstrap feeds a Scanner what the far side
// prints, server writes FormatConnect's line, client takes a Ticket. Pure; a
// Scanner belongs to one goroutine, the rest are values.
package ticket

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"gmosh/protocol/datagram"
	"gmosh/protocol/sanitize"
)

// Kind is what kind of server a ticket is for, as far as bootstrap knows: the two
// halves find out for certain in band.
type Kind uint8

// The kinds of server.
const (
	Unknown Kind = iota
	Mosh         // a stock mosh-server
	Gmosh        // one of ours
)

// String returns the name a person knows the kind by.
func (k Kind) String() string {
	switch k {
	case Mosh:
		return "mosh-server"
	case Gmosh:
		return "gmosh"
	}
	return "unknown"
}

// Ticket is the way into a session.
type Ticket struct {
	Addrs    []netip.AddrPort // the server's addresses, the preferred one first
	Key      datagram.Key
	Kind     Kind
	Version  string   // the server's version as it was reported, for people
	Features []string // what was known of a gmosh server before hello
}

// ErrMalformed says that a MOSH line is not one, or not a valid one; errors that
// wrap it quote what was seen, but no key.
var ErrMalformed = errors.New("malformed MOSH line")

// Connect is a `MOSH CONNECT port key` line.
type Connect struct {
	Port uint16
	Key  datagram.Key
}

// SSHConnection is a `MOSH SSH_CONNECTION client-address client-port
// server-address server-port` line, as sshd's environment variable has it.
type SSHConnection struct {
	Client, Server netip.AddrPort
}

const (
	connectWord       = "CONNECT"
	ipWord            = "IP"
	sshConnectionWord = "SSH_CONNECTION"
	moshWord          = "MOSH"
)

// FormatConnect returns the line that tells port and key, without a line end. It
// holds the key: it goes to the launcher's pipe and nowhere else.
func FormatConnect(port uint16, key datagram.Key) string {
	return fmt.Sprintf("%s %s %d %s", moshWord, connectWord, port, key)
}

// FormatIP returns the line that tells the address that was dialled.
func FormatIP(addr netip.Addr) string {
	return fmt.Sprintf("%s %s %s", moshWord, ipWord, addr.Unmap())
}

// FormatSSHConnection returns the line that tells both ends of the SSH
// connection.
func FormatSSHConnection(c SSHConnection) string {
	return fmt.Sprintf("%s %s %s %d %s %d", moshWord, sshConnectionWord,
		c.Client.Addr(), c.Client.Port(), c.Server.Addr(), c.Server.Port())
}

// Line is what ParseLine makes of a line: a Connect, an SSHConnection or, for the
// line MOSH IP, a netip.Addr.
type Line any

// parsers is keyed by a line's second word.
var parsers = map[string]func(fields []string) (Line, error){
	connectWord:       parseConnect,
	ipWord:            parseIP,
	sshConnectionWord: parseSSHConnection,
}

// ParseLine reads one of the three lines; blanks around and between its words do
// not matter. Any other line gives nil and no error; one that starts like one of
// them and is not valid gives an error that wraps ErrMalformed.
func ParseLine(line string) (Line, error) {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != moshWord {
		return nil, nil
	}
	parse := parsers[fields[1]]
	if parse == nil {
		return nil, nil
	}
	return parse(fields[2:])
}

func parseConnect(fields []string) (Line, error) {
	if len(fields) != 2 {
		return nil, fmt.Errorf("%w: CONNECT has %d words after it, want a port and a key", ErrMalformed, len(fields))
	}
	port, err := parsePort(fields[0])
	if err != nil {
		return nil, err
	}
	key, err := datagram.ParseKey(fields[1])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Connect{port, key}, nil
}

func parsePort(s string) (uint16, error) {
	port, err := strconv.ParseUint(s, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%w: %q is no port", ErrMalformed, quotable(s))
	}
	return uint16(port), nil
}

func parseIP(fields []string) (Line, error) {
	if len(fields) != 1 {
		return nil, fmt.Errorf("%w: IP has %d words after it, want an address", ErrMalformed, len(fields))
	}
	addr, err := parseAddr(fields[0])
	if err != nil {
		return nil, err
	}
	return addr, nil
}

func parseAddr(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%w: %q is no IP address", ErrMalformed, quotable(s))
	}
	return addr.Unmap(), nil
}

func parseSSHConnection(fields []string) (Line, error) {
	if len(fields) != 4 {
		return nil, fmt.Errorf("%w: SSH_CONNECTION has %d words after it, want four", ErrMalformed, len(fields))
	}
	client, err := parseAddrPort(fields[0], fields[1])
	if err != nil {
		return nil, err
	}
	server, err := parseAddrPort(fields[2], fields[3])
	if err != nil {
		return nil, err
	}
	return SSHConnection{client, server}, nil
}

func parseAddrPort(addr, port string) (netip.AddrPort, error) {
	a, err := parseAddr(addr)
	if err != nil {
		return netip.AddrPort{}, err
	}
	p, err := parsePort(port)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(a, p), nil
}

// quotable bounds a word of a bad line for an error; what it holds is quoted by
// %q and printable by sanitize.
func quotable(s string) string { return sanitize.Line(s, 80) }
