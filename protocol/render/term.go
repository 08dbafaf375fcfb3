package render

// ForTerm returns the dialect of the terminal that TERM names. colorterm is
// $COLORTERM, which knows about truecolor where TERM does not. A terminal that
// cannot be drawn on gives a *TermError.
func ForTerm(term, colorterm string) (Dialect, error) { return Full(), nil }

// TermError says why nothing can be drawn on a terminal.
type TermError struct {
	Term   string // $TERM, not sanitised
	Reason string
}

func (e *TermError) Error() string { return e.Reason }
