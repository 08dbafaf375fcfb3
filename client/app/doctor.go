package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"

	"gmosh/bootstrap"
	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/client"
	"gmosh/protocol/health"
	"gmosh/protocol/render"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// verdict is how a check came out.
type verdict string

// The verdicts. Only failed ones count for the exit status.
const (
	good    verdict = "ok"
	warned  verdict = "warning"
	failed  verdict = "failed"
	unknown verdict = "skipped" // not reached, or there is no way to find out
)

// check is what one check found.
type check struct {
	Name    string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Text    string  `json:"text"` // lines; the first says what was seen
}

// The checks, in the order in which a session depends on them.
const (
	checkTerminal = "terminal"
	checkConfig   = "config"
	checkName     = "name"
	checkDial     = "dial"
	checkHostKey  = "host key"
	checkAuth     = "auth"
	checkShell    = "far shell"
	checkServer   = "server"
	checkLocale   = "locale"
	checkLogind   = "logind"
	checkClock    = "clock"
	checkUDP      = "udp"
	checkThere    = "udp there"
	checkBack     = "udp back"
	checkMTU      = "mtu"
)

var checkNames = []string{
	checkTerminal, checkConfig, checkName, checkDial, checkHostKey, checkAuth, checkShell, checkServer,
	checkLocale, checkLogind, checkClock, checkUDP, checkThere, checkBack, checkMTU,
}

// login are those of the checks that starting a server goes through, in order: one
// that fails is the last one reached.
var login = []string{checkName, checkDial, checkHostKey, checkAuth, checkShell, checkServer}

// Doctor is `gmosh doctor`: every check of what a session with a host needs.
func Doctor(_ string, args []string) int { return newProgram(gmoshName).doctor(args) }

const doctorUsage = `Usage: gmosh doctor [options] [--json] [user@]host

Checks what a session with the host needs, one thing after the other: terminal,
configuration, name, SSH, server, locale, logind, UDP each way at several sizes.
The options are those of a session (gmosh --help).
The exit status is 0 if nothing failed, 1 if something did, 255 for a bad command.
`

// statusSick is the exit status if a check failed.
const statusSick = 1

func (p *program) doctor(args []string) int {
	var asJSON bool
	var rest []string
	for i, arg := range args {
		if arg == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		if arg == "--json" {
			asJSON = true
			continue
		}
		rest = append(rest, arg)
	}
	o, err := parse(rest)
	switch {
	case errors.Is(err, errNoHost) || err == nil && o.Help:
		fmt.Fprint(p.stderr, doctorUsage)
		if o.Help {
			return 0
		}
		return statusFailed
	case err != nil:
		p.say("%s.", shown(err.Error()))
		return statusFailed
	}
	e := &examination{program: p, options: o, found: make(map[string]check), quiet: asJSON}
	interruption := e.examine()
	return e.report(p.stdout, asJSON, interruption)
}

// examination is one run of the doctor.
type examination struct {
	*program
	options options
	found   map[string]check
	quiet   bool // say nothing before the report: it is for a program

	host *sshconf.Config
	life lifeline
}

// note writes down what a check found.
func (e *examination) note(name string, v verdict, format string, args ...any) {
	e.found[name] = check{name, v, strings.TrimSpace(fmt.Sprintf(format, args...))}
}

// examine makes all checks that can be made, and returns what interrupted it.
func (e *examination) examine() error {
	ctx, stop := e.interruptible()
	defer stop()
	e.terminal()
	host, err := e.program.host(ctx, &e.options)
	if err != nil {
		text, _ := explain(err, e.situation())
		e.note(checkConfig, failed, "%s", text)
		return context.Cause(ctx)
	}
	e.host = host
	e.note(checkConfig, good, "%s is %s, port %d, user %s", shown(host.Alias), shown(host.HostName), host.Port, shown(host.User))
	t, err := e.start(ctx)
	if err != nil {
		e.blame(err)
		return context.Cause(ctx)
	}
	defer e.life.Close()
	e.far(ctx)
	e.session(ctx, t)
	e.sizes(ctx, t)
	return context.Cause(ctx)
}

func (e *examination) situation() situation {
	s := situation{name: e.name, host: e.options.Destination, options: e.options}
	if e.host != nil {
		s.host, s.user, s.fingerprint = e.host.Alias, e.host.User, hostkey.Fingerprint(e.host.FingerprintHash)
	}
	return s
}

// terminal looks at this side's.
func (e *examination) terminal() {
	name := client.TermName(e.get)
	_, err := render.ForTerm(name, e.get("COLORTERM"))
	switch {
	case err != nil:
		e.note(checkTerminal, failed, "%s.", shown(err.Error()))
	case !term.IsTerminal(int(e.stdin.Fd())):
		e.note(checkTerminal, warned, "standard input is not a terminal; TERM is %s", shown(name))
	default:
		e.note(checkTerminal, good, "TERM is %s", shown(name))
	}
}

