package notice

import (
	"fmt"
	"time"
)

// When silence is worth a word (spec section 10).
const (
	// contactTimeout is how long no new state of the server's may come: two
	// heartbeats and a little.
	contactTimeout = 6500 * time.Millisecond
	// replyTimeout is how long ago the newest state of ours that the server has
	// acknowledged may have been sent.
	replyTimeout = 10 * time.Second
)

// How long texts stay.
const (
	// Brief is for a message that only confirms something.
	Brief = time.Second
	// errorTime outlasts a heartbeat: an error that persists stays in sight.
	errorTime = 3100 * time.Millisecond
	// Stay is for a message that stays until it is cleared.
	Stay = time.Duration(1<<63 - 1)
)

// Bar is what there is to say. Make one with New.
type Bar struct {
	quit string // how to quit, such as "Ctrl-^ ."; empty: cannot

	contact, reply time.Duration // how long either may be late

	heard time.Time // when the server's newest state came
	proof time.Time // when our newest acknowledged state was sent

	// Texts, the most important first; the first that is there is shown.
	last    message // why the session ends
	help    message // choices after the escape key
	failure message // of the network
	note    message
}

// message is a text that is shown until a moment; zero: for good.
type message struct {
	text  string
	until time.Time
}

func newMessage(text string, now time.Time, d time.Duration) message {
	if d == Stay {
		return message{text: text}
	}
	return message{text, now.Add(d)}
}

func (m message) shown(now time.Time) bool {
	return m.text != "" && (m.until.IsZero() || now.Before(m.until))
}

// New returns a bar for a connection that begins now. quit is how the user can
// end it, as keys.Escape.Quit says it.
func New(quit string, now time.Time) *Bar {
	return &Bar{quit: quit, heard: now, proof: now, contact: contactTimeout, reply: replyTimeout}
}

// Expect says how much longer than usual the server's states, and its
// acknowledgements, may be late: what it announces, and we, when nothing happens.
func (b *Bar) Expect(contact, reply time.Duration) {
	b.contact, b.reply = contactTimeout+contact, replyTimeout+reply
}

// Heard notes when the server's newest state came.
func (b *Bar) Heard(at time.Time) { b.heard = at }

// Proved notes when our newest acknowledged state was sent.
func (b *Bar) Proved(at time.Time) { b.proof = at }

// Note shows a text for d, in place of an earlier one. An empty text clears it.
func (b *Bar) Note(text string, now time.Time, d time.Duration) {
	b.note = newMessage(text, now, d)
}

// Failed shows what went wrong on the network.
func (b *Bar) Failed(text string, now time.Time) {
	b.failure = newMessage(text, now, errorTime)
}

// Works notes that the network does what it should: the last failure is soon
// forgotten.
func (b *Bar) Works(now time.Time) {
	if soon := now.Add(Brief); b.failure.until.After(soon) {
		b.failure.until = soon
	}
}

// Help shows the choices after the escape key, in place of the quit hint too; an
// empty text takes them away.
func (b *Bar) Help(text string) { b.help = message{text: text} }

// End shows why the session ends, for good. Of several, the last stays.
func (b *Bar) End(text string) { b.last = message{text: text} }

// current returns the message to show, and whether it is the help.
func (b *Bar) current(now time.Time) (text string, help bool) {
	for _, m := range []*message{&b.last, &b.help, &b.failure, &b.note} {
		if m.shown(now) {
			return m.text, m == &b.help
		}
	}
	return "", false
}

// lateness says which silence there is to tell of, if any, and since when. A
// server that is not heard at all cannot reply either: contact comes first.
func (b *Bar) lateness(now time.Time) (since time.Time, word string) {
	switch {
	case now.Sub(b.heard) >= b.contact:
		return b.heard, "contact"
	case now.Sub(b.proof) >= b.reply:
		return b.proof, "reply"
	}
	return time.Time{}, ""
}

// Text returns what the bar says; empty: there is no bar now.
func (b *Bar) Text(now time.Time) string {
	text, help := b.current(now)
	since, word := b.lateness(now)
	hint := ""
	if b.quit != "" && !help {
		hint = " [To quit: " + b.quit + "]"
	}
	switch {
	case text == "" && word == "":
		return ""
	case text == "":
		return "mosh: Last " + word + " " + ago(now.Sub(since)) + " ago." + hint
	case word == "":
		return "mosh: " + text + hint
	}
	return "mosh: " + text + " (" + short(now.Sub(since)) + " without " + word + ".)" + hint
}

// Next returns when the bar will look different if nothing is told to it; zero:
// never. It is never later than the change, and may be sooner.
func (b *Bar) Next(now time.Time) time.Time {
	next := b.heard.Add(b.contact)
	consider := func(t time.Time) {
		if t.After(now) && (!next.After(now) || t.Before(next)) {
			next = t
		}
	}
	consider(b.proof.Add(b.reply))
	if since, word := b.lateness(now); word != "" {
		seconds := now.Sub(since) / time.Second
		consider(since.Add((seconds + 1) * time.Second))
	}
	for _, m := range []message{b.help, b.failure, b.note} {
		consider(m.until)
	}
	if !next.After(now) {
		return time.Time{}
	}
	return next
}

// ago says a time for a sentence: 7 seconds, 1:05, 2:00:01.
func ago(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d seconds", d/time.Second)
	}
	return clock(d)
}

// short says a time for a parenthesis: 7 s, 1:05, 2:00:01.
func short(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return clock(d)
}

func clock(d time.Duration) string {
	s := int64(d / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
