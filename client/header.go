package client

import (
	"gmosh/client/notice"
	"gmosh/protocol/terminal"
)

// windowSize is the size of the session's window: the terminal's, without the
// header's row if there is a header and room for both.
func windowSize(opts *Options) (cols, rows int, err error) {
	cols, rows, err = opts.Terminal.Size()
	if opts.Header != nil && rows > 1 {
		rows--
	}
	return cols, rows, err
}

// whole is what the terminal is to show: the session's frame below the header.
func (s *session) whole(f terminal.Frame) terminal.Frame {
	if s.opts.Header == nil {
		return f
	}
	cols, rows := f.Size()
	if _, all, err := s.terminal.Size(); err != nil || all <= rows {
		return f // there is no room for it
	}
	e := terminal.Resume(f, terminal.Options{})
	e.Resize(cols, rows+1)
	e.Write([]byte("\x1b[m\x1b[H\x1b[L")) // everything goes down by a row
	over := terminal.NewOverlay(e.Frame())
	over.Frame.Pen, over.Frame.Cursor = f.Pen, f.Cursor
	over.Frame.Cursor.Row++
	notice.DrawLine(over, s.opts.Header())
	return over.Frame
}
