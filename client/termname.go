package client

import (
	"cmp"
	"strings"
)

// TermName is the name of the user's terminal: $TERM, but a tmux that goes by screen's
// name, as it does by default, by its own. Its $TMUX tells, and screen cannot show
// half of what it can. Where a system has no such variable it is what its console is
// like.
func TermName(get func(name string) string) string {
	name := cmp.Or(get("TERM"), usualTerm)
	if depth, ok := strings.CutPrefix(name, "screen"); ok && get("TMUX") != "" {
		return "tmux" + depth
	}
	return name
}
