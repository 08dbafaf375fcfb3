// Package demo is what `gmosh demo` has around a session, so that one can be tried
// without any server: an SSH server in this process (Host), a link as bad as asked
// between the session's two halves (Relay), and the keys that change it (Keys).
//
// None of it imitates a part of gmosh. The login, the start of the server and the
// session's packets take the way they always take; only the machine at the other
// end is this one, and the packets make a detour through the Relay, whose hazards
// are protocol/simnet's. The login takes its time, too; nothing of it is lost.
//
// client/app wires it. Not pure: it owns sockets, processes and a folder.
package demo
