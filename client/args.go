package client

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// request is what a command line asks for.
type request uint8

const (
	connect request = iota
	showColors
	showHelp
	showVersion
	refuse // the command line is bad
)

// arguments are the outcome of reading a command line.
type arguments struct {
	request   request
	complaint string // with refuse; may be empty
	server    netip.AddrPort
	verbose   bool
}

// parseArgs reads the arguments of mosh-client (spec section 1): getopt's way with
// the options "#:cv", so that options may stand anywhere before a "--".
func parseArgs(args []string) arguments {
	var operands []string
	var a arguments
	for i := 0; i < len(args); i++ {
		word := args[i]
		switch {
		case word == "--help":
			return arguments{request: showHelp}
		case word == "--version":
			return arguments{request: showVersion}
		case word == "--":
			operands = append(operands, args[i+1:]...)
			i = len(args)
		case len(word) < 2 || word[0] != '-':
			operands = append(operands, word)
		default:
			takesNext, complaint := a.options(word[1:])
			if complaint != "" {
				return arguments{request: refuse, complaint: complaint}
			}
			if takesNext {
				i++ // what the launcher was called with, for ps only
			}
			if takesNext && i == len(args) {
				return arguments{request: refuse, complaint: "option -# needs an argument"}
			}
		}
	}
	if a.request == showColors {
		return a
	}
	return a.operands(operands)
}

// options reads one word of options; takesNext: the last one's argument is the
// next word.
func (a *arguments) options(letters string) (takesNext bool, complaint string) {
	for i, l := range letters {
		switch l {
		case 'c':
			a.request = showColors
		case 'v':
			a.verbose = true
		case '#':
			return i == len(letters)-1, ""
		default:
			return false, "unknown option -" + strconv.QuoteRune(l)[1:len(strconv.QuoteRune(l))-1]
		}
	}
	return false, ""
}

// operands reads address and port.
func (a *arguments) operands(words []string) arguments {
	if len(words) != 2 {
		return arguments{request: refuse}
	}
	addr, err := netip.ParseAddr(words[0])
	if err != nil {
		return arguments{request: refuse, complaint: fmt.Sprintf("bad IP address %q (a name will not do)", words[0])}
	}
	port, err := strconv.ParseUint(words[1], 10, 16)
	if err != nil || port == 0 || strings.HasPrefix(words[1], "+") {
		return arguments{request: refuse, complaint: fmt.Sprintf("bad UDP port %q", words[1])}
	}
	a.server = netip.AddrPortFrom(addr, uint16(port))
	return *a
}
