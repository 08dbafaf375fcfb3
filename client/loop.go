package client

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"gmosh/client/keys"
	"gmosh/client/notice"
	"gmosh/client/tty"
	"gmosh/protocol/terminal"
	"gmosh/protocol/userinput"
)

// When the first contact is late (spec section 10).
const (
	connectingNotice = 250 * time.Millisecond
	// aheadNotice is the same where there is a screen to see already.
	aheadNotice       = time.Second
	connectingTimeout = 15 * time.Second
	// goodbyeTimeout is how long a server that was never heard is told that it is
	// over: it may hear us all the same.
	goodbyeTimeout = 4 * time.Second
)

// eventBuffer is how many events wait for the loop: the packets of a frame or
// two.
const eventBuffer = 64

// event is something that happened. The goroutines beside the loop make them.
type event interface {
	happen(s *session, now time.Time)
}

// post gives an event to the loop; false: there is no loop any more.
func (s *session) post(e event) bool {
	select {
	case s.events <- e:
		return true
	case <-s.alive.Done():
		return false
	}
}

// source runs one of the goroutines that make events. If it panics, the loop
// does, since that one gives the terminal back.
func (s *session) source(run func()) {
	s.sources.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				s.post(crashed{r, debug.Stack()})
			}
		}()
		run()
	})
}

// crashed is the panic of a source.
type crashed struct {
	reason any
	stack  []byte
}

func (c crashed) happen(*session, time.Time) {
	panic(fmt.Sprintf("%v\n\nin a goroutine of the client:\n%s", c.reason, c.stack))
}

// loop runs until the session is over.
func (s *session) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	w := waiter{timer: timer, cancelled: ctx.Done()}
	for {
		now := s.now()
		s.expire(now)
		s.insist(now)
		s.rest.settle(s, now)
		s.reach.settle(s, now)
		sent := s.network.transmit(s, now)
		s.readAgain()
		if w.timed && sent {
			s.counters.TimerSends++
		}
		if s.finished(now) {
			break
		}
		s.job.proceed(s, now)
		s.draw(now)
		w.wait(s, s.deadline(now), now)
		s.counters.Iterations++
	}
	s.ended = true
}

// waiter is what the loop waits for.
type waiter struct {
	timer     *time.Timer
	armed     time.Time // what the timer is set to; zero: nothing
	cancelled <-chan struct{}
	timed     bool // the timer alone ended the last wait
}

// wait handles all events that there are, and waits for one if there is none,
// but not beyond the deadline.
func (w *waiter) wait(s *session, deadline, now time.Time) {
	if !deadline.Equal(w.armed) {
		w.arm(deadline, now)
	}
	w.timed = false
	select {
	case e := <-s.events:
		e.happen(s, s.now())
		s.drain()
	case e := <-s.terminal.Events():
		s.terminalEvent(e, s.now())
	case err := <-s.display.wrote:
		s.wrote(err, s.now())
	case <-w.cancelled:
		w.cancelled = nil
		s.end(sayCancelled, s.now())
	case <-w.timer.C:
		w.armed, w.timed = time.Time{}, true
		s.counters.Timers++
	}
}

func (w *waiter) arm(deadline, now time.Time) {
	w.armed = deadline
	if deadline.IsZero() {
		w.timer.Stop()
		return
	}
	w.timer.Reset(deadline.Sub(now))
}

// drain handles the events that are there already: one instruction may have come
// in many packets, and is to be answered and drawn once.
func (s *session) drain() {
	for range eventBuffer {
		select {
		case e := <-s.events:
			e.happen(s, s.now())
		default:
			return
		}
	}
}

// deadline is when the loop is to look again by itself; zero: never.
func (s *session) deadline(now time.Time) time.Time {
	d := s.transport.Deadline(now)
	d = sooner(d, s.bar.Next(now))
	if s.opts.Predictor != nil {
		d = sooner(d, s.opts.Predictor.Next(now))
	}
	if !s.connected {
		d = sooner(sooner(d, s.nextConnecting(now)), s.insistAt())
	}
	d = sooner(d, s.panel.next(now))
	d = sooner(d, s.nextRelease())
	return sooner(sooner(d, s.reach.deadline()), s.job.deadline())
}

