package screen

import (
	"errors"
	"fmt"

	"gmosh/protocol/render"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/wire"
)

// ErrSize says that a diff resizes the screen to something that no terminal is.
var ErrSize = errors.New("screen size beyond bounds")

// State is one state of the server's side of a session. It is a value; none of
// what it points to is changed. States of which one came from the other by Apply are
// for one goroutine to apply diffs to.
type State struct {
	Frame terminal.Frame

	// EchoAck is the newest client state whose effect the frame shows (spec
	// section 9). It never goes back.
	EchoAck uint64

	// Hello is the server's, nil until the client is known to be gmosh, and
	// always nil from a stock server. Its Widths is the table that the frame was
	// made with.
	Hello *wire.Hello

	// Exit is nil while the session runs. It is not sent to a stock client.
	Exit *wire.Exit

	// Discipline is what the line discipline of the server's terminal does, by the
	// time of EchoAck or later; nil if that is not told: by a stock server, or to
	// a client whose hello does not ask for it (FeatureDiscipline).
	Discipline *wire.Discipline

	// Addresses are where the server can be reached besides the address in use,
	// nil until it has told them. Heartbeat is how long it will be silent at most,
	// in seconds; 0: as long as a mosh. Both need the client's hello
	// (FeatureAddresses, FeatureHeartbeat).
	Addresses *wire.Addresses
	Heartbeat uint32

	// Initial marks state 0, which is never sent. What size the other half takes
	// it to have is not known, so a diff from it always carries one.
	Initial bool

	// applier is what the states of one stream take turns with in Apply; nil: it
	// is made there. It is no part of the value.
	applier *applier
}

// applier is the memory of Apply. Nothing of it reaches what Apply returns.
type applier struct {
	screen terminal.Emulator
	msg    wire.HostMessage
}

// FeatureDiscipline is the name, in both halves' hello, of Discipline.
const FeatureDiscipline = "line-discipline"

// The names, in both halves' hello, of Addresses and of Heartbeat, which the client
// announces in its own stream too.
const (
	FeatureAddresses = "addresses"
	FeatureHeartbeat = "heartbeat"
)

// Initial returns state 0: a blank terminal. The client gives the size that it
// announces in its first state, the server any.
func Initial(cols, rows int) State {
	return State{Frame: terminal.NewFrame(cols, rows), Initial: true, applier: new(applier)}
}

// Equal reports whether a peer that holds o lacks nothing of s.
func (s State) Equal(o State) bool {
	return s.EchoAck == o.EchoAck && s.Initial == o.Initial && s.Hello.Equal(o.Hello) &&
		s.Exit.Equal(o.Exit) && sameDiscipline(s.Discipline, o.Discipline) &&
		s.Addresses.Equal(o.Addresses) && s.Heartbeat == o.Heartbeat && s.Frame.Equal(&o.Frame)
}

func sameDiscipline(a, b *wire.Discipline) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// Subtract returns s: a screen is whole, no older state makes it smaller.
func (s State) Subtract(State) State { return s }

// Diff returns what makes s of a peer's base: a serialised HostMessage with, each
// in an element of its own, the echo ack, our hello, the size, the output that
// turns one frame into the other, the counts of what it brings, the line discipline
// and the exit.
func (s State) Diff(base State) []byte {
	var other terminal.Frame
	old := s.receiver(&base, &other)
	out := make([]byte, 0, roomFor(old, &s.Frame))
	if s.EchoAck > base.EchoAck {
		out = appendElement(out, wire.HostElement{Kind: wire.HostEchoAck, EchoAck: s.EchoAck})
	}
	if s.Hello != nil && !s.Hello.Equal(base.Hello) {
		out = appendElement(out, wire.HostElement{Kind: wire.HostHello, Hello: s.Hello})
	}
	cols, rows := s.Frame.Size()
	if c, r := base.Frame.Size(); base.Initial || c != cols || r != rows {
		out = appendElement(out, wire.HostElement{Kind: wire.HostResize, Cols: cols, Rows: rows})
	}
	out = s.appendOutput(out, old)
	if s.Hello == nil {
		return out
	}
	out = s.appendCounts(out, &base)
	return s.appendRest(out, &base)
}

// appendRest appends what only a gmosh client is told beside the screen.
func (s *State) appendRest(out []byte, base *State) []byte {
	if s.Discipline != nil && !sameDiscipline(s.Discipline, base.Discipline) {
		out = appendElement(out, wire.HostElement{Kind: wire.HostDiscipline, Discipline: *s.Discipline})
	}
	if s.Addresses != nil && !s.Addresses.Equal(base.Addresses) {
		out = appendElement(out, wire.HostElement{Kind: wire.HostAddresses, Addresses: s.Addresses})
	}
	if s.Heartbeat != base.Heartbeat {
		out = appendElement(out, wire.HostElement{Kind: wire.HostHeartbeat, Heartbeat: s.Heartbeat})
	}
	if s.Exit != nil && !s.Exit.Equal(base.Exit) {
		out = appendElement(out, wire.HostElement{Kind: wire.HostExit, Exit: s.Exit})
	}
	return out
}

