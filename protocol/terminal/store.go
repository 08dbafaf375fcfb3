package terminal

// store is where an emulator's rows come from: several in one allocation. What a frame
// keeps alive with one of them is bounded: as many rows.
type store struct {
	rows []Row // with their cells
	used int   // how many of them are in use
	made int   // rows that were asked for, up to rowsAtOnce
}

const (
	// rowsAtOnce and cellsAtOnce bound what is made at once. The first rows of an
	// emulator are made singly: one that applies a small diff needs no more.
	rowsAtOnce  = 16
	cellsAtOnce = 1280
)

// row returns a blank row.
func (s *store) row(cols int) *Row {
	if s.used == len(s.rows) || len(s.rows[s.used].cells) != cols {
		n := min(s.made, cellsAtOnce/cols)
		s.made = min(s.made+1, rowsAtOnce)
		if n < 2 {
			return newRow(cols)
		}
		s.rows, s.used = newRows(n, cols), 0
	}
	r := &s.rows[s.used]
	s.used++
	return r
}

// newRows returns n blank rows.
func newRows(n, cols int) []Row {
	rows, cells := make([]Row, n), make([]cell, n*cols)
	for i := range rows {
		rows[i].cells = cells[i*cols : (i+1)*cols : (i+1)*cols]
	}
	return rows
}
