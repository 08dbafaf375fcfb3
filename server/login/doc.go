// Package login decides what a session runs and in which surroundings, as a
// login does: the account's shell as a login shell or a command, home, the
// environment, a UTF-8 locale, the message of the day (spec section 1), and keeps
// the machine's records of it (utmp through the utempter helper, syslog).
//
// It starts nothing on the pseudo terminal itself (server/pty does) and checks
// no password: whoever runs us has logged in already. Package server calls it
// while a session starts and, for the records, when it roams and ends.
//
// Our own code never asks libc about locales: what is installed is read from
// the places where the C libraries keep them, and a machine without any UTF-8
// locale is no error.
package login
