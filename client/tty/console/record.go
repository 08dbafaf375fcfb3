package console

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Record is INPUT_RECORD, with the KEY_EVENT_RECORD of its union.
type Record struct {
	Kind        uint16
	_           uint16
	KeyDown     int32
	RepeatCount uint16
	VirtualKey  uint16
	_           uint16 // scan code
	Unit        uint16 // UTF-16
	Control     uint32 // of the keys below, which are held
}

// Keys of Record.Control.
const (
	rightAlt  = 0x0001
	leftAlt   = 0x0002
	rightCtrl = 0x0004
	leftCtrl  = 0x0008
)

const (
	// KeyEvent is the Kind of a record that is a key; others are left out.
	KeyEvent = 1

	menuKey  = 0x12 // Alt: its release carries a character typed by its number
	spaceKey = 0x20
	twoKey   = 0x32
)

// decoder turns records into bytes typed. With VT input, the console puts cursor and
// function keys into the records as escape sequences, a UTF-16 unit each.
type decoder struct {
	records [64]Record
	high    rune // first half of a surrogate pair, until the other comes
}

// read appends to dst what was typed, in UTF-8.
func (d *decoder) read(dst []byte, sys System) ([]byte, error) {
	n, err := sys.Records(d.records[:])
	if err != nil {
		return dst, err
	}
	for _, r := range d.records[:n] {
		if !r.typed() {
			continue
		}
		for range max(r.RepeatCount, 1) {
			if r.meta() {
				dst = d.unit(dst, esc)
			}
			dst = d.unit(dst, rune(r.Unit))
		}
	}
	return dst, nil
}

// typed reports whether a record carries a character.
func (r *Record) typed() bool {
	switch {
	case r.Kind != KeyEvent:
		return false
	case r.Unit == 0: // Ctrl-Space and Ctrl-@ are NUL
		return r.KeyDown != 0 && (r.VirtualKey == spaceKey || r.VirtualKey == twoKey)
	}
	return r.KeyDown != 0 || r.VirtualKey == menuKey
}

const esc = 0x1b

// meta reports whether a record is a character typed with Alt that the console has not
// made a sequence of, as wine's does not. AltGr is Alt and Ctrl, and types a character.
func (r *Record) meta() bool {
	return r.VirtualKey != 0 && r.VirtualKey != menuKey && r.Control&(leftAlt|rightAlt|leftCtrl|rightCtrl) == leftAlt
}

// unit appends one UTF-16 unit as UTF-8, once its pair is complete.
func (d *decoder) unit(dst []byte, u rune) []byte {
	if d.high != 0 {
		whole := utf16.DecodeRune(d.high, u)
		d.high = 0
		if whole != utf8.RuneError {
			return utf8.AppendRune(dst, whole)
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	if utf16.IsSurrogate(u) && u < 0xdc00 {
		d.high = u
		return dst
	}
	return utf8.AppendRune(dst, u)
}