// nextConnecting is when something is to be said, or done, about a server that
// was never heard.
func (s *session) nextConnecting(now time.Time) time.Time {
	if !s.ending.IsZero() {
		return s.ending.Add(goodbyeTimeout)
	}
	for _, due := range []time.Duration{s.noticeAfter(), askAfter} {
		if at := s.started.Add(due); now.Before(at) {
			return at
		}
	}
	return s.started.Add(connectingTimeout)
}

// expire does what is due by time alone.
func (s *session) expire(now time.Time) {
	s.release(now)
	if s.connected {
		s.noteLogout(now)
		return
	}
	switch waited := now.Sub(s.started); {
	case !s.ending.IsZero():
		s.abandoned = s.abandoned || now.Sub(s.ending) >= goodbyeTimeout
	case waited >= connectingTimeout:
		s.end(sayTimeout, now)
	case waited >= s.noticeAfter():
		s.bar.Note(sayCause(s.cause(now), s.port()), now, notice.Stay)
		if waited >= askAfter {
			s.lifeline.ask(s)
		}
	}
}

// noticeAfter is how long the first contact may take before it is spoken of.
func (s *session) noticeAfter() time.Duration {
	if s.transport.HaveHeard() {
		return aheadNotice
	}
	return connectingNotice
}

// cause is why nothing comes, as far as it is known by now.
func (s *session) cause(now time.Time) Cause {
	if len(s.opts.Ticket.Addrs) == 0 || s.lifeline.health == nil {
		return Unknown
	}
	return s.reached(now).Cause(s.opts.Ticket.Addrs[0])
}

// port is the server's, for people.
func (s *session) port() uint16 {
	if len(s.opts.Ticket.Addrs) == 0 {
		return 0
	}
	return s.opts.Ticket.Addrs[0].Port()
}

// end begins the shutdown, unless one is under way.
func (s *session) end(why string, now time.Time) {
	if s.ending.IsZero() {
		s.ending = now
		s.bar.End(why)
		s.transport.Shutdown(now)
	}
}

// insistence is how long after the first wish to end a second one counts as
// impatience. A terminal that goes away may send several signals at once.
const insistence = time.Second

// endAtWish ends as the user or another process wants. Asked again, it is over
// at once, whatever the server knows of it.
func (s *session) endAtWish(why string, now time.Time) {
	if !s.ending.IsZero() && now.Sub(s.ending) >= insistence {
		s.abandoned = true
	}
	s.end(why, now)
}

// finished reports whether there is nothing more to do.
func (s *session) finished(now time.Time) bool {
	done, _ := s.transport.Done(now)
	return done || s.abandoned || s.err != nil
}

// typed is what was read from the terminal. The bytes are the reader's, which
// waits until it is granted another read.
type typed struct {
	bytes []byte
	err   error
}

// readTerminal is the goroutine that owns reading.
func (s *session) readTerminal(t Terminal) {
	buf := make([]byte, 4096)
	for {
		select {
		case <-s.granted:
		case <-s.alive.Done():
			return
		}
		n, err := t.Read(buf)
		if !s.post(typed{buf[:n], err}) || err != nil {
			return
		}
	}
}

func (t typed) happen(s *session, now time.Time) {
	if t.err != nil {
		s.end(sayInputClosed, now)
		return
	}
	s.keystrokes(s.answers(t.bytes, now), now)
	s.dealt = true
}

// readAgain lets the terminal be read once more if what was read before has been dealt
// with, and sent: to wake the reader takes longer than to send a key.
func (s *session) readAgain() {
	if s.dealt {
		s.dealt = false
		s.grant()
	}
}

// keystrokes deals with what was typed.
func (s *session) keystrokes(typed []byte, now time.Time) {
	s.keys.Modal, s.keys.Encoded, s.keys.Releases = s.panel.open, s.display.disambiguates(), s.display.releases()
	s.obey(s.keys.Feed(nil, now, typed), now)
}

// obey does what the user wants.
func (s *session) obey(events []keys.Event, now time.Time) {
	for _, e := range events {
		keyed[e.Kind](s, e.Keys, now)
	}
	if s.keys.Waiting() {
		s.bar.Help(s.opts.Escape.Help())
	} else {
		s.bar.Help("")
	}
	s.feed(now)
}

