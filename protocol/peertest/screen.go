package peertest

import (
	"fmt"
	"strings"
	"time"

	"gmosh/protocol/terminal"
)

// Screen is what a Terminal shows at one moment.
type Screen struct {
	Frame  terminal.Frame
	Ended  bool      // the pty is closed: no more output will come
	Output int64     // bytes of output so far
	At     time.Time // when the last of them came
}

// Lines returns the screen's rows as text without trailing blanks.
func (s *Screen) Lines() []string { return s.Frame.Text() }

// Line returns one row as text without trailing blanks; a negative row counts
// from the bottom (-1 is the last).
func (s *Screen) Line(row int) string {
	lines := s.Lines()
	if row < 0 {
		row += len(lines)
	}
	return lines[row]
}

// CursorLine returns the row that the cursor is in.
func (s *Screen) CursorLine() string { return s.Line(s.Frame.Cursor.Row) }

// Contains reports whether some row contains text; blanks at a row's end count.
func (s *Screen) Contains(text string) bool {
	cols, _ := s.Frame.Size()
	for _, line := range s.Lines() {
		if strings.Contains(fmt.Sprintf("%-*s", cols, line), text) {
			return true
		}
	}
	return false
}

// Has reports whether some row, trailing blanks apart, is text: an answer, say,
// where the command line that asked for it may contain the same words.
func (s *Screen) Has(text string) bool {
	for _, line := range s.Lines() {
		if line == text {
			return true
		}
	}
	return false
}

// AtPrompt reports whether a shell that Start has started (PS1 is "$ ") waits for
// a command: the cursor stands behind an empty prompt.
func (s *Screen) AtPrompt() bool {
	return s.CursorLine() == "$" && s.Frame.Cursor.Col == len("$ ")
}

// String draws the screen with a border and says where the cursor is.
func (s *Screen) String() string {
	var out strings.Builder
	cols, rows := s.Frame.Size()
	border := "+" + strings.Repeat("-", cols) + "+\n"
	out.WriteString(border)
	for _, line := range s.Lines() {
		fmt.Fprintf(&out, "|%-*s|\n", cols, line)
	}
	out.WriteString(border)
	cursor := s.Frame.Cursor
	fmt.Fprintf(&out, "%dx%d, cursor at row %d column %d", cols, rows, cursor.Row, cursor.Col)
	if !cursor.Visible {
		out.WriteString(" (hidden)")
	}
	if s.Frame.Labels != nil {
		fmt.Fprintf(&out, ", title %q", s.Frame.Title())
	}
	fmt.Fprintf(&out, ", %d bytes of output", s.Output)
	if s.Ended {
		out.WriteString(", ended")
	}
	return out.String()
}
