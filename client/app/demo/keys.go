package demo

import "bytes"

// Key is one of the keys that change the link.
type Key struct {
	Name     string
	Does     string // what it does, in a word or two
	Sign     string // the same behind its name where there is little room
	sequence string // what terminals send for it
	press    func(*Relay)
}

// Keys are function keys, which hardly a program uses, and which the terminals in
// use agree about (xterm and the Linux console; terminfo kf6 to kf8).
var Keys = []Key{
	{"F6", "better", "+", "\x1b[17~", func(r *Relay) { r.Change(Link.Better) }},
	{"F7", "worse", "-", "\x1b[18~", func(r *Relay) { r.Change(Link.Worse) }},
	{"F8", "cut", " cut", "\x1b[19~", (*Relay).Cut},
}

// Press acts on the keys of ours that are in what was typed, and returns the rest,
// which shares its memory. A key must be there as a whole, as terminals send it.
func Press(r *Relay, typed []byte) []byte {
	for _, k := range Keys {
		for {
			before, after, found := bytes.Cut(typed, []byte(k.sequence))
			if !found {
				break
			}
			k.press(r)
			typed = append(before, after...)
		}
	}
	return typed
}
