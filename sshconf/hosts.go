package sshconf

import (
	"slices"
	"strings"
)

// Hosts lists the names that the user's file and the system's have Host blocks for,
// in their order and once each: what a shell may complete. Patterns are left out,
// as are files and lines that cannot be read; nothing is evaluated.
func Hosts(env Environment) []string {
	l := lister{env: env}
	places := env.Places()
	l.file(places.UserConfig, places.UserFolder, 0)
	l.file(places.SystemConfig, places.SystemFolder, 0)
	return l.hosts
}

// lister collects names over files and what these include.
type lister struct {
	env   Environment
	hosts []string
}

func (l *lister) file(name, folder string, depth int) {
	source, err := l.env.ReadFile(name)
	if err != nil || depth > maxIncludes {
		return
	}
	for _, line := range splitLines(source.Data) {
		keyword, rest := splitKeyword(line)
		words, err := splitWords(rest)
		if err != nil {
			continue
		}
		switch keyword {
		case "host":
			l.add(words)
		case "include":
			for _, pattern := range words {
				l.include(pattern, folder, depth)
			}
		}
	}
}

// add takes the names of a Host line that stand for themselves.
func (l *lister) add(words []string) {
	for _, name := range words {
		if name != "" && !strings.ContainsAny(name, "*?!%") && !slices.Contains(l.hosts, name) {
			l.hosts = append(l.hosts, name)
		}
	}
}

func (l *lister) include(pattern, folder string, depth int) {
	if pattern == "" {
		return
	}
	if !absolute(pattern) && pattern[0] != '~' {
		pattern = folder + "/" + pattern
	}
	pattern, err := expandTilde(pattern, l.env.LocalUser().Home, l.env.HomeOf)
	if err != nil {
		return
	}
	for _, file := range glob(l.env, pattern) {
		l.file(file, folder, depth+1)
	}
}
