package app

import (
	"errors"
	"fmt"
	"strings"

	"gmosh/sshconf"
)

// printConfig is -G: what the configuration says about a host, as `ssh -G` prints
// it.
func (p *program) printConfig(o options) int {
	ctx, stop := p.interruptible()
	defer stop()
	host, err := p.host(ctx, &o)
	if err != nil {
		text, status := explain(err, situation{name: p.name, host: o.Destination, options: o})
		if text != "" {
			p.say("%s", text)
		}
		return status
	}
	if o.Local {
		return p.complain("-G is about a host that is logged in to, and --local logs in nowhere.")
	}
	if err := host.Print(p.stdout); err != nil {
		return p.complain(shown(err.Error()) + ".")
	}
	return 0
}

// logLevels are the values of LogLevel that show more than is usual, and how many -v
// each is.
var logLevels = map[sshconf.LogLevel]int{"DEBUG": 1, "DEBUG1": 1, "DEBUG2": 2, "DEBUG3": 3}

// obeyLogLevel is LogLevel, where -v does not ask for more.
func (o *options) obeyLogLevel(level sshconf.LogLevel) {
	o.Verbose = max(o.Verbose, logLevels[level])
	o.Quiet = o.Verbose == 0 && (level == "QUIET" || level == "FATAL" || level == "ERROR")
}

// explainConfig is about a configuration that cannot be used: every fault with its
// file and line.
func explainConfig(err error, _ situation) (string, bool) {
	bad, ok := errors.AsType[*sshconf.Error](err)
	if !ok {
		return "", false
	}
	var lines []string
	for _, fault := range bad.Faults {
		lines = append(lines, shown(fault.String()))
	}
	if len(lines) > 1 {
		lines = append(lines, fmt.Sprintf("the configuration of SSH has %d faults", len(lines)))
	}
	return strings.Join(lines, "\n") + ".", true
}
