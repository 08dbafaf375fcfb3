package keys

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Key is a key as a terminal reports it that was told to encode keys: CSI u, of the
// kitty keyboard protocol and of xterm's formatOtherKeys, or CSI 27 ; … ~, of
// modifyOtherKeys.
type Key struct {
	code    rune      // of the key without Shift, in the user's layout; 0: it is known by a sequence of its own
	shifted rune      // the character with Shift; 0: not told
	base    rune      // the key at the same place of the standard layout; 0: not told
	mods    modifiers // that are held or locked
	action  action
	text    string // what it types; empty: not told
}

// modifiers are bits, as the kitty protocol has them. Of modifyOtherKeys the fourth
// is Meta, which makes no difference here.
type modifiers uint16

const (
	shift modifiers = 1 << iota
	alt
	ctrl
	super
	hyper
	meta
	capsLock
	numLock
)

// action is what was done to a key.
type action uint8

const (
	pressed action = iota + 1
	repeated
	released
)

// MaxSequence bounds the bytes of a control sequence that a key may be told in: a
// code, two more for Shift and the layout, modifiers, and a text of some characters.
const MaxSequence = 96

// Decode reads a control sequence, from ESC to its final byte; false: it tells no
// key, or tells it as terminals always have.
func Decode(sequence []byte) (Key, bool) {
	n := len(sequence)
	if n < 4 || n > MaxSequence || sequence[0] != esc || sequence[1] != '[' {
		return Key{}, false
	}
	parameters, final := string(sequence[2:n-1]), sequence[n-1]
	if strings.Trim(parameters, "0123456789:;") != "" {
		return Key{}, false // private, or with an intermediate
	}
	fields := strings.Split(parameters, ";")
	switch {
	case final == 'u' && len(fields) <= 3:
		return decodeCode(fields)
	case final == '~' && len(fields) == 3 && fields[0] == "27":
		code, mods := number(fields[2], 0), number(fields[1], 1)
		return Key{code: rune(code), mods: modifiers(mods - 1), action: pressed}, code > 0 && mods > 0
	case strings.IndexByte("ABCDEFHPQRS~", final) >= 0 && len(fields) == 2 && strings.Contains(fields[1], ":"):
		k := Key{}
		return k, k.modified(fields[1]) // a function key that says what was done to it
	}
	return Key{}, false
}

// decodeCode reads code:shifted:base ; modifiers:action ; text.
func decodeCode(fields []string) (k Key, ok bool) {
	codes := strings.Split(fields[0], ":")
	if len(codes) > 3 {
		return k, false
	}
	for i, to := range []*rune{&k.code, &k.shifted, &k.base} {
		if i < len(codes) {
			*to = rune(max(number(codes[i], 0), 0))
		}
	}
	k.action = pressed
	if len(fields) > 1 && !k.modified(fields[1]) {
		return k, false
	}
	if len(fields) > 2 {
		for _, c := range strings.Split(fields[2], ":") {
			if r := number(c, 0); r > 0 && utf8.ValidRune(rune(r)) {
				k.text += string(rune(r))
			}
		}
	}
	return k, k.code != 0 || k.text != "" // without a code: composed by an input method
}

// modified reads modifiers:action.
func (k *Key) modified(field string) bool {
	mods, event, _ := strings.Cut(field, ":")
	m, a := number(mods, 1), number(event, int(pressed))
	k.mods, k.action = modifiers(m-1), action(a)
	return m > 0 && a >= int(pressed) && a <= int(released)
}

// number reads a parameter; one that is left out is def, one that is none -1.
func number(s string, def int) int {
	if s == "" {
		return def
	}
	n, err := strconv.ParseUint(s, 10, 21)
	if err != nil {
		return -1
	}
	return int(n)
}

// Released reports whether the key was let go of: it does nothing then.
func (k Key) Released() bool { return k.action == released }

// Codes of the kitty protocol for keys that type nothing, and of those that do on
// the keypad.
const (
	firstLock, lastLock         = 57358, 57360
	firstModifier, lastModifier = 57441, 57454
	firstKeypad                 = 57399
	keypad                      = "0123456789./*-+\r="
	privateUse, lastPrivateUse  = 57344, 63743
)

// Modifier reports whether the key only changes what others do.
func (k Key) Modifier() bool {
	return k.code >= firstLock && k.code <= lastLock || k.code >= firstModifier && k.code <= lastModifier
}

// held are the modifiers without those that are locked.
func (k Key) held() modifiers { return k.mods &^ (capsLock | numLock) }

