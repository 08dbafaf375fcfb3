// Package detach starts this program again as a process that outlives the login
// it was started from. Go cannot fork; so the parent runs the same executable
// with the same arguments in a session of its own, hands it options over a pipe on
// its stdin, and waits on a pipe from its stdout for one report: ready with port
// and key, or an error (design section 4). Nothing else is inherited but the
// environment, and stderr where it is to stay; the key is in no argument,
// environment variable or file.
//
// The pipe's lines are the child's: "warn TEXT" and "note TEXT", then "ready PORT
// KEY" or "error TEXT"; a child that keeps the way open (Keep) says more after that.
// What the options and the key mean is package server's, the only caller.
//
// DisableCore, for whoever holds a key, is here too, being another thing that a
// process does to itself and each platform in its own way.
package detach
