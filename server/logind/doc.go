// Package logind keeps a server from ending with the login that started it.
//
// systemd-logind, told KillUserProcesses=yes, ends what is left in a login's scope
// when the login ends; and a user's own manager, to whose scopes a process can
// move, is stopped a while (UserStopDelaySec) after the last login, unless the user
// lingers. So a server survives in a scope of the user's manager, with linger on.
//
// Guard finds out what the effective settings are, moves a process if it must, and
// says what is left to fear; SetLinger is for a user who has agreed to it, since it
// is kept over reboots. Both go over D-Bus where a bus socket answers, and else use
// busctl, loginctl and systemd-run from PATH. What the outcome means is for others
// to put into words.
//
// Linux only in effect: elsewhere there is no /proc/self/cgroup and so nothing to
// guard against. Called by package server, from one goroutine; everything ends with
// the context given.
package logind
