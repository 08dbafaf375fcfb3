package sshconf

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Version is what `Match version` is compared with: the release of OpenSSH whose
// language this package reads.
const Version = "OpenSSH_10.0"

// criterion is one condition of a Match line.
type criterion struct {
	name    string // lower case
	negated bool
	arg     string
}

// criteria are the conditions that there are.
var criteria = map[string]struct {
	alone bool // takes no argument
	empty bool // the argument may be ""
	test  func(st *statement, arg string) (bool, error)
}{
	"all":          {alone: true, test: func(*statement, string) (bool, error) { return true, nil }},
	"canonical":    {alone: true, test: matchSecond},
	"final":        {alone: true, test: matchSecond},
	"host":         {test: matchTarget},
	"originalhost": {test: func(st *statement, arg string) (bool, error) { return matchHost(st.query.Host, arg), nil }},
	"user":         {test: func(st *statement, arg string) (bool, error) { return matchList(st.remoteUser(), arg), nil }},
	"localuser":    {test: func(st *statement, arg string) (bool, error) { return matchList(st.user.Name, arg), nil }},
	"exec":         {test: matchExec},
	"tagged":       {empty: true, test: matchSetting("tag")},
	"command":      {empty: true, test: matchCommand},
	"sessiontype":  {test: matchSessionType},
	"version":      {test: func(_ *statement, arg string) (bool, error) { return matchList(Version, arg), nil }},
	"localnetwork": {test: matchNetwork},
}

// readMatch begins a block for what fulfils every criterion.
func readMatch(st *statement) ([]string, error) {
	st.words = nil
	list, err := parseMatch(st.rest)
	if err != nil {
		return nil, fmt.Errorf("bad Match condition: %w", err)
	}
	active := !st.block.never
	for _, c := range list {
		// Asking for a second pass does not depend on anything else in the line.
		st.wantFinal = st.wantFinal || c.name == "final"
		if !active {
			continue // nothing to run or to look up for a block that cannot apply
		}
		matched, err := criteria[c.name].test(st, c.arg)
		if err != nil {
			return nil, err
		}
		active = matched != c.negated
	}
	st.block.active = active
	if active {
		st.tracef("%s line %d: Applying options for Match %s", st.at.file, st.at.line, st.rest)
	}
	return nil, nil
}

