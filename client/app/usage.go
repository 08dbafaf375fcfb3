package app

import (
	"fmt"
	"strings"
)

// helpColumn is where the explanations of the usage text begin.
const helpColumn = 32

// usage is the text of --help for the command called name.
func usage(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [options] [--] [user@]host [command...]\n", name)
	if name == gmoshName {
		fmt.Fprint(&b, "       gmosh doctor|demo|client|server|install-links|help|version ...\n")
	}
	writeGroups(&b, groups)
	if name == gmoshName {
		b.WriteString("\nA host that is called like one of the words: gmosh -- server\n")
	}
	return b.String()
}

func writeGroups(b *strings.Builder, groups []group) {
	for _, g := range groups {
		b.WriteByte('\n')
		if g.title != "" {
			fmt.Fprintf(b, "%s:\n", g.title)
		}
		for _, o := range g.options {
			writeOption(b, o)
		}
	}
}

func writeOption(b *strings.Builder, o option) {
	if o.help == nil {
		return // known and not worth a line
	}
	for i, text := range o.help {
		left := ""
		if i == 0 {
			left = typed(o)
		}
		if len(left) >= helpColumn-1 {
			fmt.Fprintln(b, left)
			left = ""
		}
		fmt.Fprintf(b, "%-*s%s\n", helpColumn, left, text)
	}
}

// typed is how an option is written, aligned for the usage.
func typed(o option) string {
	short, arg := "    ", o.arg
	if o.short != "" {
		short = "-" + o.short
		if o.long != "" {
			short += ", "
		}
	}
	switch {
	case o.long == "" && arg != "":
		return "  " + short + " " + arg
	case o.long == "":
		return "  " + short
	case arg != "":
		arg = "=" + arg
	}
	return "  " + short + "--" + o.long + arg
}
