package sshconf

import "strings"

// matchPattern reports whether s matches a pattern of "*" (any run of
// characters, also none) and "?" (exactly one). Nothing is special beside these.
// The time is bounded by len(s)*len(pattern).
func matchPattern(s, pattern string) bool {
	star, mark := -1, 0 // the last "*" seen, and where its run ends for now
	i, p := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			i++
			p++
		case star >= 0:
			mark++
			i, p = mark, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchList matches s against a comma-separated pattern-list. A negated pattern
// that matches decides against, wherever it stands; negated patterns alone match
// nothing.
func matchList(s, list string) bool {
	found := false
	for _, pattern := range strings.Split(list, ",") {
		if rest, negated := strings.CutPrefix(pattern, "!"); negated {
			if matchPattern(s, rest) {
				return false
			}
			continue
		}
		found = found || pattern != "" && matchPattern(s, pattern)
	}
	return found
}

// matchHost is matchList for host names, which have no case.
func matchHost(host, list string) bool {
	return matchList(lower(host), lower(list))
}
