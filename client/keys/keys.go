// Package keys finds the client's own commands in what the user types: the
// escape key and the key after it (spec/mosh-wire.md section 10).
//
// It does not interpret keys for the remote application (that is the server's
// business) and draws nothing: package notice shows the choices while a Machine
// waits. The client's loop feeds it everything that was typed, in order, before
// anything else sees it. Pure; a Machine belongs to one goroutine.
package keys

// Kind says what an Event asks for.
type Kind uint8

// The kinds of Event.
const (
	Send    Kind = iota + 1 // Keys are for the remote side
	Quit                    // end the session
	Suspend                 // stop this process, as Ctrl-Z does to others
	Repaint                 // draw the whole screen anew
	Panel                   // show how the connection does, or no longer
)

// Event is one thing the user wants.
type Event struct {
	Kind Kind
	Keys []byte // Send only: never empty, valid until the bytes fed change
}

const (
	ctrlL = 0x0c
	ctrlZ = 0x1a
)

// commands are the keys that mean something after the escape key, beside the one
// that passes the escape key itself. They win over it, as in mosh.
var commands = map[byte]Kind{
	'.':   Quit,
	ctrlZ: Suspend,
}

// more are the commands that mosh does not have. The key that passes the escape
// key wins over them: who has made "?" an escape key can type one.
var more = map[byte]Kind{
	'?': Panel,
	'r': Repaint,
}

// Machine splits what is typed into Events. Make one with New.
type Machine struct {
	escape  Escape
	waiting bool // the escape key has been typed
	entered bool // the last key was CR or LF
}

// New returns a Machine that listens to the given escape key.
func New(escape Escape) *Machine { return &Machine{escape: escape} }

// Escape returns the machine's escape key.
func (m *Machine) Escape() Escape { return m.escape }

// Waiting reports whether the escape key was typed and the key after it was not
// yet. Nothing of the two has been sent then.
func (m *Machine) Waiting() bool { return m.waiting }

// Feed appends to dst what the user wants with the bytes of typed, in their
// order. Keys of the events alias typed.
func (m *Machine) Feed(dst []Event, typed []byte) []Event {
	start := 0 // of the bytes that are not in an event yet
	for i, b := range typed {
		switch {
		case m.waiting:
			m.waiting = false
			dst = m.second(dst, typed[i:i+1])
			start = i + 1
		case m.escape.matches(b, m.entered):
			dst = send(dst, typed[start:i])
			m.waiting, start = true, i+1
		case b == ctrlL:
			dst = append(send(dst, typed[start:i]), Event{Kind: Repaint})
			start = i
		}
		m.entered = !m.waiting && start <= i && (b == '\r' || b == '\n')
	}
	return send(dst, typed[start:])
}

// second appends what the key after the escape key asks for.
func (m *Machine) second(dst []Event, key []byte) []Event {
	if kind, ok := commands[key[0]]; ok {
		return append(dst, Event{Kind: kind})
	}
	literal := []byte{m.escape.key}
	if m.escape.passedBy(key[0]) {
		return send(dst, literal)
	}
	if kind, ok := more[key[0]]; ok {
		return append(dst, Event{Kind: kind})
	}
	return send(dst, append(literal, key[0]))
}

// send appends the event that sends keys, if there are any.
func send(dst []Event, keys []byte) []Event {
	if len(keys) == 0 {
		return dst
	}
	return append(dst, Event{Kind: Send, Keys: keys})
}
