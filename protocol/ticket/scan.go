package ticket

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"gmosh/protocol/sanitize"
)

// The bounds of a Scanner against a far side that talks without end.
const (
	maxLine   = 4096     // bytes kept of one line; the rest of it is not looked at
	maxPassed = 64 << 10 // bytes of other lines passed on; the rest are counted
	maxOutput = 64 << 20 // bytes in all, then ErrTooMuch
)

// ErrTooMuch says that more than 64 MiB came without a MOSH CONNECT line.
var ErrTooMuch = errors.New("no MOSH CONNECT line in 64 MiB of output")

// ErrNoConnect says that the output ended without a MOSH CONNECT line.
var ErrNoConnect = errors.New("no MOSH CONNECT line")

// Found is what a Scanner has read so far.
type Found struct {
	Connect       *Connect // nil until the line has come
	IP            netip.Addr
	SSHConnection *SSHConnection
	Left          int // other lines that were not passed on because they were too many
}

// Scanner looks for the MOSH lines in what a login prints: write the output to
// it, in pieces of any size. Lines end at a line feed; a carriage return, blanks
// and escape sequences in front of a line, and a carriage return and blanks
// behind it, do not matter. The first valid line of each kind counts. All other
// lines are passed on, fit to be printed, except what comes after MOSH CONNECT:
// nothing after it is looked at.
type Scanner struct {
	pass   func(line string)
	found  Found
	bad    error // of the first malformed line: what to say if no valid one follows
	fatal  error // what no later line mends
	line   []byte
	rest   []byte // of the last piece of output: not looked at
	seen   int    // bytes of output, up to maxOutput
	passed int
}

// NewScanner returns a Scanner that passes other lines to pass, which may be nil:
// sanitised, without a line end.
func NewScanner(pass func(line string)) *Scanner {
	if pass == nil {
		pass = func(string) {}
	}
	return &Scanner{pass: pass}
}

// Write takes a piece of output. It fails with ErrTooMuch, for good, once too
// much has come without a MOSH CONNECT line, and with nothing else.
func (s *Scanner) Write(p []byte) (int, error) {
	for s.rest = p; len(s.rest) > 0 && s.found.Connect == nil; {
		if s.seen >= maxOutput {
			n := len(p) - len(s.rest)
			s.rest = nil
			return n, ErrTooMuch
		}
		piece, after, ended := bytes.Cut(s.rest, []byte{'\n'})
		s.seen += len(s.rest) - len(after)
		s.line = append(s.line, piece[:min(len(piece), maxLine-len(s.line))]...)
		if ended {
			s.endLine()
		}
		s.rest = after
	}
	return len(p), nil
}

// Rest returns what of the last Write came behind the MOSH CONNECT line, where nothing
// is looked at. It is part of what was written.
func (s *Scanner) Rest() []byte { return s.rest }

// Close takes what stands in an unfinished last line as a line. It returns nil if
// there was a MOSH CONNECT line; else ErrNoConnect, or an error that wraps it and
// says what was wrong with a line that looked like one. Two MOSH IP lines are an
// error (ErrMalformed) whatever follows: only one of them can be the launcher's.
func (s *Scanner) Close() error {
	if len(s.line) > 0 && s.found.Connect == nil {
		s.endLine()
	}
	switch {
	case s.fatal != nil:
		return s.fatal
	case s.found.Connect != nil:
		return nil
	case s.bad != nil:
		return fmt.Errorf("%w: %w", ErrNoConnect, s.bad)
	}
	return ErrNoConnect
}

// Found returns what has been read so far.
func (s *Scanner) Found() Found { return s.found }

func (s *Scanner) endLine() {
	text := string(s.line)
	s.line = s.line[:0]
	line, err := ParseLine(trimTerminal(text))
	switch {
	case err != nil: // not passed on: it may hold a key
		if s.bad == nil {
			s.bad = err
		}
	case line == nil:
		s.passOn(text)
	default:
		s.take(line)
	}
}

func (s *Scanner) take(line Line) {
	switch l := line.(type) {
	case Connect:
		s.found.Connect = &l
	case netip.Addr:
		if s.found.IP.IsValid() {
			s.fatal = fmt.Errorf("%w: a second MOSH IP, %s after %s", ErrMalformed, l, s.found.IP)
			return
		}
		s.found.IP = l
	case SSHConnection:
		if s.found.SSHConnection == nil {
			s.found.SSHConnection = &l
		}
	}
}

func (s *Scanner) passOn(text string) {
	text = sanitize.Line(strings.TrimLeft(text, "\r"), maxLine)
	if s.passed+len(text)+1 > maxPassed {
		s.found.Left++
		return
	}
	s.passed += len(text) + 1
	s.pass(text)
}

// trimTerminal takes off what a terminal in between may have put in front of a
// line: carriage returns, blanks, and control sequences such as the end of
// bracketed paste.
func trimTerminal(s string) string {
	for {
		s = strings.TrimLeft(s, " \t\r")
		if !strings.HasPrefix(s, "\x1b") {
			return s
		}
		s = s[sequenceLen(s):]
	}
}

// sequenceLen is the length of the escape sequence that s begins with: CSI, OSC,
// or ESC and one more byte. Of an unfinished one, all of s.
func sequenceLen(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']':
		for i := 2; i < len(s); i++ {
			switch {
			case s[i] == '\a':
				return i + 1
			case s[i] == '\x1b':
				return min(i+2, len(s))
			}
		}
		return len(s)
	}
	return 2
}
