package terminal

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Signals is what an application tells the user's terminal beside the screen. It is
// immutable; nil is the zero value.
type Signals struct {
	Progress  Progress
	Directory string // OSC 7: a file URL
	Pointer   string // OSC 22: the name of a mouse pointer's shape
	Prompt    Prompt

	// Clipboards are the newest OSC 52 writes, in order; Frame.ClipboardSeq counts
	// all.
	Clipboards []Clipboard

	// Notifications are the newest ones, in order; Frame.Notifications counts all.
	Notifications []Notification
}

// Clipboard is an OSC 52 write: the selections it is for ("c", "p", …), and the text
// in base64 as the application sent it.
type Clipboard struct {
	Selection string
	Data      string
}

// Progress is OSC 9;4. State is 0 (none), 1 (Percent of it is done), 2 (failed), 3
// (nobody knows how much) or 4 (paused).
type Progress struct{ State, Percent uint8 }

// Prompt is where a shell is, as OSC 133 last told: 'A' and 'P' a prompt is being
// drawn, 'B' and 'I' the user types a command, 'C' it runs, 'D' it has ended with
// Status, if that is not -1. 0: nothing was told.
type Prompt struct {
	Mark   byte
	Status int16
}

// Notification is OSC 9 (no title) or OSC 777;notify.
type Notification struct{ Title, Body string }

// How many notifications and clipboard writes a frame keeps for a client that has not
// seen them. The latter together are no longer than one may be.
const (
	maxNotifications = 4
	maxClipboards    = 4
)

// Bounds of the strings of Signals, in bytes; what is longer is not taken, a
// notification is cut.
const (
	maxDirectory    = 2048
	maxPointer      = 64
	maxNotification = 1 << 10
)

func (s *Signals) get() Signals {
	if s == nil {
		return Signals{}
	}
	return *s
}

// Equal reports whether both tell the same. Notifications are told apart by count (see
// Frame.Notifications), and clipboard writes too: but a stock server does not count.
func (s *Signals) Equal(o *Signals) bool {
	if s == o {
		return true
	}
	a, b := s.get(), o.get()
	return a.Progress == b.Progress && a.Directory == b.Directory && a.Pointer == b.Pointer && a.Prompt == b.Prompt &&
		newest(a.Clipboards) == newest(b.Clipboards)
}

// newest returns the last write, zero if there is none.
func newest(all []Clipboard) Clipboard {
	if len(all) == 0 {
		return Clipboard{}
	}
	return all[len(all)-1]
}

// Clipboard returns the last OSC 52 write, zero if there is none.
func (f *Frame) Clipboard() Clipboard {
	if f.Signals == nil {
		return Clipboard{}
	}
	return newest(f.Signals.Clipboards)
}

// ClipboardsSince returns the clipboard writes that f has and o had not, as far as f
// keeps them.
func (f *Frame) ClipboardsSince(o *Frame) []Clipboard {
	if f.Signals == nil || f.Signals == o.Signals {
		return nil
	}
	fresh := uint64(1) // another one by a stock server, from another state
	switch {
	case f.ClipboardSeq > o.ClipboardSeq:
		fresh = f.ClipboardSeq - o.ClipboardSeq
	case f.Clipboard() == o.Clipboard():
		return nil
	}
	all := f.Signals.Clipboards
	return all[len(all)-int(min(fresh, uint64(len(all)))):]
}

// signal replaces the signals by changed ones.
func (e *Emulator) signal(change func(*Signals)) {
	s := e.f.Signals.get()
	change(&s)
	e.f.Signals = &s
}

// setDirectory is OSC 7.
func (e *Emulator) setDirectory(text []byte, tooBig bool) {
	if !tooBig && len(text) <= maxDirectory {
		e.signal(func(s *Signals) { s.Directory = string(text) })
	}
}

// setPointer is OSC 22.
func (e *Emulator) setPointer(text []byte, tooBig bool) {
	name := string(text)
	if tooBig || len(name) > maxPointer || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return // also kitty's queries and its stack
	}
	e.signal(func(s *Signals) { s.Pointer = name })
}

// message is OSC 9: a notification, unless it begins with a number, which is then
// one of ConEmu's functions. Of those there are progress and directory; the others
// would do things to the user's machine.
func (e *Emulator) message(text []byte, tooBig bool) {
	number, rest, _ := strings.Cut(string(text), ";")
	if number == "" || strings.Trim(number, "0123456789") != "" {
		if !tooBig {
			e.notify(Notification{Body: string(text)})
		}
		return
	}
	switch number {
	case "4":
		e.setProgress(rest)
	case "9":
		e.setDirectory([]byte(rest), tooBig)
	}
}

func (e *Emulator) setProgress(text string) {
	state, percent, _ := strings.Cut(text, ";")
	n, err := strconv.ParseUint(state, 10, 8)
	if err != nil || n > 4 {
		return
	}
	p := Progress{State: uint8(n)}
	if n == 1 || n == 2 || n == 4 {
		v, err := strconv.ParseUint(percent, 10, 16)
		switch {
		case err == nil:
			p.Percent = uint8(min(v, 100))
		case n != 1: // the progress stays where it was
			p.Percent = e.f.Signals.get().Progress.Percent
		}
	}
	if p != e.f.Signals.get().Progress {
		e.signal(func(s *Signals) { s.Progress = p })
	}
}

// keepClipboard adds a clipboard write to those of the frame.
func (e *Emulator) keepClipboard(c Clipboard) {
	e.f.ClipboardSeq++
	e.signal(func(s *Signals) {
		kept, size := len(s.Clipboards), len(c.Data)
		for kept > 0 && len(s.Clipboards)-kept < maxClipboards-1 {
			if size += len(s.Clipboards[kept-1].Data); size > maxClipboard {
				break
			}
			kept--
		}
		s.Clipboards = append(slices.Clone(s.Clipboards[kept:]), c)
	})
}

// extension is OSC 777, of which there is notify;title;body.
func (e *Emulator) extension(text []byte, tooBig bool) {
	name, rest, _ := strings.Cut(string(text), ";")
	if name == "notify" && !tooBig {
		title, body, _ := strings.Cut(rest, ";")
		e.notify(Notification{title, body})
	}
}

func (e *Emulator) notify(n Notification) {
	n.Title, n.Body = string(cutUTF8([]byte(n.Title), maxNotification)), string(cutUTF8([]byte(n.Body), maxNotification))
	e.f.Notifications++
	e.signal(func(s *Signals) {
		kept := s.Notifications[max(0, len(s.Notifications)+1-maxNotifications):]
		s.Notifications = append(slices.Clone(kept), n)
	})
}

// promptMark is OSC 133.
func (e *Emulator) promptMark(text []byte, tooBig bool) {
	if tooBig || len(text) == 0 || !strings.ContainsRune("ABCDIP", rune(text[0])) || len(text) > 1 && text[1] != ';' {
		return
	}
	p := Prompt{Mark: text[0], Status: -1}
	if p.Mark == 'D' && len(text) > 2 {
		status, _, _ := strings.Cut(string(text[2:]), ";")
		if n, err := strconv.ParseInt(status, 10, 16); err == nil && n >= 0 {
			p.Status = int16(n)
		}
	}
	if p != e.f.Signals.get().Prompt {
		e.signal(func(s *Signals) { s.Prompt = p })
	}
}

// base64Text reports whether s consists of base64's characters. What does not
// clears a selection (xterm).
func base64Text(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=') {
			return false
		}
	}
	return true
}

// Told returns what the application tells beside the screen.
func (f *Frame) Told() Signals { return f.Signals.get() }
