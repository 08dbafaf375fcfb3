package terminal

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// parser is the state of the DEC/ANSI machine between two bytes, which is also
// what a Write that ends anywhere leaves behind.
type parser struct {
	state  state
	utf8   utf8State
	seq    sequence
	str    []byte // of OSC and DCS
	tooBig bool   // str has reached its bound; the string is dropped
	bell   bool   // it ended with BEL
}

// restart makes p what it is between two sequences.
func (p *parser) restart(stock bool) {
	p.state, p.utf8.need, p.bell = ground, 0, false
	p.seq.clear()
	p.seq.stock = stock
	if len(p.str) > 0 || p.tooBig { // in the middle of a string
		p.str, p.tooBig = nil, false
	}
}

// terminator is what an answer to a string ends with: the same as the question.
func (p *parser) terminator() string {
	if p.bell {
		return "\a"
	}
	return "\x1b\\"
}

// state is a state of the machine; its value indexes steps.
type state uint8

const (
	ground state = iota
	escape
	escapeIntermediate
	csiParam
	csiIntermediate
	csiIgnore
	oscString
	dcsString
	ignoredString // SOS, PM, APC
)

// steps says what each state does with a character that is no control
// character valid everywhere (see step).
var steps = [...]func(*Emulator, rune){
	ground:             (*Emulator).printAny,
	escape:             (*Emulator).stepEscape,
	escapeIntermediate: (*Emulator).stepEscape,
	csiParam:           (*Emulator).stepCSI,
	csiIntermediate:    (*Emulator).stepCSI,
	csiIgnore:          (*Emulator).stepCSIIgnore,
	oscString:          (*Emulator).stepString,
	dcsString:          (*Emulator).stepString,
	ignoredString:      (*Emulator).stepNothing,
}

// Write interprets what an application printed. Any bytes will do; a sequence
// or character may be cut anywhere between two calls.
func (e *Emulator) Write(p []byte) {
	for len(p) > 0 {
		if e.in.state == ground && e.in.utf8.need == 0 {
			p = p[e.writeGround(p):]
			if len(p) == 0 {
				return
			}
		}
		p = p[e.writeSlow(p):]
	}
}

// writeGround interprets the text and whole control sequences at the start of p
// and returns how far it came: to the end, or to something that needs the
// machine. The machine gives the same result for all of it, only slower.
func (e *Emulator) writeGround(p []byte) int {
	i := 0
	for i < len(p) {
		b := p[i]
		switch {
		case b >= 0x20 && b < 0x7f:
			n := printable(p, i+1)
			e.printASCII(p[i:n])
			i = n
		case b == 0x1b:
			n := e.writeCSI(p, i)
			if n == i {
				return i
			}
			i = n
		case b < 0x20:
			e.run(&e.fn.c0[b])
			i++
		case b == 0x7f:
			i++
		default:
			n := e.printUTF8(p[i:])
			if n == 0 {
				r, size := decode(p[i:])
				if size == 0 {
					return i
				}
				e.printRune(r)
				n = size
			}
			i += n
		}
	}
	return i
}

// decode returns the character at the start of p, which is not ASCII, and its
// length; 0 if it needs the machine: cut short, malformed, or C1.
func decode(p []byte) (r rune, n int) {
	if b := p[0]; b > 0xe0 && b < 0xf0 && b != 0xed && len(p) > 2 && p[1]&0xc0 == 0x80 && p[2]&0xc0 == 0x80 {
		return rune(b&0x0f)<<12 | rune(p[1]&0x3f)<<6 | rune(p[2]&0x3f), 3 // most of it
	}
	if r, n = utf8.DecodeRune(p); n == 1 || r < 0xa0 {
		return 0, 0
	}
	return r, n
}

// printable returns where the run of printable ASCII at i ends. It looks at eight
// bytes at a time: one with its high bit set, below 0x20 or 0x7f sets a high bit in
// special, and carries only go to what comes after it.
func printable(p []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(p)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(p[i:])
		if special := (x | (x + ones) | ^((x | highs) - 0x20*ones)) & highs; special != 0 {
			return i + bits.TrailingZeros64(special)>>3
		}
	}
	for ; i < len(p); i++ {
		if p[i]-0x20 >= 0x5f {
			break
		}
	}
	return i
}

// writeCSI interprets a whole, plain control sequence that begins with the ESC at
// start, and returns where it ends; start if it is not that.
func (e *Emulator) writeCSI(p []byte, start int) int {
	i := start + 2
	if i >= len(p) || p[i-1] != '[' {
		return start
	}
	seq := &e.in.seq
	seq.clear()
	p = p[:min(len(p), start+maxStockBytes)] // that bound cannot be met
	if p[i]-'<' < 4 {
		seq.prefix = p[i] - '<' + 1
		i++
	}
	first, value := i, int32(-1)
	for ; i < len(p); i++ {
		switch b := p[i]; {
		case b-'0' < 10:
			value = min(max(value, 0)*10+int32(b-'0'), 1<<20)
		case b == ';' || b == ':':
			if seq.n == maxParams-1 {
				return start
			}
			seq.next(value)
			if b == ':' {
				seq.subs |= 1 << seq.n
			}
			value = -1
		case b >= 0x40 && b < 0x7f:
			if i > first {
				seq.next(value)
			}
			if b == 'm' && seq.prefix == 0 && !e.stock {
				e.selectRendition() // half of all sequences: not by way of the table
			} else {
				e.dispatchCSI(b)
			}
			return i + 1
		case b >= 0x20 && b < 0x30:
			if i+1 == len(p) || p[i+1]-0x40 >= 0x3f {
				return start
			}
			if i > first {
				seq.next(value)
			}
			seq.intermediate(b)
			e.dispatchCSI(p[i+1])
			return i + 2
		default:
			return start
		}
	}
	return start
}

