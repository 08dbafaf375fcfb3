package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gmosh/protocol/health"
)

// lingerWish is what --linger says about keeping the session when nobody is logged
// in over there any more.
type lingerWish string

// The wishes. Without one the user is asked, but only once for a host.
const (
	lingerYes lingerWish = "yes"
	lingerNo  lingerWish = "no"
	lingerAsk lingerWish = "ask"
)

var lingerWishes = []lingerWish{lingerYes, lingerNo, lingerAsk}

func setLinger(o *options, value string) error {
	if !slices.Contains(lingerWishes, lingerWish(value)) {
		return fmt.Errorf("%q is none of yes, no, ask", value)
	}
	o.Linger = lingerWish(value)
	return nil
}

// lingerTimeout is how long the far machine may take to turn linger on.
const lingerTimeout = 20 * time.Second

// outlive sees to it that the session outlives the login, as far as that is not
// settled already and the user agrees, and says how that went. The error is that of
// a user who interrupts.
func (p *program) outlive(ctx context.Context, ask asker, life *lifeline) error {
	life.logind = life.Logind()
	if life.logind == nil || !life.logind.Exposed || life.Local {
		return nil
	}
	wish, err := p.lingerWish(ctx, ask, *life)
	if err != nil {
		return err
	}
	if wish != lingerYes {
		p.say("%s", sayNoLinger(*life.logind, life.situation))
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lingerTimeout)
	defer cancel()
	state, err := life.Linger(ctx)
	if err == nil && state.Survives() {
		life.logind = &state
		p.say("%s", sayLinger(life.situation))
		return nil
	}
	why := state.Err
	if err != nil {
		why = err.Error()
	}
	p.say("%s", sayLingerFailed(*life.logind, why, life.situation))
	return nil
}

// lingerWish is the user's: given, given before, or asked for now.
func (p *program) lingerWish(ctx context.Context, ask asker, life lifeline) (lingerWish, error) {
	if life.options.Linger == lingerYes || life.options.Linger == lingerNo {
		return life.options.Linger, nil
	}
	answers := p.lingerAnswers()
	who := life.account() + "@" + life.host
	if life.options.Linger == "" && answers.refused(who) {
		return lingerNo, nil
	}
	wish, err := askLinger(ask, *life.logind, life.situation)
	switch {
	case errors.Is(err, errNoConsole):
		return lingerNo, nil
	case err != nil:
		return "", err
	case wish == lingerNo:
		answers.refuse(who)
	}
	return wish, context.Cause(ctx)
}

// askLinger asks until it gets an answer.
func askLinger(ask asker, l health.Logind, s situation) (lingerWish, error) {
	for prompt := askAboutLinger(l, s); ; prompt = "Please type 'yes' or 'no': " {
		answer, err := ask.ask(prompt, true)
		if err != nil {
			return "", err
		}
		switch strings.TrimSpace(answer) {
		case "yes":
			return lingerYes, nil
		case "no":
			return lingerNo, nil
		}
	}
}

// lingerAnswers is the file of those hosts for which the question was answered with
// no: it is asked once. "" is none.
type lingerAnswers string

func (p *program) lingerAnswers() lingerAnswers {
	dir := p.get("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home := p.get("HOME")
		if home == "" {
			home = p.get("USERPROFILE")
		}
		if !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return lingerAnswers(filepath.Join(dir, "gmosh", "linger-refused"))
}

func (a lingerAnswers) refused(who string) bool {
	text, err := os.ReadFile(string(a))
	return err == nil && slices.Contains(strings.Split(string(text), "\n"), who)
}

// refuse notes the answer. If that fails it is asked again another time.
func (a lingerAnswers) refuse(who string) {
	if a == "" || a.refused(who) || strings.ContainsAny(who, "\r\n") {
		return
	}
	if os.MkdirAll(filepath.Dir(string(a)), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(string(a), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = fmt.Fprintln(f, who)
}
