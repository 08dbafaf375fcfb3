package predict

import (
	"slices"
	"strings"

	"gmosh/protocol/terminal"
)

// What follows is the measure of typing, in virtual time and at real programs.

// SplitKeys cuts a text into keys: escape sequences and characters.
func SplitKeys(s string) (keys []string) {
	for len(s) > 0 {
		n := 1
		switch {
		case strings.HasPrefix(s, "\x1b[") || strings.HasPrefix(s, "\x1bO"):
			for n = 3; n < len(s) && s[n-1] < 0x40; n++ {
			}
		case s[0] >= 0x80:
			n = len(string([]rune(s)[:1]))
		}
		keys = append(keys, s[:n])
		s = s[n:]
	}
	return keys
}

// edits are the keys besides characters that lines are edited with.
var edits = []string{
	"\x7f", "\x1bOD", "\x1bOC", "\x1bOH", "\x1bOF", "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x1b[3~",
	"\x01", "\x05", "\x17", "\x15", "\x0b",
}

// Echoes reports whether a key does to the line what it says: a character stands
// where the cursor was, or a key that edits has moved the cursor within its row.
func Echoes(key string, before, after *terminal.Frame) bool {
	c := before.Cursor
	if key[0] >= ' ' && key[0] != 0x7f {
		return CellText(after, c.Row, c.Col) == key && before.Cursor != after.Cursor
	}
	return slices.Contains(edits, key) && after.Cursor.Row == c.Row && after.Cursor.Col != c.Col
}

// Shows reports whether f has what a key has changed around the cursor.
func Shows(f, before, after *terminal.Frame) bool {
	b, a := before.Cursor, after.Cursor
	if !SameCursor(f, after) {
		return false
	}
	if a.Row != b.Row {
		return true
	}
	for col := min(a.Col, b.Col); col < max(a.Col, b.Col); col++ {
		if CellText(f, a.Row, col) != CellText(after, a.Row, col) {
			return false
		}
	}
	return true
}

// SameCursor takes a cursor that waits at the right edge for one in the next row.
func SameCursor(a, b *terminal.Frame) bool {
	at := func(f *terminal.Frame) (int, int) {
		if _, rows := f.Size(); !f.Cursor.PendingWrap || f.Cursor.Row+1 == rows {
			return f.Cursor.Row, f.Cursor.Col
		}
		return f.Cursor.Row + 1, 0
	}
	ar, ac := at(a)
	br, bc := at(b)
	return ar == br && ac == bc
}

// CellText returns what a cell shows.
func CellText(f *terminal.Frame, row, col int) string {
	var room [32]byte
	return string(f.Row(row).Text(room[:0], col))
}
