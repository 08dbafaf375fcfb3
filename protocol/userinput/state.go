package userinput

import (
	"fmt"
	"slices"

	"gmosh/protocol/wire"
)

// Event is one event of the stream: a wire.ClientElement. The bytes of a keys
// event are never written to again.
type Event = wire.ClientElement

// State is the stream up to some moment. Positions in it count bytes of keys, and
// one for each other event. The zero State is the empty stream, state 0 of a
// connection.
type State struct {
	start  uint64  // position of the first event held; what is before it both ends have
	end    uint64  // position behind the last one
	events []Event // shared with other states, never written to
}

// length is how far an event moves the position.
func length(e *Event) uint64 {
	if e.Kind == wire.ClientKeys {
		return uint64(len(e.Keys))
	}
	return 1
}

// add returns the stream with an event more. Append never writes into a slice
// that another state can see.
func (s State) add(e Event) State {
	s.events = append(slices.Clip(s.events), e)
	s.end += length(&e)
	return s
}

// Keys returns the stream after bytes were typed; it keeps a copy of them.
func (s State) Keys(b []byte) State {
	if len(b) == 0 {
		return s
	}
	return s.add(Event{Kind: wire.ClientKeys, Keys: slices.Clone(b)})
}

// Resize returns the stream after the window changed its size, both at least 1.
func (s State) Resize(cols, rows int) State {
	return s.add(Event{Kind: wire.ClientResize, Cols: cols, Rows: rows})
}

// Hello returns the stream after the client introduced itself as a gmosh; it is the
// first event of such a client.
func (s State) Hello(h *wire.Hello) State {
	return s.add(Event{Kind: wire.ClientHello, Hello: h})
}

// Capabilities returns the stream after the client told what its terminal can do.
func (s State) Capabilities(c *wire.Capabilities) State {
	return s.add(Event{Kind: wire.ClientCapabilities, Capabilities: c})
}

// Heartbeat returns the stream after the client announced how long it will be silent
// at most, in seconds.
func (s State) Heartbeat(seconds uint32) State {
	return s.add(Event{Kind: wire.ClientHeartbeat, Heartbeat: seconds})
}

// Pending returns how many bytes of keys and other events this state holds beyond
// prefix, an older state of the same stream.
func (s State) Pending(prefix State) int { return int(s.end - min(prefix.end, s.end)) }

// Equal reports whether both hold as much of the same stream.
func (s State) Equal(other State) bool { return s.end == other.end }

// Since returns the events beyond those of prefix, an older state of the same
// stream. What prefix lacks and this state has already forgotten (Subtract) is
// not among them.
func (s State) Since(prefix State) []Event {
	pos := s.start
	for i := range s.events {
		e := &s.events[i]
		next := pos + length(e)
		if next > prefix.end {
			return s.cut(i, prefix.end, pos)
		}
		pos = next
	}
	return nil
}

// cut returns the events from the one at index i, which begins at pos, without the
// keys of it that lie before from.
func (s State) cut(i int, from, pos uint64) []Event {
	if from <= pos {
		return s.events[i:]
	}
	rest := slices.Clone(s.events[i:])
	rest[0].Keys = rest[0].Keys[from-pos:]
	return rest
}

// Diff returns the events beyond base as a serialised wire.ClientMessage;
// consecutive keys share an element.
func (s State) Diff(base State) []byte {
	return wire.ClientMessage(joinKeys(s.Since(base))).Marshal(nil)
}

// joinKeys puts consecutive keys into one event.
func joinKeys(events []Event) []Event {
	var out []Event
	for _, e := range events {
		if n := len(out); n > 0 && e.Kind == wire.ClientKeys && out[n-1].Kind == wire.ClientKeys {
			out[n-1].Keys = append(slices.Clip(out[n-1].Keys), e.Keys...)
			continue
		}
		out = append(out, e)
	}
	return out
}

// Apply returns the stream after the events of a diff. The error wraps the one of
// package wire.
func (s State) Apply(diff []byte) (State, error) {
	var m wire.ClientMessage
	if err := m.Unmarshal(diff); err != nil {
		return s, fmt.Errorf("read user input: %w", err)
	}
	for _, e := range m {
		if e.Kind == wire.ClientKeys && len(e.Keys) == 0 {
			continue
		}
		e.Keys = slices.Clone(e.Keys)
		s = s.add(e)
	}
	return s, nil
}

// Subtract returns the same stream without the events that prefix has: both ends
// hold them, nobody will ask for them.
func (s State) Subtract(prefix State) State {
	if prefix.end <= s.start || prefix.end > s.end {
		return s
	}
	s.events = slices.Clone(s.Since(prefix))
	s.start = prefix.end
	return s
}
