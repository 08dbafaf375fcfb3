package render

import (
	"fmt"
	"strings"
)

// TermError says why nothing can be drawn on the terminal that TERM names.
type TermError struct {
	Term   string // $TERM, not sanitised
	Reason string
}

func (e *TermError) Error() string {
	if e.Term == "" {
		return "TERM is not set: " + e.Reason
	}
	return fmt.Sprintf("TERM=%q: %s", e.Term, e.Reason)
}

// ForTerm returns the dialect of the terminal that TERM names; colorterm is
// $COLORTERM, which knows about truecolor where TERM does not. It needs no terminfo
// database: the common names are in a table here, the number of colours is also
// read off the name's end (-256color, -direct, …), and an unknown name is taken for
// a VT100 with eight colours, which whatever calls itself a terminal today
// understands. A terminal that cannot be drawn on gives a *TermError.
func ForTerm(term, colorterm string) (Dialect, error) {
	if term == "" {
		return Dialect{}, &TermError{Reason: "what the terminal can do is not known (set it, for instance to xterm-256color)"}
	}
	if i := find(refusals, term); i >= 0 {
		return Dialect{}, &TermError{Term: term, Reason: refusals[i].is}
	}
	d := unknownTerm()
	if i := find(families, term); i >= 0 {
		d = families[i].is()
	}
	for _, s := range depthSuffixes {
		if strings.HasSuffix(term, s.name) {
			if s.is != Colors256 || d.Colors < Colors256 { // a family that has more has it under this old name too
				d.Colors = s.is
			}
			break
		}
	}
	if (colorterm == "truecolor" || colorterm == "24bit") && d.Colors >= Colors8 && believesColorterm(term) {
		d.Colors = TrueColor
	}
	return d, nil
}

// believesColorterm is false for GNU screen: the variable it passes on is that of
// the terminal it was started in, and it misreads what that one knows.
func believesColorterm(term string) bool { return !strings.HasPrefix(term, "screen") }

// named is an entry of a table of terminal names. A name that ends in * is a
// prefix. The first entry that matches counts.
type named[T any] struct {
	name string
	is   T
}

func find[T any](table []named[T], term string) int {
	for i := range table {
		name := table[i].name
		if prefix, ok := strings.CutSuffix(name, "*"); ok && strings.HasPrefix(term, prefix) || name == term {
			return i
		}
	}
	return -1
}

var depthSuffixes = []named[Depth]{
	{"-256color", Colors256}, {"-256color-bce", Colors256}, {"+256color", Colors256},
	{"-88color", Colors16}, {"-16color", Colors16}, {"-8color", Colors8},
	{"-direct", TrueColor}, {"-direct2", TrueColor}, {"-truecolor", TrueColor}, {"-24bit", TrueColor},
	{"-mono", Monochrome}, {"-m", Monochrome},
}

const (
	noCursor  = "such a terminal has no cursor that can be moved, so no screen can be drawn on it"
	notANSI   = "such a terminal does not read the ANSI (ECMA-48) sequences that gmosh writes"
	onPaper   = "such a terminal prints on paper, so no screen can be drawn on it"
	notNaming = "this says only how the terminal is connected, not what it can do"
)

// refusals are the terminals that nothing can be drawn on. Families that begin
// alike and are fine stand in the table as families do; so order does not matter
// between the two tables.
var refusals = []named[string]{
	{"dumb", noCursor}, {"dumb-*", noCursor}, {"glasstty", noCursor}, {"emacs", noCursor},
	{"unknown", notNaming}, {"network", notNaming}, {"dialup", notNaming}, {"ethernet", notNaming},
	{"plugboard", notNaming}, {"patch", notNaming}, {"switch", notNaming}, {"su", notNaming},
	{"lpr", onPaper}, {"printer", onPaper}, {"lp", onPaper}, {"tty33", onPaper}, {"tty35", onPaper},
	{"tty37", onPaper}, {"tty43", onPaper}, {"decwriter", onPaper}, {"la120", onPaper}, {"ti700", onPaper},
	{"vt52*", notANSI}, {"adm*", notANSI}, {"tvi*", notANSI}, {"wy30*", notANSI}, {"wy50*", notANSI},
	{"wy60*", notANSI}, {"wyse*", notANSI}, {"hp*", notANSI}, {"ibm3151", notANSI}, {"ibm31*", notANSI},
	{"3270*", notANSI}, {"tek*", notANSI}, {"h19*", notANSI}, {"hazel*", notANSI}, {"qnx", notANSI},
	{"d2*", notANSI}, {"d4*", notANSI},
}

