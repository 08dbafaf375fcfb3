package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Query is one host as the command line names it.
type Query struct {
	Host string // as typed, without user and port (see ParseDestination)
	User string // of user@host; "" if none. A User in Overrides wins, as with ssh
	Port int    // of ssh://host:port; 0 if none. A Port in Overrides wins
	// ConfigFile is -F: read instead of the user's and the system's file. ""
	// means those two, "none" no file at all.
	ConfigFile string
	// Overrides are the -o options and whatever else of the command line has a
	// keyword (-l is "User=x", -J "ProxyJump=x", -i "IdentityFile=x"), in the order
	// they were typed: the first value of a keyword wins, before all files.
	Overrides []string
	Command   string // the remote command, for Match command and sessiontype; "" a shell
}

// Error is a configuration that OpenSSH refuses too. Faults are all that were
// found, in the order of reading; there is at least one.
type Error struct{ Faults []Fault }

// Fault is one thing that is wrong. File is "command-line" and Line 0 for
// Overrides; File is "" for what belongs to no line.
type Fault struct {
	File string
	Line int
	Text string
}

func (f Fault) String() string {
	if f.File == "" {
		return f.Text
	}
	return fmt.Sprintf("%s line %d: %s", f.File, f.Line, f.Text)
}

// Error is one line per fault.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Resolve evaluates the configuration for q. What the text says wrong is an
// *Error that names file and line.
func Resolve(env Environment, q Query) (*Config, error) {
	ev := &evaluator{
		env: env, query: q, user: env.LocalUser(), host: q.Host,
		keywords: keywordsFor(env.Places()),
		settings: settings{values: map[string]value{}},
	}
	c := &Config{ev: ev}
	if !ev.resolve(c) {
		return nil, &Error{Faults: ev.faults}
	}
	return c, nil
}

// keywordsFor indexes the table by every spelling.
func keywordsFor(places Places) map[string]*keyword {
	index := make(map[string]*keyword, 2*len(keywords))
	for i := range keywords {
		k := &keywords[i]
		if k.title == "UseKeychain" && !places.Apple {
			continue
		}
		index[k.name()] = k
		for _, alias := range k.aliases {
			index[alias] = k
		}
	}
	return index
}

// resolve is the order of events. False: there are faults.
func (ev *evaluator) resolve(c *Config) bool {
	if !ev.commandLine() || !ev.pass() {
		return false
	}
	if err := ev.settle(); err != nil {
		return ev.refuse(err)
	}
	if ev.value("canonicalizehostname") != "false" || ev.wantFinal {
		ev.second = true
		if !ev.pass() {
			return false
		}
	}
	if err := ev.consistent(); err != nil {
		return ev.refuse(err)
	}
	var ok bool
	if c.expanded, ok = ev.expansions(); !ok {
		return false
	}
	ev.fill(c)
	c.Notices, c.Trace = ev.notices, ev.trace
	return true
}

// refuse records a fault that belongs to no line.
func (ev *evaluator) refuse(err error) bool {
	ev.fault(place{}, err)
	return false
}

// commandLine takes over what needs no file. It stops at the first fault.
func (ev *evaluator) commandLine() bool {
	at := place{file: "command-line"}
	for _, option := range ev.query.Overrides {
		name, _ := splitKeyword(option)
		if name == "host" || name == "match" || name == "include" {
			return ev.refuse(fmt.Errorf("%s is not possible as a command-line option", ev.keywords[name].title))
		}
		if ev.line(&block{active: true}, at, option); len(ev.faults) > 0 {
			return false
		}
	}
	if err := checkDestination(ev.query); err != nil {
		return ev.refuse(err)
	}
	if ev.value("sessiontype") == "subsystem" && ev.query.Command == "" {
		return ev.refuse(errors.New("SessionType subsystem needs the subsystem's name in the place of a command"))
	}
	if _, set := ev.settings.get("user"); !set && ev.query.User != "" {
		ev.settings.set("user", at, ev.query.User)
	}
	if _, set := ev.settings.get("port"); !set && ev.query.Port != 0 {
		ev.settings.set("port", at, strconv.Itoa(ev.query.Port))
	}
	return true
}