// keyed is what the user's wishes do.
var keyed = map[keys.Kind]func(s *session, typed []byte, now time.Time){
	keys.Send:    func(s *session, typed []byte, _ time.Time) { s.input.add(typed) },
	keys.Quit:    func(s *session, _ []byte, now time.Time) { s.endAtWish(sayQuit, now) },
	keys.Suspend: func(s *session, _ []byte, _ time.Time) { s.job.ask() },
	keys.Panel:   func(s *session, _ []byte, _ time.Time) { s.panel.toggle() },
	keys.Dismiss: func(s *session, _ []byte, _ time.Time) { s.panel.open = false },
	keys.Repaint: func(s *session, _ []byte, _ time.Time) { s.display.repaint = true },
}

// grant lets the terminal be read once more, now that what was read before has
// been dealt with, unless enough waits to be sent.
func (s *session) grant() {
	s.paused = s.input.full()
	if !s.paused {
		s.granted <- struct{}{} // there is room: none is out
	}
}

// unpause grants what full had withheld.
func (s *session) unpause(now time.Time) {
	if s.paused {
		s.keys.Resume(now)
		s.grant()
	}
}

// feed moves what was typed into the state, as far as there is room.
func (s *session) feed(now time.Time) {
	if !s.ending.IsZero() {
		return // the state is frozen
	}
	taken := s.input.take(s.unacknowledged())
	if len(taken) == 0 {
		return
	}
	if s.opts.Predictor != nil {
		s.opts.Predictor.Typed(now, taken, s.view())
	}
	s.rest.touch(s, now)
	s.local = s.local.Keys(taken)
	s.counters.Typed += uint64(len(taken))
	s.transport.Touch(now)
}

// unacknowledged is how much of what was sent the server may lack.
func (s *session) unacknowledged() int { return s.local.Pending(s.transport.Acked()) }

// say appends to the state something that was not typed.
func (s *session) say(state userinput.State, now time.Time) {
	if s.ending.IsZero() {
		s.local = state
		s.transport.Touch(now)
	}
}

// terminalEvents is what a terminal's events do.
var terminalEvents = map[tty.Event]func(s *session, now time.Time){
	tty.Resized:   (*session).resized,
	tty.Continued: func(s *session, now time.Time) { s.job.resume(s, now) },
	tty.StopAsked: func(s *session, _ time.Time) { s.job.ask() },
	tty.EndAsked:  func(s *session, now time.Time) { s.endAtWish(saySignal, now) },
}

func (s *session) terminalEvent(e tty.Event, now time.Time) {
	if do, ok := terminalEvents[e]; ok {
		do(s, now)
	}
}

// resized tells the server of the window's size, if it is another one.
func (s *session) resized(now time.Time) {
	cols, rows, err := windowSize(&s.opts)
	if err != nil || cols == s.cols && rows == s.rows {
		return
	}
	s.cols, s.rows = cols, rows
	s.display.repaint = true // terminals move text about when they are resized
	s.say(s.capable(s.local.Resize(cols, rows)), now)
	if s.opts.Predictor != nil {
		s.opts.Predictor.Reset(now)
	}
}

// wrote hears from the writer.
func (s *session) wrote(err error, now time.Time) {
	s.display.finished(err)
	if err != nil {
		s.end(sayOutputFailed, now)
	}
}

// draw brings the terminal up to date, if it is ours and not busy.
func (s *session) draw(now time.Time) {
	if !s.display.ready() || s.job.asked {
		return
	}
	s.question(now)
	over := terminal.NewOverlay(s.frame())
	if s.opts.Predictor != nil {
		s.opts.Predictor.Draw(now, over)
	}
	s.panel.draw(s, over, now)
	s.bar.Draw(over, now)
	s.display.draw(s.whole(over.Frame))
}

// frame is the server's newest frame, cut or padded to the terminal's size until
// the server knows that size.
func (s *session) frame() terminal.Frame {
	f := s.transport.Remote().Frame
	if cols, rows := f.Size(); cols == s.cols && rows == s.rows {
		return f
	}
	fit := terminal.Resume(f, terminal.Options{})
	fit.Resize(s.cols, s.rows)
	return fit.Frame()
}

// view is what a Predictor may know.
func (s *session) view() View {
	remote := s.transport.Remote()
	d := s.transport.Datagram()
	return View{
		Frame:      &remote.Frame,
		EchoAck:    remote.EchoAck,
		Discipline: remote.Discipline,
		Widths:     remote.Widths(),
		Sent:       s.transport.SentNum(),
		SRTT:       d.SRTT(),
		Measured:   d.HaveRTT(),
		Blank:      s.transport.RemoteNum() == 0,
	}
}

// sooner returns the earlier of two times, where zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