// start starts a server that ends as soon as it has been heard.
func (e *examination) start(ctx context.Context) (ticket.Ticket, error) {
	o := e.options
	o.Command = []string{"/bin/sh", "-c", "exit 0"}
	client.DisableCoreDumps()
	r := e.request(ctx, o, e.host, render.Stock())
	listener := &listening{UI: r.UI, quiet: e.quiet}
	r.UI = listener
	t, life, err := bootstrap.Start(ctx, r)
	if err != nil {
		return t, err
	}
	e.life = lifeline{Lifeline: life, situation: e.situation(), logind: life.Logind()}
	for _, name := range login {
		e.note(name, good, "%s", cmpText(listener.about[name], "fine"))
	}
	var addrs []netip.Addr
	for _, a := range t.Addrs {
		addrs = append(addrs, a.Addr())
	}
	e.note(checkName, good, "sessions go to %s", addresses(addrs))
	e.note(checkAuth, good, "%s is let in", shown(e.host.User))
	e.note(checkShell, good, "it runs commands")
	e.note(checkServer, good, "it listens on UDP port %d", t.Addrs[0].Port())
	return t, nil
}

func cmpText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// listening is a UI that keeps what it is told for the report.
type listening struct {
	bootstrap.UI
	quiet bool
	about map[string]string
}

// details are how steps that go well are told by bootstrap, and whose they are.
var details = []struct{ begin, check string }{
	{"connected to ", checkDial}, {"host key ", checkHostKey},
}

// Tell takes an event.
func (l *listening) Tell(event any) {
	if d, ok := event.(bootstrap.Detail); ok {
		for _, of := range details {
			if strings.HasPrefix(d.Text, of.begin) {
				if l.about == nil {
					l.about = make(map[string]string)
				}
				l.about[of.check] = shown(d.Text)
			}
		}
	}
	if !l.quiet {
		l.UI.Tell(event)
	}
}

// blame finds the check that an error of bootstrap belongs to. Those before it went
// well.
func (e *examination) blame(err error) {
	text, _ := explain(err, e.situation())
	at := culprit(err)
	if _, ended := errors.AsType[*launch.FailedError](err); ended && e.options.Server != "" {
		at = checkServer // the script that would tell the shell's fault was not run
	}
	for _, name := range login {
		if name == at {
			e.note(name, failed, "%s", text)
			return
		}
		e.note(name, good, "fine")
	}
}

// culprits tell whose an error is; the first that fits.
var culprits = []struct {
	check string
	is    func(error) bool
}{
	{checkName, func(err error) bool {
		dial, ok := errors.AsType[*sshdial.Error](err)
		return ok && (dial.Kind == sshdial.UnknownHost || dial.Kind == sshdial.NoResolver || dial.Kind == sshdial.WrongFamily)
	}},
	{checkName, isA[*bootstrap.NoAddressError]},
	{checkDial, isA[*sshdial.Error]},
	{checkHostKey, isA[*hostkey.UnknownError]},
	{checkHostKey, isA[*hostkey.ChangedError]},
	{checkHostKey, isA[*hostkey.RevokedError]},
	{checkHostKey, isA[*hostkey.CertificateError]},
	{checkHostKey, func(err error) bool { return errors.Is(err, hostkey.ErrDeclined) }},
	{checkAuth, isA[*sshauth.FailedError]},
	{checkDial, isA[*ssh.AlgorithmNegotiationError]},
	{checkShell, func(err error) bool { return errors.Is(err, launch.ErrRefused) }},
	{checkShell, func(err error) bool {
		silent, ok := errors.AsType[*launch.SilentError](err)
		return ok && len(silent.Report.Servers) == 0
	}},
	{checkShell, func(err error) bool {
		ended, ok := errors.AsType[*launch.FailedError](err)
		return ok && len(ended.Report.Servers) == 0 && !ended.Report.None
	}},
	{checkServer, isA[*launch.FailedError]},
	{checkServer, isA[*launch.SilentError]},
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func culprit(err error) string {
	for _, c := range culprits {
		if c.is(err) {
			return c.check
		}
	}
	return checkDial
}

// report prints the outcome and returns the exit status.
func (e *examination) report(out io.Writer, asJSON bool, interruption error) int {
	sick := false
	var checks []check
	for _, name := range checkNames {
		c, made := e.found[name]
		if !made {
			c = check{name, unknown, "not reached"}
		}
		sick = sick || c.Verdict == failed
		checks = append(checks, c)
	}
	if asJSON {
		text, err := json.MarshalIndent(struct {
			Host   string  `json:"host"`
			OK     bool    `json:"ok"`
			Checks []check `json:"checks"`
		}{e.options.Destination, !sick, checks}, "", "  ")
		if err != nil {
			return e.complain(err.Error())
		}
		fmt.Fprintf(out, "%s\n", text)
	} else {
		for _, c := range checks {
			fmt.Fprintf(out, "%-8s %-10s %s\n", c.Verdict, c.Name, strings.ReplaceAll(c.Text, "\n", "\n"+strings.Repeat(" ", 20)))
		}
	}
	if i, ok := errors.AsType[interrupted](interruption); ok {
		return i.status()
	}
	if sick {
		return statusSick
	}
	return 0
}

// farTimeout is how long the far machine may take to tell about itself.
const farTimeout = 15 * time.Second

// far makes the checks that the far machine answers.
func (e *examination) far(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farTimeout)
	defer cancel()
	e.logind()
	asked := time.Now()
	survey, err := e.life.Survey(ctx, e.locale())
	if err != nil {
		for _, name := range []string{checkLocale, checkClock} {
			e.note(name, unknown, "only a gmosh over there can tell (%s)", shown(err.Error()))
		}
		return
	}
	answered := time.Now()
	e.note(checkServer, good, "%s (%s); %s", shown(survey.Software), shown(survey.System), e.found[checkServer].Text)
	e.note(checkShell, good, "it runs commands; the login shell is %s", shown(survey.Shell))
	if survey.Notice != "" {
		e.note(checkLocale, warned, "%s", shown(survey.Notice))
	} else {
		e.note(checkLocale, good, "%s", shown(survey.Locale))
	}
	// What comes between asking and answering is the uncertainty.
	ahead := survey.Time.Sub(asked.Add(answered.Sub(asked) / 2)).Round(time.Second)
	if ahead.Abs() > maxClock {
		e.note(checkClock, warned, "its clock is %v off ours (certificates and one-time passwords depend on it)", ahead)
	} else {
		e.note(checkClock, good, "its clock is ours, to %v", max(ahead.Abs(), time.Second))
	}
}

