// Package screen is the state that the server sends to the client (spec section
// 9): the terminal's frame, the echo ack and, between two gmosh halves, who the
// server is and how the session ended. It is an ssp.State: a diff is what
// protocol/render writes for protocol/terminal to apply.
//
// Which dialect a diff is in follows from the state alone: a server that has seen
// the client's hello answers with its own, and from then on uses all our emulator
// knows (render.Full); without one the peer is a mosh and the diff keeps to what a
// mosh 1.4.0 client reads (render.Stock). A receiver decides by the same sign.
//
// It keeps no history and sends nothing. server makes states and client shows
// them, both through protocol/ssp. Pure; a State is a value and may be read from
// any goroutine.
package screen
