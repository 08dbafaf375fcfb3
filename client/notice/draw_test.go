package notice

import (
	"strings"
	"testing"

	"gmosh/protocol/terminal"
)

func TestNoticesStandOutWithoutColors(t *testing.T) {
	below := screen(20, 3, 2)
	o := terminal.NewOverlay(below)
	DrawLine(o, "said")
	f := WithoutColors(o.Frame)
	for col := range 20 {
		top, other := f.Row(0).Rendition(col), f.Row(1).Rendition(col)
		if top.FG != 0 || top.BG != 0 || top.Attr&terminal.Inverse == 0 {
			t.Errorf("column %d of the bar is %+v", col, top)
		}
		if !other.Equal(below.Row(1).Rendition(col)) {
			t.Errorf("column %d beside the bar is %+v", col, other)
		}
	}
	if f.Row(0).Rendition(0).Attr&terminal.Bold == 0 || !strings.HasPrefix(f.Text()[0], "said") {
		t.Errorf("the bar says %q", f.Text()[0])
	}
}
