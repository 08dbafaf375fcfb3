// Package simnet is a test kit: a seeded virtual network between two ends, for
// simulations in virtual time. It loses packets (singly and in bursts), delays,
// jitters, reorders, doubles and corrupts them, has a bottleneck with a rate and a
// queue, a hole for large packets, outages, and a NAT that forgets.
//
// A Link is one direction. A NAT stands between a client's sockets and the address
// that the server sees. Nothing here sleeps or knows the time: the caller passes
// `now`, asks for the Next event, and moves its clock there. The same seed and the
// same calls give the same fate to every packet.
//
// Pure, for tests and the demo only; a Link belongs to one goroutine.
package simnet