// maxClock is how much two clocks may differ before anybody notices.
const maxClock = 2 * time.Minute

func (e *examination) logind() {
	switch l := e.life.logind; {
	case l == nil:
		e.note(checkLogind, good, "nothing there is known to end sessions at the logout")
	case l.Exposed:
		e.note(checkLogind, warned, "%s", sayNoLinger(*l, e.life.situation))
	case l.Moved:
		e.note(checkLogind, good, "sessions are moved out of the login's reach, and linger is on")
	default:
		e.note(checkLogind, good, "it ends nothing at the logout (KillUserProcesses=no)")
	}
}

// session has a whole session, from the first datagram to the last.
func (e *examination) session(ctx context.Context, t ticket.Ticket) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Once the server's machine has said how things stand, little more will come.
	var late *time.Timer
	life := kept{e.life.Lifeline, func() { late = time.AfterFunc(lateAnswer, cancel) }}
	defer func() {
		if late != nil {
			late.Stop()
		}
	}()
	result, err := client.Run(ctx, client.Options{
		Ticket: t, Terminal: newPaper(), Term: "xterm-256color", Software: software(), Lifeline: life,
	})
	server := t.Addrs[0]
	switch {
	case err != nil:
		e.note(checkUDP, failed, "%s.", shown(err.Error()))
	case result.Connected:
		e.note(checkUDP, good, "a session with %s, round trip %v", server, result.Counters.SRTT.Round(time.Millisecond))
	default:
		e.note(checkUDP, failed, "%s", explainSilence(result, result.Cause(server), server, e.life.situation))
	}
}

// lateAnswer is how long after that a first datagram may still come.
const lateAnswer = 2 * time.Second

// kept is a Lifeline that a session does not close.
type kept struct {
	*bootstrap.Lifeline
	answered func() // called once the far machine was asked
}

// Ask asks the far machine about the server.
func (k kept) Ask(ctx context.Context) (client.Health, error) {
	defer k.answered()
	return k.Lifeline.Ask(ctx)
}

// Close leaves it open.
func (kept) Close() error { return nil }

var _ client.Lifeline = kept{}

// sizes sends datagrams of several lengths there and back.
func (e *examination) sizes(ctx context.Context, t ticket.Ticket) {
	ctx, cancel := context.WithTimeout(ctx, farTimeout)
	defer cancel()
	low, high := (silence{situation: e.life.situation, server: t.Addrs[0]}).ports()
	if low == high {
		low, high = 0, 0 // the server has it
	}
	var back []int
	var sendErr error
	there, err := e.life.Echo(ctx, uint16(low), uint16(high), func(echo health.Echo) {
		back, sendErr = throw(ctx, netip.AddrPortFrom(t.Addrs[0].Addr(), echo.Port), echo.Key)
	})
	if err = errors.Join(err, sendErr); err != nil {
		for _, name := range []string{checkThere, checkBack, checkMTU} {
			e.note(name, unknown, "only a gmosh over there can tell (%s)", shown(err.Error()))
		}
		return
	}
	e.noteSizes(t.Addrs[0].Addr(), there, back)
}
