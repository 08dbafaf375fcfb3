package app

import (
	"fmt"
	"slices"
	"strings"

	"gmosh/bootstrap"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshdial"
)

// Completions are made from the tables of options; the hosts come from `gmosh help
// hosts` when a key is pressed.

// commandWords are the words that `gmosh` has, with what they are.
var commandWords = []struct{ word, is string }{
	{"demo", "try it over a bad link, without any server"},
	{"doctor", "check everything that a session needs"},
	{"client", "the near half alone (mosh-client)"},
	{"server", "the far half alone (mosh-server)"},
	{"install-links", "make links by the names of mosh's programs"},
	{"help", "usage, manual page, completions"},
	{"version", "version and copyright"},
}

// choices are the arguments of options that take one of a few, by name.
var choices = map[string][]string{
	"linger":                 {string(lingerYes), string(lingerNo), string(lingerAsk)},
	"predict":                predictions,
	"family":                 families(),
	"bind-server":            {string(launch.BindSSH), string(launch.BindAny)},
	"experimental-remote-ip": {string(bootstrap.Dialled), string(bootstrap.Told), string(bootstrap.Resolved)},
}

func families() []string {
	var names []string
	for _, f := range []sshdial.Family{sshdial.PreferInet, sshdial.PreferInet6, sshdial.Inet, sshdial.Inet6, sshdial.Auto, sshdial.All} {
		names = append(names, string(f))
	}
	return names
}

// fileArguments are the options whose argument is a file's name.
var fileArguments = []string{"F", "i", "client"}

// names are how an option is typed: --long, -s.
func (o option) names() []string {
	var names []string
	if o.long != "" {
		names = append(names, "--"+o.long)
	}
	if o.short != "" {
		names = append(names, "-"+o.short)
	}
	return names
}

// either is an option's long name, or its letter.
func (o option) either() string {
	if o.long != "" {
		return o.long
	}
	return o.short
}

func (o option) isFile() bool { return slices.Contains(fileArguments, o.either()) }

// summary is an option's help in a line.
func (o option) summary() string { return strings.Join(o.help, " ") }

// completed are all the options that are worth completing.
func completed() []option {
	var all []option
	eachOption(groups, func(o option) {
		if o.help != nil {
			all = append(all, o)
		}
	})
	return all
}

func wordList() string {
	var words []string
	for _, w := range commandWords {
		words = append(words, w.word)
	}
	return strings.Join(words, " ")
}

// bashCompletion is for `source <(gmosh help bash)`.
func bashCompletion() string {
	var long, arguments, values strings.Builder
	for _, o := range completed() {
		for _, name := range o.names() {
			equals := ""
			if o.arg != "" {
				fmt.Fprintf(&arguments, "|%s", name)
				if o.long != "" && strings.HasPrefix(name, "--") {
					equals = "="
				}
			}
			fmt.Fprintf(&long, " %s%s", name, equals)
		}
		switch pattern := strings.Join(o.names(), "|"); {
		case choices[o.long] != nil:
			fmt.Fprintf(&values, "        %s) words='%s' ;;\n", pattern, strings.Join(choices[o.long], " "))
		case o.isFile():
			fmt.Fprintf(&values, "        %s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", pattern)
		}
	}
	return strings.NewReplacer("@OPTIONS@", strings.TrimSpace(long.String()), "@ARGUMENTS@", arguments.String()[1:],
		"@VALUES@", strings.TrimRight(values.String(), "\n"), "@WORDS@", wordList()).Replace(`# bash completion for gmosh and mosh: source <(gmosh help bash)
_gmosh() {
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} option='' words='' i host=''
    COMPREPLY=()
    if [[ $cur == = ]]; then
        option=$before cur=''
    elif [[ $before == = ]]; then
        option=${COMP_WORDS[COMP_CWORD-2]}
    else
        case $before in @ARGUMENTS@) option=$before ;; esac
    fi
    if [[ -n $option ]]; then
        case $option in
@VALUES@
        esac
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
        return
    fi
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '@OPTIONS@' -- "$cur"))
        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ((i++)) ;;
        @ARGUMENTS@) [[ ${COMP_WORDS[i+1]} == = ]] || ((i++)) ;;
        -*) ;;
        *) host=yes ;;
        esac
    done
    if [[ -n $host ]]; then
        COMPREPLY=($(compgen -c -- "$cur"))
        return
    fi
    words=$(gmosh help hosts 2>/dev/null)
    [[ $COMP_CWORD == 1 && $1 == *gmosh ]] && words+=' @WORDS@'
    if [[ $cur == *@* ]]; then
        COMPREPLY=($(compgen -P "${cur%%@*}@" -W "$words" -- "${cur#*@}"))
    else
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    fi
}
complete -F _gmosh gmosh mosh
`)
}

