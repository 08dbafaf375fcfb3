// Package console is what a terminal has to do about a Windows console, apart from
// calling it: which modes it is put into and back, what its records of input mean as
// bytes, and when its window has another size.
//
// The console itself is a System, of package tty on Windows and a fake in the tests,
// which run everywhere. Its methods are called as a tty.Terminal's: one goroutine
// reads, the others may do the rest. Pure but for its mutex and what System does.
package console
