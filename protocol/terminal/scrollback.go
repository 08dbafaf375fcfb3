package terminal

// Scrollback keeps the newest of the lines that have left the main screen, up to a
// bound: its Add is made for Options.Scrolled. It belongs to one goroutine; the rows
// it gives out may be read from any.
type Scrollback struct {
	rows  []*Row // a ring, once it is full
	first int    // the oldest
	limit int
}

// NewScrollback returns an empty one that keeps at most limit lines, at least one.
func NewScrollback(limit int) *Scrollback { return &Scrollback{limit: max(limit, 1)} }

// Add takes a copy of a line: the line itself would keep alive those it was made with.
// The oldest goes if there is no room.
func (s *Scrollback) Add(r *Row) {
	r = r.clone()
	if len(s.rows) < s.limit {
		s.rows = append(s.rows, r)
		return
	}
	s.rows[s.first] = r
	s.first = (s.first + 1) % s.limit
}

// Len returns how many lines there are.
func (s *Scrollback) Len() int { return len(s.rows) }

// Row returns a line, 0 ≤ i < Len, the oldest first. Their numbers (Row.Number) only
// grow.
func (s *Scrollback) Row(i int) *Row { return s.rows[(s.first+i)%len(s.rows)] }
