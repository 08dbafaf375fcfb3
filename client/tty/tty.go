// Package tty is the user's terminal as a device: raw mode and the way back,
// what is typed, what is written, its size, and the signals that concern it.
//
// It knows no escape sequence (protocol/render writes those) and interprets no
// key (client/keys). client uses a Terminal through an interface of its own, so
// that its loop can be tested with a fake; bootstrap's prompts do not go through
// here.
//
// A Terminal's methods may be called from several goroutines: one that reads,
// one that writes, and the loop that does the rest. Close ends Read and Write
// wherever they are. Not pure: it owns a device and handles signals.
package tty

import "errors"

// Event is what happens to the terminal or to the process that holds it, beside
// what is typed.
type Event uint8

// The events.
const (
	Resized     Event = iota + 1 // the size may be another one
	Continued                    // the process was stopped and goes on
	StopAsked                    // somebody wants the process to stop (SIGTSTP)
	EndAsked                     // somebody wants it to end (SIGTERM, SIGINT, …)
	eventBuffer = 16             // room for events that nobody has read yet
)

var (
	// ErrNotTerminal says that standard input is no terminal.
	ErrNotTerminal = errors.New("standard input is not a terminal")
	// ErrClosed is what Read and Write return once Close was called.
	ErrClosed = errors.New("terminal closed")
)
