package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"gmosh/bootstrap"
	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/client"
	"gmosh/client/keys"
	"gmosh/client/predict"
	"gmosh/protocol/health"
	"gmosh/protocol/render"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// The environment that mosh's programs read (spec section 1).
const (
	envPrediction = "MOSH_PREDICTION_DISPLAY"
	envOverwrite  = "MOSH_PREDICTION_OVERWRITE"
	envEscape     = "MOSH_ESCAPE_KEY"
	envNoPrefix   = "MOSH_TITLE_NOPREFIX"
	envNoInit     = "MOSH_NO_TERM_INIT"
)

// titlePrefix marks the titles of windows that a session sets.
const titlePrefix = "[mosh] "

// session is one session from the command line to the exit status.
func (p *program) session(o options) int {
	look := p.terminal
	if o.PrintCommand {
		look = p.dialect // whose terminal it will be, nobody knows
	}
	dialect, text := look()
	if text != "" {
		return p.complain(text)
	}
	if mode := p.get(envPrediction); mode != "" && !slices.Contains(predictions, mode) {
		return p.complain(fmt.Sprintf("%s is %q; it can be %s.", envPrediction, shown(mode), strings.Join(predictions, ", ")))
	}
	if o.Client != "" && !o.PrintCommand {
		p.say("--client is not needed and not used: gmosh is its own client.")
	}
	t, life, text, status := p.start(o, dialect)
	if status != 0 {
		if text != "" {
			p.say("%s", text)
		}
		return status
	}
	if o.PrintCommand {
		_ = life.Close() // the server runs
		return p.printCommand(o, t)
	}
	return p.run(o, t, life, resolveAgain(life.dialed, t))
}

// terminal finds out what can be shown on the terminal; text is why nothing can.
func (p *program) terminal() (d render.Dialect, text string) {
	if !term.IsTerminal(int(p.stdin.Fd())) {
		return d, "standard input is not a terminal, and a session needs one.\n" +
			"To run one command without a terminal: ssh HOST COMMAND"
	}
	return p.dialect()
}

// dialect is what TERM says; text is why nothing can be shown.
func (p *program) dialect() (d render.Dialect, text string) {
	d, err := render.ForTerm(client.TermName(p.get), p.get("COLORTERM"))
	if err != nil {
		return d, shown(err.Error()) + "."
	}
	return d, ""
}

// start starts a server over there. status is the exit status if that failed, and
// text says why, if there is something to say.
func (p *program) start(o options, d render.Dialect) (t ticket.Ticket, life lifeline, text string, status int) {
	ctx, stop := p.interruptible()
	defer stop()
	s := situation{name: p.name, host: o.Destination, options: o}
	host, err := p.host(ctx, &o)
	if err == nil {
		s.host, s.user, s.options, s.fingerprint = host.Alias, host.User, o, hostkey.Fingerprint(host.FingerprintHash)
		client.DisableCoreDumps() // the session's key is on its way
		p.listening = p.listen(o, host)
		s.dialed = dialed(host)
		r := p.request(ctx, o, host, d)
		if !o.PrintCommand {
			r.First = p.introduce
		}
		s.builds = r.Builds
		t, life.Lifeline, err = bootstrap.Start(ctx, r)
		life.situation = s
	}
	if err == nil {
		if err = p.outlive(ctx, &ui{console: console{ctx, p.openTerminal, nil}, listening: p.listening}, &life); err != nil {
			_ = life.Close()
		}
	}
	if err != nil {
		p.listening.end()
		text, status = explain(err, s)
	}
	return t, life, text, status
}

// request puts together what bootstrap is to do.
func (p *program) request(ctx context.Context, o options, host *sshconf.Config, d render.Dialect) bootstrap.Request {
	self, err := p.executable()
	if err != nil {
		self = gmoshName // from PATH, then
	}
	builds := p.builds(self)
	person := &ui{
		console: console{ctx, p.openTerminal, p.askpass()}, listening: p.listening, name: p.name, stderr: p.stderr,
		level: o.Verbose, quiet: o.Quiet, fingerprint: hostkey.Fingerprint(host.FingerprintHash),
		progress:  progressOn(p.name, p.stderr),
		situation: situation{name: p.name, host: host.Alias, user: host.User, options: o, builds: builds},
	}
	r := bootstrap.Request{
		Host: host,
		Launch: launch.Spec{
			Server: o.Server, Bind: o.Bind, Ports: o.Ports, Command: command(o, host),
			Colors: int(min(d.Colors, render.Colors256)),
			Locale: p.locale(),
		},
		UI:          person,
		Builds:      builds,
		Upload:      !o.NoUpload,
		Family:      o.Family,
		RemoteIP:    o.RemoteIP,
		PTY:         o.PTY || host.RequestTTY == sshconf.TTYYes || host.RequestTTY == sshconf.TTYForce,
		Agent:       p.get("SSH_AUTH_SOCK"),
		Environ:     p.environ,
		Shell:       p.shell(),
		Jump:        func(q sshconf.Query) (*sshconf.Config, error) { return p.resolve(ctx, q) },
		Program:     o.SSH,
		Options:     programOptions(o),
		Destination: o.Destination,
		Self:        self,
		Home:        p.get("HOME"),
	}
	switch {
	case o.Local:
		r.Transport = bootstrap.Local
	case o.SSH != nil:
		r.Transport = bootstrap.Program
	}
	return r
}

