package sshconf

import (
	"errors"
	"fmt"
)

// place is a line of a file; the zero place is a default.
type place struct {
	file string
	line int
}

// value is what a keyword was set to, and where.
type value struct {
	words []string
	at    place
}

// settings is what has been set so far.
type settings struct {
	values  map[string]value // by keyword, lower case
	locals  []forward        // LocalForward and DynamicForward
	remotes []forward
}

func (s *settings) get(name string) ([]string, bool) {
	v, ok := s.values[name]
	return v.words, ok
}

// first is the first word of a keyword's value, "" if it is not set.
func (s *settings) first(name string) string {
	if v, ok := s.values[name]; ok && len(v.words) > 0 {
		return v.words[0]
	}
	return ""
}

func (s *settings) set(name string, at place, words ...string) {
	s.values[name] = value{words: words, at: at}
}

// evaluator reads files and keeps what they set. One evaluator does both passes.
type evaluator struct {
	env      Environment
	query    Query
	user     LocalUser
	keywords map[string]*keyword // by every spelling, lower case
	settings settings

	host      string // what Host is matched against; the canonical name in the second pass
	second    bool   // this is the second pass
	wantFinal bool   // some Match asked for a second pass
	folder    string // what relative Includes stand in
	tilde     bool   // "~" is allowed in Includes: not in the system's file
	depth     int    // of Includes

	faults  []Fault
	notices []Notice
	trace   []string
}

// block is the part of a file that a Host or Match line governs.
type block struct {
	active bool
	never  bool // the file was included where nothing applies
}

// statement is one line with a keyword that is known.
type statement struct {
	*evaluator
	block   *block
	at      place
	keyword *keyword
	name    string   // as written, lower case: may be an alias
	rest    string   // the arguments as written
	words   []string // the arguments that have not been taken
}

// fatal stops the evaluation at once; any other fault lets it go on to find more.
type fatal struct{ error }

func (f fatal) Unwrap() error { return f.error }

// fault records what is wrong at a place. True: stop.
func (ev *evaluator) fault(at place, err error) (stop bool) {
	if errors.Is(err, errStopped) {
		return true
	}
	ev.faults = append(ev.faults, Fault{File: at.file, Line: at.line, Text: err.Error()})
	return errors.As(err, new(fatal))
}

func (ev *evaluator) note(at place, format string, args ...any) {
	if ev.second {
		return // it was said in the first pass
	}
	ev.notices = append(ev.notices, Notice{File: at.file, Line: at.line, Text: fmt.Sprintf(format, args...)})
}

func (ev *evaluator) tracef(format string, args ...any) {
	ev.trace = append(ev.trace, fmt.Sprintf(format, args...))
}

// text evaluates a file. True: a fault stopped it.
func (ev *evaluator) text(file string, data []byte, b block) (stop bool) {
	ev.tracef("Reading configuration data %s", file)
	before := len(ev.faults)
	for i, line := range splitLines(data) {
		if ev.line(&b, place{file, i + 1}, line) {
			return true
		}
	}
	return len(ev.faults) > before
}

// line evaluates one line. True: a fault that stops everything.
func (ev *evaluator) line(b *block, at place, line string) (stop bool) {
	name, rest := splitKeyword(line)
	if name == "" {
		return false
	}
	if rest == "" {
		return ev.fault(at, fmt.Errorf("no argument after keyword %q", name))
	}
	k := ev.keywords[name]
	if k == nil && !matchHost(name, ev.settings.first("ignoreunknown")) {
		return ev.fault(at, fmt.Errorf("bad configuration option: %s", name))
	}
	words, err := splitWords(rest)
	if err != nil {
		return ev.fault(at, err)
	}
	if k == nil {
		return false // IgnoreUnknown
	}
	return ev.statement(&statement{evaluator: ev, block: b, at: at, keyword: k, name: name, rest: rest, words: words})
}

func (ev *evaluator) statement(st *statement) (stop bool) {
	values, err := st.keyword.read(st)
	if err == nil && len(st.words) > 0 {
		err = fmt.Errorf("keyword %s extra arguments at end of line", st.name)
	}
	if err != nil {
		return ev.fault(st.at, err)
	}
	if values == nil || !st.block.active && !st.keyword.anywhere {
		return false
	}
	if st.keyword.store != nil {
		st.keyword.store(&ev.settings, st.keyword, st, values)
	} else if _, set := ev.settings.get(st.keyword.name()); !set {
		ev.settings.set(st.keyword.name(), st.at, values...)
	}
	return false
}

// next takes the next argument; "" if there is none.
func (st *statement) next() string {
	if len(st.words) == 0 {
		return ""
	}
	word := st.words[0]
	st.words = st.words[1:]
	return word
}

// all takes the arguments that are left.
func (st *statement) all() []string {
	words := st.words
	st.words = nil
	return words
}

// readHost begins a block for the hosts that match one pattern and no negated one.
func readHost(st *statement) ([]string, error) {
	b := st.block
	b.active = false
	for _, pattern := range st.all() {
		if pattern == "" {
			return nil, fmt.Errorf("keyword %s empty argument", st.name)
		}
		if b.never {
			break
		}
		negated := pattern[0] == '!'
		if negated {
			pattern = pattern[1:]
		}
		if !matchPattern(st.host, pattern) {
			continue
		}
		if b.active = !negated; negated {
			break
		}
		st.tracef("%s line %d: Applying options for %s", st.at.file, st.at.line, pattern)
	}
	return nil, nil
}
