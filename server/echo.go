package server

import "time"

// echoDelay is how long an application is given to echo what was typed before the
// screen counts as showing it (spec section 9).
const echoDelay = 50 * time.Millisecond

// maxMarks bounds the client states that wait for their echo ack: a client that
// sends more while a program does not read gets them acknowledged in fewer steps.
const maxMarks = 1024

// echoAck follows which client states show on the screen: those whose keys the
// pseudo terminal took at least echoDelay ago.
type echoAck struct {
	acked uint64 // the newest such state; never goes back
	marks []mark // states after it, in order
}

// mark is a client state that brought keys or a resize.
type mark struct {
	num   uint64
	bytes uint64    // how many bytes of input there were in all with it
	typed time.Time // when the terminal had taken them; zero: it has not yet
}

// applied takes note of a client state that is in the input queue now, which with
// it has been given so many bytes in all.
func (e *echoAck) applied(num, bytes uint64) {
	if n := len(e.marks); n >= maxMarks && e.marks[n-1].typed.IsZero() {
		e.marks[n-1].num, e.marks[n-1].bytes = num, bytes
		return
	}
	e.marks = append(e.marks, mark{num: num, bytes: bytes})
}

// typed takes note that the terminal has now taken so many bytes in all.
func (e *echoAck) typed(now time.Time, bytes uint64) {
	for i := range e.marks {
		m := &e.marks[i]
		if m.typed.IsZero() && m.bytes <= bytes {
			m.typed = now
		}
	}
}

// due returns when the next state is to be acknowledged; zero: none is waiting.
func (e *echoAck) due() time.Time {
	if len(e.marks) == 0 || e.marks[0].typed.IsZero() {
		return time.Time{}
	}
	return e.marks[0].typed.Add(echoDelay)
}

// ripe reports whether something is to be acknowledged now.
func (e *echoAck) ripe(now time.Time) bool {
	due := e.due()
	return !due.IsZero() && !now.Before(due)
}

// advance acknowledges what is due and reports whether that was anything.
func (e *echoAck) advance(now time.Time) bool {
	n := 0
	for n < len(e.marks) && !e.marks[n].typed.IsZero() && !now.Before(e.marks[n].typed.Add(echoDelay)) {
		n++
	}
	return e.take(n)
}

// settle acknowledges everything: nothing more will be drawn.
func (e *echoAck) settle() { e.take(len(e.marks)) }

func (e *echoAck) take(n int) bool {
	if n == 0 {
		return false
	}
	e.acked = e.marks[n-1].num
	e.marks = append(e.marks[:0], e.marks[n:]...)
	return true
}
