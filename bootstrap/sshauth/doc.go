// Package sshauth logs in: it chooses, one attempt at a time, what the SSH
// server is offered next (RFC 4252 and 4256), in OpenSSH's order and with
// OpenSSH's rules about which keys are tried.
//
// A Login is the state of one authentication; its Next is the AuthCallback of
// golang.org/x/crypto/ssh. The keys of the agent and of the key files are put in
// order when the server first asks for a key, and a passphrase is asked for only
// when the server has said that it wants the key. After a failure, Fail says what
// was tried and what the server would have taken, so that a wrong password can be
// told from a method we lack.
//
// It writes nothing and words nothing: questions go to a Prompter. It opens no
// connection but that to the agent. A Login belongs to one SSH connection.
package sshauth
