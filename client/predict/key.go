package predict

import (
	"time"
	"unicode/utf8"

	"gmosh/client/keys"
	"gmosh/protocol/terminal/width"
)

// kind says what a key does, as far as that can be guessed.
type kind uint8

const (
	unknown   kind = iota // no guess; what follows is uncertain
	text                  // a character of one or two columns
	mark                  // a combining character: no columns of its own
	enter                 // CR
	giveUp                // ^C and the like: no guess, but a new line begins
	backspace             // DEL, what the key of that name sends
	left
	right
	home
	end
	erase     // the key Delete, ^D: the character at the cursor
	eraseWord // ^W: back to the start of the word
	eraseLine // ^U: back to the start of the line
	eraseRest // ^K: on to the end of the line
	pasteOn   // what follows is pasted (bracketed paste)
	pasteOff  // up to here
	travel    // Up, Down, ^P, ^N: no guess, but in an editor it leads to another row
)

// key is one key as the user typed it.
type key struct {
	kind    kind
	control bool   // a control character (DEL is none here): it may do anything
	text    string // of text and mark
	width   int    // columns that text takes
}

// barrier reports whether the far side may treat what follows the key in another
// way than what was before: echo it no longer, or put it somewhere else.
func (k key) barrier() bool { return k.control || k.kind == unknown || k.kind == enter }

// controls are the control characters with an effect to guess.
var controls = map[byte]kind{
	'\r': enter,
	0x01: home,   // ^A
	0x02: left,   // ^B
	0x03: giveUp, // ^C
	0x04: erase,  // ^D
	0x05: end,    // ^E
	0x06: right,  // ^F
	'\n': giveUp,
	0x0b: eraseRest, // ^K
	0x0e: travel,    // ^N
	0x10: travel,    // ^P
	0x15: eraseLine, // ^U
	0x17: eraseWord, // ^W
	0x1a: giveUp,    // ^Z
	0x1c: giveUp,    // ^\
}

// sequences are the escape sequences with an effect to guess: the final byte, or
// the parameter if that is a tilde, after CSI or SS3.
var sequences = map[string]kind{
	"A": travel, "B": travel, "C": right, "D": left, "H": home, "F": end,
	"1~": home, "7~": home, "4~": end, "8~": end, "3~": erase,
	"200~": pasteOn, "201~": pasteOff,
}

// pause is how long the bytes of one key may be apart. An ESC that nothing follows
// for so long was the key of that name.
const pause = 100 * time.Millisecond

// parser makes keys of bytes.
type parser struct {
	widths width.Version
	// decodes: the program asked for keys to be encoded, and reads them itself. Else
	// an encoded key may be echoed as it is.
	decodes bool

	last  time.Time // when the last byte came
	state func(*parser, byte) (key, bool)
	told  bool   // the sequence under way began with an ESC that was told as a key
	held  []byte // of an unfinished character or sequence
}

// feed takes a chunk of bytes and calls press for each key in it.
func (p *parser) feed(now time.Time, bytes []byte, press func(key)) {
	if p.state == nil || now.Sub(p.last) > pause {
		p.ground()
	}
	p.last = now
	for _, b := range bytes {
		if k, ok := p.state(p, b); ok {
			press(k)
		}
	}
	// An ESC at the end of a chunk is a key already: if it is one of its own, what
	// comes next must not be taken for as certain as what was before.
	if p.escaped() && !p.told {
		p.told = true
		press(key{control: true})
	}
}

func (p *parser) ground() {
	p.state, p.told, p.held = (*parser).onGround, false, p.held[:0]
}

// escaped reports whether a sequence is under way.
func (p *parser) escaped() bool { return len(p.held) > 0 && p.held[0] == 0x1b }

// finish goes back to the ground with a key.
func (p *parser) finish(k key) (key, bool) {
	p.ground()
	return k, true
}

func (p *parser) onGround(b byte) (key, bool) {
	switch {
	case b == 0x1b:
		p.held = append(p.held[:0], b)
		p.state, p.told = (*parser).onEscape, false
		return key{}, false
	case b == 0x7f:
		return key{kind: backspace}, true
	case b < 0x20:
		return key{kind: controls[b], control: true}, true
	case b < utf8.RuneSelf:
		return key{kind: text, text: string(rune(b)), width: 1}, true
	case b < 0xc2 || b > 0xf4: // cannot begin a character
		return key{}, true
	}
	p.held = append(p.held[:0], b)
	p.state = (*parser).onCharacter
	return key{}, false
}

// onCharacter takes the other bytes of a character.
func (p *parser) onCharacter(b byte) (key, bool) {
	if b&0xc0 != 0x80 { // cut short
		p.ground()
		return p.onGround(b)
	}
	p.held = append(p.held, b)
	if !utf8.FullRune(p.held) {
		return key{}, false
	}
	r, n := utf8.DecodeRune(p.held)
	if n != len(p.held) {
		return p.finish(key{})
	}
	switch w := p.widths.Rune(r); w {
	case 0:
		return p.finish(key{kind: mark, text: string(r)})
	case 1, 2:
		return p.finish(key{kind: text, text: string(r), width: w})
	}
	return p.finish(key{})
}

func (p *parser) onEscape(b byte) (key, bool) {
	switch b {
	case '[', 'O':
		p.held = append(p.held, b)
		p.state = (*parser).onSequence
		return key{}, false
	case 0x1b:
		return key{control: true}, true // of two, the first is a key
	}
	return p.finish(key{control: true})
}

func (p *parser) onSequence(b byte) (key, bool) {
	switch {
	case b == 0x1b:
		p.ground()
		p.onGround(b)
		return key{control: true}, true
	case b < 0x20 || b >= 0x7f: // no sequence after all
		return p.finish(key{control: true})
	case b < 0x40:
		if len(p.held) < keys.MaxSequence { // else it is cut, and no key of any kind
			p.held = append(p.held, b)
		}
		return key{}, false
	}
	p.held = append(p.held, b)
	if k, ok := keys.Decode(p.held); ok {
		return p.decoded(k)
	}
	if string(p.held) == "\x1b[M" {
		p.state = (*parser).onMouse
		return key{}, false
	}
	k := key{kind: sequences[string(p.held[2:])]}
	k.control = k.kind == unknown || k.kind == travel || k.kind == pasteOn || k.kind == pasteOff
	return p.finish(k)
}

// decoded takes a key that the terminal has encoded: it is the key that it would be
// otherwise, if that is one, and a release is none.
func (p *parser) decoded(encoded keys.Key) (k key, ok bool) {
	text := encoded.Text()
	switch {
	case p.decodes && (encoded.Released() || encoded.Modifier()):
		p.ground()
		return key{}, false
	case !p.decodes, utf8.RuneCountInString(text) != 1, text == "\x1b":
		return p.finish(key{control: true})
	}
	p.ground()
	for i := range len(text) {
		k, ok = p.state(p, text[i])
	}
	return k, ok
}

// onMouse takes the three bytes after CSI M, an event of the mouse in the first
// encoding there was. They look like text.
func (p *parser) onMouse(b byte) (key, bool) {
	p.held = append(p.held, b)
	if len(p.held) < len("\x1b[M")+3 {
		return key{}, false
	}
	return p.finish(key{control: true})
}
