package sshconf

import (
	"slices"
	"strings"
)

// glob lists the paths that a glob(7) pattern matches, sorted bytewise: *, ?,
// [a-z], [!a-z], a backslash before one of these, and a leading dot matched only
// by a dot.
func glob(env Environment, pattern string) []string {
	if len(pattern) > 1 && pattern[1] == ':' { // a drive letter: no escapes there
		pattern = strings.ReplaceAll(pattern, `\`, "/")
	}
	found := []string{""}
	for i, part := range strings.Split(pattern, "/") {
		if i > 0 {
			for j := range found {
				found[j] += "/"
			}
		}
		if part != "" {
			found = globPart(env, found, part)
		}
	}
	slices.Sort(found)
	return found
}

// globPart extends each base by the names in it that match one part of a pattern.
func globPart(env Environment, bases []string, part string) []string {
	var found []string
	for _, base := range bases {
		if !strings.ContainsAny(part, "*?[") {
			if env.Exists(base + part) {
				found = append(found, base+part)
			}
			continue
		}
		folder := base
		if len(base) > 1 {
			folder = strings.TrimSuffix(base, "/")
		}
		for _, name := range env.ReadDir(folder) {
			if !strings.HasPrefix(name, ".") || part[0] == '.' {
				if matchGlob(name, part) {
					found = append(found, base+name)
				}
			}
		}
	}
	return found
}

// matchGlob matches one name against one part of a pattern. Like matchPattern it
// goes back to the last "*" only, so its time is bounded by the product of the
// lengths.
func matchGlob(name, pattern string) bool {
	star, mark := -1, 0
	i, p := 0, 0
	for i < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if p < len(pattern) {
			if width, ok := matchElement(name[i], pattern[p:]); ok {
				i++
				p += width
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, p = mark, star+1
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchElement matches one byte against the element at the beginning of a
// pattern, which is width bytes long.
func matchElement(c byte, pattern string) (width int, ok bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		if end := strings.IndexByte(pattern[1:], ']'); end >= 0 {
			if end == 0 || end == 1 && pattern[1] == '!' { // "]" first in a set is itself
				more := strings.IndexByte(pattern[end+2:], ']')
				if more < 0 {
					break
				}
				end += more + 1
			}
			return end + 2, matchSet(c, pattern[1:end+1])
		}
	case '\\':
		if len(pattern) > 1 {
			return 2, c == pattern[1]
		}
	}
	return 1, c == pattern[0]
}

func matchSet(c byte, set string) bool {
	rest, negated := strings.CutPrefix(set, "!")
	in := false
	for i := 0; i < len(rest); i++ {
		if i+2 < len(rest) && rest[i+1] == '-' {
			in = in || rest[i] <= c && c <= rest[i+2]
			i += 2
			continue
		}
		in = in || rest[i] == c
	}
	return in != negated
}
