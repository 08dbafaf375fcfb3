package app

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
)

// page is the manual page; the options are filled in from their tables, so that it
// cannot lack one.
//
//go:embed gmosh.1
var page string

// manual writes the manual page, for man(1).
func manual(w io.Writer) error {
	var words strings.Builder
	for _, c := range commandWords {
		fmt.Fprintf(&words, ".TP\n.B %s\n%s\n", roff(c.word), roff(c.is))
	}
	return text(w, strings.NewReplacer(
		"@VERSION@", roff(software()),
		"@OPTIONS@\n", manualOptions(groups),
		"@WORDS@\n", words.String(),
		"@DEMO@\n", manualOptions([]group{demoGroup}),
	).Replace(page))
}

// manualOptions is a list of options by groups.
func manualOptions(groups []group) string {
	var b strings.Builder
	for _, g := range groups {
		if g.title != "" && len(groups) > 1 {
			fmt.Fprintf(&b, ".SS %s\n", roff(g.title))
		}
		for _, o := range g.options {
			if o.help == nil {
				continue
			}
			var names []string
			for _, name := range o.names() {
				names = append(names, manualName(name, o.arg))
			}
			fmt.Fprintf(&b, ".TP\n%s\n%s\n", strings.Join(names, ", "), roff(o.summary()))
		}
	}
	return b.String()
}

func manualName(name, arg string) string {
	text := `\fB` + roff(name) + `\fR`
	switch {
	case arg == "":
		return text
	case strings.HasPrefix(name, "--"):
		return text + `=\fI` + roff(arg) + `\fR`
	}
	return text + ` \fI` + roff(arg) + `\fR`
}

// roff escapes text for a line of its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, `~`, `\(ti`, `^`, `\(ha`, "`", `\(ga`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
