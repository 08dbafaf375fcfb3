package predict

import (
	"container/heap"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/terminal"
	"gmosh/protocol/wire"
)

// predictor is what a world drives: a Predictor, or the reference it is compared
// with.
type predictor interface {
	Typed(now time.Time, keys []byte, view View)
	Arrived(now time.Time, view View)
	Draw(now time.Time, over *terminal.Overlay)
	Next(now time.Time) time.Time
}

// program is what runs on the far side: it is given keys and prints.
type program interface {
	start(f *far)
	input(f *far, keys string)
	discipline() wire.Discipline
}

// conditions are those of a session.
type conditions struct {
	cols, rows int
	rtt        time.Duration
	reports    bool // the server tells its line discipline
	stock      bool // the terminal interprets as mosh's does
}

// world is a client with a predictor, a server with a program, and a link between
// them, in virtual time. It paces and acknowledges as mosh does: see spec sections
// 6 and 9.
type world struct {
	conditions
	t     testing.TB
	now   time.Time
	queue events
	p     predictor

	far  *far
	twin *far // the same program without a link: what is to come

	sent      uint64
	unsent    string
	sending   bool
	lastSent  time.Time
	view      View
	keysShown int // keys whose effect the client's frame shows

	shown  terminal.Frame // what the client shows
	drawAt time.Time
	typed  int              // keys typed
	truths []terminal.Frame // the twin's screens after each key, from keysShown on
	scores scores
}

// scores are what was shown compared with what was true.
type scores struct {
	keys   int           // keys that changed the screen
	atOnce int           // of these, that showed at once as they would
	echoes int           // keys that do to their line what they say
	soon   int           // of these, that showed around the cursor at once
	ahead  int           // times that something was shown that was not the server's
	wrong  time.Duration // cells that show what is neither here nor to come, times time
}

func newWorld(t testing.TB, c conditions, p predictor, prog func() program) *world {
	if c.cols == 0 {
		c.cols, c.rows = 40, 8
	}
	w := &world{conditions: c, t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), p: p}
	w.far = &far{w: w, prog: prog(), emu: terminal.New(c.cols, c.rows, terminal.Options{Stock: c.stock}), live: true}
	w.twin = &far{w: w, prog: prog(), emu: terminal.New(c.cols, c.rows, terminal.Options{Stock: c.stock})}
	blank := terminal.NewFrame(c.cols, c.rows)
	w.view = View{Frame: &blank, SRTT: c.rtt, Measured: true}
	w.shown = blank
	w.truths = []terminal.Frame{blank}
	w.far.prog.start(w.far)
	w.twin.prog.start(w.twin)
	w.truths[0] = w.twin.emu.Frame()
	w.far.changed()
	w.run(c.rtt + time.Second)
	return w
}

// interval is how far apart instructions are sent.
func (w *world) interval() time.Duration {
	return min(max(w.rtt/2, 20*time.Millisecond), 250*time.Millisecond)
}

// at does something later.
func (w *world) at(t time.Time, do func()) {
	heap.Push(&w.queue, event{t, w.queue.count, do})
	w.queue.count++
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	until := w.now.Add(d)
	for len(w.queue.all) > 0 && !w.queue.all[0].at.After(until) {
		e := heap.Pop(&w.queue).(event)
		w.elapse(e.at)
		e.do()
	}
	w.elapse(until)
}

// await waits for the screen that the newest key leads to.
func (w *world) await() {
	for range 300 {
		if len(w.truths) == 1 && sameScreen(w.view.Frame, &w.truths[0]) {
			return
		}
		w.run(10 * time.Millisecond)
	}
}

// settle lets everything arrive.
func (w *world) settle() { w.run(w.rtt + 3*time.Second) }

// elapse moves the clock, and draws whenever the predictor asks for it.
func (w *world) elapse(to time.Time) {
	for !w.drawAt.IsZero() && w.drawAt.After(w.now) && w.drawAt.Before(to) {
		w.tick(w.drawAt)
		w.draw()
	}
	w.tick(to)
}

func (w *world) tick(to time.Time) {
	w.scores.wrong += time.Duration(w.wrongCells()) * to.Sub(w.now)
	w.now = to
}

// typ types keys as one chunk.
func (w *world) typ(keys string) {
	w.twin.prog.input(w.twin, keys)
	before := w.truths[len(w.truths)-1]
	w.truths = append(w.truths, w.twin.emu.Frame())
	w.typed++
	w.p.Typed(w.now, []byte(keys), w.view)
	w.unsent += keys
	if !w.sending {
		w.sending = true
		w.at(later(w.now.Add(time.Millisecond), w.lastSent.Add(w.interval())), w.send)
	}
	w.draw()
	truth := &w.truths[len(w.truths)-1]
	if Echoes(keys, &before, truth) {
		w.scores.echoes++
		if Shows(&w.shown, &before, truth) {
			w.scores.soon++
		}
	}
	if sameScreen(&before, truth) {
		return
	}
	w.scores.keys++
	if sameScreen(&w.shown, truth) {
		w.scores.atOnce++
	}
}

func (w *world) send() {
	w.sending = false
	w.lastSent = w.now
	w.sent++
	w.view.Sent = w.sent
	keys, num, typed := w.unsent, w.sent, w.typed
	w.unsent = ""
	w.at(w.now.Add(w.rtt/2), func() { w.far.receive(keys, num, typed) })
}