// families are the terminals that are known.
var families = []named[func() Dialect]{
	// Terminals by names of their own.
	{"xterm-kitty*", modern}, {"kitty*", modern}, {"xterm-ghostty*", modern}, {"ghostty*", modern},
	{"foot*", modern}, {"wezterm*", modern}, {"alacritty*", modern}, {"contour*", modern},
	{"rio*", modern}, {"ms-terminal*", modern}, {"xterm-termite*", modern},
	{"iterm2*", iterm}, {"iTerm2*", iterm}, {"iterm*", iterm}, {"iTerm*", iterm},
	{"mintty*", mintty},
	{"vte*", vte}, {"gnome*", vte}, {"terminator*", vte}, {"terminology*", plainXterm},
	{"konsole*", vte},
	{"st", simple}, {"st-*", simple}, {"stterm*", simple},
	{"putty*", putty},
	{"mlterm*", plainXterm}, {"domterm*", plainXterm},
	{"nsterm*", appleTerminal}, {"Apple_Terminal*", appleTerminal},
	{"rxvt-unicode*", urxvt}, {"rxvt*", rxvt},
	{"Eterm*", eterm}, {"kterm*", kterm},

	// xterm and who calls itself that.
	{"xterm-r5", xtermR6}, {"xterm-r6", xtermR6}, {"xterm-old", xtermR6}, {"xterm-mono", xtermR6},
	{"xterm*", plainXterm},

	// Multiplexers.
	{"tmux*", tmux}, {"screen*", screen},

	// Consoles.
	{"linux*", linux}, {"cygwin*", cygwin}, {"hurd*", console}, {"teken*", console},
	{"wsvt25*", console}, {"pccon*", console}, {"eterm*", emacsTerm}, {"dtterm*", dtterm},

	// DEC's and what follows the standard alone.
	{"vt100*", vt100}, {"vt102*", vt102}, {"vt2*", vt220}, {"vt3*", vt220}, {"vt4*", vt220}, {"vt5*", vt220},
	{"ansi*", ansi}, {"pcansi*", pcansi}, {"cons25*", ansi}, {"qansi*", ansi}, {"sun*", sun}, {"mach*", sun},
}

func vt100() Dialect {
	return Dialect{ReverseVideo: true, Blink: true, ScrollRegion: true, AutoWrap: true}
}

func vt102() Dialect {
	d := vt100()
	d.InsertLines = true
	return d
}

func vt220() Dialect {
	d := vt102()
	d.ECH, d.InsertChars, d.SGROff = true, true, true
	d.CursorVisibility, d.Invisible = true, true
	return d
}

// unknownTerm is what to assume of a name nobody has heard of. Private modes that
// a terminal does not know it ignores.
func unknownTerm() Dialect {
	d := vt100()
	d.Colors = Colors8
	d.CursorVisibility, d.BracketedPaste, d.FocusEvents, d.Mouse = true, true, true, true
	return d.withAltScreen()
}

func (d Dialect) withAltScreen() Dialect {
	d.AltScreen, d.enter, d.leave = true, "\x1b[?1049h", "\x1b[?1049l"
	return d
}

// withOldAltScreen is for terminals older than mode 1049.
func (d Dialect) withOldAltScreen() Dialect {
	d.AltScreen, d.enter, d.leave = true, "\x1b7\x1b[?47h", "\x1b[2J\x1b[?47l\x1b8"
	return d
}

// console is the video console of a system: colours, no strings.
func console() Dialect {
	d := vt220()
	d.Colors, d.BCE, d.Columns = Colors8, true, true
	return d
}

func linux() Dialect {
	d := console()
	d.Faint, d.BracketedPaste, d.Mouse = true, true, true
	d.Invisible = false
	return d
}

