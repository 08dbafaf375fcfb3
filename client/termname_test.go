package client

import "testing"

func TestTmuxIsKnownUnderScreensName(t *testing.T) {
	for _, c := range []struct{ term, tmux, want string }{
		{"screen-256color", "/tmp/tmux-0/default,1,0", "tmux-256color"},
		{"screen", "/tmp/tmux-0/default,1,0", "tmux"},
		{"screen-256color", "", "screen-256color"},
		{"xterm-256color", "/tmp/tmux-0/default,1,0", "xterm-256color"},
		{"", "/tmp/tmux-0/default,1,0", ""},
	} {
		env := map[string]string{"TERM": c.term, "TMUX": c.tmux}
		if got := TermName(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("TERM=%s TMUX=%s: %q, want %q", c.term, c.tmux, got, c.want)
		}
	}
}