// appendOutput appends the output that turns old into s's frame. It is written behind
// where its header may have to be, whose size depends on it.
func (s *State) appendOutput(dst []byte, old *terminal.Frame) []byte {
	var room [wire.OutputHeader]byte
	start := len(dst)
	dst = render.Frame(append(dst, room[:]...), old, &s.Frame, *s.dialect())
	output := dst[start+len(room):]
	if len(output) == 0 {
		return dst[:start]
	}
	dst = wire.AppendOutputHeader(dst[:start], len(output))
	return append(dst, output...)
}

// roomFor returns how much memory a diff may take: little, if the rows that differ
// were scrolled.
func roomFor(old, new *terminal.Frame) int {
	const few = 64
	if from, to := new.Differing(old); to-from <= 1 {
		return few
	}
	cols, _ := new.Size()
	return few + cols*max(new.WrittenSince(old)-1, 0)
}

func appendElement(dst []byte, e wire.HostElement) []byte { return e.Marshal(dst) }

// What the receiver's emulator is known to read: a mosh's, and ours.
var stockDialect, fullDialect = render.Stock(), render.Full()

func (s *State) dialect() *render.Dialect {
	if s.Hello == nil {
		return &stockDialect
	}
	return &fullDialect
}

// receiver returns the frame that a receiver stands on that has applied base, in other
// if it is not base's own. From state 0 it is blank, of whatever size it is given. A
// receiver that had no hello until now has it as the dialect of mosh could show it.
func (s *State) receiver(base *State, other *terminal.Frame) *terminal.Frame {
	switch {
	case base.Initial:
		*other = terminal.NewFrame(s.Frame.Size())
	case base.Hello == nil && s.Hello != nil:
		*other = render.Stock().Project(base.Frame)
	default:
		return &base.Frame
	}
	return other
}

// Apply returns the state that a peer's diff makes of s. Any bytes will do: an
// error says that they are no HostMessage or resize beyond terminal.MaxSide and
// terminal.MaxCells, and an echo ack that goes back is left out. The diff is not
// kept.
func (s State) Apply(diff []byte) (next State, err error) {
	if len(diff) == 0 {
		return s, nil
	}
	next = s
	next.Initial = false
	if next.applier == nil {
		next.applier = new(applier)
	}
	if output, ok := wire.OnlyOutput(diff); ok { // as most are
		screen := &next.applier.screen
		screen.Restart(&s.Frame, next.options())
		screen.Write(output)
		next.Frame = screen.Frame()
		return next, nil
	}
	if err := next.applier.msg.Unmarshal(diff); err != nil {
		return s, fmt.Errorf("screen diff: %w", err)
	}
	msg := next.applier.msg
	defer clear(msg) // it points into diff
	for i := range msg {
		if msg[i].Kind == wire.HostHello {
			next.Hello = msg[i].Hello
		}
	}
	// A server that has not said hello is a stock one, or has not yet heard ours
	// and so writes for one.
	screen := &next.applier.screen
	screen.Restart(&s.Frame, next.options())
	for i := range msg {
		if err := next.applyElement(screen, &msg[i]); err != nil {
			return s, fmt.Errorf("screen diff: %w", err)
		}
	}
	next.Frame = screen.Frame()
	for i := range msg {
		if msg[i].Kind == wire.HostCounts {
			setCounts(&next.Frame, msg[i].Counts)
		}
	}
	return next, nil
}

// options returns how output for s has to be interpreted.
func (s *State) options() terminal.Options {
	return terminal.Options{Stock: s.Hello == nil, Widths: s.Widths(), Clusters: true}
}

// Widths is the table of character widths that the frame was made with: the
// server's, or the newest for want of anything better.
func (s *State) Widths() width.Version {
	if s.Hello == nil {
		return width.Latest
	}
	return width.Version(s.Hello.Widths)
}

func (s *State) applyElement(screen *terminal.Emulator, e *wire.HostElement) error {
	switch e.Kind {
	case wire.HostBytes:
		screen.Write(e.Bytes)
	case wire.HostResize:
		if cols, rows := terminal.ClampSize(e.Cols, e.Rows); cols != e.Cols || rows != e.Rows {
			return fmt.Errorf("%w: %d by %d", ErrSize, e.Cols, e.Rows)
		}
		screen.Resize(e.Cols, e.Rows)
	case wire.HostEchoAck:
		s.EchoAck = max(s.EchoAck, e.EchoAck)
	case wire.HostExit:
		s.Exit = e.Exit
	case wire.HostAddresses:
		s.Addresses = e.Addresses
	case wire.HostHeartbeat:
		s.Heartbeat = e.Heartbeat
	case wire.HostDiscipline:
		d := e.Discipline
		s.Discipline = &d
	}
	return nil
}
