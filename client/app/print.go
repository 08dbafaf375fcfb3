package app

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gmosh/bootstrap/launch"
	"gmosh/client/predict"
	"gmosh/protocol/ticket"
)

// printCommand is the end of a session with --print-command, whose server runs: it
// prints, for a shell, the client that would go on, as the mosh launcher calls
// mosh-client. The key is in it, so it is for a pipe and not for a log.
func (p *program) printCommand(o options, t ticket.Ticket) int {
	if len(t.Addrs) == 0 {
		return p.complain("there is no UDP address to print a command for.")
	}
	words := append(p.clientEnvironment(o, t), p.clientProgram(o)...)
	words = append(words, "-# "+p.asked()+" |", t.Addrs[0].Addr().String(), strconv.Itoa(int(t.Addrs[0].Port())))
	for i, word := range words {
		words[i] = shellWord(word)
	}
	fmt.Fprintln(p.stdout, strings.Join(words, " "))
	return 0
}

// clientEnvironment are the variables that the mosh launcher sets for its client.
func (p *program) clientEnvironment(o options, t ticket.Ticket) []string {
	env := []string{
		"MOSH_KEY=" + t.Key.String(),
		envPrediction + "=" + cmp.Or(o.Predict, p.get(envPrediction), predict.Adaptive.String()),
	}
	if o.Overwrite {
		env = append(env, envOverwrite+"=yes")
	}
	if o.NoInit {
		env = append(env, envNoInit+"=1")
	}
	return env
}

// clientProgram is the program of the client's, as words: the one asked for, or ours
// by the name that we go by.
func (p *program) clientProgram(o options) []string {
	if o.Client != "" {
		return []string{o.Client}
	}
	if p.name == moshName {
		return []string{moshClientName}
	}
	self, err := p.executable()
	if err != nil {
		self = gmoshName
	}
	return []string{self, "client"}
}

// asked is what was asked for, to be seen in ps: the command line but for the option
// that brings us here.
func (p *program) asked() string {
	args := slices.DeleteFunc(slices.Clone(p.args), func(arg string) bool { return arg == "--"+printCommandName })
	return strings.Join(args, " ")
}

// shellWord writes a word for a POSIX shell, an assignment as one.
func shellWord(word string) string {
	harmless := func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-+./:,@=", r)
		}) < 0
	}
	if harmless(word) {
		return word
	}
	return launch.Quote(word)
}