// Text returns what the key sends to a program that has not asked for its keys to be
// encoded; empty if it has no such thing, or if that depends on the user's layout and
// was not told.
func (k Key) Text() string {
	if k.held()&ctrl != 0 {
		if c, ok := k.control(); ok && k.certain() {
			return string(rune(c))
		}
		return ""
	}
	switch {
	case k.held()&^shift != 0:
		return ""
	case k.text != "":
		return k.text
	case k.held() == 0 && (k.code == '\r' || k.code == '\t' || k.code == esc || k.code == 0x7f):
		return string(k.code)
	case !k.certain():
		return ""
	}
	if c, ok := k.plain(); ok {
		return string(c)
	}
	return ""
}

// certain reports whether it was told what Shift makes of the key, or is known in
// every layout.
func (k Key) certain() bool {
	return k.mods&shift == 0 || k.shifted != 0 || k.code == ' ' || k.code < utf8.RuneSelf && unicode.IsLetter(k.code)
}

// plain is the character of a key with nothing but Shift and the locks; where it was
// not told what Shift makes of it, that of a US keyboard.
func (k Key) plain() (c rune, ok bool) {
	switch {
	case k.code >= firstKeypad && k.code < firstKeypad+rune(len(keypad)):
		return rune(keypad[k.code-firstKeypad]), true
	case k.code < ' ' || k.code == 0x7f || k.code >= privateUse && k.code <= lastPrivateUse || !utf8.ValidRune(k.code):
		return 0, false
	case unicode.IsLetter(k.code):
		upper := k.mods&shift != 0
		if upper && k.shifted != 0 {
			return k.shifted, true
		}
		if upper != (k.mods&capsLock != 0) {
			return unicode.ToUpper(k.code), true
		}
	case k.mods&shift != 0:
		return k.symbol(), true
	}
	return k.code, true
}

// symbol is the character of a key with Shift that is no letter.
func (k Key) symbol() rune {
	if k.shifted != 0 {
		return k.shifted
	}
	const plain, shifted = "`1234567890-=[]\\;',./", `~!@#$%^&*()_+{}|:"<>?`
	if i := strings.IndexRune(plain, k.code); i >= 0 {
		return rune(shifted[i])
	}
	return k.code // the character itself: modifyOtherKeys tells that
}

// control is the control character that the key has always sent with Ctrl. With Shift
// a letter is another key: that is what programs have keys encoded for.
func (k Key) control() (c byte, ok bool) {
	if k.held()&^shift != ctrl {
		return 0, false
	}
	code := k.code
	if code >= utf8.RuneSelf && k.base != 0 { // as the keys of other scripts do
		code = k.base
	}
	if unicode.IsLetter(code) {
		return controlOf(code, k.held()&shift == 0)
	}
	if k.held()&shift != 0 {
		code = k.symbol()
	}
	return controlOf(code, true)
}

// controlOf is what Ctrl makes of a character; of a letter only if they may be.
func controlOf(c rune, letters bool) (byte, bool) {
	switch {
	case c >= 'a' && c <= 'z' && letters:
		return byte(c) - 'a' + 1, true
	case c >= 'A' && c <= 'Z' && letters: // Caps Lock, with modifyOtherKeys
		return byte(c) - 'A' + 1, true
	case c >= '[' && c <= '_':
		return byte(c) - '@', true
	}
	i := strings.IndexRune(" @2345678/?~", c)
	if i < 0 {
		return 0, false
	}
	return "\x00\x00\x00\x1b\x1c\x1d\x1e\x1f\x7f\x1f\x7f\x1e"[i], true
}

// character is what the key stands for where the client looks for its own keys: one
// byte of ASCII; -1: none. What Shift makes of it is taken to be as on a US keyboard
// where it was not told: better the escape key works than not.
func (k Key) character() int {
	if text := k.Text(); text != "" {
		if len(text) == 1 {
			return int(text[0])
		}
		return -1
	}
	if c, ok := k.control(); ok {
		return int(c)
	}
	if c, ok := k.plain(); ok && k.held()&^shift == 0 && c < utf8.RuneSelf {
		return int(c)
	}
	return -1
}

// stands reports whether the key can be the one that sent a byte, whatever is held by
// now.
func (k Key) stands(c byte) bool {
	for _, mods := range []modifiers{0, shift, ctrl, ctrl | shift} {
		other := k
		other.mods, other.text = mods, ""
		if other.character() == int(c) {
			return true
		}
	}
	return false
}
