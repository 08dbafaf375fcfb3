// Package width says how many columns a character takes on a terminal: the
// answer of glibc's wcwidth(3) per code point, which both ends of a mosh
// session must share, for the glibc versions that matter (spec section 9; the
// version two gmosh halves use is part of their hello).
//
// It knows no grapheme clusters: that is an opt-in of its own between two gmosh
// halves. Used by protocol/terminal, protocol/render and client/predict. Pure
// functions over constant tables, safe from any goroutine.
package width

import "unicode/utf8"

//go:generate go run gen.go

// Version names a table by the glibc release it was taken from: 236 is glibc
// 2.36. It is the number that hello carries. The zero Version is Latest.
type Version uint16

const (
	Glibc236 Version = 236 // Debian 12, Unicode 15.0
	Glibc241 Version = 241 // Debian 13, Unicode 16.0

	// Latest is the newest table: most hosts will come to run it.
	Latest = Glibc241
)

// Known reports whether there is a table for v. Every method takes an unknown
// version for Latest.
func (v Version) Known() bool { return v == 0 || v == Glibc236 || v == Glibc241 }

// Rune returns the columns that r takes: 1 or 2, 0 for a combining or format
// character, -1 for a control character and what the version does not know to
// be printable (also for values that are no code points). U+0000 is 0.
func (v Version) Rune(r rune) int {
	if uint32(r) > utf8.MaxRune {
		return -1
	}
	index := glibc241Index
	if v == Glibc236 {
		index = glibc236Index
	}
	page := int(index[uint32(r)>>8])
	b := widthPages[page<<6|int(r&0xff)>>2]
	return int(b>>((r&3)*2))&3 - 1
}

// String returns the columns that all of s takes; what is not printable counts
// nothing. A byte of malformed UTF-8 counts as U+FFFD.
func (v Version) String(s string) int {
	n := 0
	for _, r := range s {
		n += max(0, v.Rune(r))
	}
	return n
}

// Ambiguous reports whether real terminals are known to disagree about the
// width of r, or about what it does to the width of the character before it:
// East Asian Ambiguous, emoji (their presentation depends on variation
// selectors, joiners and modifiers, which are meant here too), format
// characters, spacing marks, conjoining jamo, and everything VersionDependent.
// After such a character only absolute addressing is sure to find its column.
func (v Version) Ambiguous(r rune) bool {
	if uint32(r) > utf8.MaxRune {
		return false
	}
	page := int(ambiguousIndex[uint32(r)>>8])
	return ambiguousPages[page<<5|int(r&0xff)>>3]>>(r&7)&1 != 0
}

// VersionDependent reports whether the tables differ about r, so that a peer
// with another C library may put it differently. It is the part of Ambiguous
// that matters towards an emulator with wcwidth's rules, such as a stock mosh.
func VersionDependent(r rune) bool { return Glibc236.Rune(r) != Glibc241.Rune(r) }
