// Package render turns the difference between two frames into bytes for a
// terminal: it is the only writer of escape sequences in gmosh.
//
// A Dialect says what the receiver understands. Three kinds of receiver exist:
// a stock mosh client's emulator (Stock, spec/mosh-wire.md section 9), our own
// (Full) and the user's real terminal (ForTerm). Towards the first two, old is
// exactly what the receiver holds and the bytes must make exactly new of it,
// soft-wrap flags and current rendition included, because the next diff starts
// from there: for any frames a and b, an emulator that stands on d.Project(a) and
// is fed Frame(a, b, d) stands on d.Project(b). Modes that are not synchronised
// (margins, origin, insert, wrap, tabs, saved cursor) are assumed to be at their
// defaults and are left so. Towards a real terminal the result must look the same,
// and survive a terminal that disagrees about the width of a character: after
// every cell whose width terminals disagree on, the next one is addressed
// absolutely.
//
// A frame counts bells, clipboard writes and notifications. Of any number since old,
// one BEL, one OSC 52 and the notifications that the frame still has are written;
// what the counts are is not reproduced: protocol/screen carries them.
//
// Our own emulator holds both screens: while the alternate one is shown, the main
// one is kept up to date behind it.
//
// Nothing that is written makes a receiver answer, and no string of a frame
// (title, icon name, link, clipboard) can bring a control character out.
//
// It is not an emulator (protocol/terminal reads what is written here) and decides
// nothing about when to draw. protocol/screen calls it for the wire, client for
// the tty. Pure; safe for concurrent use.
package render
