package pty

import (
	"context"
	"errors"
	"io"
	"os"
)

// ErrUnsupported means that this platform has no pseudo terminals we can use.
var ErrUnsupported = errors.New("no pseudo terminals on this platform")

// Terminal is the master side of a pseudo terminal.
type Terminal interface {
	// Read blocks until programs have written something and returns what there
	// is, up to len(p). It returns io.EOF once no program has the terminal open
	// any more and all their output has been read, and os.ErrClosed after Close.
	io.Reader

	// Write gives p to the programs as typed input and blocks while they do not
	// read and the terminal's own buffer is full. After Close it returns an
	// error that wraps os.ErrClosed.
	io.Writer

	// TryWrite writes what fits without blocking and returns how much did. It
	// must not be called while a Write is under way.
	TryWrite(p []byte) (int, error)

	// Resize sets the size in cells; programs in the foreground are told if it
	// changed. Sizes outside 1…65535 are clamped.
	Resize(cols, rows int) error

	// Start runs a program as leader of a session of its own whose controlling
	// terminal this is. It is called once; after it only programs keep the other
	// side open, so Read reports their end.
	Start(c Command) (Process, error)

	// Close hangs up: programs on the terminal get SIGHUP from the system, or
	// what corresponds to it, and Read and Write return.
	Close() error
}

// Helper is what a Terminal offers besides, if the platform's login accounting
// wants it: RunHelper runs a program to its end with the master side as its
// standard input and output, by which such a program knows which terminal is
// meant (utempter does).
type Helper interface {
	RunHelper(ctx context.Context, path string, args ...string) error
}

// Disciplined is what a Terminal offers besides, if the system has a line discipline
// between it and the programs. It is asked after every output, so it must be quick.
type Disciplined interface {
	Discipline() (Discipline, error)
}

// Discipline is what a line discipline does with what is typed.
type Discipline struct {
	Canonical bool // it edits lines, which programs get whole
	Echo      bool // it echoes what is typed
	Signals   bool // some keys make signals: ^C, ^Z, ^\
}

// Command is a program to be started.
type Command struct {
	Path string   // file name; relative to Dir if it has a slash, else looked up in Env's PATH
	Args []string // argv, the program's own name included
	Env  []string // NAME=VALUE, complete
	Dir  string   // working directory, which must exist
}

// Status is how a program ended.
type Status struct {
	Code   int    // exit status, 0 to 255; only if Signal is 0
	Signal int    // number of the signal that ended it; 0: it exited by itself
	Name   string // the signal's, "SIGHUP"
}

// Process is a started program.
type Process interface {
	// PID is the process's number, for people and records.
	PID() int
	// Wait blocks until the program has ended. It is called once.
	Wait() Status
	// Signal sends the program a signal; after its end it returns an error.
	Signal(sig os.Signal) error
}

// clampSize keeps a dimension within what a terminal's size can hold.
func clampSize(n int) uint16 {
	return uint16(min(max(n, 1), 1<<16-1))
}
