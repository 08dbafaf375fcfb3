package render

import "gmosh/protocol/terminal"

// Project returns what of f this dialect can show: what the receiver holds once f
// has been drawn, the counts of bells and clipboard writes apart. Rows that can be
// shown as they are stay shared with f.
func (d Dialect) Project(f terminal.Frame) terminal.Frame {
	cols, rows := f.Size()
	p := painter{d: d, cols: cols, rows: rows}
	o := terminal.NewOverlay(f)
	all := f.Rows()
	for i := range rows {
		r := all.Row(i)
		for col := 0; col < cols; col += span(r.Cells(), col) {
			p.projectCell(o, i, r, col)
		}
		if wraps := d.wraps(&all, i); wraps != r.Wrapped() {
			o.SetWrapped(i, wraps)
		}
	}
	d.projectModes(&o.Frame, &f)
	if d.kind != full {
		return o.Frame.Shown()
	}
	if f.Alternate() {
		main := d.Project(f.Main())
		return o.Frame.WithMain(&main)
	}
	return o.Frame
}

// projectCell replaces the character at row i and column col if it cannot be shown
// as it is.
func (p *painter) projectCell(o *terminal.Overlay, i int, r *terminal.Row, col int) {
	cells := r.Cells()
	w := span(cells, col)
	if i == p.rows-1 && col+w == p.cols && !p.d.AutoWrap {
		for n := range w {
			o.Put(i, col+n, " ", 1, terminal.Rendition{})
		}
		return
	}
	want := p.shown(r, col)
	var room, own [64]byte
	text := p.d.appendGlyph(room[:0], r, col)
	tail := want
	if p.d.kind == stock { // whose right halves are erased cells
		tail = terminal.Rendition{BG: want.BG}
	}
	whole := w == 2 && cells[col+1].Tail() || w == 1 && !cells[col].Wide() && !cells[col].Tail()
	if whole && want.Equal(r.Rendition(col)) && string(text) == string(r.Text(own[:0], col)) &&
		(w == 1 || tail.Equal(r.Rendition(col+1))) {
		return
	}
	o.Put(i, col, string(text), w, want)
	if w == 2 {
		o.Restyle(i, col+1, tail)
	}
}

// projectModes brings all of out but its cells to what the receiver has of f's.
func (d *Dialect) projectModes(out, f *terminal.Frame) {
	row, col := d.cursor(f)
	out.Cursor = terminal.Cursor{
		Row: row, Col: col,
		Visible:     f.Cursor.Visible || !d.CursorVisibility,
		Shape:       d.shape(f),
		PendingWrap: d.pendingWrap(f),
	}
	out.Pen = d.rendition(f.Pen)
	out.ReverseVideo = f.ReverseVideo && d.ReverseVideo
	out.BracketedPaste = f.BracketedPaste && d.BracketedPaste
	out.FocusEvents = f.FocusEvents && d.FocusEvents
	out.Mouse = d.mouse(f.Mouse)
	out.MouseEncoding = d.mouseEncoding(f.MouseEncoding)
	d.projectSignals(out, f)
	if out.Labels = nil; f.Labels != nil && d.Title {
		out.Labels = &terminal.Labels{Title: d.title(f.Title()), Icon: d.title(f.Icon())}
	}
}
