package keys

// defaultKey is Ctrl-^.
const defaultKey = 0x1e

// Escape is the key before the client's own commands. The zero Escape is none at
// all; use Default or Parse.
type Escape struct {
	key byte // 1–127; 0: disabled
}

// Default is Ctrl-^.
func Default() Escape { return Escape{defaultKey} }

// reserved are control keys that cannot be spared as an escape key: ^C, ^D, ^J,
// ^L and ^M.
var reserved = map[byte]bool{0x03: true, 0x04: true, '\n': true, ctrlL: true, '\r': true}

// Parse reads the value of MOSH_ESCAPE_KEY: one byte from 1 to 127. An empty
// value disables the escape key; anything that cannot be one gives the default.
func Parse(value string) Escape {
	switch {
	case value == "":
		return Escape{}
	case len(value) > 1, value[0] == 0, value[0] > 127, reserved[value[0]]:
		return Default()
	}
	return Escape{value[0]}
}

// Enabled reports whether there is an escape key.
func (e Escape) Enabled() bool { return e.key != 0 }

// control reports whether the key is typed with Ctrl: such a key counts wherever
// it is typed, others only at the beginning of a line.
func (e Escape) control() bool { return e.key < 0x20 }

func (e Escape) matches(b byte, lineStart bool) bool {
	return e.Enabled() && b == e.key && (e.control() || lineStart)
}

// passKey is the key that, typed after the escape key, sends the escape key.
func (e Escape) passKey() byte {
	if e.control() {
		return e.key + '@'
	}
	return e.key
}

func (e Escape) passedBy(b byte) bool {
	pass := e.passKey()
	letter := e.control() && pass >= 'A' && pass <= 'Z'
	return b == pass || letter && b == pass-'A'+'a'
}

// String returns the key's name for people: Ctrl-^, "~", DEL; empty if there is
// none.
func (e Escape) String() string {
	switch {
	case !e.Enabled():
		return ""
	case e.control():
		return "Ctrl-" + string(rune(e.key+'@'))
	}
	return quote(e.key)
}

// Quit returns how to quit in words, such as "Ctrl-^ ."; empty if there is no
// escape key.
func (e Escape) Quit() string {
	if !e.Enabled() {
		return ""
	}
	return e.String() + " ."
}

// Panel returns how to show the panel in words, such as "Ctrl-^ ?"; empty if there
// is no way.
func (e Escape) Panel() string {
	if !e.Enabled() || e.passedBy('?') {
		return ""
	}
	return e.String() + " ?"
}

// Help returns the choices that there are while a Machine waits.
func (e Escape) Help() string {
	help := `Ctrl-Z suspends, "." quits, `
	for _, c := range []struct {
		key  byte
		does string
	}{{'?', "status"}, {'r', "repaints"}} {
		if !e.passedBy(c.key) {
			help += quote(c.key) + " " + c.does + ", "
		}
	}
	return help + quote(e.passKey()) + " literal " + e.String()
}

// quote names a printable key, and DEL.
func quote(b byte) string {
	switch b {
	case 0x7f:
		return "DEL"
	case ' ':
		return "Space"
	}
	return `"` + string(rune(b)) + `"`
}