// zshCompletion is for a file _gmosh in $fpath, or `source <(gmosh help zsh)`.
func zshCompletion() string {
	var specs strings.Builder
	escape := strings.NewReplacer(`'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`)
	for _, o := range completed() {
		for _, name := range o.names() {
			spec := name
			if o.arg != "" {
				if strings.HasPrefix(name, "--") {
					spec += "="
				} else {
					spec += "+"
				}
			}
			spec += "[" + escape.Replace(o.summary()) + "]"
			switch {
			case o.arg == "":
			case choices[o.long] != nil:
				spec += ":" + escape.Replace(o.arg) + ":(" + strings.Join(choices[o.long], " ") + ")"
			case o.isFile():
				spec += ":" + escape.Replace(o.arg) + ":_files"
			default:
				spec += ":" + escape.Replace(o.arg) + ":"
			}
			fmt.Fprintf(&specs, "    '%s' \\\n", spec)
		}
	}
	return strings.NewReplacer("@SPECS@", strings.TrimRight(specs.String(), "\n"), "@WORDS@", wordList()).Replace(`#compdef gmosh mosh
# zsh completion for gmosh and mosh: source <(gmosh help zsh)
_gmosh_hosts() {
    local -a hosts
    hosts=(${(f)"$(gmosh help hosts 2>/dev/null)"})
    [[ $service == gmosh && CURRENT -eq 2 ]] && hosts+=(@WORDS@)
    compset -P 1 '*@'
    compadd -a hosts
}
_gmosh() {
    _arguments -s \
@SPECS@
    '1:host:_gmosh_hosts' \
    '*::command:_normal'
}
if [[ $funcstack[1] == _gmosh ]]; then
    _gmosh "$@"
else
    compdef _gmosh gmosh mosh
fi
`)
}

// fishCompletion is for `gmosh help fish | source`.
func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# fish completion for gmosh and mosh: gmosh help fish | source\n" +
		"function __gmosh_hosts\n" +
		"    set -l user (string match -r '^.*@' -- (commandline -ct))\n" +
		"    for host in (gmosh help hosts 2>/dev/null)\n        echo \"$user$host\"\n    end\nend\n" +
		"function __gmosh_first\n    test (count (commandline -opc)) -eq 1\nend\n")
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for _, command := range []string{gmoshName, moshName} {
		fmt.Fprintf(&b, "complete -c %s -f -a '(__gmosh_hosts)' -d host\n", command)
		for _, o := range completed() {
			fmt.Fprintf(&b, "complete -c %s", command)
			if o.long != "" {
				fmt.Fprintf(&b, " -l %s", o.long)
			}
			if o.short != "" {
				fmt.Fprintf(&b, " -s %s", o.short)
			}
			switch {
			case o.arg == "":
			case choices[o.long] != nil:
				fmt.Fprintf(&b, " -x -a '%s'", strings.Join(choices[o.long], " "))
			case o.isFile():
				b.WriteString(" -r -F")
			default:
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d '%s'\n", quote.Replace(o.summary()))
		}
	}
	for _, w := range commandWords {
		fmt.Fprintf(&b, "complete -c gmosh -n __gmosh_first -a %s -d '%s'\n", w.word, quote.Replace(w.is))
	}
	return b.String()
}
