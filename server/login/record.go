package login

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"gmosh/server/pty"
)

// helperTimeout bounds one run of a helper program.
const helperTimeout = 5 * time.Second

// Record tells the machine who is logged in and from where: who(1) through the
// utempter helper, and syslog. Both are best effort; a machine without them has
// no record. Its one goroutine runs programs, so that the session's loop never
// waits for any; End waits for it.
type Record struct {
	hosts chan string // capacity 1: the newest host that is not recorded yet
	done  chan struct{}

	mu    sync.Mutex // guards ended against Connected after End
	ended bool
}

// recorder is one of the machine's records.
type recorder interface {
	connected(host string) // the client's host, also when it changes; empty: detached
	end()
}

// StartRecord begins the record of a session of user on term.
func StartRecord(term pty.Terminal, user string) *Record {
	var to []recorder
	if h, ok := term.(pty.Helper); ok {
		if path := findUtempter(); path != "" {
			to = append(to, &utmp{term: h, path: path, pid: os.Getpid()})
		}
	}
	return startRecord(append(to, &journal{user: user, open: openSyslog}))
}

func startRecord(to []recorder) *Record {
	r := &Record{hosts: make(chan string, 1), done: make(chan struct{})}
	go r.run(to)
	return r
}

func (r *Record) run(to []recorder) {
	defer close(r.done)
	for host := range r.hosts {
		for _, rec := range to {
			rec.connected(host)
		}
	}
	for _, rec := range to {
		rec.end()
	}
}

// Connected notes that the client is now at host, Detached that it is nowhere to be
// heard. They do not wait; of several calls that come while the record is being
// written, the last counts.
func (r *Record) Connected(host string) { r.note(host) }

// Detached: see Connected.
func (r *Record) Detached() { r.note("") }

func (r *Record) note(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	select {
	case <-r.hosts:
	default:
	}
	r.hosts <- host
}

// End closes the record and waits until it is written. It must come before the
// terminal is closed.
func (r *Record) End() {
	r.mu.Lock()
	if !r.ended {
		r.ended = true
		close(r.hosts)
	}
	r.mu.Unlock()
	<-r.done
}

// utmp is the who(1) entry of a pseudo terminal, made by libutempter's setgid
// helper, which knows the terminal by its master on stdin.
type utmp struct {
	term pty.Helper
	path string
	pid  int
	now  string // the entry, empty for none
}

func (u *utmp) connected(host string) {
	// In the words of mosh, which by them finds its detached sessions again.
	entry := fmt.Sprintf("mosh [%d]", u.pid)
	if host != "" {
		entry = host + " via " + entry
	}
	if entry == u.now {
		return
	}
	u.end()
	if u.run("add", entry) == nil {
		u.now = entry
	}
}

func (u *utmp) end() {
	if u.now != "" {
		u.run("del")
		u.now = ""
	}
}

func (u *utmp) run(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), helperTimeout)
	defer cancel()
	return u.term.RunHelper(ctx, u.path, args...)
}

// journal is the system's log.
type journal struct {
	user string
	open func() logger
	log  logger // nil until opened, or if there is none
	last string
}

// logger is what journal needs of log/syslog.
type logger interface {
	Info(text string) error
	Close() error
}

func (j *journal) connected(host string) {
	if j.open != nil {
		j.log, j.open = j.open(), nil
		j.info("user %s session begin", j.user)
	}
	if host != j.last && host != "" {
		j.last = host
		j.info("user %s connected from host: %s", j.user, host)
	}
}

func (j *journal) end() {
	if j.log == nil {
		return
	}
	j.info("user %s session end", j.user)
	j.log.Close()
	j.log = nil
}

func (j *journal) info(format string, args ...any) {
	if j.log != nil {
		j.log.Info(fmt.Sprintf(format, args...)) // no daemon, no record
	}
}
