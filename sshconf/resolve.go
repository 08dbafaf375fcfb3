package sshconf

import "errors"

// Query is one host as the command line names it.
type Query struct {
	Host string // as typed, without user and port
	User string // of user@host; "" if none. A User in Overrides wins, as with ssh
	Port int    // of ssh://host:port; 0 if none. A Port in Overrides wins
	// ConfigFile is -F: read instead of the user's and the system's file. ""
	// means those two, "none" no file at all.
	ConfigFile string
	// Overrides are the -o options and whatever else of the command line has a
	// keyword (-l is "User=x", -J "ProxyJump=x", -i "IdentityFile=x"), in the order
	// they were typed: the first value of a keyword wins, before all files.
	Overrides []string
	Command   string // the remote command, for Match command and sessiontype
}

// Resolve evaluates the configuration for q. The error names file and line; it
// is an *Error for what the text says and an error of env otherwise.
func Resolve(env Environment, q Query) (*Config, error) {
	return nil, errors.New("sshconf: not there yet")
}

type settings struct{}
type names struct{}