// command is what is run over there, as words: RemoteCommand, if nothing was typed.
// That is text for the user's shell over there, as ssh would run it.
func command(o options, host *sshconf.Config) []string {
	if o.Command != nil || host.RemoteCommand == "" {
		return o.Command
	}
	return []string{"/bin/sh", "-c", `exec "${SHELL:-/bin/sh}" -c "$0"`, host.RemoteCommand}
}

// shell is the user's, for ProxyCommand.
func (p *program) shell() string {
	if shell := p.get("SHELL"); shell != "" {
		return shell
	}
	return "/bin/sh"
}

// localeNames are the variables that make a locale, in the order the mosh launcher
// passes them on.
var localeNames = []string{
	"LANG", "LANGUAGE", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES", "LC_PAPER", "LC_NAME",
	"LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION", "LC_ALL",
}

// locale is what of the locale is set here, for a server that has none.
func (p *program) locale() []string {
	var locale []string
	for _, name := range localeNames {
		if value, ok := p.lookup(name); ok {
			locale = append(locale, name+"="+value)
		}
	}
	return locale
}

// run is the session itself, and the words after it; more changes what it is run
// with.
func (p *program) run(o options, t ticket.Ticket, life lifeline, more ...func(*client.Options)) int {
	predictor, err := p.predictor(o)
	if err != nil {
		_ = life.Close()
		p.listening.end()
		return p.complain(shown(err.Error()) + ".")
	}
	terminal, filter, err := p.sessionTerminal()
	if err != nil {
		_ = life.Close()
		return p.complain(shown(err.Error()) + ".")
	}
	opts := p.about(terminal)
	opts.Ticket, opts.Lifeline, opts.Outer = t, life, filter
	opts.Escape, opts.Predictor = p.escape(), predictor
	opts.NoInit = o.NoInit || p.has(envNoInit)
	opts.LogoutKills = life.logind != nil && life.logind.Exposed
	if p.introduced != nil {
		opts.Introduction, opts.Ahead = p.introduced, life.Packets()
	}
	for _, change := range more {
		change(&opts)
	}
	result, err := client.Run(context.Background(), opts)
	if err != nil {
		return p.complain(shown(err.Error()) + ".")
	}
	farewell := client.Farewell{
		Name: p.name, Server: t.Addrs[0], Stdout: p.stdout, Stderr: p.stderr, Verbose: o.Verbose > 0,
		Explain: func(r client.Result, cause client.Cause) string {
			return explainSilence(r, cause, t.Addrs[0], life.situation)
		},
	}
	return exitStatus(farewell.Say(result), result)
}

// about are the options that say what the terminal is, and what we are.
func (p *program) about(terminal client.Terminal) client.Options {
	return client.Options{
		Terminal: terminal, Term: client.TermName(p.get), ColorTerm: p.get("COLORTERM"),
		TitlePrefix: p.titlePrefix(), Software: software(),
	}
}

// introduce is what the server is told with the command that starts it, if we read
// the terminal by then: nil, else.
func (p *program) introduce() []byte {
	k := p.listening.begun()
	if k == nil {
		return nil
	}
	opts := p.about(k)
	if p.headed {
		opts.Header = func() string { return "" }
	}
	in, err := client.Introduce(opts, k.known())
	if err != nil {
		return nil // the session will say so
	}
	p.introduced = in
	return in.State()
}

// exitStatus is the command's own where the server has told it, as with ssh.
func exitStatus(status int, r client.Result) int {
	switch exit := r.Exit; {
	case exit == nil:
		return status
	case exit.Exited:
		return int(exit.Status)
	case exit.Signal != 0:
		return 128 + int(exit.Signal)
	}
	return status
}

func (p *program) escape() keys.Escape {
	if value, ok := p.lookup(envEscape); ok {
		return keys.Parse(value)
	}
	return keys.Default()
}

// predictor is what shows keys ahead of the server: the option goes before the
// environment.
func (p *program) predictor(o options) (client.Predictor, error) {
	mode := cmp.Or(o.Predict, p.get(envPrediction), predict.Adaptive.String())
	return client.NewPredictor(mode, o.Overwrite || p.get(envOverwrite) == "yes")
}

func (p *program) titlePrefix() string {
	if p.has(envNoPrefix) {
		return ""
	}
	return titlePrefix
}

// programOptions are the options for a program of --ssh that were given to us.
func programOptions(o options) []string {
	var opts []string
	if o.SSHPort != 0 {
		opts = append(opts, "-p", strconv.Itoa(o.SSHPort))
	}
	if o.Config != "" {
		opts = append(opts, "-F", o.Config)
	}
	for _, setting := range o.Overrides {
		opts = append(opts, "-o", setting)
	}
	return opts
}

// lifeline is bootstrap's for client, and what words about the session need.
type lifeline struct {
	*bootstrap.Lifeline
	situation
	logind *health.Logind // what it will do to the server; nil: nothing
}

var _ client.Lifeline = lifeline{}
