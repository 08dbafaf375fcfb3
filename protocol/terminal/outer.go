package terminal

import (
	"encoding/hex"
	"strconv"
	"strings"

	"gmosh/protocol/terminal/width"
)

// Outer is what a client has told of the user's terminal: what queries are
// answered with. The zero value knows nothing, and what is not known is not
// answered. A query never goes to the user's terminal itself.
type Outer struct {
	Version                        string  // its answer to XTVERSION
	Foreground, Background, Cursor Color   // RGB, 0 if not known
	Palette                        []Color // colours 0 to 15, or to 255
	CellWidth, CellHeight          int     // in pixels, 0 if not known
	Colors                         int     // size of the palette; 0: 256
	TrueColor                      bool
	Kitty                          bool // it has the kitty keyboard protocol
	OtherKeys                      bool // it has modifyOtherKeys
	Clusters                       bool // it shows grapheme clusters as mode 2027 does
	Lacks                          Lacking
}

// Lacking is what xterm has and a terminal has not, as far as a query can ask for it.
type Lacking uint16

// What a terminal may lack.
const (
	NoColors          Lacking = 1 << iota
	NoUnderlineStyles         // SGR 4:n
	NoOverline
	NoStrike
	NoCursorShape
	NoPalette   // its colours cannot be set
	NoClipboard // OSC 52
	NoBracketedPaste
	NoFocusEvents
	NoMouse
	NoMousePixels // mode 1016
)

// lacks returns whether the user's terminal is known to lack something, as what DECRQM
// asks: the mode can be set all the same, for the user may come back with another one.
func lacks(l Lacking) func(*Emulator) bool {
	return func(e *Emulator) bool { return e.outer.Lacks&l != 0 }
}

// SetOuter says what the user's terminal is, which may come late and again. An
// application that asked for it (mode 2031) is told if dark has become light.
func (e *Emulator) SetOuter(o Outer) {
	was := e.outer.scheme()
	e.outer, e.outerSet = o, true
	if now := o.scheme(); now != was && now != 0 && e.modes.has(schemeReports) {
		e.answerScheme()
	}
	if !o.Clusters {
		e.modes.set(clusterMode, false)
	}
}

// SetWidths changes the table of character widths, for what is printed from now on.
func (e *Emulator) SetWidths(v width.Version) { e.widths = v }

// color returns a colour of the user's terminal, 0 if it is not known. Colours from
// 16 on are the same everywhere.
func (o *Outer) color(s Slot) Color {
	switch {
	case s == ForegroundSlot:
		return o.Foreground
	case s == BackgroundSlot:
		return o.Background
	case s == CursorSlot:
		return o.Cursor
	case int(s) < len(o.Palette):
		return o.Palette[s]
	case s >= firstSpecial && s <= lastSpecial: // bold and the like: as other text
		return o.Foreground
	case s >= 16 && s < 232:
		level := func(n Slot) uint8 {
			if n == 0 {
				return 0
			}
			return uint8(55 + 40*n)
		}
		n := s - 16
		return RGB(level(n/36), level(n/6%6), level(n%6))
	case s >= 232 && s < 256:
		v := uint8(8 + 10*(s-232))
		return RGB(v, v, v)
	}
	return 0
}

// scheme is 1 for a dark background, 2 for a light one, 0 if it is not known.
func (o *Outer) scheme() int {
	r, g, b, ok := o.Background.RGB()
	switch {
	case !ok:
		return 0
	case 299*int(r)+587*int(g)+114*int(b) < 128*1000:
		return 1
	}
	return 2
}

// answerScheme tells whether the background is dark (DSR ?996, mode 2031).
func (e *Emulator) answerScheme() {
	if n := e.outer.scheme(); n != 0 {
		e.answer("\x1b[?997;" + strconv.Itoa(n) + "n")
	}
}

// reportVersion is XTVERSION: the user's terminal, so that an application that goes
// by its name does the right thing.
func (e *Emulator) reportVersion() {
	if e.arg(0, 0) != 0 {
		return
	}
	name := printableOnly(e.outer.Version)
	if name == "" {
		name = "gmosh"
	}
	e.answer("\x1bP>|" + name + "\x1b\\")
}

// printableOnly is s if an answer may hold it: it must not end the string that it
// stands in, nor become keystrokes.
func printableOnly(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return ""
	}
	return s
}

// capabilities are the terminfo names that XTGETTCAP can ask for.
var capabilities = map[string]func(*Emulator) (value string, ok bool){
	"TN":      constant("xterm-256color"),
	"name":    constant("xterm-256color"),
	"Co":      (*Emulator).paletteSize,
	"colors":  (*Emulator).paletteSize,
	"RGB":     trueColor("8/8/8"),
	"Tc":      trueColor(""),
	"setrgbf": trueColor("\x1b[38:2:%p1%d:%p2%d:%p3%dm"),
	"setrgbb": trueColor("\x1b[48:2:%p1%d:%p2%d:%p3%dm"),
	"Ms":      unless(NoClipboard, "\x1b]52;%p1%s;%p2%s\a"),
	"Ss":      unless(NoCursorShape, "\x1b[%p1%d q"),
	"Se":      unless(NoCursorShape, "\x1b[ q"),
	"Su":      unless(NoUnderlineStyles, ""),
	"Smulx":   unless(NoUnderlineStyles, "\x1b[4:%p1%dm"),
	"Smol":    unless(NoOverline, "\x1b[53m"),
	"smxx":    unless(NoStrike, "\x1b[9m"),
	"rmxx":    unless(NoStrike, "\x1b[29m"),
	"BE":      unless(NoBracketedPaste, "\x1b[?2004h"),
	"BD":      unless(NoBracketedPaste, "\x1b[?2004l"),
	"Sync":    constant("\x1b[?2026%?%p1%{1}%-%tl%eh%;"),
	"bce":     constant(""),
	"kcuu1":   constant("\x1bOA"),
	"kcud1":   constant("\x1bOB"),
	"kcuf1":   constant("\x1bOC"),
	"kcub1":   constant("\x1bOD"),
	"khome":   constant("\x1bOH"),
	"kend":    constant("\x1bOF"),
	"kbs":     constant("\x7f"),
}

func constant(value string) func(*Emulator) (string, bool) {
	return func(*Emulator) (string, bool) { return value, true }
}

// unless is constant where the user's terminal does not lack what it needs.
func unless(l Lacking, value string) func(*Emulator) (string, bool) {
	return func(e *Emulator) (string, bool) { return value, e.outer.Lacks&l == 0 }
}

func trueColor(value string) func(*Emulator) (string, bool) {
	return func(e *Emulator) (string, bool) { return value, e.outer.TrueColor }
}

func (e *Emulator) paletteSize() (string, bool) {
	n := e.outer.Colors
	if n == 0 {
		n = 256
	}
	return strconv.Itoa(n), e.outer.Lacks&NoColors == 0
}

// reportCapabilities is XTGETTCAP: names in hex, each answered by itself.
func (e *Emulator) reportCapabilities(names string) {
	for name := range strings.SplitSeq(names, ";") {
		raw, err := hex.DecodeString(name)
		if err != nil {
			continue
		}
		get, ok := capabilities[string(raw)]
		value := ""
		if ok {
			value, ok = get(e)
		}
		switch {
		case !ok:
			e.answer("\x1bP0+r" + name + "\x1b\\")
		case value == "":
			e.answer("\x1bP1+r" + name + "\x1b\\")
		default:
			e.answer("\x1bP1+r" + name + "=" + strings.ToUpper(hex.EncodeToString([]byte(value))) + "\x1b\\")
		}
	}
}
