// Package probe is what the script on the far side finds and says: the text of
// the part that looks for a server, and the reading of the lines it prints.
//
// The script is POSIX sh and one line long, and holds no single quote, backslash
// pair, exclamation mark or line feed: so it passes through any login shell (fish
// and csh too) as one single-quoted word, and through a pipe as it is. launch puts
// the words to start the server with in front of it and runs it.
//
// Pure; a Report belongs to one goroutine.
package probe

import (
	"strconv"
	"strings"
)

// Folders are searched after PATH: a command run by sshd often has a PATH without
// the places where people put programs.
var folders = []string{"$HOME/bin", "$HOME/.local/bin", "/usr/local/bin", "/opt/homebrew/bin", "$HOME/go/bin"}

// prefix begins every line of ours that is not one of mosh's.
const prefix = "GMOSH "

// Search is the script that finds a server and runs it with the script's
// positional parameters: gmosh where there is one, else mosh-server. One that is
// there and cannot be run (another machine's, half copied) is reported and the
// next is tried. Its exit status is the server's, or 127.
//
// Its variables have long names because one that is exported already would be
// changed in the session.
func Search() string {
	return `gmosh_path="${PATH:+$PATH:}` + strings.Join(folders, ":") + `"; ` +
		`for gmosh_name in gmosh mosh-server; do ` +
		`gmosh_file=; ` + firstOf + `; [ -n "$gmosh_file" ] || continue; ` +
		`echo "` + prefix + `FOUND $gmosh_name $gmosh_file"; ` +
		`case $gmosh_name in gmosh) "$gmosh_file" server "$@";; *) "$gmosh_file" "$@";; esac; ` +
		`gmosh_status=$?; ` +
		`case $gmosh_status in 126|127) echo "` + prefix + `BROKEN $gmosh_status $gmosh_file";; *) exit $gmosh_status;; esac; ` +
		`done; echo "` + prefix + `NONE $(PATH="$gmosh_path:/usr/bin:/bin"; uname -sm)"; exit 127`
}

// Folders returns the folders that are searched beside PATH, as sh text, for
// whoever explains that nothing was found.
func Folders() []string { return append([]string(nil), folders...) }

// firstOf sets gmosh_file to the first program called $gmosh_name in $gmosh_path.
// (`command -v` would do, but ksh93 quotes what it prints if there are blanks in it.)
const firstOf = `gmosh_ifs=$IFS; IFS=:; set -f; for gmosh_dir in $gmosh_path; do ` +
	`if [ -f "$gmosh_dir/$gmosh_name" ] && [ -x "$gmosh_dir/$gmosh_name" ]; then gmosh_file="$gmosh_dir/$gmosh_name"; break; fi; ` +
	`done; set +f; IFS=$gmosh_ifs`

// Server is a server that the script found.
type Server struct {
	Name   string // gmosh or mosh-server
	Path   string
	Status int // 126 or 127 if it could not be run, else 0
}

// Report is what the script has said so far.
type Report struct {
	Servers []Server // in the order they were tried
	None    bool     // no server is left
	System  string   // with None: kernel and machine, as `uname -sm` prints them
}

// Running returns the server that was found last and not said to be broken.
func (r *Report) Running() (Server, bool) {
	if r.None || len(r.Servers) == 0 {
		return Server{}, false
	}
	last := r.Servers[len(r.Servers)-1]
	return last, last.Status == 0
}

// maxServers bounds what a hostile far side can make us keep.
const maxServers = 16

// Line takes a line that the far side printed and reports whether it was one of
// the script's. A malformed one is none: it is shown to the user like any other.
func (r *Report) Line(line string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
	if !ok {
		return false
	}
	word, rest, _ := strings.Cut(rest, " ")
	take := lines[word]
	return take != nil && take(r, rest)
}

// lines are what the script can say, by the first word.
var lines = map[string]func(r *Report, rest string) bool{
	"FOUND":  (*Report).found,
	"BROKEN": (*Report).broken,
	"NONE":   (*Report).none,
}

func (r *Report) found(rest string) bool {
	name, path, ok := strings.Cut(rest, " ")
	if !ok || name == "" || path == "" || len(r.Servers) == maxServers {
		return false
	}
	r.Servers = append(r.Servers, Server{Name: name, Path: path})
	return true
}

func (r *Report) broken(rest string) bool {
	number, path, ok := strings.Cut(rest, " ")
	status, err := strconv.Atoi(number)
	last := len(r.Servers) - 1
	if !ok || err != nil || status <= 0 || status > 255 || last < 0 || r.Servers[last].Path != path {
		return false
	}
	r.Servers[last].Status = status
	return true
}

func (r *Report) none(rest string) bool {
	r.None, r.System = true, rest
	return true
}
