// Package app is the commands a person types: gmosh (also by the name mosh) and
// its words. It reads the command line, asks sshconf what the host's configuration
// says, lets bootstrap start a server and gives the ticket to client; it is the one
// place that knows all three.
//
// Every sentence that a person reads before and after a session is here, in
// words*.go: what happened, the likely cause, the next command. What can be typed is
// one table, options.go, that the usage text is made from.
//
// main.go calls it; nothing imports it.
package app