// plainXterm is what may be assumed under the name xterm, which most terminals go
// by: what they ignore if they do not know it may be there, but neither REP, which
// several (a mosh client among them) do not have, nor colons in SGR, which several
// misread.
func plainXterm() Dialect {
	d := console()
	d.Faint, d.Italic, d.Strike = true, true, true
	d.Links, d.CursorShape, d.Clipboard = true, true, true
	d.BracketedPaste, d.FocusEvents, d.Mouse = true, true, true
	d.Title, d.TitleStack, d.ScrollCount = true, true, true
	// An application that ran here would write these, too, and have them ignored.
	d.CursorBlink, d.AltScroll, d.Keypad = true, true, true
	d.Palette, d.Progress, d.Notifications, d.Directory, d.Pointer = true, true, true, true, true
	return d.withAltScreen()
}

// modern are the terminals that keep up with each other's extensions.
func modern() Dialect {
	d := plainXterm()
	d.Colors = TrueColor
	d.UnderlineStyles, d.UnderlineColors, d.SyncOutput = true, true, true
	d.BCE = false // kitty's terminfo entry denies it; the others lose a few bytes
	return d
}

func mintty() Dialect {
	d := modern()
	d.Overline, d.BCE = true, true
	return d
}

func iterm() Dialect {
	d := plainXterm()
	d.Colors, d.ECH = TrueColor, false
	d.UnderlineStyles, d.UnderlineColors, d.SyncOutput = true, true, true
	return d
}

func vte() Dialect {
	d := plainXterm()
	d.Colors = Colors256
	d.Overline, d.UnderlineStyles, d.UnderlineColors = true, true, true
	return d
}

// simple is st.
func simple() Dialect {
	d := plainXterm()
	d.TitleStack, d.Links = false, false
	return d
}

func putty() Dialect {
	d := plainXterm()
	d.Faint, d.Italic, d.Strike, d.Links = false, false, false, false
	d.Clipboard, d.TitleStack, d.InsertChars = false, false, false
	return d
}

func appleTerminal() Dialect {
	d := plainXterm()
	d.Colors, d.ECH, d.ScrollCount = Colors256, false, false
	d.Strike, d.Links, d.Clipboard = false, false, false
	return d
}

func urxvt() Dialect {
	d := plainXterm()
	d.Colors = Colors16 // 88 colours, laid out differently; -256color says more
	d.Faint, d.Strike, d.Links, d.Clipboard, d.TitleStack = false, false, false, false, false
	return d
}

func rxvt() Dialect {
	d := urxvt()
	d.Colors, d.Italic, d.CursorShape = Colors8, false, false
	d.ECH, d.ScrollCount = false, false
	return d.withOldAltScreen()
}

func eterm() Dialect {
	d := rxvt()
	d.ECH = true
	return d
}

func kterm() Dialect {
	d := xtermR6()
	d.Colors = Colors8
	return d
}

// xtermR6 is the xterm of X11R6.
func xtermR6() Dialect {
	d := vt102()
	d.Title, d.Mouse = true, true
	return d.withOldAltScreen()
}

// tmux reads truecolor in any case and turns it into what its own terminal has.
func tmux() Dialect {
	d := plainXterm()
	d.Colors = TrueColor
	d.ECH, d.BCE = false, false
	d.Overline, d.UnderlineStyles, d.UnderlineColors = true, true, true
	return d
}

// screen draws italics reversed, and what calls itself screen may also be an old
// tmux.
func screen() Dialect {
	d := plainXterm()
	d.Italic, d.Strike, d.Links = false, false, false
	d.ECH, d.BCE, d.TitleStack = false, false, false
	return d
}

func dtterm() Dialect {
	d := vt220()
	d.Colors, d.Faint, d.Title = Colors8, true, true
	return d
}

// emacsTerm is the terminal inside Emacs.
func emacsTerm() Dialect {
	d := vt102()
	d.Colors, d.InsertChars, d.ReverseVideo = Colors8, true, false
	return d.withOldAltScreen()
}

// ansi is for terminals that wrap as soon as the last column is written.
func ansi() Dialect {
	return Dialect{Colors: Colors8, Blink: true, Invisible: true, ECH: true, InsertChars: true, InsertLines: true, Columns: true}
}

func pcansi() Dialect { return Dialect{Colors: Colors8, Blink: true} }

func sun() Dialect { return Dialect{InsertLines: true} }

func cygwin() Dialect {
	d := ansi()
	d.ECH, d.Title = false, true
	return d.withOldAltScreen()
}
