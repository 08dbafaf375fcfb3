package app

import (
	"context"
	"fmt"
	"strings"

	"gmosh/sshconf"
	"gmosh/sshconf/system"
)

// configurations resolves the configuration of a host; nil is that of this machine.
type configurations func(context.Context, sshconf.Query) (*sshconf.Config, error)

// host says where the command line leads: what ssh_config knows about the host, with
// the options in front. Options of a plain "ssh" in --ssh are taken over into o.
func (p *program) host(ctx context.Context, o *options) (*sshconf.Config, error) {
	takeOver(o)
	if o.Local {
		return &sshconf.Config{Alias: o.Destination, HostName: o.Destination}, nil
	}
	env, err := system.New(ctx)
	if err != nil {
		return nil, err
	}
	user, name, port, err := sshconf.ParseDestination(env, o.Destination)
	if err != nil {
		return nil, err
	}
	q := sshconf.Query{Host: name, User: user, Port: port, ConfigFile: o.Config, Command: strings.Join(o.Command, " ")}
	if o.SSHPort != 0 {
		q.Overrides = append(q.Overrides, fmt.Sprintf("Port=%d", o.SSHPort))
	}
	q.Overrides = append(q.Overrides, o.Overrides...)
	host, err := p.resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	o.obeyLogLevel(host.LogLevel)
	for _, n := range host.Notices {
		if !o.Quiet {
			p.say("%s line %d: %s", shown(n.File), n.Line, shown(n.Text))
		}
	}
	if o.Verbose > 0 {
		for _, line := range host.Trace {
			p.say("%s", shown(line))
		}
	}
	return host, nil
}

func (p *program) resolve(ctx context.Context, q sshconf.Query) (*sshconf.Config, error) {
	if p.configurations != nil {
		return p.configurations(ctx, q)
	}
	env, err := system.New(ctx)
	if err != nil {
		return nil, err
	}
	return sshconf.Resolve(env, q)
}

// plainSSH is the word of --ssh that means no program: we log in ourselves. A path
// means the program there.
const plainSSH = "ssh"

// taken are the options of ssh, by letter, that we have too: as a setting of
// ssh_config, or by changing our own options. Those with a keyword and a % take an
// argument.
var taken = map[byte]struct {
	setting string // of ssh_config; %s is the argument; "" if there is nothing to do
	arg     bool
}{
	'p': {"Port=%s", true}, 'l': {"User=%s", true}, 'i': {"IdentityFile=%s", true}, 'J': {"ProxyJump=%s", true},
	'o': {"%s", true}, 'c': {"Ciphers=%s", true}, 'm': {"MACs=%s", true},
	'4': {"AddressFamily=inet", false}, '6': {"AddressFamily=inet6", false}, 'q': {"LogLevel=QUIET", false},
	'A': {"ForwardAgent=yes", false}, 'a': {"ForwardAgent=no", false}, 'C': {"Compression=yes", false},
	'X': {"", false}, 'x': {"", false}, 'Y': {"", false}, 'k': {"", false}, // what a session has no use for
	'n': {"", false}, 'T': {"", false}, 't': {"", false}, 'S': {"", true}, // as mosh itself sets them
}

// takeOver turns --ssh="ssh OPTIONS" into options of ours, if all of them are known;
// what is not known is for the real ssh.
func takeOver(o *options) {
	if len(o.SSH) == 0 || o.SSH[0] != plainSSH {
		return
	}
	changed := *o
	changed.Overrides = append([]string(nil), o.Overrides...)
	for words := o.SSH[1:]; len(words) > 0; {
		rest, ok := changed.takeWord(words)
		if !ok {
			return
		}
		words = rest
	}
	changed.SSH = nil
	*o = changed
}

// takeWord takes one word of options, and the argument behind it; false if one of
// them is not known.
func (o *options) takeWord(words []string) (rest []string, ok bool) {
	word, rest := words[0], words[1:]
	if len(word) < 2 || word[0] != '-' {
		return nil, false
	}
	for i := 1; i < len(word); i++ {
		switch word[i] {
		case 'v':
			o.Verbose++
			continue
		case 'F':
			value, left, ok := argument(word[i+1:], rest)
			o.Config = value
			return left, ok
		}
		t, known := taken[word[i]]
		if !known {
			return nil, false
		}
		if !t.arg {
			o.override(t.setting)
			continue
		}
		value, left, ok := argument(word[i+1:], rest)
		if ok && t.setting != "" {
			o.override(strings.Replace(t.setting, "%s", value, 1))
		}
		return left, ok
	}
	return rest, true
}

func (o *options) override(setting string) {
	if setting != "" {
		o.Overrides = append(o.Overrides, setting)
	}
}

// argument is what stands behind an option's letter: in its word, or the next.
func argument(here string, next []string) (value string, rest []string, ok bool) {
	if here != "" {
		return here, next, true
	}
	if len(next) == 0 {
		return "", nil, false
	}
	return next[0], next[1:], true
}

// NoteHost says, if it is so, that a word that is about to be run is also the name
// of a host in ssh_config. A server that is started by a launcher is no person's
// doing.
func NoteHost(word string, args []string) {
	if len(args) > 0 && args[0] == "new" {
		return
	}
	newProgram(gmoshName).noteHost(word)
}

func (p *program) noteHost(word string) {
	host, err := p.resolve(context.Background(), sshconf.Query{Host: word})
	if err != nil {
		return // not the time to complain about a configuration
	}
	for _, line := range host.Trace {
		if strings.HasSuffix(line, ": Applying options for "+word) {
			p.say("%q is also a host in your ssh_config; for that: gmosh -- %[1]s", word)
			return
		}
	}
}
