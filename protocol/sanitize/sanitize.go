// Package sanitize makes text from the far side fit to be printed on the user's
// terminal.
//
// The far side is only half trusted: what an SSH server, a login script or a
// session's peer says may hold escape sequences that retitle, recolour or make
// the terminal answer, and Unicode that reorders or hides what is read. Here
// everything that is not a plain visible character becomes a visible escape
// (\x1b, \u202e), and the length has a bound. The result is for people: it cannot
// be turned back, since a backslash stays as it is.
//
// It does not interpret anything; programs' output within a session goes through
// protocol/terminal and protocol/render instead. Used by protocol/ticket,
// bootstrap and client. Pure and safe for concurrent use.
package sanitize

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultLimit is a bound, in bytes, that suits one message or line.
const DefaultLimit = 1024

// maxMarks is how many combining marks one character keeps; more of them pile
// up over the neighbouring lines.
const maxMarks = 4

const ellipsis = "…"

// Line returns s as one printable line of at most limit bytes: line breaks are
// escaped too, a tab becomes a space, and trailing blanks and line breaks go.
// Cut text ends in "…". A limit under 3 (the length of "…") counts as 3.
func Line(s string, limit int) string {
	return clean(strings.TrimRight(s, " \t\r\n"), limit, false)
}

// Text is Line for text of several lines, such as a login banner: line feeds
// are kept and the carriage return of a CR LF goes.
func Text(s string, limit int) string {
	return clean(strings.TrimRight(s, " \t\r\n"), limit, true)
}

func clean(s string, limit int, lines bool) string {
	limit = max(limit, len(ellipsis))
	var out strings.Builder
	fit := 0          // the length of what would leave room for the ellipsis
	marks := maxMarks // at the start and after a line feed no mark is kept: it would join our own text
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		piece := s[:size]
		switch {
		case r == '\t':
			piece, marks = " ", 0
		case r == '\n' && lines:
			marks = maxMarks
		case r == '\r' && lines && strings.HasPrefix(s, "\r\n"):
			piece = ""
		case r == utf8.RuneError && size == 1:
			piece, marks = fmt.Sprintf(`\x%02x`, s[0]), 0
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks == maxMarks {
				piece = escape(r)
			} else {
				marks++
			}
		case !visible(r):
			piece, marks = escape(r), 0
		default:
			marks = 0
		}
		if out.Len()+len(piece) > limit {
			return out.String()[:fit] + ellipsis
		}
		out.WriteString(piece)
		if out.Len() <= limit-len(ellipsis) {
			fit = out.Len()
		}
		s = s[size:]
	}
	return out.String()
}

// visible reports whether r shows where it stands and only there. Format
// characters (bidi controls, joiners, tags), private use and surrogates are not
// graphic; the fillers are letters to Unicode and blank to a reader.
func visible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return false
	}
	return unicode.IsGraphic(r)
}

func escape(r rune) string {
	switch {
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
