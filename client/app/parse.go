package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// usageError is what is wrong with a command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// parse reads a command line. Options may stand in front of the host and behind
// it, until the command begins or -- ends them. Their long names may be shortened
// and written in any case, and stand behind one dash if they are whole.
func parse(args []string) (options, error) {
	p := newParser(groups)
	before, err := p.read(args)
	if err != nil || p.out.Help || p.out.Version {
		return p.out, err
	}
	if len(before.words) == 0 {
		return p.out, errNoHost
	}
	p.out.Destination, p.out.Command = before.words[0], before.words[1:]
	if !before.ended {
		after, err := p.read(p.out.Command)
		if err != nil {
			return p.out, err
		}
		p.out.Command = after.words
	}
	if len(p.out.Command) == 0 {
		p.out.Command = nil
	}
	return p.out, nil
}

// errNoHost says that nothing but options was typed.
var errNoHost = usageError{"no host given"}

type parser struct {
	out   options
	flags *pflag.FlagSet
	longs []option // those with a long name

	ambiguous []string // what the name looked up last could have meant
}

func newParser(groups []group) *parser {
	p := &parser{flags: pflag.NewFlagSet("", pflag.ContinueOnError)}
	p.flags.SetInterspersed(false)
	p.flags.Usage = func() {}
	eachOption(groups, func(o option) {
		name := o.long
		if name == "" {
			name = " " + o.short // pflag wants one; this one cannot be typed
		} else {
			p.longs = append(p.longs, o)
		}
		flag := p.flags.VarPF(setter{&p.out, o}, name, o.short, "")
		if o.arg == "" {
			flag.NoOptDefVal = given
		}
	})
	// Only now: while flags are added their names stand for themselves.
	p.flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(p.lookUp(name))
	})
	return p
}

// given is the value of an option that takes no argument.
const given = "\x00given"

// setter is the pflag.Value of an option.
type setter struct {
	out *options
	option
}

func (s setter) String() string { return "" }
func (s setter) Type() string   { return s.arg }

func (s setter) Set(value string) error {
	if s.arg == "" {
		if value != given {
			return errors.New("it takes no argument")
		}
		value = ""
	}
	return s.set(s.out, value)
}

// words is what remains of a command line behind its options.
type words struct {
	words []string
	ended bool // by --: there are no options behind it either
}

func (p *parser) read(args []string) (words, error) {
	p.ambiguous = nil
	err := p.flags.Parse(p.rewrite(args))
	if errors.Is(err, pflag.ErrHelp) {
		p.out.Help = true
		err = nil
	}
	if err != nil {
		return words{}, p.explain(err)
	}
	return words{p.flags.Args(), p.flags.ArgsLenAtDash() == 0}, nil
}

// rewrite puts what is not pflag's way of writing into it, as far as the options
// go: -port=60001 with one dash, and -oKeyword=value, which is ssh's, where -o alone
// is mosh's.
func (p *parser) rewrite(args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" || !strings.HasPrefix(arg, "-") || arg == "-" {
			return append(out, args[i:]...)
		}
		name, _, assigned := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch single := !strings.HasPrefix(arg, "--"); {
		case single && strings.HasPrefix(arg, "-o") && assigned && !p.whole(name):
			out = append(out, "--ssh-option="+arg[2:])
		case arg == "-o" && i+1 < len(args) && isSetting(args[i+1]):
			out = append(out, "--ssh-option="+args[i+1])
			i++
		case single && p.whole(name):
			arg = "-" + arg
			fallthrough
		default:
			out = append(out, arg)
			if !assigned && p.takesNext(arg) && i+1 < len(args) {
				i++
				out = append(out, args[i])
			}
		}
	}
	return out
}

// isSetting reports whether a word behind -o can only be a setting of ssh_config:
// no host has an equals sign or a space.
func isSetting(word string) bool {
	return strings.ContainsAny(word, "= ") && !strings.HasPrefix(word, "-")
}

// whole reports whether name is the whole name of an option with a long one.
func (p *parser) whole(name string) bool {
	return slices.ContainsFunc(p.longs, func(o option) bool { return strings.EqualFold(o.long, name) })
}

// takesNext reports whether the next word is the argument of this one.
func (p *parser) takesNext(arg string) bool {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		flag := p.flags.Lookup(name)
		return flag != nil && flag.NoOptDefVal == ""
	}
	for i, letter := range arg[1:] {
		flag := p.flags.ShorthandLookup(string(letter))
		if flag == nil {
			return false
		}
		if flag.NoOptDefVal == "" {
			return i == len(arg)-2
		}
	}
	return false
}

// lookUp finds the option that a long name means: the whole name in any case, one
// of mosh's that begins so, or one of ours. It returns the name itself if there is
// none or more than one.
func (p *parser) lookUp(typed string) string {
	name := strings.ToLower(typed)
	if strings.HasPrefix(name, " ") {
		return typed
	}
	for _, o := range p.longs {
		if o.long == name || o.long == negated(name) {
			return o.long
		}
	}
	for _, mosh := range []bool{true, false} {
		var found []string
		for _, o := range p.longs {
			if o.mosh == mosh && (strings.HasPrefix(o.long, name) || strings.HasPrefix(o.long, negated(name))) {
				found = append(found, o.long)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0]
		}
		p.ambiguous = found
		return typed
	}
	return typed
}

// negated is the name with a dash behind its "no", which may be left out.
func negated(name string) string {
	if rest, ok := strings.CutPrefix(name, "no"); ok && rest != "" && rest[0] != '-' {
		return "no-" + rest
	}
	return name
}

// explain puts pflag's errors into our words.
func (p *parser) explain(err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := "-" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() == "" {
			name = "-" + name
		}
		if p.ambiguous != nil {
			return usageError{fmt.Sprintf("option %s could be --%s", name, strings.Join(p.ambiguous, " or --"))}
		}
		return usageError{"unknown option " + name}
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usageError{"option " + flagName(missing.GetFlag()) + " needs an argument"}
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usageError{"option " + flagName(bad.GetFlag()) + ": " + errors.Unwrap(bad).Error()}
	}
	return usageError{err.Error()}
}

// flagName is how an option is typed.
func flagName(f *pflag.Flag) string {
	if strings.HasPrefix(f.Name, " ") {
		return "-" + f.Shorthand
	}
	return "--" + f.Name
}
