package app

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"gmosh/bootstrap"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshdial"
	"gmosh/client/app/demo"
)

// options is what a command line says.
type options struct {
	Destination string   // [user@]host as typed
	Command     []string // nil: the login shell

	Linger lingerWish // "" if not given

	Predict   string // adaptive, always, never, experimental; "" if not given
	Overwrite bool
	NoInit    bool

	Family   sshdial.Family // "" if not given
	Ports    string         // of the session, PORT or LOW:HIGH
	Bind     launch.Bind
	RemoteIP bootstrap.RemoteIP
	Server   string
	Client   string
	Local    bool
	NoUpload bool // put no server onto the host

	SSH       []string // the words of --ssh; nil if not given
	PTY       bool     // ask SSH for a terminal
	SSHPort   int      // 0 if not given
	Config    string   // -F
	Overrides []string // of ssh_config, in order: "Keyword=value"
	Verbose   int
	Quiet     bool // LogLevel: nothing but what went wrong

	Link demo.Link // of `gmosh demo`

	PrintConfig   bool // -G
	PrintCommand  bool
	Help, Version bool
}

// option is one thing that can be typed in front of or behind the host.
type option struct {
	long  string
	short string // one letter; "" if none
	arg   string // what its argument is called; "" if it takes none
	help  []string
	// mosh: the launcher of mosh has it. Only these are thought of when one of
	// its abbreviations is looked up, so that what worked there works here.
	mosh bool
	set  func(o *options, value string) error
}

// group is options that belong together, under a title.
type group struct {
	title   string
	options []option
}

// The groups that the usage shows the options in.
var groups = []group{
	{"Local echo", []option{
		{long: "predict", arg: "WHEN", mosh: true, set: setPredict, help: []string{
			"adaptive (where it is felt) [default], always,",
			"never, experimental (even if it may be wrong)"}},
		{short: "a", help: []string{"same as --predict=always"}, set: func(o *options, _ string) error { return setPredict(o, "always") }},
		{short: "n", help: []string{"same as --predict=never"}, set: func(o *options, _ string) error { return setPredict(o, "never") }},
		{long: "predict-overwrite", short: "o", mosh: true, help: []string{"guesses overwrite instead of inserting"},
			set: func(o *options, _ string) error { o.Overwrite = true; return nil }},
	}},
	{"Session", []option{
		{long: "port", short: "p", arg: "PORT[:PORT2]", mosh: true, set: setPorts, help: []string{
			"UDP port or range of the session",
			"(SSH's is --ssh-port)"}},
		{long: "family", arg: "FAMILY", mosh: true, set: setFamily, help: []string{
			"inet, inet6, auto (what the host has, if only", "one), all, prefer-inet [default], prefer-inet6"}},
		{short: "4", help: []string{"same as --family=inet"}, set: func(o *options, _ string) error { return setFamily(o, "inet") }},
		{short: "6", help: []string{"same as --family=inet6"}, set: func(o *options, _ string) error { return setFamily(o, "inet6") }},
		{long: "bind-server", arg: "ssh|any|IP", mosh: true, set: setBind, help: []string{
			"address the server answers from: the one that", "SSH came in on [default], any, or this one"}},
		{long: "experimental-remote-ip", arg: "local|remote|proxy", mosh: true, set: setRemoteIP, help: []string{
			"where the server is: at the name as typed,", "where the far side says SSH came in, or where", "SSH is connected to [default]"}},
		{long: "server", arg: "COMMAND", mosh: true, set: func(o *options, v string) error { o.Server = v; return nil }, help: []string{
			"server to run over there, as shell text", "[default: gmosh, put there if need be]"}},
		{long: "no-upload", set: func(o *options, _ string) error { o.NoUpload = true; return nil }, help: []string{
			"put no server there: use what there is,", "gmosh or mosh-server"}},
		{long: "local", mosh: true, set: func(o *options, _ string) error { o.Local = true; return nil }, help: []string{
			"start the server on this machine, without SSH;", "the host is its address, such as 127.0.0.1"}},
		{long: "linger", arg: "yes|no|ask", set: setLinger, help: []string{
			"let the session outlive the login where systemd", "would end it, for good [default: ask once]"}},
		{long: "no-init", mosh: true, set: func(o *options, _ string) error { o.NoInit = true; return nil }, help: []string{
			"do not use the terminal's alternate screen"}},
		{long: "init", mosh: true, set: func(o *options, _ string) error { o.NoInit = false; return nil }},
		{long: "client", arg: "PATH", mosh: true, set: func(o *options, v string) error { o.Client = v; return nil }, help: []string{
			"accepted and not used: gmosh is its own client"}},
	}},
	{"Login", []option{
		{long: "ssh", arg: "COMMAND", mosh: true, set: setSSH, help: []string{
			`program to log in with: "/usr/bin/ssh -K";`, `"ssh" and its usual options need none`}},
		{long: "ssh-port", arg: "PORT", set: setSSHPort, help: []string{"TCP port of SSH"}},
		{short: "l", arg: "USER", set: override("User"), help: []string{"name to log in by"}},
		{short: "i", arg: "FILE", set: override("IdentityFile"), help: []string{"private key to offer"}},
		{short: "J", arg: "HOST[,HOST]", set: override("ProxyJump"), help: []string{"log in by way of these hosts"}},
		{short: "F", arg: "FILE", set: func(o *options, v string) error { o.Config = v; return nil }, help: []string{
			"configuration instead of ~/.ssh/config"}},
		{short: "G", set: func(o *options, _ string) error { o.PrintConfig = true; return nil }, help: []string{
			"print what ssh_config says about the host, as", "ssh -G does, and exit"}},
		{long: "ssh-option", arg: "KEYWORD=VALUE", set: setSSHOption, help: []string{
			"setting of ssh_config; also -oKEYWORD=VALUE", "(-o alone is mosh's --predict-overwrite)"}},
		{long: "no-ssh-pty", mosh: true, set: func(o *options, _ string) error { o.PTY = false; return nil }, help: []string{
			"no terminal for the login over there [default]"}},
		{long: "ssh-pty", mosh: true, set: func(o *options, _ string) error { o.PTY = true; return nil }, help: []string{
			"a terminal for the login over there"}},
	}},
	{"", []option{
		{long: printCommandName, set: func(o *options, _ string) error { o.PrintCommand = true; return nil }, help: []string{
			"start the server, and print the command of its", "client (with the key) instead of running it"}},
		{long: "verbose", short: "v", set: func(o *options, _ string) error { o.Verbose++; return nil }, help: []string{
			"say what is done, and the counters at the end"}},
		{long: "help", mosh: true, set: func(o *options, _ string) error { o.Help = true; return nil }, help: []string{"this message"}},
		{long: "version", mosh: true, set: func(o *options, _ string) error { o.Version = true; return nil }, help: []string{
			"version and copyright"}},
	}},
}

