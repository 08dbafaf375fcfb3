package predict_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"gmosh/client/predict"
	"gmosh/protocol/peertest"
)

// Whatever was guessed on the way, what a script leaves on the screen is what it
// leaves without a session around it: a real tmux says so, after each piece of the
// script. Renditions are not compared: some programs colour what stands there late.
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
			want := s.capture(t, tr, 0)
			got := s.capture(t, tr, 100*time.Millisecond)
			for i := range min(len(want), len(got)) {
				if want[i] != got[i] {
					t.Errorf("after %q:\n%s\ninstead of\n%s", s.keys[i], got[i], want[i])
				}
			}
		})
	}
}

// capture types a script in a tmux, directly or over a link, and returns the screen
// after each piece.
func (s script) capture(t *testing.T, tr truth, rtt time.Duration) (screens []string) {
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
		want := strings.TrimRight(strings.Join(tr.frames[n].Text(), "\n"), "\n ")
		cursor := fmt.Sprintf("%d,%d", min(tr.frames[n].Cursor.Col, screenCols-1), tr.frames[n].Cursor.Row)
		x.WaitFor(fmt.Sprintf("the screen after key %d:\n%s\n", n, want), func(lines []string) bool {
			return strings.TrimRight(strings.Join(lines, "\n"), "\n ") == want && x.Query("#{cursor_x},#{cursor_y}") == cursor
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
		screens = append(screens, strings.Join(x.Lines(), "\n"))
	}
	return screens
}
