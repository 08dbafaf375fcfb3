// Package keys finds the client's own commands in what the user types: the
// escape key and the key after it (spec/mosh-wire.md section 10), typed as bytes or
// reported as sequences by a terminal that encodes keys.
//
// It does not interpret keys for the remote application (that is the server's
// business) and draws nothing: package notice shows the choices while a Machine
// waits. The client's loop feeds it everything that was typed, in order, before
// anything else sees it; package predict uses Decode. Pure; a Machine belongs to one
// goroutine.
package keys

import (
	"bytes"
	"slices"
	"time"
)

// Kind says what an Event asks for.
type Kind uint8

// The kinds of Event.
const (
	Send    Kind = iota + 1 // Keys are for the remote side
	Quit                    // end the session
	Suspend                 // stop this process, as Ctrl-Z does to others
	Repaint                 // draw the whole screen anew
	Panel                   // show how the connection does, or no longer
	Dismiss                 // Esc, to what is over the screen (Machine.Modal)
)

// Event is one thing the user wants.
type Event struct {
	Kind Kind
	Keys []byte // Send only: never empty, valid until the next call or until the bytes fed change
}

const (
	ctrlL = 0x0c
	ctrlZ = 0x1a
	esc   = 0x1b
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

const (
	// split is how far apart the bytes of a sequence may be. Only so long is the
	// beginning of one kept back.
	split = 50 * time.Millisecond
	// pastePause is how long nothing is pasted until a paste is over that has no end.
	// A link between here and the terminal may stall for some seconds.
	pastePause = 10 * time.Second
)

// Machine splits what is typed into Events. Make one with New.
type Machine struct {
	// Encoded: the terminal has been told to report keys as sequences, Esc and Alt-[
	// among them, so an ESC is the beginning of more. Else it may be the key of that
	// name, and is passed on at once.
	Encoded bool
	// Releases: it has been told to report repeats and releases of keys as well.
	Releases bool
	// Modal: something is over the screen that Esc closes.
	Modal bool

	escape  Escape
	waiting bool   // the escape key has been typed
	literal []byte // what it sent, while waiting
	entered bool   // the last key was CR or LF
	kept    []kept // keys that were not passed on

	held   []byte // the beginning of a sequence
	passed int    // so many bytes of it were sent all the same
	since  time.Time

	paste bool      // within the marks of a bracketed paste
	fed   time.Time // when something was last typed
}

// New returns a Machine that listens to the given escape key.
func New(escape Escape) *Machine { return &Machine{escape: escape} }

// Escape returns the machine's escape key.
func (m *Machine) Escape() Escape { return m.escape }

// Waiting reports whether the escape key was typed and the key after it was not
// yet. Nothing of the two has been sent then.
func (m *Machine) Waiting() bool { return m.waiting }

// Feed appends to dst what the user wants with the bytes of typed, in their
// order. Keys of the events alias typed or the machine.
func (m *Machine) Feed(dst []Event, now time.Time, typed []byte) []Event {
	if len(typed) == 0 {
		return dst
	}
	if now.Sub(m.since) >= m.patience() {
		dst = m.release(dst)
	}
	m.paste = m.paste && now.Sub(m.fed) < pastePause
	m.fed = now
	if !m.Releases {
		m.kept = m.kept[:0] // of which nobody will tell
	}
	r := run{m: m, dst: dst, bytes: typed, start: m.passed, alone: len(typed) == 1}
	if len(m.held) > 0 {
		r.bytes = append(m.held, typed...)
	}
	m.held, m.passed = nil, 0
	for at := 0; at < len(r.bytes); {
		s, whole := m.next(r.bytes[at:])
		if !whole && r.hold(at) {
			m.since = now
			return r.dst
		}
		r.take(s, at)
		at += len(s.raw)
	}
	return r.send(len(r.bytes))
}

// Resume says that what is typed is read again, after a time in which nobody did: no
// paste has ended in it.
func (m *Machine) Resume(now time.Time) { m.fed = now }

// Next is when Release will have something; zero: never, unless more is typed.
func (m *Machine) Next() time.Time {
	if len(m.held) == m.passed {
		return time.Time{}
	}
	return m.since.Add(split)
}

// Release gives up waiting for the rest of a sequence, if it is time to: it appends
// what its beginning means as keys of their own.
func (m *Machine) Release(dst []Event, now time.Time) []Event {
	if next := m.Next(); next.IsZero() || now.Before(next) {
		return dst
	}
	return m.release(dst)
}

// patience is for how long what is held may be the beginning of more. A paste goes
// through as it comes, and may be slow.
func (m *Machine) patience() time.Duration {
	if m.paste {
		return pastePause
	}
	return split
}

func (m *Machine) release(dst []Event) []Event {
	r := run{m: m, dst: dst, bytes: m.held, start: m.passed, alone: len(m.held) == 1}
	m.held, m.passed = nil, 0
	for at := r.start; at < len(r.bytes); at++ {
		r.take(character(r.bytes[at:]), at)
	}
	return r.send(len(r.bytes))
}

// stroke is one thing that was typed: a byte, or a sequence.
type stroke struct {
	raw  []byte
	char int // the byte that a key sends which is not encoded; -1: it is no such key
	Key      // of an encoded one; else only what was done
	// report: it tells of no key, but of the mouse or of the window, or is pasted.
	report bool
}

// character is the stroke of one byte.
func character(b []byte) stroke {
	return stroke{raw: b[:1], char: int(b[0]), Key: Key{action: pressed}}
}

var pasteBegin, pasteEnd = []byte("\x1b[200~"), []byte("\x1b[201~")

// next returns the first stroke of b, which is not empty; whole is false if more
// bytes may make another one of it.
func (m *Machine) next(b []byte) (s stroke, whole bool) {
	if m.paste {
		return m.pastedNext(b)
	}
	if b[0] != esc {
		return character(b), true
	}
	n, whole := sequence(b)
	if n == 0 {
		return character(b), whole || m.escape.key == esc // which is typed as nothing but itself
	}
	s = stroke{raw: b[:n], char: -1, Key: Key{action: pressed}}
	if k, ok := Decode(s.raw); ok {
		s.Key, s.char = k, k.character()
		return s, true
	}
	if m.escape.key == esc {
		return character(b), true
	}
	if string(s.raw) == mouseX10 {
		if len(b) < n+mouseX10Rest {
			return s, false
		}
		s.raw = b[:n+mouseX10Rest]
	}
	m.paste = bytes.Equal(s.raw, pasteBegin)
	s.report = m.paste || reports(s.raw)
	return s, true
}

// pastedNext is next within a paste: nothing is a key there but its end.
func (m *Machine) pastedNext(b []byte) (s stroke, whole bool) {
	s = character(b)
	s.report = true
	switch {
	case b[0] != esc:
		// An end of line at the end of a paste begins a line as a typed one does.
		m.entered = b[0] == '\r' || b[0] == '\n'
	case bytes.HasPrefix(b, pasteEnd):
		m.paste = false
		s.raw = b[:len(pasteEnd)]
	default:
		return s, !bytes.HasPrefix(pasteEnd, b)
	}
	return s, true
}

// sequence returns the length of the control sequence that b begins with, 0 if there
// is none; whole is false if there may be one when more has come.
func sequence(b []byte) (n int, whole bool) {
	if len(b) > 1 && b[1] != '[' {
		return 0, true
	}
	for i := 2; i < len(b) && i < MaxSequence; i++ {
		switch c := b[i]; {
		case c >= '@' && c < 0x7f:
			return i + 1, true
		case c < ' ' || c >= 0x7f:
			return 0, true
		}
	}
	return 0, len(b) >= MaxSequence
}

// A mouse's report in X10's encoding, and how many bytes follow.
const (
	mouseX10     = "\x1b[M"
	mouseX10Rest = 3
)

// reports reports whether a sequence that is no encoded key tells of the mouse, of the
// window's focus, or of what an application has asked.
func reports(raw []byte) bool {
	switch last := raw[len(raw)-1]; {
	case raw[2] == '?' || raw[2] == '<':
		return true
	case last == 'I' || last == 'O':
		return len(raw) == 3
	case len(raw) == len(mouseX10)+mouseX10Rest && string(raw[:3]) == mouseX10:
		return true
	default:
		return last == 'M' && len(raw) > 3 // of urxvt's encoding
	}
}

// run is the work of one call: what lies before start is done with.
type run struct {
	m     *Machine
	dst   []Event
	bytes []byte
	start int
	alone bool // all that came is one byte
}

// send appends the event that sends what has not been dealt with before a place.
func (r *run) send(end int) []Event {
	if r.start < end {
		r.dst = append(r.dst, Event{Kind: Send, Keys: r.bytes[r.start:end]})
		r.start = end
	}
	return r.dst
}

// drop is send, and the stroke there is not passed on.
func (r *run) drop(s stroke, at int) {
	r.send(at)
	r.start = max(r.start, at+len(s.raw))
}

// hold keeps what begins at a place for the next call; false: it is a key already. Of
// what may be one, and cannot wait, note is taken all the same.
func (r *run) hold(at int) bool {
	m, begun := r.m, r.bytes[at:]
	may := len(begun) <= len("\x1b[")
	if m.Modal && !m.Encoded && !m.waiting && len(begun) == 1 && r.alone {
		return false
	}
	end := at
	if m.paste || may && !m.Encoded && !m.waiting {
		end = len(r.bytes)
		m.entered = m.entered && m.paste
	}
	r.send(end)
	m.held = append([]byte(nil), begun...)
	m.passed = max(r.start-at, 0)
	return true
}

// take deals with the stroke at a place of the run.
func (r *run) take(s stroke, at int) {
	m := r.m
	switch {
	case s.report || s.Modifier():
		return
	case s.action != pressed:
		r.after(s, at)
		return
	}
	m.forget(s)
	line := m.entered
	m.entered = false
	switch {
	case m.Modal && s.char == esc && (s.code != 0 || r.alone):
		r.drop(s, at)
		m.keep(s)
		m.entered = line // nobody has seen it
		r.dst = append(r.dst, Event{Kind: Dismiss})
	case m.waiting:
		m.waiting = false
		r.drop(s, at)
		r.second(s)
	case s.char >= 0 && m.escape.matches(byte(s.char), line):
		r.drop(s, at)
		m.keep(s)
		m.waiting, m.literal = true, append(m.literal[:0], s.raw...)
	case s.char == ctrlL:
		r.dst = append(r.send(at), Event{Kind: Repaint})
	default:
		m.entered = s.char == '\r' || s.char == '\n'
	}
}

// second deals with the key after the escape key.
func (r *run) second(s stroke) {
	m := r.m
	kind, ok := commands[byte(s.char)]
	passes := s.char >= 0 && m.escape.passedBy(byte(s.char))
	if !ok && !passes {
		kind, ok = more[byte(s.char)]
	}
	switch {
	case ok && s.char >= 0:
		r.dst = append(r.dst, Event{Kind: kind})
	case passes:
		m.literally()
		r.dst = append(r.dst, Event{Kind: Send, Keys: bytes.Clone(m.literal)})
	default:
		m.literally()
		r.dst = append(r.dst, Event{Kind: Send, Keys: append(bytes.Clone(m.literal), s.raw...)})
		return
	}
	m.keep(s)
}

// kept is a key whose press was not passed on, so its repeats and its release are not
// either. The escape key's are kept for when it is to be passed on after all.
type kept struct {
	code rune // 0: it came as a byte
	char byte
}

// maxKept bounds the keys that are held at once: of some nobody tells that they were let
// go of, such as those held while the reports were switched on or off.
const maxKept = 4

func (m *Machine) keep(s stroke) {
	if !m.Releases {
		return
	}
	if len(m.kept) == maxKept {
		m.kept = m.kept[:copy(m.kept, m.kept[1:])]
	}
	m.kept = append(m.kept, kept{s.code, byte(max(s.char, 0))})
}

// is reports whether a stroke is of the kept key.
func (k kept) is(s stroke) bool {
	switch {
	case k.code != 0:
		return k.code == s.code
	case s.code != 0:
		return s.stands(k.char)
	}
	return int(k.char) == s.char
}

// forget removes the kept key that a stroke is of; false: it is of none.
func (m *Machine) forget(s stroke) (k kept, was bool) {
	for i, k := range m.kept {
		if k.is(s) {
			m.kept = slices.Delete(m.kept, i, i+1)
			return k, true
		}
	}
	return kept{}, false
}

// after deals with a repeat or a release: they go where the press went.
func (r *run) after(s stroke, at int) {
	k, was := r.m.forget(s)
	if !was {
		return
	}
	r.drop(s, at)
	switch {
	case s.action == repeated: // it is still held
		r.m.kept = append(r.m.kept, k)
	case r.m.waiting && k.char == r.m.escape.key:
		r.m.literal = append(r.m.literal, s.raw...)
	}
}

// literally is for an escape key that is passed on: if it is still held, its release
// will be too.
func (m *Machine) literally() {
	m.kept = slices.DeleteFunc(m.kept, func(k kept) bool { return k.char == m.escape.key })
}