// printCommandName is the name of the option that is taken out of what it prints.
const printCommandName = "print-command"

// eachOption calls f for every option of some groups.
func eachOption(groups []group, f func(option)) {
	for _, g := range groups {
		for _, o := range g.options {
			f(o)
		}
	}
}

// only returns the options with these names, without the titles.
func only(groups []group, names []string) []group {
	var found group
	eachOption(groups, func(o option) {
		if slices.Contains(names, o.long) || o.long == "" && slices.Contains(names, o.short) {
			found.options = append(found.options, o)
		}
	})
	return []group{found}
}

// predictions are the arguments of --predict.
var predictions = []string{"adaptive", "always", "never", "experimental"}

func setPredict(o *options, value string) error {
	if !slices.Contains(predictions, value) {
		return fmt.Errorf("%q is none of %s", value, strings.Join(predictions, ", "))
	}
	o.Predict = value
	return nil
}

func setFamily(o *options, value string) error {
	family, ok := sshdial.ParseFamily(value)
	if !ok {
		return fmt.Errorf("%q is none of inet, inet6, auto, all, prefer-inet, prefer-inet6", value)
	}
	o.Family = family
	return nil
}

// setPorts checks what the server would refuse: the far side's words would come
// late and from far away.
func setPorts(o *options, value string) error {
	low, high, isRange := strings.Cut(value, ":")
	if !isRange {
		high = low
	}
	l, err := strconv.ParseUint(low, 10, 16)
	h, err2 := strconv.ParseUint(high, 10, 16)
	switch {
	case err != nil || err2 != nil:
		return fmt.Errorf("%q is not a port from 0 to 65535 or a range LOW:HIGH", value)
	case isRange && (l == 0 || l > h):
		return fmt.Errorf("%q is not a range: its first port is 0 or above its last", value)
	}
	o.Ports = value
	return nil
}

func setBind(o *options, value string) error {
	if b := launch.Bind(value); b == launch.BindSSH || b == launch.BindAny {
		o.Bind = b
		return nil
	}
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return fmt.Errorf("%q is neither ssh nor any nor an address", value)
	}
	o.Bind = launch.Bind(addr.String())
	return nil
}

func setRemoteIP(o *options, value string) error {
	switch r := bootstrap.RemoteIP(value); r {
	case bootstrap.Dialled, bootstrap.Told, bootstrap.Resolved:
		o.RemoteIP = r
		return nil
	}
	return fmt.Errorf("%q is none of local, remote, proxy", value)
}

func setSSH(o *options, value string) error {
	words, err := splitWords(value)
	if err == nil && len(words) == 0 {
		err = errors.New("it names no program")
	}
	o.SSH = words
	return err
}

func setSSHPort(o *options, value string) error {
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil || port == 0 {
		return fmt.Errorf("%q is not a port from 1 to 65535", value)
	}
	o.SSHPort = int(port)
	return nil
}

func setSSHOption(o *options, value string) error {
	if value == "" {
		return errors.New("it is empty")
	}
	o.Overrides = append(o.Overrides, value)
	return nil
}

// override makes an option of a keyword of ssh_config.
func override(keyword string) func(*options, string) error {
	return func(o *options, value string) error {
		o.Overrides = append(o.Overrides, keyword+"="+value)
		return nil
	}
}
