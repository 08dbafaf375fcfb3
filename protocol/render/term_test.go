package render

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestTermsThatCannotBeDrawnOnAreRefusedWithTheReason(t *testing.T) {
	for term, part := range map[string]string{
		"":         "not set",
		"dumb":     "no cursor",
		"unknown":  "how the terminal is connected",
		"lpr":      "paper",
		"vt52":     "ANSI",
		"adm3a":    "ANSI",
		"wy60-316": "ANSI",
	} {
		_, err := ForTerm(term, "truecolor")
		var te *TermError
		if !errors.As(err, &te) || te.Term != term || !strings.Contains(err.Error(), part) {
			t.Errorf("TERM=%q: %v, want a *TermError with %q", term, err, part)
		}
	}
}

func TestColourDepthComesFromNameAndColorterm(t *testing.T) {
	for _, c := range []struct {
		term, colorterm string
		want            Depth
	}{
		{"xterm", "", Colors8},
		{"xterm", "truecolor", TrueColor},
		{"xterm-16color", "", Colors16},
		{"xterm-88color", "", Colors16},
		{"xterm-256color", "", Colors256},
		{"xterm-256color", "24bit", TrueColor},
		{"xterm-256color", "yes", Colors256},
		{"xterm-direct", "", TrueColor},
		{"xterm-kitty", "", TrueColor},
		{"alacritty", "", TrueColor},
		{"foot", "", TrueColor},
		{"screen", "truecolor", Colors8},
		{"screen-256color", "truecolor", Colors256},
		{"screen.xterm-256color", "truecolor", Colors256},
		{"tmux-256color", "", TrueColor}, {"tmux", "", TrueColor}, {"xterm-kitty-256color", "", TrueColor},
		{"tmux-256color", "truecolor", TrueColor},
		{"linux", "", Colors8},
		{"linux-m", "truecolor", Monochrome},
		{"vt100", "truecolor", Monochrome},
		{"vt220", "", Monochrome},
		{"rxvt-unicode-256color", "", Colors256},
		{"never-heard-of-256color", "", Colors256},
		{"never-heard-of", "", Colors8},
	} {
		d, err := ForTerm(c.term, c.colorterm)
		if err != nil || d.Colors != c.want {
			t.Errorf("TERM=%s COLORTERM=%s: %d colours (%v), want %d", c.term, c.colorterm, d.Colors, err, c.want)
		}
	}
}

// The title list is that of spec section 10, and what came after it.
func TestTitlesAreForTermsThatHaveThem(t *testing.T) {
	for term, want := range map[string]bool{
		"xterm": true, "xterm-256color": true, "rxvt": true, "rxvt-unicode": true, "kterm": true, "Eterm": true,
		"alacritty": true, "screen": true, "screen-256color": true, "tmux": true, "tmux-256color": true,
		"foot": true, "xterm-kitty": true,
		"linux": false, "vt100": false, "vt220": false, "ansi": false, "eterm-color": false, "unheard-of": false,
	} {
		d, err := ForTerm(term, "")
		if err != nil || d.Title != want {
			t.Errorf("TERM=%s: title %v (%v), want %v", term, d.Title, err, want)
		}
	}
}

// terminfo holds what infocmp knows about a terminal.
func terminfo(t *testing.T, term string) (map[string]string, bool) {
	out, err := exec.Command("infocmp", "-1", term).Output()
	if err != nil {
		return nil, false
	}
	caps := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		if !strings.HasPrefix(line, "\t") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSpace(line), ",")
		name, value, _ := strings.Cut(name, "=")
		if i := strings.IndexByte(name, '#'); i >= 0 {
			name, value = name[:i], name[i+1:]
		}
		caps[name] = value
	}
	return caps, true
}

// What the table says a terminal can do, the machine's terminfo must not deny. (It
// may well not know of things that came later.)
func TestTableDoesNotGoBeyondTerminfo(t *testing.T) {
	if _, err := exec.LookPath("infocmp"); err != nil {
		t.Skip("no infocmp here")
	}
	known := 0
	for _, term := range terminals {
		caps, ok := terminfo(t, term)
		if !ok {
			continue
		}
		known++
		d, err := ForTerm(term, "")
		if err != nil {
			t.Errorf("%s: %v", term, err)
		}
		has := func(name string) bool { _, ok := caps[name]; return ok }
		for _, c := range []struct {
			name string
			says bool
			caps []string
		}{
			{"ECH", d.ECH, []string{"ech"}},
			{"BCE", d.BCE, []string{"bce"}},
			{"REP", d.REP, []string{"rep"}},
			{"InsertLines", d.InsertLines, []string{"il1", "il"}},
			{"InsertChars", d.InsertChars, []string{"ich1", "ich", "mir"}},
			{"ScrollRegion", d.ScrollRegion, []string{"csr"}},
			{"ScrollCount", d.ScrollCount, []string{"indn"}},
			{"Columns", d.Columns, []string{"hpa"}},
			{"AutoWrap", d.AutoWrap, []string{"xenl"}},
			{"Italic", d.Italic, []string{"sitm"}},
			{"Faint", d.Faint, []string{"dim"}},
		} {
			found := false
			for _, n := range c.caps {
				found = found || has(n)
			}
			if c.says && !found {
				t.Errorf("%s: the table has %s, terminfo none of %v", term, c.name, c.caps)
			}
		}
		if d.AltScreen != has("smcup") {
			t.Errorf("%s: alternate screen %v, terminfo has smcup %q", term, d.AltScreen, caps["smcup"])
		}
		if has("smcup") && !strings.Contains(unescape(caps["smcup"]), d.enter) {
			t.Errorf("%s: enters by %q, terminfo by %q", term, d.enter, caps["smcup"])
		}
		if n, _ := strconv.ParseInt(caps["colors"], 0, 64); Depth(n) < d.Colors && d.Colors < TrueColor {
			t.Errorf("%s: %d colours, terminfo says %d", term, d.Colors, n)
		}
	}
	if known < 5 {
		t.Errorf("terminfo knows only %d of the terminals", known)
	}
}

func unescape(s string) string { return strings.ReplaceAll(s, `\E`, "\x1b") }