// arrive is a state of the server's reaching the client.
func (w *world) arrive(f terminal.Frame, ack uint64, keys int, d wire.Discipline) {
	w.view.Frame, w.view.EchoAck = &f, ack
	w.truths = w.truths[keys-w.keysShown:]
	w.keysShown = keys
	if w.reports {
		w.view.Discipline = &d
	}
	w.p.Arrived(w.now, w.view)
	w.draw()
}

func (w *world) draw() {
	before := *w.view.Frame
	over := terminal.NewOverlay(*w.view.Frame)
	w.p.Draw(w.now, over)
	if !before.Equal(w.view.Frame) {
		w.t.Fatal("the frame was changed")
	}
	w.shown = over.Frame
	if !sameScreen(&w.shown, &before) {
		w.scores.ahead++
	}
	w.drawAt = w.p.Next(w.now)
}

// wrongCells counts cells that show what is neither on the screen nor to come.
func (w *world) wrongCells() int {
	n := 0
	for row := range w.rows {
		if w.shown.Row(row) == w.view.Frame.Row(row) {
			continue
		}
	cells:
		for col := range w.cols {
			if sameCell(&w.shown, w.view.Frame, row, col) {
				continue
			}
			for i := range w.truths {
				if sameCell(&w.shown, &w.truths[i], row, col) {
					continue cells
				}
			}
			n++
		}
	}
	return n
}

func sameCell(a, b *terminal.Frame, row, col int) bool {
	ca, cb := a.Row(row).Cell(col), b.Row(row).Cell(col)
	if r := ca.Rune(); r != 0 || cb.Rune() != 0 {
		return r == cb.Rune()
	}
	return CellText(a, row, col) == CellText(b, row, col)
}

// sameScreen compares text and cursor. A cursor that waits at the right edge is as
// good as one at the start of the next row.
func sameScreen(a, b *terminal.Frame) bool {
	cols, rows := a.Size()
	for row := range rows {
		if a.Row(row) == b.Row(row) {
			continue
		}
		for col := range cols {
			if !sameCell(a, b, row, col) {
				return false
			}
		}
	}
	ca, cb := a.Cursor, b.Cursor
	return ca.Row == cb.Row && ca.Col == cb.Col ||
		cb.PendingWrap && ca.Row == cb.Row+1 && ca.Col == 0
}

// row returns what the client shows in a row, with the cursor as a lower block and
// underlined characters in brackets.
func (w *world) row(row int) string {
	var b strings.Builder
	marked := false
	for col := range w.cols {
		c := w.shown.Row(row).Cell(col)
		if u := c.Attr().Underline() != 0; u != marked {
			b.WriteString(map[bool]string{true: "[", false: "]"}[u])
			marked = u
		}
		if at := w.shown.Cursor; at.Row == row && at.Col == col {
			b.WriteString("▂")
		}
		b.WriteString(CellText(&w.shown, row, col))
	}
	return strings.TrimRight(b.String(), " ")
}

// cursorRow is row for the row of the cursor.
func (w *world) cursorRow() string { return w.row(w.shown.Cursor.Row) }

// far is the server: a terminal with a program, and what it tells the client.
type far struct {
	w    *world
	emu  *terminal.Emulator
	prog program
	live bool // it has a client

	applied  []applied // states, in order
	typed    int       // keys that were applied
	ack      uint64
	sending  bool
	lastSent time.Time
}

type applied struct {
	num uint64
	at  time.Time
}

// print is for programs.
func (f *far) print(s string) {
	f.emu.Write([]byte(s))
	f.changed()
}

// later does something after a time; without a link, at once.
func (f *far) later(d time.Duration, do func()) {
	if !f.live {
		do()
		return
	}
	f.w.at(f.w.now.Add(d), do)
}

const (
	collect = 8 * time.Millisecond
	echoAck = 50 * time.Millisecond
)

func (f *far) receive(keys string, num uint64, typed int) {
	f.typed = typed
	f.prog.input(f, keys)
	f.applied = append(f.applied, applied{num, f.w.now})
	f.w.at(f.w.now.Add(echoAck), func() {
		f.ack = num
		f.changed()
	})
}

// changed sees to it that the client is told.
func (f *far) changed() {
	if !f.live || f.sending {
		return
	}
	f.sending = true
	f.w.at(later(f.w.now.Add(collect), f.lastSent.Add(f.w.interval())), func() {
		f.sending = false
		f.lastSent = f.w.now
		frame, ack, typed, d := f.emu.Frame(), f.ack, f.typed, f.prog.discipline()
		f.w.at(f.w.now.Add(f.w.rtt/2), func() { f.w.arrive(frame, ack, typed, d) })
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// event is something to come; events are a heap of them, in order.
type event struct {
	at  time.Time
	seq int
	do  func()
}

type events struct {
	all   []event
	count int
}

func (q *events) Len() int { return len(q.all) }
func (q *events) Less(i, j int) bool {
	a, b := q.all[i], q.all[j]
	return a.at.Before(b.at) || a.at.Equal(b.at) && a.seq < b.seq
}
func (q *events) Swap(i, j int) { q.all[i], q.all[j] = q.all[j], q.all[i] }
func (q *events) Push(x any)    { q.all = append(q.all, x.(event)) }
func (q *events) Pop() any {
	last := len(q.all) - 1
	e := q.all[last]
	q.all = q.all[:last]
	return e
}
