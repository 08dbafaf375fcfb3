// Package peertest is the kit for tests that run real programs: stock mosh,
// sshd, tmux, editors, and gmosh's own binary, on real ptys and sockets.
//
// A Terminal is a process on a pty whose output is interpreted by gmosh's
// emulator, so that tests look at the screen as a person would. Nothing here
// sleeps and looks again: WaitFor wakes up on output, exits are waited for
// through the kernel, and a deadline only ever ends a test that has failed,
// with the screen in its log. Every process that is started carries a mark in
// its environment (Mark), by which NothingLeft finds what a session has left
// behind, detached or not, and by which the clean-up ends it.
//
// The rest are fixtures: SSHD, Agent, User (an account of the system's), Tmux,
// Relay (a bad network on loopback), Gmosh (our binary, built once), StartServer.
// What is not installed is skipped by Need, and counted by `make test`.
//
// Not pure, for tests only: nothing that ships imports it (rules_test.go). It
// compiles everywhere and works on Linux. A Terminal and the fixtures may be used
// from several goroutines unless they say otherwise; like all of testing.T, they
// end a test only from its own goroutine.
package peertest
