package client

import (
	"context"
	"net/netip"
	"time"

	"gmosh/client/keys"
	"gmosh/client/outer"
	"gmosh/client/predict"
	"gmosh/client/tty"
	"gmosh/protocol/health"
	"gmosh/protocol/link"
	"gmosh/protocol/ssp"
	"gmosh/protocol/terminal"
	"gmosh/protocol/ticket"
	"gmosh/protocol/wire"
)

// Options are what a session needs.
type Options struct {
	// Ticket says where the server is and holds the session's key.
	Ticket ticket.Ticket
	// Carrier is the way to the server, if it is not UDP to the ticket's first
	// address. Run closes it.
	Carrier link.Carrier

	// Terminal is the user's. Run closes it.
	Terminal Terminal
	// Term and ColorTerm are what $TERM and $COLORTERM say about it.
	Term, ColorTerm string

	Escape      keys.Escape // the zero Escape is none
	TitlePrefix string      // in front of titles, such as "[mosh] "
	NoInit      bool        // do not switch to the terminal's alternate screen
	Software    string      // name and version, told to a gmosh server

	// Outer takes what the terminal answers out of what is typed; it is asked by Run
	// unless it was before. nil: nothing is asked and nothing taken out.
	Outer *outer.Filter

	// Header is a line of the caller's in the terminal's top row, above the session;
	// nil: there is none. It is called whenever the screen is drawn, by one
	// goroutine; a Read of the Terminal that returns nothing draws it.
	Header func() string

	// Introduction is what the server may have been told before; nil: nothing. Ahead
	// has the packets that it has sent before it has heard one; nil: there are none.
	Introduction *Introduction
	Ahead        <-chan []byte

	Predictor Predictor // nil: keys are shown when the server has echoed them
	Lifeline  Lifeline  // nil: there is none
	// LogoutKills: the server's machine is known to end what a login leaves
	// behind, the server included.
	LogoutKills bool

	// Resolve looks the server's name up again, when it has been silent for long;
	// nil: it has none.
	Resolve func(context.Context) ([]netip.AddrPort, error)

	// Now is the time; nil: that of a clock.Clock. It must not go backwards.
	Now func() time.Time
}

// Terminal is the user's terminal, as package tty has it. Read, Write and the
// rest are called from a goroutine each; after Close all return.
type Terminal interface {
	// Raw takes the terminal over, and Restore gives it back.
	Raw() error
	Restore() error
	// Size is the window's, in cells, at least 1 by 1.
	Size() (cols, rows int, err error)
	// Read waits for something typed; Write shows all of p.
	Read(p []byte) (int, error)
	Write(p []byte) (int, error)
	// Events tells of new sizes and of signals.
	Events() <-chan tty.Event
	// Suspend stops the process until the user continues it, which is an event.
	// It is called after Restore and may return at once.
	Suspend() error
	// Close restores the terminal and ends Read and Write.
	Close() error
}

var _ Terminal = (*tty.Terminal)(nil)

// Predictor guesses what typed keys will do to the screen, ahead of the server
// (spec section 11). It gets copies to draw on; its methods are called by one
// goroutine, with times that never go back.
type Predictor interface {
	// Typed tells of keys that the next state will carry, the one after
	// view.Sent.
	Typed(now time.Time, keys []byte, view View)
	// Arrived tells that a newer state of the server's came.
	Arrived(now time.Time, view View)
	// Reset tells that the screen changed its size: no guess holds any more.
	Reset(now time.Time)
	// Draw lays the guesses over a copy of the newest frame.
	Draw(now time.Time, over *terminal.Overlay)
	// Next is when Draw will draw something else by itself; zero: never.
	Next(now time.Time) time.Time
	// Stats is what became of the guesses so far.
	Stats() predict.Stats
}

var _ Predictor = (*predict.Predictor)(nil)

// View is what a Predictor may know of the session.
type View = predict.View

// NewPredictor returns what shows keys ahead of the server, by the name of the mode
// (adaptive, always, never, experimental), and whether what is typed is guessed to
// overwrite. It is nil where nothing is to be shown ahead.
func NewPredictor(mode string, overwrite bool) (Predictor, error) {
	m, err := predict.ParseMode(mode)
	if err != nil || m == predict.Never {
		return nil, err
	}
	return predict.New(predict.Options{Mode: m, Overwrite: overwrite}), nil
}

// Lifeline is a second way to the server's machine: the SSH connection that
// started the server, while it is kept.
type Lifeline interface {
	// Ask asks that machine about our server.
	Ask(ctx context.Context) (Health, error)
	// Close ends the connection. The session calls it, once, as soon as the
	// server has acknowledged packets of ours, when the server has been asked
	// about, or when it ends.
	Close() error
}

// Health is what a Lifeline knows of the server.
type Health = health.Status

// Result is how a session ended.
type Result struct {
	// Clean: both ends know that it is over.
	Clean bool
	// Connected: the server was heard at least once.
	Connected bool
	// Refused: the server's machine said at least once that nobody listens on the
	// port.
	Refused bool
	// Foreign counts the packets that came from the server's address and were not
	// authentic, if no other came.
	Foreign uint64
	// LostAtLogout: the server fell silent when the SSH connection had been closed,
	// and something speaks for its having been ended then.
	LostAtLogout bool
	// Exit is what the server said of the command's end; nil: nothing.
	Exit *wire.Exit
	// Server is the server's hello; nil: it is a stock mosh.
	Server *wire.Hello
	// Health is what the Lifeline said when no answer came; nil: it was not asked
	// or did not know.
	Health *Health
	// Err is what made going on impossible, if that is why it ended.
	Err error

	Counters Counters
}

// Counters are what a session did, for -v and tests.
type Counters struct {
	Transport  ssp.Stats
	SRTT       time.Duration // at the end; 0: never measured
	Iterations uint64        // of the loop
	Timers     uint64        // iterations that only the timer began
	TimerSends uint64        // of these, that sent something
	Hops       uint64        // new source ports
	Tries      uint64        // packets sent to other addresses of the server
	Switches   uint64        // changes to one of these
	Frames     uint64        // updates of the screen
	FrameBytes uint64        // bytes of these
	Typed      uint64        // bytes typed that were for the server
	Elapsed    time.Duration
	Prediction predict.Stats // zero if there was no Predictor
}
