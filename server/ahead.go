package server

import (
	"encoding/base64"
	"io"
	"os"
	"time"

	"gmosh/protocol/datagram"
	"gmosh/protocol/link"
	"gmosh/protocol/ticket"
	"gmosh/server/detach"
)

// A gmosh that launches a server may tell it the client's first state with the
// command. The program starts then, and the session's first packets go out with the
// command's output, behind MOSH CONNECT: they are there a round trip before the
// client's first packet could be answered. Its first packet shows the way for all
// that follows.

// aheadPath is the path to the client while its first packet is waited for: the
// command's output. No other path has this number, which the carrier counts up to.
const aheadPath = ^datagram.Path(0)

const (
	// aheadRoom is how many bytes of packets go that way: a few screens. More would
	// have to be waited for, which the loop never does; a pipe takes them at once.
	aheadRoom = 32 << 10
	// aheadLimit is how long the command waits for more of them. Somebody may wait
	// for its end: a wrapper that looks at all its output.
	aheadLimit = 3 * time.Second
)

// ahead is a carrier whose first packets leave by a pipe to the launching process,
// until there is another path.
type ahead struct {
	*link.Server
	pipe io.WriteCloser // nil: no more
	room int
}

// MaxPayload is that of the least path: what was sent ahead may be sent again.
func (a *ahead) MaxPayload(path datagram.Path) int {
	if path == aheadPath {
		path = 0
	}
	return a.Server.MaxPayload(path)
}

// Send sends one packet. What finds no room ahead is lost, as packets may be.
func (a *ahead) Send(path datagram.Path, packet []byte) error {
	if path != aheadPath {
		a.stop()
		return a.Server.Send(path, packet)
	}
	if a.pipe == nil || len(packet) > a.room {
		return nil
	}
	a.room -= len(packet)
	if _, err := io.WriteString(a.pipe, ticket.FormatPacket(packet)+"\n"); err != nil {
		a.stop() // the launching process is gone
	}
	return nil
}

// Close closes both ways.
func (a *ahead) Close() error {
	a.stop()
	return a.Server.Close()
}

// stop lets the launching process end.
func (a *ahead) stop() {
	if a.pipe != nil {
		_ = a.pipe.Close()
		a.pipe = nil
	}
}

// passOn prints what the server sends ahead, behind MOSH CONNECT.
func (l *launcher) passOn(rest *detach.Rest) {
	defer rest.Close()
	timer := time.AfterFunc(aheadLimit, func() { _ = rest.Close() })
	defer timer.Stop()
	for line := range rest.Lines() {
		if _, ok := ticket.ParsePacket(line); !ok {
			continue
		}
		if _, err := io.WriteString(l.stdout, line+"\n"); err != nil {
			return // nobody listens
		}
	}
}

// firstText is how a first state stands in launchVariable.
var firstText = base64.RawURLEncoding

// launchedByUs reports whether a gmosh launches this server, with what it tells of
// the client's first state, and forgets it. nil: nothing, or nothing that can be read.
func launchedByUs() (first []byte, ok bool) {
	value, ok := os.LookupEnv(launchVariable)
	_ = os.Unsetenv(launchVariable)
	first, err := firstText.DecodeString(value)
	if err != nil || len(first) == 0 {
		return nil, ok
	}
	return first, ok
}
