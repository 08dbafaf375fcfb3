// Package terminal is the emulator that gmosh synchronises: bytes from an
// application go in, a Frame comes out.
//
// A Frame is a value (rows are shared and copied on write), so a state of the
// screen costs O(rows) to keep and comparing two costs nothing for the rows they
// share. The Emulator is what interprets: a DEC/ANSI state machine at the level
// of spec/mosh-wire.md section 9 and, beyond it, of xterm's ctlseqs. Answers to
// an application's queries are collected for the caller to write to the pty.
//
// It is not a renderer (protocol/render turns two frames into bytes) and knows no
// network. The server runs one on the pty's output; both halves run one to apply
// a screen diff (protocol/screen). Pure: no clock, file, socket or goroutine; an
// Emulator belongs to one goroutine, a Frame may be read from any.
package terminal