// writeSlow feeds the machine until it is back in the ground state, or p ends.
func (e *Emulator) writeSlow(p []byte) int {
	for i := 0; i < len(p); i++ {
		if e.in.state >= oscString && e.in.utf8.need == 0 {
			n := printable(p, i)
			e.collect(p[i:n])
			if i = n; i == len(p) {
				break
			}
		}
		e.writeByte(p[i])
		if e.in.state == ground && e.in.utf8.need == 0 {
			return i + 1
		}
	}
	return len(p)
}

// writeByte decodes UTF-8 and gives the machine characters: control characters
// of C1 are code points, so that no byte of a longer character can be one.
func (e *Emulator) writeByte(b byte) {
	u := &e.in.utf8
	if u.need > 0 {
		if u.more(b) {
			if u.need == 0 {
				e.step(u.r)
			}
			return
		}
		u.need = 0
		e.step(utf8.RuneError)
	}
	switch {
	case b < utf8.RuneSelf:
		e.step(rune(b))
	case !u.start(b):
		e.step(utf8.RuneError)
	}
}

// step gives the machine one character.
func (e *Emulator) step(r rune) {
	switch {
	case r >= 0x20 && r < 0x7f || r >= 0xa0:
		steps[e.in.state](e, r)
	case r == 0x7f:
	case r >= 0x80:
		e.stepC1(r)
	case r == 0x1b:
		e.endString()
		e.in.seq.clear()
		e.in.state = escape
	case r == 0x18 || r == 0x1a: // CAN, SUB
		if e.stock {
			e.endString() // a string that is given up counts all the same
		}
		e.in.state = ground
		e.run(&e.fn.c0[r])
	case e.in.state >= oscString:
		if r == 0x07 && e.in.state == oscString {
			e.in.bell = true
			e.endString()
			e.in.bell = false
			e.in.state = ground
		}
	default:
		e.run(&e.fn.c0[r])
	}
}

// stepC1 is ESC Fe as one character.
func (e *Emulator) stepC1(r rune) {
	e.endString()
	e.in.seq.clear()
	e.in.state = escape
	e.stepEscape(r - 0x40)
}

func (e *Emulator) printAny(r rune) {
	if r < utf8.RuneSelf {
		e.printASCII([]byte{byte(r)})
		return
	}
	e.printRune(r)
}

func (e *Emulator) stepNothing(rune) {}

// introducers are the final characters of ESC that begin something longer.
var introducers = map[rune]state{
	'[': csiParam, ']': oscString, 'P': dcsString,
	'X': ignoredString, '^': ignoredString, '_': ignoredString,
}

func (e *Emulator) stepEscape(r rune) {
	seq := &e.in.seq
	switch {
	case r < 0x30:
		seq.intermediate(byte(r))
		e.in.state = escapeIntermediate
		return
	case r >= utf8.RuneSelf:
		e.in.state = ground
		return
	}
	if next, ok := introducers[r]; ok && e.in.state == escape {
		e.in.state = next
		e.in.str, e.in.tooBig = e.in.str[:0], false
		return
	}
	e.in.state = ground
	e.dispatchESC(byte(r))
}

func (e *Emulator) stepCSI(r rune) {
	seq := &e.in.seq
	b := byte(r)
	switch {
	case r >= utf8.RuneSelf: // as good as a final character that means nothing
		e.in.state = ground
	case b >= 0x40:
		e.in.state = ground
		e.dispatchCSI(b)
	case b < 0x30:
		seq.intermediate(b)
		e.in.state = csiIntermediate
	case e.in.state == csiIntermediate: // a parameter after an intermediate
		e.in.state = csiIgnore
	case b <= '9':
		seq.digit(b)
	case b <= ';':
		seq.separator(b)
	case seq.bytes > 0 || seq.prefix != 0:
		e.in.state = csiIgnore
	default:
		seq.prefix = b - '<' + 1
	}
}

func (e *Emulator) stepCSIIgnore(r rune) {
	if r >= 0x40 {
		e.in.state = ground
	}
}

// utf8State is a character that has not come whole. It follows the rule of one
// U+FFFD per maximal subpart: a byte that cannot go on ends what came before it
// and is looked at anew.
type utf8State struct {
	need   uint8 // bytes to come
	lo, hi byte  // range of the next one
	r      rune
}

// start takes the first byte of a character, 0x80 or more, and reports whether
// it can be one.
func (u *utf8State) start(b byte) bool {
	u.lo, u.hi = 0x80, 0xbf
	switch {
	case b >= 0xc2 && b <= 0xdf:
		u.need, u.r = 1, rune(b&0x1f)
	case b >= 0xe0 && b <= 0xef:
		u.need, u.r = 2, rune(b&0x0f)
		switch b {
		case 0xe0:
			u.lo = 0xa0
		case 0xed:
			u.hi = 0x9f
		}
	case b >= 0xf0 && b <= 0xf4:
		u.need, u.r = 3, rune(b&0x07)
		switch b {
		case 0xf0:
			u.lo = 0x90
		case 0xf4:
			u.hi = 0x8f
		}
	default:
		return false
	}
	return true
}

// more takes a further byte and reports whether it belongs to the character.
func (u *utf8State) more(b byte) bool {
	if b < u.lo || b > u.hi {
		return false
	}
	u.lo, u.hi = 0x80, 0xbf
	u.r = u.r<<6 | rune(b&0x3f)
	u.need--
	return true
}
