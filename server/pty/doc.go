// Package pty is the pseudo terminal a session's program runs on, seen from its
// master side: bytes out, bytes in, a size, a program started on it, a hang-up.
//
// There is no descriptor and no termios in the interface, so that a Windows
// pseudo console can stand behind it, and a fake one in tests of the loop. It
// interprets nothing (that is protocol/terminal) and chooses nothing about the
// program (that is server/login). Only package server calls it.
//
// One goroutine may read while another writes; Close may be called from any and
// unblocks both. The Unix implementation is github.com/creack/pty's with the
// master made non-blocking under Go's poller: as it comes from there it is in
// blocking mode, where neither a deadline nor Close ends a Read.
package pty
