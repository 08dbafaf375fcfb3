package outer

import (
	"bytes"
	"time"
)

// How long the beginning of what may be an answer is kept back for the rest of it.
const (
	// briefly is for a beginning that a key may be too: ESC, Alt-[, Alt-P, Alt-]. It
	// is kept back only while answers are due.
	briefly = 50 * time.Millisecond
	// patiently is for one that no key begins with.
	patiently = time.Second
	// due is how long after the question an answer may come, over a slow line too.
	due = 10 * time.Second
)

// maxAnswer bounds an answer, in bytes; a longer one is dropped as far as it goes.
const maxAnswer = 4096

const esc = 0x1b

// Filter takes answers out of what is typed. The zero Filter has asked nothing and
// takes out what comes all the same.
type Filter struct {
	asked    time.Time // when the questions were asked; zero: never
	finished bool      // the last answer has come
	known    Knowledge

	held  []byte // the beginning of what may be an answer
	since time.Time
	paste bool // between the marks of a bracketed paste
	out   []byte
}

// Asked notes that the Questions were written.
func (f *Filter) Asked(now time.Time) { f.asked = now }

// HasAsked reports whether the questions were asked.
func (f *Filter) HasAsked() bool { return !f.asked.IsZero() }

// Finished reports whether all answers that will come have come.
func (f *Filter) Finished() bool { return f.finished }

// Known is what was learnt so far.
func (f *Filter) Known() Knowledge { return f.known }

// waiting reports whether answers are due.
func (f *Filter) waiting(now time.Time) bool {
	return f.HasAsked() && !f.finished && now.Sub(f.asked) < due
}

// Feed returns what of the bytes was typed; it is valid until the next call.
func (f *Filter) Feed(now time.Time, typed []byte) []byte {
	if len(f.held) == 0 && bytes.IndexByte(typed, esc) < 0 {
		return typed
	}
	rest := append(f.held, typed...)
	f.held, f.out = nil, f.out[:0]
	for len(rest) > 0 {
		i := bytes.IndexByte(rest, esc)
		if i < 0 {
			break
		}
		f.out, rest = append(f.out, rest[:i]...), rest[i:]
		n, is := f.read(rest)
		switch {
		case is == answer:
			rest = rest[n:]
		case is == begun || is == perhaps && (f.paste || f.waiting(now)):
			f.held, f.since = rest, now
			return f.out
		default:
			f.out, rest = append(f.out, esc), rest[1:]
		}
	}
	f.out = append(f.out, rest...)
	return f.out
}

// Next is when Release will have something; zero: never, unless more is typed.
func (f *Filter) Next() time.Time {
	if len(f.held) == 0 {
		return time.Time{}
	}
	if _, is := f.read(f.held); is == perhaps {
		return f.since.Add(briefly)
	}
	return f.since.Add(patiently)
}

// Release gives up waiting for the rest of what was kept back, if it is time to: it
// returns what may have been typed, and drops what cannot.
func (f *Filter) Release(now time.Time) []byte {
	next := f.Next()
	if next.IsZero() || now.Before(next) {
		return nil
	}
	held := f.held
	f.held = nil
	if _, is := f.read(held); is != perhaps {
		return nil
	}
	return held
}

// verdict is what the bytes from an ESC on are.
type verdict uint8

const (
	typing  verdict = iota // no answer
	answer                 // an answer as a whole
	begun                  // the beginning of one
	perhaps                // the beginning of one, or of a key
)

// pasteMarks are what terminals put around a paste: what is in between is text.
var pasteBegin, pasteEnd = []byte("\x1b[200~"), []byte("\x1b[201~")

// read looks at bytes that begin with ESC. An answer of n bytes is taken note of.
func (f *Filter) read(b []byte) (n int, is verdict) {
	switch {
	case bytes.HasPrefix(b, pasteBegin):
		f.paste = true
		return 0, typing
	case bytes.HasPrefix(b, pasteEnd):
		f.paste = false
		return 0, typing
	case f.paste && bytes.HasPrefix(pasteEnd, b):
		return 0, perhaps
	case f.paste:
		return 0, typing
	case len(b) == 1:
		return 0, perhaps
	}
	switch b[1] {
	case '[':
		return f.control(b)
	case 'P':
		return f.str(b, dcsAnswers)
	case ']':
		return f.str(b, oscAnswers)
	}
	return 0, typing
}

// control reads a control sequence: DA, DECRPM and the flags of the kitty keyboard
// have a ? that no key has; the second DA, which nobody asks for, a >.
func (f *Filter) control(b []byte) (n int, is verdict) {
	if len(b) == 2 {
		return 0, perhaps
	}
	if b[2] != '?' && b[2] != '>' {
		return 0, typing
	}
	for i := 3; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9', c == ';', c == ':', c >= ' ' && c <= '/':
		case c == 'c', c == 'y' && b[i-1] == '$', c == 'u' && b[2] == '?':
			f.known.control(b[2], c, b[3:i])
			f.finished = f.finished || b[2] == '?' && c == 'c'
			return i + 1, answer
		default:
			return 0, typing
		}
		if i > maxAnswer {
			return 0, typing
		}
	}
	return 0, begun
}

// How the strings begin that are answers.
var (
	dcsAnswers = []string{">|", "1+r", "0+r"}
	oscAnswers = []string{"10;", "11;", "12;", "4;"}
)

// str reads a control string, which ends with ST, or with BEL.
func (f *Filter) str(b []byte, beginnings []string) (n int, is verdict) {
	content := b[2:]
	kind := ""
	is = typing
	for _, beginning := range beginnings {
		switch {
		case bytes.HasPrefix(content, []byte(beginning)):
			kind, is = beginning, begun
		case len(content) < len(beginning) && string(content) == beginning[:len(content)] && is == typing:
			is = begun
			if len(content) == 0 {
				is = perhaps
			}
		}
	}
	if kind == "" {
		return 0, is
	}
	for i, c := range content {
		switch {
		case c == 0x07:
			f.known.text(b[1], kind, content[len(kind):i])
			return 2 + i + 1, answer
		case c == esc && i+1 < len(content) && content[i+1] == '\\':
			f.known.text(b[1], kind, content[len(kind):i])
			return 2 + i + 2, answer
		case c == esc && i+1 < len(content), c < ' ' && c != esc:
			return 0, typing // nothing that a terminal says
		}
	}
	if len(content) > maxAnswer {
		return len(b), answer
	}
	return 0, begun
}
