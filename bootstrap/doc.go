// Package bootstrap gets a server running over there and brings back the ticket
// to it (design section 4).
//
// Start logs in over SSH, or runs another program that does, or stays on this
// machine; has one script look for a server and start it; reads where the server
// listens; and returns that with a Lifeline, the connection that is kept until the
// session's own packets have arrived. The parts:
//
//	sshdial  which address answers
//	hostkey  whether it is the host that was meant
//	sshauth  the login
//	probe    the script that looks for a server over there, and takes one
//	upload   the builds of gmosh that can be sent
//	launch   how the server is started, and waiting for it
//
// It knows no terminal and words nothing for people: questions and events go to a
// UI, failures are the error types of this package and its parts. It imports
// neither client nor server. Start may be called concurrently with different UIs.
package bootstrap
