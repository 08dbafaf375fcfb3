// Package server is the far half of a session: `gmosh server new` and
// `mosh-server new` (Main), and the same in process (Loop).
//
// A Session is a program on a pseudo terminal and the screen it draws; an
// Attachment is one client's connection to it, with its own key. A Loop owns
// both in one goroutine and moves the bytes between server/pty, protocol/terminal,
// protocol/ssp and a link.Carrier. The far half decides nothing of what a session
// looks like: that is protocol/terminal and protocol/screen; nor when a packet is
// sent: that is protocol/ssp.
//
// An incoming packet goes readPackets -> packetEvent -> ssp -> Attachment.news ->
// Session.input -> pty; the program's output readOutput -> outputEvent ->
// Session.output -> ssp -> Carrier (loop.go, events.go). The command line is
// options.go, the process around a session main.go. What is sent before a packet has
// come, to a client that the command told of, is ahead.go.
//
// What a program does not read never holds anything up. Input that the terminal
// has no room for waits in memory, written by a goroutine of its own; when
// inputLimit bytes wait, further input is refused like a lost packet (inbound.go),
// so the client keeps and repeats it. Nothing is dropped.
package server
