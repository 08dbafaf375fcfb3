package app

import (
	"fmt"
	"net/netip"
	"os/user"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"gmosh/client"
	"gmosh/client/app/demo"
)

// demoGroup are the options that only `gmosh demo` has.
var demoGroup = group{"Link", []option{
	{long: "rtt", arg: "TIME", help: []string{"round trip [default: 300ms]"},
		set: func(o *options, v string) (err error) { o.Link.RTT, err = demo.ParseTime(v); return err }},
	{long: "jitter", arg: "TIME", help: []string{"up to this much more or less [default: none]"},
		set: func(o *options, v string) (err error) { o.Link.Jitter, err = demo.ParseTime(v); return err }},
	{long: "loss", arg: "PERCENT", help: []string{"packets lost, each way [default: 20%]"},
		set: func(o *options, v string) (err error) { o.Link.Loss, err = demo.ParseLoss(v); return err }},
	{long: "rate", arg: "BITS", help: []string{"bits a second, such as 64k or 1M [default: no limit]"},
		set: func(o *options, v string) (err error) { o.Link.Rate, err = demo.ParseRate(v); return err }},
}}

// demoOptions are the names of those of a session's options that `gmosh demo` has
// too.
var demoOptions = []string{"predict", "a", "n", "predict-overwrite", "no-init", "verbose", "help"}

// demoGroups are the options of `gmosh demo`.
func demoGroups() []group {
	return append([]group{demoGroup}, only(groups, demoOptions)...)
}

// Demo is `gmosh demo`: a session with this machine over a link as bad as asked.
func Demo(_ string, args []string) int { return newProgram(gmoshName).demo(args) }

func (p *program) demo(args []string) int {
	o, err := parseDemo(args)
	if err != nil {
		p.say("%s.", shown(err.Error()))
		fmt.Fprintf(p.stderr, "Try: %s demo --help\n", p.name)
		return statusFailed
	}
	if o.Help {
		fmt.Fprint(p.stdout, demoUsage())
		return 0
	}
	if runtime.GOOS == "windows" {
		return p.complain("the demo needs a server on this machine, and Windows has none yet.")
	}
	dialect, text := p.terminal()
	if text != "" {
		return p.complain(text)
	}
	host, err := p.demoHost(o.Link)
	if err != nil {
		return p.complain(fmt.Sprintf("the demo's SSH server could not be started: %s.", shown(err.Error())))
	}
	defer host.Close()
	o.Destination, o.Config = demo.Name, host.Config()
	if rtt := o.Link.RTT; rtt >= noticeable {
		p.say("logging in to this machine, %d ms away: that takes about %.0f s.", rtt.Milliseconds(), (loginTrips * rtt).Seconds())
	}
	p.headed = true
	t, life, text, status := p.start(o, dialect)
	if status != 0 {
		if text != "" {
			p.say("%s", text)
		}
		return status
	}
	relay, err := demo.NewRelay(t.Addrs[0], o.Link)
	if err != nil {
		_ = life.Close()
		p.listening.end()
		return p.complain(shown(err.Error()) + ".")
	}
	defer relay.Close()
	t.Addrs = []netip.AddrPort{relay.Addr()}
	status = p.run(o, t, life, func(opts *client.Options) {
		terminal := opts.Terminal
		opts.Header = func() string {
			cols, _, _ := terminal.Size() // 0: a terminal without a size gets the shortest line
			return demoLine(relay, cols)
		}
		opts.Terminal = demoTerminal{terminal, relay}
	})
	p.demoOver(relay)
	return status
}

// parseDemo reads the command line of `gmosh demo`: options, then a command.
func parseDemo(args []string) (options, error) {
	p := newParser(demoGroups())
	p.out.Link = demo.Default()
	rest, err := p.read(args)
	if len(rest.words) > 0 {
		p.out.Command = rest.words
	}
	return p.out, err
}

func demoUsage() string {
	var b strings.Builder
	b.WriteString("Usage: gmosh demo [options] [--] [command...]\n\n" +
		"A session with this machine, with your shell or the command, over a bad link: an\n" +
		"SSH server in this process, a real login, a real gmosh server, and UDP packets that\n" +
		"are delayed and lost on their way. What SSH sends is only delayed. Needs nothing,\n" +
		"changes nothing.\n")
	writeGroups(&b, demoGroups())
	return b.String()
}

// noticeable is from which round trip on a login takes long enough to say so;
// loginTrips is how many it takes (docs/bootstrap.md).
const (
	noticeable = 100 * time.Millisecond
	loginTrips = 9
)

// demoHost starts the SSH server, at the other end of the link.
func (p *program) demoHost(l demo.Link) (*demo.Host, error) {
	self, err := p.executable()
	if err != nil {
		return nil, err
	}
	name := gmoshName // if nobody knows
	if me, err := user.Current(); err == nil {
		name = me.Username
	}
	return demo.Start(demo.Options{User: name, Shell: p.shell(), Environ: p.environ, Program: self, RTT: l.RTT})
}

// demoTerminal is the user's terminal without the keys that change the link.
type demoTerminal struct {
	client.Terminal
	relay *demo.Relay
}

// Read returns nothing after one of those keys, so that the screen is drawn.
func (t demoTerminal) Read(p []byte) (int, error) {
	n, err := t.Terminal.Read(p)
	return len(demo.Press(t.relay, p[:n])), err
}

// demoLine is what the top line says, in that many columns: the longest that fits.
func demoLine(r *demo.Relay, cols int) string {
	link, cut := r.Link()
	state := link.String()
	if cut {
		state = "CUT"
	}
	long, medium, short := "link: "+state, state+" ", state+" "
	for _, k := range demo.Keys {
		does, sign := k.Does, k.Sign
		if cut && does == "cut" {
			does, sign = "mend", " mend"
		}
		long += "  " + k.Name + " " + does
		medium += " " + k.Name + " " + does
		short += " " + k.Name + sign
	}
	long += "  leave: exit"
	for _, text := range []string{long, medium} {
		if utf8.RuneCountInString(text) <= cols {
			return text
		}
	}
	return short
}

// demoOver says what the session has been through, and what to type next.
func (p *program) demoOver(r *demo.Relay) {
	sent, lost := r.Counts()
	fmt.Fprintf(p.stdout, "\nOf %d packets the link lost %d. With a host of yours:\n  %s user@host\n", sent, lost, p.name)
}
