package client

import (
	"time"

	"gmosh/protocol/ssp"
)

// Typed bytes wait in a backlog until there is room for them in what the server
// has not acknowledged yet, so that a paste of any size arrives whole. All that is
// unacknowledged may have to be repeated in one instruction, whose packets leave
// together and must all arrive: so the bound is far below the 4 MiB that a peer
// inflates, and what the queue of a thin link (16 kB) takes at once.
const (
	minWindow   = 2 << 10
	firstWindow = 4 << 10
	maxWindow   = 12 << 10

	// queueMost is how much longer than at its best a round trip may take. A second more,
	// and what waits on the way would be taken to be lost, and sent again.
	queueMost = 250 * time.Millisecond
	// packetBytes is about what a packet holds.
	packetBytes = 1200
	// maxBacklog is where reading stops. It is large, so that the escape key works
	// while much waits for a server that is away.
	maxBacklog = 1 << 20
)

// input is what was typed and is not in a state yet.
type input struct {
	backlog []byte

	// window is how many bytes may be unacknowledged. It doubles when as much has
	// arrived, and is halved when no answer came in time, or a queue has formed.
	window   int
	arrived  int    // bytes acknowledged since the window last changed
	timeouts uint64 // the transport's count then
}

// add takes bytes typed.
func (in *input) add(keys []byte) { in.backlog = append(in.backlog, keys...) }

// full reports whether no more should be read from the terminal.
func (in *input) full() bool { return len(in.backlog) >= maxBacklog }

// take returns what may be sent now, given how much is unacknowledged. It is
// valid until the next add.
func (in *input) take(unacknowledged int) []byte {
	n := min(len(in.backlog), max(in.window-unacknowledged, 0))
	keys := in.backlog[:n:n]
	in.backlog = in.backlog[n:]
	return keys
}

// adapt sets the window after the server acknowledged n more bytes. It holds no more
// packets than one of which is lost: they have to arrive all together.
func (in *input) adapt(n int, way ssp.Way) {
	in.arrived += n
	switch {
	case len(in.backlog) == 0: // it is not the window that limits
		in.arrived, in.timeouts = 0, way.Timeouts
	case way.Timeouts > in.timeouts:
		in.window /= 2
		in.arrived, in.timeouts = 0, way.Timeouts
	case in.arrived < in.window:
	case way.Queueing > queueMost:
		in.window /= 2
		in.arrived = 0
	default:
		in.window *= 2
		in.arrived = 0
	}
	most := maxWindow
	if way.Lost > 0 {
		most = int(min(float64(most), packetBytes/way.Lost)) // which may be more than an int holds
	}
	in.window = max(min(in.window, most), minWindow)
}
