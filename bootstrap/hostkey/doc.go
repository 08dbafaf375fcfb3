// Package hostkey decides whether the host that answered is the one the user
// meant, from OpenSSH's known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
//
// Three layers: ParseLine reads one line; a Store holds the entries of several
// files and answers Check (is this key known for that name?) and Algorithms (what
// to ask the server for, so that a host known by one key is not "changed" because
// it has others); a Verifier adds the policy of StrictHostKeyChecking, the
// question on first contact and the new line in the user's file.
//
// golang.org/x/crypto/ssh/knownhosts is not used for the check: it refuses a file
// with one bad line, is case-sensitive, takes a CA's key for a host's, and does
// not say which algorithms to ask for (docs on known_hosts list the cases). Its
// Normalize, HashHostname and Line are used for writing.
//
// It asks nobody anything itself: the question goes to the function it is given.
// A Store is not changed after it was read and may be shared; a Verifier belongs
// to one connection.
package hostkey
