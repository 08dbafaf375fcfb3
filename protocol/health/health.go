// Package health is what a server's machine can tell of the server and of itself
// when datagrams do not arrive: the answer of the server's control socket and the
// report of `gmosh server status` and `gmosh server survey`, as one line of text.
//
// The server's half writes these lines, bootstrap reads them out of whatever else a
// login prints. They come from a machine that is only half trusted: Parse bounds
// them, and what is in them is data to choose words by, never words to print as
// they are. Firewalls and such are named from a list that both halves know.
//
// Pure; values are plain and may be copied.
package health

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Status is what is known of one server process.
type Status struct {
	Alive bool `json:"alive"` // the process exists
	PID   int  `json:"pid,omitempty"`

	// Counted: the server itself has answered, and the fields down to From are
	// its own. A stock server has nothing to answer with.
	Counted  bool           `json:"counted,omitempty"`
	Port     uint16         `json:"port,omitempty"`     // UDP
	Bound    netip.Addr     `json:"bound,omitzero"`     // where it listens; unspecified: on every address
	Received uint64         `json:"received,omitempty"` // datagrams that reached it
	Opened   uint64         `json:"opened,omitempty"`   // of these, authentic
	Sent     uint64         `json:"sent,omitempty"`     // datagrams it sent
	From     netip.AddrPort `json:"from,omitzero"`      // where the newest datagram came from, authentic or not

	Addrs     []netip.Addr `json:"addrs,omitempty"`     // of its machine, loopback apart
	Firewalls []Firewall   `json:"firewalls,omitempty"` // active on its machine, as far as its user may know
}

// Firewall is a program that filters packets, by the name of its command.
type Firewall string

// The firewalls that are looked for.
const (
	UFW       Firewall = "ufw"
	Firewalld Firewall = "firewalld"
	NFTables  Firewall = "nftables"
)

// Logind is what systemd-logind does to a server when the last login of its user
// ends.
type Logind struct {
	// Kills: logind ends what a login leaves behind (KillUserProcesses, the
	// effective value for this user).
	Kills bool `json:"kills,omitempty"`
	// Exposed: the server is, or would be, among what is ended: in the login's
	// own scope while Kills is set, or with the user's manager, which is stopped
	// without Linger.
	Exposed bool `json:"exposed,omitempty"`
	// Moved: the server has left the login's scope for one of the user's manager.
	Moved bool `json:"moved,omitempty"`
	// Manager: a user's manager was there to move to.
	Manager bool `json:"manager,omitempty"`
	// Linger: the user's manager stays when nobody is logged in.
	Linger bool `json:"linger,omitempty"`
	// StopDelay is how long the user's manager outlives the last login without
	// Linger.
	StopDelay time.Duration `json:"stop_delay,omitempty"`
	// Err is what kept it from being found out or moved; for people, after being
	// made fit to print.
	Err string `json:"error,omitempty"`
}

// Survives reports whether the session goes on after the last logout.
func (l Logind) Survives() bool { return !l.Exposed }

// Survey is what a machine tells about itself for `gmosh doctor`.
type Survey struct {
	Software  string       `json:"software"`         // of the server's program
	System    string       `json:"system"`           // GOOS/GOARCH
	Shell     string       `json:"shell"`            // the account's
	Locale    string       `json:"locale"`           // what a session gets for LC_CTYPE
	Notice    string       `json:"notice,omitempty"` // what the user is told about it
	Time      time.Time    `json:"time"`
	Addrs     []netip.Addr `json:"addrs,omitempty"`
	Firewalls []Firewall   `json:"firewalls,omitempty"`
	Logind    *Logind      `json:"logind,omitempty"` // nil: there is no logind
	Control   string       `json:"control"`          // the folder of control sockets; "" if there can be none
}

// Kind is what a line is about.
type Kind string

// The kinds of line.
const (
	KindStatus Kind = "STATUS" // a Status
	KindLogind Kind = "LOGIND" // a Logind
	KindSurvey Kind = "SURVEY" // a Survey
	KindServer Kind = "SERVER" // a Server
	KindEcho   Kind = "ECHO"   // an Echo
)

// Echo is a UDP port where datagrams are sent back as long as they came, for a
// while, and at the end what came there.
type Echo struct {
	Port     uint16 `json:"port"`
	Key      string `json:"key,omitempty"`      // as datagram.ParseKey reads it
	Received []int  `json:"received,omitempty"` // lengths in bytes of authentic datagrams
}

// Server is what a gmosh server's launcher says of what it has started.
type Server struct {
	PID  int    `json:"pid"`
	Path string `json:"path"` // of the program
}

// prefix begins every line of ours, as it does those of the script that starts
// servers.
const prefix = "GMOSH "

// maxLine bounds a line, in bytes; maxList the lists in it.
const (
	maxLine  = 64 << 10
	maxList  = 64
	maxDelay = 365 * 24 * time.Hour
)

// Line makes the line of a kind; v is the kind's value. It ends without a line feed.
func Line(kind Kind, v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("health: %w", err)
	}
	return prefix + string(kind) + " " + string(text), nil
}

// ErrNone says that a text holds no line of the kind asked for.
var ErrNone = errors.New("health: no such line")

// Parse finds the last line of a kind in what a machine has printed and reads it
// into v, a pointer to the kind's value.
func Parse(kind Kind, output []byte, v any) error {
	var found []byte
	for line := range bytes.Lines(output) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte(prefix+string(kind)+" ")); ok {
			found = rest
		}
	}
	switch {
	case found == nil:
		return fmt.Errorf("%w: %s", ErrNone, kind)
	case len(found) > maxLine:
		return fmt.Errorf("health: a line %s of %d bytes", kind, len(found))
	}
	if err := json.Unmarshal(found, v); err != nil {
		return fmt.Errorf("health: %s: %w", kind, err)
	}
	bound(v)
	return nil
}

// bound cuts lists that nobody honest makes so long, and drops firewalls that are
// not on the list.
func bound(v any) {
	switch v := v.(type) {
	case *Status:
		v.Addrs, v.Firewalls = v.Addrs[:min(len(v.Addrs), maxList)], known(v.Firewalls)
	case *Logind:
		v.StopDelay = min(max(v.StopDelay, 0), maxDelay)
	case *Echo:
		v.Received = v.Received[:min(len(v.Received), maxList)]
	case *Survey:
		v.Addrs, v.Firewalls = v.Addrs[:min(len(v.Addrs), maxList)], known(v.Firewalls)
	}
}

func known(all []Firewall) (out []Firewall) {
	for _, name := range []Firewall{UFW, Firewalld, NFTables} {
		for _, f := range all {
			if f == name {
				out = append(out, name)
				break
			}
		}
	}
	return out
}
