// Package probe is what the script on the far side does and says: the text of the
// part that looks for a server, takes an upload if there is none, and starts it;
// and the reading of the lines it prints.
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

// prefix begins every line of ours that is not one of mosh's.
const prefix = "GMOSH "

// Server is a server that the script found.
type Server struct {
	Name   string // gmosh or mosh-server
	Path   string
	Status int // 126 or 127 if it could not be run, else 0
}

// Encoding is how an upload is sent.
type Encoding string

// The encodings.
const (
	Plain Encoding = "plain"
	Gzip  Encoding = "gzip" // RFC 1952
)

// Send says that the script waits for a build on its standard input, until the
// end of it.
type Send struct {
	Encoding Encoding
	Platform string
	Folder   string // that it goes into, or below
}

// Skip is a folder that cannot hold a build, and why.
type Skip struct {
	Reason Reason
	Text   string // the folder, and what the system said if it said something
}

// Reason is what is wrong with a folder.
type Reason string

// The reasons.
const (
	NotOurs     Reason = "owner" // somebody else may write there
	Unwritable  Reason = "write"
	NoRoom      Reason = "room" // the disk is full, or the user's share of it
	NotRunnable Reason = "exec" // programs there cannot be run
)

// Failure says that an upload has not arrived.
type Failure struct {
	Corrupt bool   // its digest is wrong; else it could not be written
	Text    string // what the system said
}

// Report is what the script has said so far. Its texts are the far side's.
type Report struct {
	System   string   // kernel and machine, as `uname -sm` prints them
	Platform string   // our word for that; the processor may be another, see Search
	Servers  []Server // in the order they were tried
	Skipped  []Skip
	Send     *Send    // the script asked for an upload
	Failed   *Failure // it has not arrived
	Stored   string   // it has, and is the file here
	Instead  bool     // nothing of our version runs there: what was tried last is another
	None     bool     // no server is left
}

// Running returns the server that was found last and not said to be broken.
func (r *Report) Running() (Server, bool) {
	if r.None || len(r.Servers) == 0 {
		return Server{}, false
	}
	last := r.Servers[len(r.Servers)-1]
	return last, last.Status == 0
}

// maxKept bounds what a hostile far side can make us keep of each kind.
const maxKept = 16

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
	"SYSTEM":  (*Report).system,
	"FOUND":   (*Report).found,
	"BROKEN":  (*Report).broken,
	"SKIP":    (*Report).skip,
	"SEND":    (*Report).send,
	"FAILED":  (*Report).failed,
	"STORED":  (*Report).stored,
	"INSTEAD": (*Report).instead,
	"NONE":    (*Report).none,
}

func (r *Report) system(rest string) bool {
	platform, uname, ok := strings.Cut(rest, " ")
	if !ok || platform == "" {
		return false
	}
	r.Platform, r.System = platform, uname
	return true
}

func (r *Report) found(rest string) bool {
	name, path, ok := strings.Cut(rest, " ")
	if !ok || name == "" || path == "" || len(r.Servers) == maxKept {
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

func (r *Report) skip(rest string) bool {
	reason, text, ok := strings.Cut(rest, " ")
	if !ok || len(r.Skipped) == maxKept {
		return false
	}
	r.Skipped = append(r.Skipped, Skip{Reason(reason), text})
	return true
}

// send takes the only request: a second one would get the end of nothing.
func (r *Report) send(rest string) bool {
	words := strings.SplitN(rest, " ", 3)
	if len(words) < 3 || r.Send != nil {
		return false
	}
	s := Send{Encoding: Encoding(words[0]), Platform: words[1], Folder: words[2]}
	if s.Encoding != Plain && s.Encoding != Gzip {
		return false
	}
	r.Send = &s
	return true
}

func (r *Report) failed(rest string) bool {
	what, text, _ := strings.Cut(rest, " ")
	if r.Send == nil {
		return false
	}
	r.Failed = &Failure{Corrupt: what == "sum", Text: text}
	return true
}

func (r *Report) stored(rest string) bool {
	if r.Send == nil || rest == "" {
		return false
	}
	r.Stored = rest
	return true
}

func (r *Report) instead(string) bool {
	r.Instead = true
	return true
}

func (r *Report) none(rest string) bool {
	r.None, r.System = true, rest
	return true
}