// parseMatch reads the criteria of a Match line. Up to 9.x OpenSSH cut them like
// keywords (double quotes, "=" as good as a space), since 10.0 like arguments
// (both quotes, backslashes, "name=value"). A line that needs the newer rule to
// make sense gets it; all others mean the same by either.
func parseMatch(line string) ([]criterion, error) {
	newer := strings.ContainsAny(line, `'\`) || strings.Contains(line, `""`)
	if newer {
		if words, err := splitWords(line); err == nil {
			if list, err := parseCriteria(&argumentCutter{words: words}); err == nil {
				return list, nil
			}
		}
	}
	cut := keywordCutter(line)
	list, err := parseCriteria(&cut)
	if err == nil && cut != "" {
		err = errors.New("extra arguments at end of line")
	}
	return list, err
}

// cutter takes the next name or argument off a Match line; false at its end.
type cutter interface {
	name() (string, bool)
	arg() (string, bool)
}

// keywordCutter is the older rule.
type keywordCutter string

func (c *keywordCutter) name() (string, bool) { return c.arg() }

func (c *keywordCutter) arg() (string, bool) {
	token, rest, ok := delimit(string(*c))
	if !ok || strings.HasPrefix(token, "#") {
		rest = "" // nothing more, or a comment
		token = ""
	}
	*c = keywordCutter(rest)
	return token, token != ""
}

// argumentCutter is the newer rule.
type argumentCutter struct {
	words []string
	value *string // of "name=value"
}

func (c *argumentCutter) name() (string, bool) {
	if len(c.words) == 0 {
		return "", false
	}
	name, value, found := strings.Cut(c.words[0], "=")
	c.words, c.value = c.words[1:], nil
	if found {
		c.value = &value
	}
	return name, true
}

func (c *argumentCutter) arg() (string, bool) {
	if c.value != nil {
		value := *c.value
		c.value = nil
		return value, true
	}
	if len(c.words) == 0 {
		return "", false
	}
	arg := c.words[0]
	c.words = c.words[1:]
	return arg, true
}

func parseCriteria(cut cutter) ([]criterion, error) {
	var list []criterion
	for {
		word, more := cut.name()
		if !more {
			break
		}
		c := criterion{name: lower(word)}
		c.name, c.negated = strings.CutPrefix(c.name, "!")
		if c.name == "all" {
			// OpenSSH lets it stand alone or second, and nothing may follow.
			if _, more := cut.arg(); more || len(list) > 1 {
				return nil, errors.New("'all' cannot be combined with other Match attributes")
			}
			return append(list, c), nil
		}
		kind, known := criteria[c.name]
		if !kind.alone {
			if c.arg, more = cut.arg(); !more || c.arg == "" && !kind.empty {
				return nil, fmt.Errorf("missing Match criteria for %s", word)
			}
		}
		if !known {
			return nil, fmt.Errorf("unsupported Match attribute %s", word)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, errors.New("one or more attributes required for Match")
	}
	return list, nil
}

func matchSecond(st *statement, _ string) (bool, error) { return st.second, nil }

func matchTarget(st *statement, arg string) (bool, error) {
	host, err := st.targetHost()
	if err != nil {
		return false, fatal{err}
	}
	return matchHost(host, arg), nil
}

func matchExec(st *statement, arg string) (bool, error) {
	if _, err := st.targetHost(); err != nil {
		return false, fatal{err}
	}
	command, err := st.names().expand(arg, tokensCommon, nil)
	if err != nil {
		return false, fatal{fmt.Errorf("running Match exec %q: %w", arg, err)}
	}
	status, err := st.env.Shell(command)
	if err != nil {
		return false, fatal{fmt.Errorf("running Match exec %q: %w", command, err)}
	}
	return status == 0, nil
}

// matchSetting matches the value of a keyword, "" if it has none.
func matchSetting(name string) func(*statement, string) (bool, error) {
	return func(st *statement, arg string) (bool, error) {
		return matchMaybeEmpty(st.settings.first(name), arg), nil
	}
}

func matchCommand(st *statement, arg string) (bool, error) {
	return matchMaybeEmpty(st.query.Command, arg), nil
}

// matchMaybeEmpty: an empty list matches the empty string, and nothing else does.
func matchMaybeEmpty(s, list string) bool {
	if s == "" || list == "" {
		return s == list
	}
	return matchList(s, list)
}

func matchSessionType(st *statement, arg string) (bool, error) {
	kind := st.settings.first("sessiontype")
	if kind == "" || kind == "default" {
		kind = "shell"
		if st.query.Command != "" {
			kind = "exec"
		}
	}
	return matchList(kind, arg), nil
}

func matchNetwork(st *statement, arg string) (bool, error) {
	var networks []netip.Prefix
	for _, item := range strings.Split(arg, ",") {
		network, err := parseNetwork(item)
		if err != nil {
			return false, fmt.Errorf("bad Match condition: %w", err)
		}
		networks = append(networks, network)
	}
	addrs, err := st.env.LocalAddrs()
	if err != nil {
		return false, fatal{fmt.Errorf("addresses for Match localnetwork: %w", err)}
	}
	for _, addr := range addrs {
		for _, network := range networks {
			if network.Contains(addr.Unmap().WithZone("")) {
				return true, nil
			}
		}
	}
	return false, nil
}

// parseNetwork reads an address or a CIDR network without host bits.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	if err != nil || network != network.Masked() {
		return netip.Prefix{}, fmt.Errorf("invalid network entry %q", s)
	}
	return network, nil
}
