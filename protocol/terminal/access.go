package terminal

// Cells returns all cells of the row, for those who must look at many of them
// (protocol/render). They belong to the row and are never written to.
func (r *Row) Cells() []Cell { return r.cells }

// Simple reports whether c means the same in any row: no cluster, no link, no
// underline colour. Simple cells may be compared with ==.
func (c Cell) Simple() bool { return c.content&flagCluster == 0 && c.extra == 0 }

// Cluster reports whether c holds more than one code point.
func (c Cell) Cluster() bool { return c.content&flagCluster != 0 }

// SameStyle reports whether c and o, cells of one row, are drawn alike.
func (c Cell) SameStyle(o Cell) bool {
	return c.fg == o.fg && c.bg == o.bg && c.attr == o.attr && c.extra == o.extra
}

// SetWrapped changes whether a row of the overlay continues in the one below.
func (o *Overlay) SetWrapped(row int, wrapped bool) { o.row(row).wrapped = wrapped }
