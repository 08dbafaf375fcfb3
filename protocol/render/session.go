package render

import "gmosh/protocol/terminal"

// Open appends what a client writes once it has taken over a terminal: with init
// the terminal's own screen for full-screen programs (smcup), then application
// cursor keys. A Repaint has to follow.
func Open(dst []byte, d Dialect, init bool) []byte { return dst }

// Close appends what gives the terminal back: keys, rendition, cursor, mouse and
// the other modes at their defaults, the title without its prefix, and with init,
// as given to Open, the former screen (rmcup). last is the frame that is shown,
// nil if none was drawn.
func Close(dst []byte, last *terminal.Frame, d Dialect, init bool) []byte { return dst }
