package render

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"gmosh/protocol/terminal"
)

// receive returns the frame of d's receiver, which stands on f, after output.
func receive(t rapid.TB, f terminal.Frame, output []byte, d Dialect) terminal.Frame {
	t.Helper()
	e := terminal.Resume(f, terminal.Options{Stock: d.kind == stock, Clusters: d.kind == full})
	e.Write(output)
	if a := e.TakeAnswers(); len(a) > 0 {
		t.Fatalf("the receiver answered %q to %q", a, output)
	}
	return e.Frame()
}

// counted gives got the counts of want, which are not reproduced, after checking
// that they have grown if want's have grown since base.
func counted(t rapid.TB, got *terminal.Frame, base, want *terminal.Frame, d Dialect) {
	t.Helper()
	if rang := got.Bells != base.Bells; rang != (want.Bells != base.Bells) {
		t.Fatalf("bells: receiver %d, sender %d, both were at %d", got.Bells, want.Bells, base.Bells)
	}
	got.Bells = want.Bells
	come := uint64(len(d.clipboards(want.ClipboardsSince(base))))
	if got.ClipboardSeq != base.ClipboardSeq+come {
		t.Fatalf("clipboard: receiver %d, sender %d, both were at %d", got.ClipboardSeq, want.ClipboardSeq, base.ClipboardSeq)
	}
	got.ClipboardSeq = want.ClipboardSeq
	if come := min(want.Notifications-base.Notifications, uint64(len(want.Told().Notifications))); d.Notifications && got.Notifications != base.Notifications+come {
		t.Fatalf("notifications: receiver %d, sender %d, both were at %d", got.Notifications, want.Notifications, base.Notifications)
	}
	got.Notifications = want.Notifications
	if !d.Notifications {
		got.Notifications = 0
	}
	if p := d.Project(*want); p.Clipboard() == (terminal.Clipboard{}) { // none that it may have is kept
		told := got.Told()
		told.Clipboards = nil
		got.Signals = &told
	}
}

// differences says in words where got is not want, empty if they are equal.
func differences(got, want *terminal.Frame) string {
	if got.Equal(want) {
		return ""
	}
	var b strings.Builder
	_, rows := want.Size()
	for i := range rows {
		g, w := got.Row(i), want.Row(i)
		if g.Wrapped() != w.Wrapped() {
			fmt.Fprintf(&b, "row %d: wrapped %v, want %v\n", i, g.Wrapped(), w.Wrapped())
		}
		for col := range w.Len() {
			if !g.CellEqual(col, w, col) {
				fmt.Fprintf(&b, "row %d col %d: %q %+v, want %q %+v\n", i, col,
					g.Text(nil, col), g.Rendition(col), w.Text(nil, col), w.Rendition(col))
				break
			}
		}
	}
	if got.Cursor != want.Cursor {
		fmt.Fprintf(&b, "cursor %+v, want %+v\n", got.Cursor, want.Cursor)
	}
	if !got.Pen.Equal(want.Pen) {
		fmt.Fprintf(&b, "pen %+v, want %+v\n", got.Pen, want.Pen)
	}
	modes := func(f *terminal.Frame) string {
		return fmt.Sprint(f.ReverseVideo, f.BracketedPaste, f.FocusEvents, f.Mouse, f.MouseEncoding,
			f.CursorBlink, f.AltScroll, f.AppKeypad, f.Keyboard, f.Palette.All(), f.Told(), f.Notifications, f.Alternate(),
			f.Labels != nil, " ", f.Title(), "|", f.Icon(), "|", f.ClipboardSeq, f.Bells)
	}
	if got.Alternate() && want.Alternate() && !got.SameMain(want) {
		g, w := got.Main(), want.Main()
		fmt.Fprintf(&b, "on the main screen: %s", differences(&g, &w))
	}
	if g, w := modes(got), modes(want); g != w {
		fmt.Fprintf(&b, "modes %s, want %s\n", g, w)
	}
	return b.String() + " (not equal)"
}
