package predict_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gmosh/client/predict"
	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
)

// plainly are the scripts whose screens are compared without renditions, and why.
var plainly = map[string]string{
	"fish": "it colours words when it finds the time to, and leaves them as they are with the CR",
}

// Whatever was guessed on the way, what a script leaves on the screen is what it
// leaves without a session around it, renditions included: a real tmux says so, after
// each piece of the script.
func TestScreensAreEqualInTmux(t *testing.T) {
	chosen := short[:1]
	if *benchmark {
		chosen = scripts
	}
	for _, s := range chosen {
		if *scripted != "" && !slices.Contains(strings.Split(*scripted, ","), s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.need(t)
			peertest.Need(t, "tmux")
			tr := direct(t, s)
			s.capture(t, tr, 0)
			s.capture(t, tr, 100*time.Millisecond)
		})
	}
}

// capture types a script in a tmux, directly or over a link, and waits for the right
// screen after each piece.
func (s script) capture(t *testing.T, tr truth, rtt time.Duration) {
	dir := s.prepare(t)
	var x *peertest.Tmux
	if rtt == 0 {
		argv := append([]string{"env", "-u", "TMUX", "-u", "TMUX_PANE", "TERM=xterm-256color", "USER=user", "TMUX_TMPDIR=" + dir,
			"NCURSES_NO_UTF8_ACS=1"}, s.env...)
		x = peertest.StartTmux(t, peertest.TmuxOptions{Home: dir}, append(argv, s.argv...)...)
	} else {
		p := ourPair(t)
		server := s.serve(t, p, dir)
		relay := peertest.StartRelay(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), server.Port), peertest.Conditions{Delay: rtt / 2}, 1)
		x = peertest.StartTmux(t, peertest.TmuxOptions{Home: dir, Env: []string{server.ClientEnv(), "MOSH_ESCAPE_KEY="}},
			p.client, relay.Addr().Addr().String(), fmt.Sprint(relay.Addr().Port()))
	}
	n := 0
	reach := func() {
		t.Helper()
		want := &tr.frames[n]
		cursor := fmt.Sprintf("%d,%d", min(want.Cursor.Col, screenCols-1), want.Cursor.Row)
		var other string
		x.WaitFor(fmt.Sprintf("the screen after key %d:\n%s\n", n, text(want)), func([]string) bool {
			got := styled(x.Run("capture-pane", "-p", "-e", "-N"))
			if other = difference(&got, want, plainly[s.name] == ""); other != "" && os.Getenv("MISSES") != "" {
				fmt.Println(s.name, rtt, n, other)
			}
			return other == "" && x.Query("#{cursor_x},#{cursor_y}") == cursor
		})
	}
	reach()
	for _, piece := range s.keys {
		for _, key := range predict.SplitKeys(piece) {
			if key == ";" {
				key = `\;` // tmux takes a bare one for the end of its command
			}
			x.Type(key)
			n++
		}
		reach()
	}
}

// styled is a screen as tmux captures it with renditions and trailing blanks.
func styled(captured string) terminal.Frame {
	emu := terminal.New(screenCols, screenRows, terminal.Options{})
	rows := strings.ReplaceAll(strings.TrimSuffix(captured, "\n"), "\n", "\r\n")
	emu.Write([]byte("\x1b)0" + rows)) // line drawing stands between SO and SI
	return emu.Frame()
}

// difference says where two screens differ, in text or in renditions as well.
func difference(got, want *terminal.Frame, renditions bool) string {
	for row := range screenRows {
		for col := range screenCols {
			g, w := predict.CellText(got, row, col), predict.CellText(want, row, col)
			if g != w {
				return fmt.Sprintf("row %d, column %d: %q instead of %q", row, col, g, w)
			}
			gs, ws := visible(got, row, col), visible(want, row, col)
			if renditions && !gs.Equal(ws) {
				return fmt.Sprintf("row %d, column %d: %q is %+v instead of %+v", row, col, g, gs, ws)
			}
		}
	}
	return ""
}

// visible is the rendition of a cell, as far as it is to be seen: that of a blank is
// its background, and what is drawn across it.
func visible(f *terminal.Frame, row, col int) terminal.Rendition {
	const drawn = terminal.Inverse | terminal.Strike | terminal.Overline
	r := f.Row(row).Rendition(col)
	if !f.Row(row).Cell(col).Blank() || r.Attr&drawn != 0 || r.Attr.Underline() != 0 {
		return r
	}
	return terminal.Rendition{BG: r.BG}
}
