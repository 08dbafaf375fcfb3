// Package survey finds out what of its machine matters to a server that cannot be
// reached: addresses, firewalls, and the rest that `gmosh doctor` asks about.
//
// Everything here runs as the server's user, so it knows what that may know: a
// firewall may be active unseen. What is asked of other programs is asked of those
// in PATH and given up after a moment. Called by package server for its
// subcommands status and survey.
package survey
