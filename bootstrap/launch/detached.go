package launch

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gmosh/protocol/health"
)

// Detached is what was said of the server process that carries on.
type Detached struct {
	PID    int            // 0: not known
	Gmosh  bool           // it is ours
	Path   string         // of its program; "" if it did not say
	Logind *health.Logind // what logind will do to it; nil: nothing was said
}

// lateness is how long a server's last words may come after MOSH CONNECT: they are
// on standard error, which is no part of the same stream.
const lateness = time.Second

// gmoshBanner begins the line in which our server says what it is.
const gmoshBanner = "gmosh-server ("

var detachedLine = regexp.MustCompile(`^\[g?mosh-server detached, pid = ([0-9]{1,9})\]`)

// line takes a line that tells of the server, and reports whether it did nothing
// else.
func (d *Detached) line(text string) bool {
	if m := detachedLine.FindStringSubmatch(text); m != nil && d.PID == 0 {
		d.PID, _ = strconv.Atoi(m[1])
		return true
	}
	if strings.HasPrefix(text, gmoshBanner) {
		d.Gmosh = true
		return true
	}
	var server health.Server
	if health.Parse(health.KindServer, []byte(text), &server) == nil {
		d.Gmosh, d.PID, d.Path = true, server.PID, server.Path
		return true
	}
	var logind health.Logind
	if health.Parse(health.KindLogind, []byte(text), &logind) == nil {
		d.Logind = &logind
		return true
	}
	return false
}

// Said returns what the server had said of itself up to MOSH CONNECT, or since.
func (r *Running) Said() Detached {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out == nil {
		return Detached{}
	}
	return r.out.detached
}

// Detached returns what the server has said of itself by now; if that is not yet
// everything, it waits a moment. It is called after Wait.
func (r *Running) Detached(ctx context.Context) Detached {
	for late := time.After(lateness); ; {
		r.mu.Lock()
		out, changed := r.out, r.changed
		if out == nil {
			r.mu.Unlock()
			return Detached{}
		}
		said, over := out.detached, out.over()
		r.mu.Unlock()
		if said.PID != 0 || over {
			return said
		}
		select {
		case <-changed:
		case <-late:
			return said
		case <-ctx.Done():
			return said
		case <-r.stop:
			return said
		}
	}
}
