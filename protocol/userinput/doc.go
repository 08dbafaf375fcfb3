// Package userinput is the state that a client synchronises to its server: what
// the user typed, how large the window is, and what the client says of itself
// (spec/mosh-wire.md section 8 and gmosh's own extensions).
//
// A State is an ever growing stream of events; a diff is those after the common
// prefix, so every keystroke arrives once and in order however often its packet
// is lost. The client appends (Keys, Resize, …), protocol/ssp carries, the server
// reads with Since and turns keys into what the pty gets with a Translator.
//
// It does not know what a key means. Pure; a State is a value and safe to share,
// a Translator belongs to one goroutine.
package userinput
