package sshconf

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// maxIncludes is how deep Includes may be nested.
const maxIncludes = 16

// readInclude evaluates other files where it stands: they take part in the
// block around it, and that block goes on after them.
func readInclude(st *statement) ([]string, error) {
	for _, pattern := range st.all() {
		if pattern == "" {
			return nil, fmt.Errorf("keyword %s empty argument", st.name)
		}
		pattern, err := st.includePattern(pattern)
		if err != nil {
			return nil, err
		}
		if pattern == "" {
			continue
		}
		for _, file := range glob(st.env, pattern) {
			if err := st.include(file); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// includePattern makes an absolute pattern of an argument; "" if it names
// nothing here.
func (st *statement) includePattern(arg string) (string, error) {
	if arg[0] == '~' && !st.tilde {
		return "", fmt.Errorf("bad include path %s: ~ means nothing in the system's file", arg)
	}
	expanded, err := st.names().expand(arg, tokensCommon, st.env.Getenv)
	switch {
	case errors.Is(err, errToken):
		expanded = arg // before OpenSSH 10.0 a % was just that
	case err != nil:
		st.note(st.at, "Include %s left out: %v", arg, err)
		return "", nil
	}
	if !absolute(expanded) && expanded[0] != '~' {
		expanded = st.folder + "/" + expanded
	}
	// Unlike every other ~, this one is $HOME first, as in a shell.
	home := st.user.Home
	if h, ok := st.env.Getenv("HOME"); ok && h != "" {
		home = h
	}
	expanded, err = expandTilde(expanded, home, st.env.HomeOf)
	if err != nil {
		return "", nil // no such user: nothing matches
	}
	return expanded, nil
}

// absolute reports whether a path stands for itself: also one with a drive letter.
func absolute(p string) bool {
	return strings.HasPrefix(p, "/") || len(p) > 2 && p[1] == ':' && (p[2] == '/' || p[2] == '\\')
}

func (st *statement) include(file string) error {
	if st.depth >= maxIncludes {
		return fatal{errors.New("too many recursive configuration includes")}
	}
	source, err := st.env.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fatal{fmt.Errorf("cannot read %s: %w", file, err)}
	case source.Untrusted:
		return fatal{fmt.Errorf("bad owner or permissions on %s", file)}
	}
	st.depth++
	stopped := st.text(file, source.Data, block{active: st.block.active, never: !st.block.active})
	st.depth--
	if stopped {
		return fatal{errStopped}
	}
	return nil
}

// errStopped passes on that an included file had faults, which have been recorded.
var errStopped = errors.New("an included file has faults")
