package server

import (
	"math/rand/v2"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/screen"
	"gmosh/protocol/ssp"
	"gmosh/protocol/terminal/width"
	"gmosh/protocol/userinput"
	"gmosh/protocol/wire"
)

// collectDelay is how long output is collected before the first frame of it goes
// out. Mosh waits 8 ms; here the terminal's Read has already waited for a lull, and
// ssp sets the pace of what follows.
const collectDelay = 0

// helloVersion is the version of the extensions that this server speaks.
const helloVersion = 1

// AttachmentConfig is what connects a client to a session.
type AttachmentConfig struct {
	Carrier link.Carrier // closed when the attachment ends
	Key     datagram.Key // fresh: never used for another attachment

	// First is the client's first state, as a diff of state 0, if it has come in
	// another way than in packets: the session goes on at once, and sends to
	// aheadPath until a packet comes. nil: it has not.
	First []byte
}

// Attachment is one client's connection to a Session: the key and the transport,
// where the client is, what it has typed that shows on the screen, what its
// terminal can do. It belongs to its Loop's goroutine.
type Attachment struct {
	carrier   link.Carrier
	transport *ssp.Transport[screen.State, inbound]

	applied    userinput.State // what the session has been given of the user stream
	echo       echoAck
	translator userinput.Translator

	hello *wire.Hello        // our answer; nil: the client has not said that it is a gmosh
	caps  *wire.Capabilities // of the client's terminal; nil: it has not said
	stock bool               // the client is a mosh
	exit  *wire.Exit         // how the session ended; nil: it has not, or a stock client cannot be told

	disciplined bool // it is told of the line discipline

	restful   bool            // it knows what a longer heartbeat is
	addresses *wire.Addresses // what it is told; nil: nothing
	impatient bool            // the session ends soon after silence: no slower heartbeats
	heartbeat uint32          // what it has been told of ours, in seconds; 0: nothing

	began  time.Time
	joined bool          // the client's first state is known
	path   datagram.Path // where it is; 0: no packet has come
	silent bool          // it has not been heard for detachedAfter, and that is on record
}

// newAttachment returns a connection at state 0, over which nothing has come yet.
func newAttachment(cfg AttachmentConfig, s *Session, g *gate, now time.Time) *Attachment {
	a := &Attachment{carrier: cfg.Carrier, began: now}
	a.transport = ssp.New(ssp.Config[screen.State, inbound]{
		Datagram: datagram.New(cfg.Key, datagram.ToClient, 0),
		Local:    screen.Initial(s.cols, s.rows),
		Remote:   inbound{gate: g},
		Current: func() screen.State {
			state := screen.State{Frame: s.frame(), EchoAck: a.echo.acked, Hello: a.hello, Exit: a.exit, Addresses: a.addresses, Heartbeat: a.heartbeat}
			if a.disciplined {
				state.Discipline = s.discipline
			}
			return state
		},
		MinDelay:   collectDelay,
		MaxPayload: cfg.Carrier.MaxPayload,
		Follow:     true,
		Rand:       rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), // lengths are blurred, nothing is kept secret by it
	}, now)
	a.transport.Touch(now)
	return a
}

// news gives the session what the client's newest state brings. It reports whether
// the screen changed by it.
func (a *Attachment) news(s *Session) (touched bool) {
	state := a.transport.Remote().State
	events := state.Since(a.applied)
	a.applied = state
	var size *userinput.Event // consecutive resizes count as the last of them
	typed := false
	for i := range events {
		switch e := &events[i]; e.Kind {
		case wire.ClientKeys:
			s.input.add(a.translator.Translate(nil, e.Keys, s.emu.AppCursorKeys()))
			typed = true
		case wire.ClientResize:
			size = e
		case wire.ClientHello:
			a.answerHello(e.Hello)
			s.emu.SetWidths(width.Version(a.hello.Widths))
			touched = true
		case wire.ClientCapabilities:
			a.caps = e.Capabilities
			s.emu.SetOuter(outer(a.caps))
			s.answer()
		}
	}
	a.offer(events)
	if a.hello == nil && !a.stock { // a gmosh says so first of all
		a.stock = true
		s.emu.SetOuter(stockOuter())
	}
	// A resize does not wait for keys that a program does not read.
	if size != nil {
		s.resize(size.Cols, size.Rows) // a pseudo terminal without a size works too
		touched = true
	}
	if typed || size != nil {
		a.echo.applied(a.transport.RemoteNum(), s.input.given)
	}
	return touched
}

// answerHello makes the next states carry our side of the hello.
func (a *Attachment) answerHello(theirs *wire.Hello) {
	a.disciplined = theirs.Has(screen.FeatureDiscipline)
	if a.hello == nil {
		a.hello = &wire.Hello{Version: helloVersion, Features: a.features(), Widths: uint32(widths(theirs)), Software: software()}
	}
}

// end tells the client that it is over, and how, with the last screen.
func (a *Attachment) end(now time.Time, exit *wire.Exit) {
	if a.transport.ShuttingDown() {
		return
	}
	if a.hello != nil {
		a.exit = exit
	}
	a.echo.settle()
	a.transport.Touch(now)
	a.transport.Shutdown(now)
}

// met reports whether the client has connected: its first state may have come in
// another way.
func (a *Attachment) met() bool { return a.joined && a.path != 0 }

// host returns the client's address, or nothing where the carrier has none.
func (a *Attachment) host() string {
	if addr := a.address(a.path).Addr(); addr.IsValid() {
		return addr.String()
	}
	return ""
}
