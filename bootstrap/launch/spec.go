// Package launch starts a server over there, or here, and waits for the line in
// which it says where it listens.
//
// A Spec becomes the text that is run (quoted so that the words arrive unchanged
// whatever the login shell is); a Process is that text running, over SSH or on
// this machine; Wait reads its output until MOSH CONNECT, shows the rest to the
// user, and says what happened when the line does not come. The server detaches by
// itself: what is left of the Process after that is of no interest.
//
// It dials nothing and words nothing. A Process belongs to whoever called Wait.
package launch

import (
	"fmt"
	"strconv"
	"strings"

	"gmosh/bootstrap/probe"
)

// Bind is which of its addresses the server binds to: mosh's --bind-server.
// Besides these two values it is an IP address.
type Bind string

// The values of Bind that are not addresses.
const (
	BindSSH Bind = "ssh" // the one that SSH came in on (-s); also the empty Bind
	BindAny Bind = "any"
)

// Spec is the server to start.
type Spec struct {
	Server  string   // --server: shell text, run as it is; "" looks for a server
	Bind    Bind     // of a server on this machine: its address
	Ports   string   // --port: PORT or LOW:HIGH; "" leaves it to the server
	Colors  int      // colours of the user's terminal
	Locale  []string // NAME=VALUE, for a server without a UTF-8 locale
	Command []string // what to run in the session; nil is the login shell
	Locate  bool     // say over which addresses SSH came (MOSH SSH_CONNECTION)
	Search  probe.Search
}

// Args are the server's arguments, in the order the mosh launcher gives them.
func (s Spec) Args() []string {
	args := []string{"new", "-c", strconv.Itoa(s.Colors)}
	switch s.Bind {
	case "", BindSSH:
		args = append(args, "-s")
	case BindAny:
	default:
		args = append(args, "-i", string(s.Bind))
	}
	if s.Ports != "" {
		args = append(args, "-p", s.Ports)
	}
	for _, variable := range s.Locale {
		args = append(args, "-l", variable)
	}
	if s.Command != nil {
		args = append(append(args, "--"), s.Command...)
	}
	return args
}

// The commands of locate: what the mosh launcher runs for the same purpose, and
// the same for our own script.
const (
	locateLine   = `sh -c '[ -n "$SSH_CONNECTION" ] && printf "\nMOSH SSH_CONNECTION %s\n" "$SSH_CONNECTION"' ; `
	locateScript = `[ -z "$SSH_CONNECTION" ] || printf "\nMOSH SSH_CONNECTION %s\n" "$SSH_CONNECTION"; `
)

// Script is the script that starts the server, for a POSIX sh: one line, without
// single quotes, and so on (see package probe).
func (s Spec) Script() string {
	var b strings.Builder
	b.WriteString("set --")
	for _, word := range s.Args() {
		if plain(word) {
			b.WriteString(" " + word)
			continue
		}
		// A command substitution drops line feeds at the end: hence the full stop.
		fmt.Fprintf(&b, `; gmosh_word=$(printf "%%b." "%s"); set -- "$@" "${gmosh_word%%.}"`, escaped(word))
	}
	b.WriteString("; ")
	if s.Locate {
		b.WriteString(locateScript)
	}
	return b.String() + s.Search.Script()
}

// CommandLine is what the login shell is given to run: Script in a sh of its own,
// or with --server that text and the server's arguments, quoted as the mosh
// launcher quotes them.
func (s Spec) CommandLine() string {
	if s.Server == "" {
		return "exec /bin/sh -c '" + s.Script() + "'"
	}
	line := s.ServerLine()
	if s.Locate {
		line = locateLine + line
	}
	return line
}

// Uploads reports whether the script may ask for a build on its standard input.
func (s Spec) Uploads() bool {
	return s.Server == "" && s.Search.Upload && len(s.Search.Builds) > 0
}

// ServerLine is --server's text with the server's arguments.
func (s Spec) ServerLine() string {
	words := []string{s.Server}
	for _, arg := range s.Args() {
		words = append(words, Quote(arg))
	}
	return strings.Join(words, " ")
}

// Quote makes one word of a POSIX shell, of fish (unless it holds a doubled
// backslash) and of csh (unless it holds ! or a line feed).
func Quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// plain reports whether a word needs no quoting in any shell.
func plain(word string) bool {
	for i := range len(word) {
		if !plainByte(word[i]) {
			return false
		}
	}
	return word != ""
}

func plainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-+./:,@=", c) >= 0
}

// escaped writes a word for printf's %b within double quotes.
func escaped(word string) string {
	var b strings.Builder
	for i := range len(word) {
		if plainByte(word[i]) {
			b.WriteByte(word[i])
		} else {
			fmt.Fprintf(&b, `\0%03o`, word[i])
		}
	}
	return b.String()
}
