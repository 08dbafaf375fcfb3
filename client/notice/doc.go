// Package notice is the bar in the top line of the screen: how long the server
// has been silent, what went wrong, and how to quit (spec/mosh-wire.md section
// 10).
//
// The client's loop tells a Bar what happens and draws it over a copy of each
// frame; the frame itself is never touched. The Bar says when it would look
// different by itself, so no timer runs while nothing is shown. It reads no keys
// (package keys does) and decides nothing about the connection. Pure; a Bar
// belongs to one goroutine.
package notice
