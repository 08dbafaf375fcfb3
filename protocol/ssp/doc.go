// Package ssp is the State Synchronisation Protocol: it keeps a copy of each
// side's state at the other side, over datagrams that may be lost, doubled,
// reordered or come from somewhere new (spec/mosh-wire.md sections 3–7).
//
// A Transport holds both directions: the states it has sent (sender) and those it
// has received (receiver), and under them one datagram.Conn. It sends
// instructions, each a diff between two numbered states of its own; it is told
// of packets and of time, and says what to send and when it wants to be asked
// again. What a state is, is the caller's: protocol/userinput up, protocol/screen
// down.
//
// An incoming packet goes Receive (transport.go) -> datagram.Open -> fragment
// join -> inflate -> sender.acknowledge and receiver.take. An outgoing one goes
// Tick -> sender.due (when) -> sender.next (which diff) -> seal (out.go), as fast
// as pacer lets it.
//
// How fast is pace.go, how often again loss.go, how seldom heartbeat.go, and how large
// mtu.go; what is told of losses is share.go, a first state that comes before any packet
// ahead.go. Figures are in docs/link.md.
//
// Not here: sockets, clocks, the terminal, what is typed. Pure: the same calls
// give the same packets. A Transport belongs to one goroutine.
package ssp
