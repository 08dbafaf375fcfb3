// Package client is the near half of a session: it takes over the user's
// terminal, sends what is typed and shows what the server's screen looks like
// (spec/mosh-wire.md sections 1, 7, 8 and 10).
//
// Run is one session in this process, given a ticket.Ticket; client/app calls it
// after bootstrap has started a server. Main is the program mosh-client, which is
// given address, port and key by a launcher. How a server is found and started is
// neither's business.
//
// Run's goroutine is the only one that thinks: its loop (loop.go) waits for
// packets, keys, signals, the writer and one timer, feeds protocol/ssp, and draws
// the newest state (display.go) under what package notice and a Predictor lay
// over it. Beside it one goroutine reads the network, one reads the terminal and
// one writes it; Run waits for all of them. What a server is told first, and what it
// may send before it has heard a packet, is introduction.go.
package client
