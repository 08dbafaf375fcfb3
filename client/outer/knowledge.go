package outer

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"gmosh/protocol/render"
	"gmosh/protocol/sanitize"
	"gmosh/protocol/wire"
)

// Knowledge is what a terminal has said of itself.
type Knowledge struct {
	Version string // XTVERSION, such as "XTerm(379)"; fit to be shown
	Sync    bool   // it has synchronized output
	// Clusters: it shows grapheme clusters as one character where it is told to
	// (mode 2027).
	Clusters bool
	Kitty    bool // it has the kitty keyboard protocol

	// Of its terminfo entry.
	TrueColor, UnderlineStyles, UnderlineColors bool

	Foreground, Background, Cursor wire.Color // 0: not said
	Palette                        [palette]wire.Color
}

// palette is how many colours are asked for: those that themes change.
const palette = 16

// capabilities are the terminfo entries that are asked for, by name.
var capabilities = map[string]func(*Knowledge){
	"RGB":    func(k *Knowledge) { k.TrueColor = true },
	"Smulx":  func(k *Knowledge) { k.UnderlineStyles = true },
	"Setulc": func(k *Knowledge) { k.UnderlineColors = true },
}

// asked are the names of capabilities, in the order they are asked for.
var asked = []string{"RGB", "Smulx", "Setulc"}

// Questions are what to write to the terminal that TERM names. Strings (DCS, OSC)
// are for those that are known to skip what they do not know: GNU screen would hand
// them to the terminal around itself, and a console may show them.
func Questions(term string) []byte {
	q := []byte("\x1b[>0q\x1b[?2026$p\x1b[?2027$p\x1b[?u")
	if ReadsStrings(term) {
		q = append(q, "\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b]12;?\x1b\\\x1b]4"...)
		for n := range palette {
			q = append(strconv.AppendInt(append(q, ';'), int64(n), 10), ";?"...)
		}
		q = append(q, "\x1b\\"...)
		for _, name := range asked { // one by one: one that is not known ends an answer
			q = append(q, "\x1bP+q"+strings.ToUpper(hex.EncodeToString([]byte(name)))+"\x1b\\"...)
		}
	}
	return append(q, "\x1b[c"...) // last: whoever answers this has answered the others
}

// QuestionsAnywhere are Questions for a screen that is not the client's to draw on: a
// terminal that takes CSI ? u for "restore the cursor" (SCORC) finds it where it is.
func QuestionsAnywhere(term string) []byte { return append([]byte("\x1b7"), Questions(term)...) }

// ReadsStrings reports whether the terminal that TERM names skips control strings
// that it does not know, and so shows nothing of any question.
func ReadsStrings(term string) bool {
	for _, prefix := range []string{"xterm", "tmux", "foot", "alacritty", "kitty", "wezterm", "ghostty", "vte", "konsole", "iterm", "contour", "mintty"} {
		if strings.HasPrefix(strings.ToLower(term), prefix) {
			return true
		}
	}
	return false
}

// control takes a DA, a DECRPM, or the flags of the keyboard.
func (k *Knowledge) control(private, final byte, parameters []byte) {
	k.Kitty = k.Kitty || final == 'u'
	if private != '?' || final != 'y' {
		return
	}
	mode, state, _ := strings.Cut(strings.TrimSuffix(string(parameters), "$"), ";")
	settable := state == "1" || state == "2" // 3: it always is set, 4: never; 0: not known
	switch mode {
	case "2026":
		k.Sync = settable
	case "2027":
		k.Clusters = settable
	}
}

// text takes a control string: its introducer, how it begins, and the rest.
func (k *Knowledge) text(introducer byte, kind string, rest []byte) {
	switch {
	case kind == ">|":
		k.Version = sanitize.Line(string(rest), wire.MaxText)
	case kind == "1+r":
		name, _, _ := bytes.Cut(rest, []byte("="))
		decoded, err := hex.DecodeString(string(name))
		if set := capabilities[string(decoded)]; err == nil && set != nil {
			set(k)
		}
	case introducer == ']':
		k.color(kind, string(rest))
	}
}

func (k *Knowledge) color(kind, spec string) {
	index := 0
	if kind == "4;" {
		number, rest, _ := strings.Cut(spec, ";")
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil || n >= palette {
			return
		}
		index, spec = int(n), rest
	}
	c, ok := parseColor(spec)
	if !ok {
		return
	}
	switch kind {
	case "10;":
		k.Foreground = c
	case "11;":
		k.Background = c
	case "12;":
		k.Cursor = c
	case "4;":
		k.Palette[index] = c
	}
}

// parseColor reads what terminals answer: rgb:ffff/ffff/ffff with one to four digits
// for each.
func parseColor(spec string) (wire.Color, bool) {
	rest, ok := strings.CutPrefix(spec, "rgb:")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	var rgb [3]uint8
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 16, 16)
		if err != nil || len(part) > 4 {
			return 0, false
		}
		full := uint64(1)<<(4*len(part)) - 1
		rgb[i] = uint8((n*255 + full/2) / full)
	}
	return wire.KnownColor(rgb[0], rgb[1], rgb[2]), true
}

// named are the terminals that say who they are and call themselves xterm all the
// same, with the name by which protocol/render knows them.
var named = []struct{ prefix, term string }{
	{"kitty", "xterm-kitty"}, {"foot", "foot"}, {"WezTerm", "wezterm"}, {"ghostty", "xterm-ghostty"},
	{"VTE", "vte-256color"}, {"Konsole", "konsole-256color"}, {"iTerm2", "iterm2"}, {"contour", "contour"},
	{"mintty", "mintty"}, {"Alacritty", "alacritty"},
}

// otherKeys are the terminals that have modifyOtherKeys. (Asking for it might be taken
// for SGR where it is not known.) A tmux that says who it is has it, as far as its
// option extended-keys allows.
var otherKeys = []string{"XTerm(", "foot", "WezTerm", "ghostty", "mintty", "iTerm2", "contour", "tmux"}

// Improve returns the dialect of a terminal of that TERM and COLORTERM with what it
// has said of itself. It is for a Filter that has finished: what a terminal has not
// confirmed by then, it does not have.
func (k Knowledge) Improve(d render.Dialect, term, colorterm string) render.Dialect {
	prefix := d.TitlePrefix
	if strings.HasPrefix(term, "xterm") {
		for _, n := range named {
			if !strings.HasPrefix(k.Version, n.prefix) {
				continue
			}
			if better, err := render.ForTerm(n.term, colorterm); err == nil {
				better.Colors = max(better.Colors, d.Colors)
				d = better
			}
		}
	}
	d.TitlePrefix = prefix
	d.SyncOutput, d.Clusters, d.KittyKeys = k.Sync, k.Clusters, k.Kitty
	d.OtherKeys = slices.ContainsFunc(otherKeys, func(name string) bool { return strings.HasPrefix(k.Version, name) })
	if k.TrueColor && d.Colors >= render.Colors256 {
		d.Colors = render.TrueColor
	}
	d.UnderlineStyles = d.UnderlineStyles || k.UnderlineStyles
	d.UnderlineColors = d.UnderlineColors || k.UnderlineColors
	return d
}
