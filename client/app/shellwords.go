package app

import (
	"errors"
	"strings"
)

// splitWords splits text into words as a POSIX shell does, as far as quotes and
// backslashes go: no variable, no pattern, no command is looked at.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun := false // there is a word, maybe empty as yet
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\n':
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
			continue
		case '\'', '"':
			n, err := quoted(&word, text[i:])
			if err != nil {
				return nil, err
			}
			i += n - 1
		case '\\':
			if i++; i == len(text) {
				return nil, errors.New("it ends in a backslash")
			}
			if text[i] == '\n' {
				continue // a line that goes on
			}
			word.WriteByte(text[i])
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// quoted appends what stands between the quotes that text begins with and returns
// their length, quotes included.
func quoted(word *strings.Builder, text string) (int, error) {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return i + 1, nil
		case c == '\\' && quote == '"' && i+1 < len(text) && strings.IndexByte("\\\"$`\n", text[i+1]) >= 0:
			i++
			if text[i] != '\n' {
				word.WriteByte(text[i])
			}
		default:
			word.WriteByte(c)
		}
	}
	return 0, errors.New("a quote is not closed")
}
