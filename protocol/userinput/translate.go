package userinput

const esc = 0x1b

// Translator turns what a client sends into what the pty gets. A client's terminal
// is always in application cursor key mode; while the application has not asked
// for that (DECCKM), the sequences ESC O A…D become ESC [ A…D (spec section 8).
// The matching goes on across calls. The zero Translator is at the beginning.
type Translator struct {
	seen byte // how much of ESC O has passed: 0, esc, or 'O' (which is then held back)
}

// Translate appends to dst what the pty gets for keys. appCursorKeys is whether the
// application wants its cursor keys as ESC O.
func (t *Translator) Translate(dst, keys []byte, appCursorKeys bool) []byte {
	for _, b := range keys {
		switch {
		case t.seen == 'O':
			dst = append(dst, introducer(b, appCursorKeys), b)
			t.seen = 0
		case t.seen == esc && b == 'O':
			t.seen = 'O'
			continue
		default:
			dst = append(dst, b)
			t.seen = 0
		}
		if b == esc {
			t.seen = esc
		}
	}
	return dst
}

// introducer is the byte that stands between ESC and b.
func introducer(b byte, appCursorKeys bool) byte {
	if !appCursorKeys && b >= 'A' && b <= 'D' {
		return '['
	}
	return 'O'
}
