package sshconf

import (
	"errors"
	"strings"
)

// Two tokenisers, as OpenSSH has them. The keyword (and the whole of a Match
// line) is cut by delimit, which knows double quotes and one "=" but no escapes;
// the arguments by splitWords, which knows both quotes, backslashes and comments.

const blank = " \t\r\n"

// splitLines cuts a file into lines. A NUL ends a line early, as it does for a
// program that reads it into a C string.
func splitLines(data []byte) []string {
	lines := strings.Split(string(data), "\n")
	for i, l := range lines {
		if cut := strings.IndexByte(l, 0); cut >= 0 {
			lines[i] = l[:cut]
		}
	}
	return lines
}

// splitKeyword takes the keyword off a line, in lower case. An empty keyword is
// a line that says nothing: blank, a comment, or what OpenSSH skips as such.
func splitKeyword(line string) (keyword, rest string) {
	// A form feed is white space at the end of a line only.
	line = strings.TrimRight(line, blank+"\f")
	keyword, rest, ok := delimit(line)
	if ok && keyword == "" { // leading white space, or a leading "="
		keyword, rest, ok = delimit(rest)
	}
	if !ok || strings.HasPrefix(keyword, "#") {
		return "", ""
	}
	return lower(keyword), rest
}

// delimit takes one token off s: up to white space, a double quote or "=", and
// swallows what follows it: white space with at most one "=". A double quote
// runs to the next one. False: nothing left, or a quote without an end.
func delimit(s string) (token, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	i := strings.IndexAny(s, blank+`"=`)
	if i < 0 {
		return s, "", true
	}
	if s[i] == '"' {
		s = s[:i] + s[i+1:]
		end := strings.IndexByte(s, '"')
		if end < 0 {
			return "", "", false
		}
		return s[:end], strings.TrimLeft(s[end+1:], blank), true
	}
	rest = strings.TrimLeft(s[i+1:], blank)
	if s[i] != '=' && strings.HasPrefix(rest, "=") {
		rest = strings.TrimLeft(rest[1:], blank)
	}
	return s[:i], rest, true
}

var errQuotes = errors.New("invalid quotes")

// splitWords cuts the arguments of a keyword. "#" at the beginning of a word
// starts a comment. A backslash escapes a quote, a backslash and, outside
// quotes, a space; before anything else it is itself.
func splitWords(s string) ([]string, error) {
	words := []string{}
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return words, nil
		}
		word, rest, err := cutWord(s)
		if err != nil {
			return nil, err
		}
		words, s = append(words, word), rest
	}
}

// cutWord takes one word off s, which does not begin with white space.
func cutWord(s string) (word, rest string, err error) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && escapable(s[i+1], quote):
			i++
			b.WriteByte(s[i])
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), s[i:], nil
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", errQuotes
	}
	return b.String(), "", nil
}

func escapable(c, quote byte) bool {
	return c == '"' || c == '\'' || c == '\\' || c == ' ' && quote == 0
}

// lower folds ASCII only: a keyword or host name in another script is left as it
// is, like in the C locale.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