// checkDestination refuses what could mean something else to a shell or to a
// command that is given it: host and user reach commands as tokens.
func checkDestination(q Query) error {
	if q.Host == "" || q.Host[0] == '-' || strings.ContainsAny(q.Host, "'`\"$\\;&<>|(){}, \t\r\n\v\f") || hasControl(q.Host) {
		return errors.New("hostname contains invalid characters")
	}
	if u := q.User; strings.HasPrefix(u, "-") || strings.Contains(u, " -") || strings.HasSuffix(u, "\\") ||
		strings.ContainsAny(u, "'`\";&<>|(){}\t\r\n\v\f") || hasControl(u) {
		return errors.New("remote username contains invalid characters")
	}
	return nil
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// pass reads the files: one pass. False: there are faults.
func (ev *evaluator) pass() bool {
	places := ev.env.Places()
	switch name := ev.query.ConfigFile; {
	case name == "":
		return ev.file(places.UserConfig, places.UserFolder, true, userFile) &&
			ev.file(places.SystemConfig, places.SystemFolder, false, systemFile)
	case isNone(name):
		return true
	default:
		return ev.file(name, places.UserFolder, true, namedFile)
	}
}

// settle finds out what host it is: between the passes.
func (ev *evaluator) settle() error {
	host, err := ev.targetHost()
	if err != nil {
		return err
	}
	switch numeric, ok := numericHost(host, ev.family()); {
	case ok:
		host = numeric
	case !strings.ContainsAny(host, "%:"): // with these OpenSSH takes it for an address
		host = lower(host)
	}
	host, found, err := ev.canonicalise(host)
	if err != nil {
		return err
	}
	if !found {
		if host, err = ev.permittedCNAME(host); err != nil {
			return err
		}
	}
	ev.host = host
	// From here on these are decided: the second pass cannot set them any more.
	for _, name := range []string{"canonicalizehostname", "canonicalizemaxdots", "canonicalizefallbacklocal"} {
		if _, set := ev.settings.get(name); !set {
			ev.settings.set(name, place{}, ev.value(name))
		}
	}
	// As it is: a "%" in a name that came from HostName is no token any more.
	ev.settings.set("hostname", ev.settings.values["hostname"].at, strings.ReplaceAll(host, "%", "%%"))
	return nil
}

// consistent checks what no single line decides.
func (ev *evaluator) consistent() error {
	command := ev.unlessNoneText("remotecommand")
	switch {
	case ev.int("connectionattempts") == 0:
		return errors.New("invalid number of ConnectionAttempts")
	case command != "" && ev.query.Command != "":
		return errors.New("cannot execute command-line and remote command")
	case ev.on("forkafterauthentication") && command == "" && ev.query.Command == "" && ev.value("sessiontype") != "none":
		return errors.New("cannot fork into background without a command to execute (ForkAfterAuthentication)")
	}
	return nil
}

// fileKind is how a file is treated that is not as it should be.
type fileKind int

const (
	namedFile  fileKind = iota // must be there
	userFile                   // may be missing, nobody else may be able to write it
	systemFile                 // may be missing
)

// file evaluates one of the files that are read without being included.
func (ev *evaluator) file(name, folder string, tilde bool, kind fileKind) bool {
	source, err := ev.env.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && kind != namedFile:
		return true
	case err != nil:
		return ev.refuse(fmt.Errorf("cannot open configuration file %s: %w", name, err))
	case source.Untrusted && kind == userFile:
		return ev.refuse(fmt.Errorf("bad owner or permissions on %s", name))
	}
	ev.folder, ev.tilde = folder, tilde
	return !ev.text(name, source.Data, block{active: true})
}

// Via is the query for the last hop of ProxyJump, as ssh resolves it: with the
// same files, and with the hops before it as its own ProxyJump. Nothing else of
// the command line applies to a hop. False: there is no ProxyJump.
func (c *Config) Via() (Query, bool) {
	if len(c.ProxyJump) == 0 {
		return Query{}, false
	}
	hops, last := c.ProxyJump[:len(c.ProxyJump)-1], c.ProxyJump[len(c.ProxyJump)-1]
	q := Query{Host: last.Host, User: last.User, Port: last.Port, ConfigFile: c.ev.query.ConfigFile}
	if len(hops) > 0 {
		names := make([]string, len(hops))
		for i, hop := range hops {
			names[i] = hop.String()
		}
		q.Overrides = one("ProxyJump=" + strings.Join(names, ","))
	}
	return q, true
}

// Origin is the line that set a keyword; false if its default stands. File
// "command-line": an override.
func (c *Config) Origin(keyword string) (file string, line int, ok bool) {
	k := c.ev.keywords[lower(keyword)]
	if k == nil {
		return "", 0, false
	}
	v := c.ev.settings.values[k.name()]
	return v.at.file, v.at.line, v.at != place{}
}
