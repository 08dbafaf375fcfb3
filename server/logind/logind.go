package logind

import (
	"context"
	"errors"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"gmosh/protocol/health"
)

// Host is the machine as a process sees it.
type Host struct {
	UID    int
	Name   string // of the user
	PID    int    // of the process that is to survive
	Cgroup string // its /proc/PID/cgroup; "" where there is none
	Getenv func(string) string
	Scoped bool  // systemd-run has put it into a scope, whatever the cgroup says
	ways   []way // tried in this order; nil: all there are
}

// This returns the machine as the process pid of this user sees it.
func This(pid int) Host {
	h := Host{UID: os.Getuid(), PID: pid, Getenv: os.Getenv}
	if u, err := user.Current(); err == nil {
		h.Name = u.Username
	}
	if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup"); err == nil {
		h.Cgroup = string(text)
	}
	return h
}

// way is a way to talk to logind and to the user's manager.
type way interface {
	// settings are logind's.
	settings(ctx context.Context) (settings, error)
	// linger and setLinger are about the user.
	linger(ctx context.Context) (bool, error)
	setLinger(ctx context.Context, on bool) error
	// move puts a process into a new scope of the user's manager.
	move(ctx context.Context, pid int) error
	close()
}

// settings are logind's effective ones (logind.conf(5)).
type settings struct {
	kill      bool
	only      []string // kill only these users' processes; nil: everybody's
	exclude   []string
	stopDelay time.Duration // negative: the manager is never stopped
}

// kills reports whether a user's processes are ended with the login.
func (s settings) kills(name string) bool {
	return s.kill && !slices.Contains(s.exclude, name) && (len(s.only) == 0 || slices.Contains(s.only, name))
}

// place is where a process is in systemd's tree.
type place int

const (
	outside   place = iota // of any login
	inSession              // in a login's scope
	inManager              // below the user's manager
)

// place reads it from the cgroup. Where that does not tell, as in a container, the
// login's own variable does.
func (h Host) place() place {
	if h.Scoped {
		return inManager
	}
	for line := range strings.Lines(h.Cgroup) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for part := range strings.SplitSeq(fields[2], "/") {
			switch {
			case strings.HasPrefix(part, "user@") && strings.HasSuffix(part, ".service"):
				return inManager
			case strings.HasPrefix(part, "session-") && strings.HasSuffix(part, ".scope"):
				return inSession
			}
		}
	}
	if h.Getenv("XDG_SESSION_ID") != "" {
		return inSession
	}
	return outside
}

// ErrNoLogind says that nothing of what logind does can be found out, because it is
// not there or does not answer.
var ErrNoLogind = errors.New("no logind answers")

// Guard moves the process out of the reach of logind if it must. The answer is nil
// if there is nothing that logind could do to it.
func Guard(ctx context.Context, h Host) *health.Logind {
	at := h.place()
	if at == outside {
		return nil
	}
	ways := h.allWays()
	defer closeAll(ways)
	s, err := first(ways, func(w way) (settings, error) { return w.settings(ctx) })
	if err != nil {
		return nil // nobody ends what nobody manages
	}
	l := &health.Logind{Kills: s.kills(h.Name), StopDelay: max(s.stopDelay, 0)}
	if at == inSession && !l.Kills {
		return l
	}
	l.Linger = h.lingers(ctx, ways)
	if at == inManager {
		l.Manager, l.Moved = true, true
	} else {
		_, err = first(ways, func(w way) (struct{}, error) { return struct{}{}, w.move(ctx, h.PID) })
		l.Moved, l.Manager = err == nil, err == nil
	}
	if err != nil {
		l.Err = err.Error()
	}
	l.Exposed = !l.Moved || !l.Linger && s.stopDelay >= 0
	return l
}

// Look is Guard that only looks: what would happen to the process where it is, or,
// where there is a manager, once it is moved.
func Look(ctx context.Context, h Host) *health.Logind {
	ways := h.allWays()
	defer closeAll(ways)
	looking := make([]way, len(ways))
	for i, w := range ways {
		looking[i] = looker{w}
	}
	h.ways = looking
	return Guard(ctx, h)
}

// looker is a way that moves nothing.
type looker struct{ way }

func (looker) move(context.Context, int) error { return nil }
func (looker) close()                          {}

// SetLinger turns linger on or off, and when it is on, which starts the user's
// manager, moves the process if it still has to be.
func SetLinger(ctx context.Context, h Host, on bool) (*health.Logind, error) {
	ways := h.allWays()
	defer closeAll(ways)
	_, err := first(ways, func(w way) (struct{}, error) { return struct{}{}, w.setLinger(ctx, on) })
	if err != nil {
		return nil, err
	}
	return Guard(ctx, h), nil
}

// lingers asks logind, which does not know a user that is not logged in; the mark
// that it keeps does.
func (h Host) lingers(ctx context.Context, ways []way) bool {
	on, err := first(ways, func(w way) (bool, error) { return w.linger(ctx) })
	if err == nil {
		return on
	}
	_, err = os.Stat("/var/lib/systemd/linger/" + h.Name)
	return err == nil
}

// first returns what the first way that works returns.
func first[T any](ways []way, do func(way) (T, error)) (T, error) {
	if len(ways) == 0 {
		var none T
		return none, ErrNoLogind
	}
	var errs []error
	for _, w := range ways {
		v, err := do(w)
		if err == nil {
			return v, nil
		}
		errs = append(errs, err)
	}
	var none T
	return none, errors.Join(errs...)
}

func closeAll(ways []way) {
	for _, w := range ways {
		w.close()
	}
}

// ErrNoScope says that no scope can be made with systemd-run.
var ErrNoScope = errors.New("systemd-run makes no scope")

// ErrNoManager says that the user has no manager to move to.
var ErrNoManager = errors.New("no user manager answers")
