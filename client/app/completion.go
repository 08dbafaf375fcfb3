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

// completed are the options of groups that are worth completing.
func completed(groups []group) []option {
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

// helpTopics are the words behind help that people type.
var helpTopics = []string{"man", "bash", "zsh", "fish"}

// demoOnly are the options that demo has and a session has not.
func demoOnly() []option { return completed([]group{demoGroup}) }

// bashOptions are options as bash is to complete them.
func bashOptions(all []option) string {
	var names []string
	for _, o := range all {
		for _, name := range o.names() {
			if o.arg != "" && strings.HasPrefix(name, "--") {
				name += "="
			}
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// takingArguments are the names of all options that take one.
func takingArguments() []string {
	var names []string
	for _, o := range append(completed(groups), demoOnly()...) {
		if o.arg != "" {
			names = append(names, o.names()...)
		}
	}
	return names
}

// bashCompletion is for `source <(gmosh help bash)`.
func bashCompletion() string {
	var values strings.Builder
	for _, o := range completed(groups) {
		switch pattern := strings.Join(o.names(), "|"); {
		case choices[o.long] != nil:
			fmt.Fprintf(&values, "        %s) words='%s' ;;\n", pattern, strings.Join(choices[o.long], " "))
		case o.isFile():
			fmt.Fprintf(&values, "        %s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", pattern)
		}
	}
	return strings.NewReplacer(
		"@OPTIONS@", bashOptions(completed(groups)), "@DEMO@", bashOptions(completed(demoGroups())),
		"@ARGUMENTS@", strings.Join(takingArguments(), "|"), "@VALUES@", strings.TrimRight(values.String(), "\n"),
		"@WORDS@", wordList(), "@TOPICS@", strings.Join(helpTopics, " "),
	).Replace(`# bash completion for gmosh and mosh: source <(gmosh help bash)
_gmosh() {
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} option='' words='' i host='' begin=1
    local options='@OPTIONS@'
    COMPREPLY=()
    if [[ $1 == *gmosh && $COMP_CWORD -gt 1 ]]; then
        case ${COMP_WORDS[1]} in
        help) COMPREPLY=($(compgen -W '@TOPICS@' -- "$cur")); return ;;
        install-links) COMPREPLY=($(compgen -d -- "$cur")); return ;;
        client|server|version) return ;;
        demo) options='@DEMO@' begin=2 ;;
        doctor) options+=' --json' begin=2 ;;
        esac
    fi
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
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
        return
    fi
    for ((i = begin; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ((i++)) ;;
        @ARGUMENTS@) [[ ${COMP_WORDS[i+1]} == = ]] || ((i++)) ;;
        -*) ;;
        *) host=yes ;;
        esac
    done
    if [[ -n $host || $begin == 2 && ${COMP_WORDS[1]} == demo ]]; then
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

// zshSpecs are options as zsh's _arguments wants them, a line each.
func zshSpecs(all []option) string {
	var specs strings.Builder
	escape := strings.NewReplacer(`'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`)
	for _, o := range all {
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
	return strings.TrimRight(specs.String(), "\n")
}

// zshCompletion is for a file _gmosh in $fpath, or `source <(gmosh help zsh)`.
func zshCompletion() string {
	return strings.NewReplacer("@SPECS@", zshSpecs(completed(groups)), "@DEMO@", zshSpecs(completed(demoGroups())),
		"@WORDS@", wordList(), "@TOPICS@", strings.Join(helpTopics, " ")).Replace(`#compdef gmosh mosh
# zsh completion for gmosh and mosh: source <(gmosh help zsh)
_gmosh_hosts() {
    local -a hosts
    hosts=(${(f)"$(gmosh help hosts 2>/dev/null)"} $first)
    compset -P 1 '*@'
    compadd -a hosts
}
_gmosh() {
    local -a first more
    if [[ $service == gmosh && CURRENT -eq 2 ]]; then
        first=(@WORDS@)
    elif [[ $service == gmosh ]]; then
        case $words[2] in
        help) compadd @TOPICS@; return ;;
        install-links) _files -/; return ;;
        client|server|version) return 1 ;;
        demo)
            shift words; (( CURRENT-- ))
            _arguments -s \
@DEMO@
            '*::command:_normal'
            return ;;
        doctor) shift words; (( CURRENT-- )); more=('--json[for programs]') ;;
        esac
    fi
    _arguments -s $more \
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

// fishHead is what the lines of fish's completion refer to.
const fishHead = `# fish completion for gmosh and mosh: gmosh help fish | source
function __gmosh_hosts
    set -l user (string match -r '^.*@' -- (commandline -ct))
    for host in (gmosh help hosts 2>/dev/null)
        echo "$user$host"
    end
end
# What is being typed: a host and options, a command, or what comes after a word of ours.
function __gmosh_at
    set -l words (commandline -opc)
    set -l skip no
    for i in (seq 2 (count $words))
        if test $skip = yes
            set skip no
            continue
        end
        switch $words[$i]
            case @ARGUMENTS@
                set skip yes
            case '-*'
            case doctor
                if test $i -ne 2; or not string match -q '*gmosh' -- $words[1]
                    test command = "$argv"
                    return
                end
            case @WORDS@
                if test $i -eq 2; and string match -q '*gmosh' -- $words[1]
                    test $words[$i] = "$argv"
                    return
                end
                test command = "$argv"
                return
            case '*'
                test command = "$argv"
                return
        end
    end
    test host = "$argv"
end
function __gmosh_first
    test (count (commandline -opc)) -eq 1
end
function __gmosh_doctor
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = doctor
end
`

// fishOption is a line about an option, for when something is typed.
func fishOption(command, at string, o option) string {
	line := fmt.Sprintf("complete -c %s -n '__gmosh_at %s'", command, at)
	if o.long != "" {
		line += " -l " + o.long
	}
	if o.short != "" {
		line += " -s " + o.short
	}
	switch {
	case o.arg == "":
	case choices[o.long] != nil:
		line += fmt.Sprintf(" -x -a '%s'", strings.Join(choices[o.long], " "))
	case o.isFile():
		line += " -r -F"
	default:
		line += " -x"
	}
	return line + fmt.Sprintf(" -d '%s'\n", fishQuote(o.summary()))
}

func fishQuote(s string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) }

// fishCompletion is for `gmosh help fish | source`.
func fishCompletion() string {
	var b strings.Builder
	others := slices.DeleteFunc(strings.Fields(wordList()), func(w string) bool { return w == "doctor" })
	b.WriteString(strings.NewReplacer("@ARGUMENTS@", strings.Join(takingArguments(), " "), "@WORDS@", strings.Join(others, " ")).Replace(fishHead))
	for _, command := range []string{gmoshName, moshName} {
		fmt.Fprintf(&b, "complete -c %s -f\n", command)
		fmt.Fprintf(&b, "complete -c %s -n '__gmosh_at host' -a '(__gmosh_hosts)' -d host\n", command)
		for _, o := range completed(groups) {
			b.WriteString(fishOption(command, "host", o))
		}
	}
	for _, o := range completed(demoGroups()) {
		b.WriteString(fishOption(gmoshName, "demo", o))
	}
	for _, w := range commandWords {
		fmt.Fprintf(&b, "complete -c gmosh -n __gmosh_first -a %s -d '%s'\n", w.word, fishQuote(w.is))
	}
	fmt.Fprintf(&b, "complete -c gmosh -n '__gmosh_at help' -a '%s'\n", strings.Join(helpTopics, " "))
	b.WriteString("complete -c gmosh -n '__gmosh_at install-links' -a '(__fish_complete_directories)'\n" +
		"complete -c gmosh -n __gmosh_doctor -l json -d 'for programs'\n")
	return b.String()
}
