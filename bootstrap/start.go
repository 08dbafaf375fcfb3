package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/bootstrap/upload"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// Transport is how the far machine is reached.
type Transport int

// The transports.
const (
	SSH     Transport = iota // our own SSH
	Program                  // another program, called as ssh is (--ssh)
	Local                    // no other machine at all (--local)
)

// RemoteIP is how the address for the session is found: mosh's
// --experimental-remote-ip.
type RemoteIP string

// The ways, as mosh(1) names them.
const (
	Dialled  RemoteIP = "proxy"  // the one SSH is connected to; also the empty RemoteIP
	Told     RemoteIP = "remote" // the one the far side says SSH came in on
	Resolved RemoteIP = "local"  // that of the host as it was typed, for SSH too
)

// Request is one session to start. Host and UI must be set; of the rest what the
// transport needs.
type Request struct {
	Transport Transport
	Host      *sshconf.Config // the host as configured; for Local, Alias is the address
	Launch    launch.Spec
	UI        UI

	Family   sshdial.Family
	RemoteIP RemoteIP
	PTY      bool                                         // ask for a terminal over there
	Agent    string                                       // socket of the user's agent, if the configuration names none
	Environ  []string                                     // of this process, for SendEnv
	Shell    string                                       // the user's shell, for ProxyCommand
	Jump     func(sshconf.Query) (*sshconf.Config, error) // the configuration of a jump host
	Now      func() time.Time                             // for the dates of host certificates; nil is time.Now

	// First returns the client's first state as a diff of state 0, when the command is
	// about to run: a gmosh server starts with it and answers at once
	// (Lifeline.Packets). nil, and a nil state, leave it to the session's packets.
	First func() []byte

	Builds *upload.Options // where builds of gmosh may be; nil: nothing is known of any
	Upload bool            // one may be put onto the host

	Program     []string // the words of --ssh
	Options     []string // options of ssh that were given to us, for Program
	Destination string   // [user@]host as typed, for Program

	Self string // this program, for Local
	Home string // the user's home folder, for Local

	builds   *builds   // set by Start
	straight *straight // likewise
}

// UI is the person in front of the terminal. The functions are called from one
// goroutine at a time. An error of a question ends Start, and is returned as it is.
type UI interface {
	sshauth.Prompter
	// HostKey asks whether the key of an unknown host is right.
	HostKey(hostkey.Question) (bool, error)
	// UpdateKeys asks whether known_hosts may be changed (UpdateHostKeys ask).
	UpdateKeys(NewHostKeys) (bool, error)
	// Tell says what happened; the types of event are below.
	Tell(event any)
}

// The events.
type (
	// Line is a line that the far side printed, fit to be shown.
	Line struct{ Text string }
	// Reached says that an SSH server has shown its key: a ProxyCommand that leads
	// there has asked the user what it had to ask. Of several the first counts.
	Reached struct{}
	// Banner is what the SSH server says before the login, as it came.
	Banner struct{ Text string }
	// KeyAdded says that a host key was added to a file, or why it could not be.
	KeyAdded struct {
		hostkey.Question
		File string
		Err  error
	}
	// KeysUpdated says that a server's new host keys were written down, or why not.
	KeysUpdated struct {
		NewHostKeys
		Err error
	}
	// KeyIgnored says that a wrong host key was let through (StrictHostKeyChecking=no).
	KeyIgnored struct{ Err error }
	// KnownHostsUnread says that a known_hosts file is there and cannot be read.
	KnownHostsUnread struct{ Err error }
	// Slow says that the server takes long to start.
	Slow struct{}
	// Detail is a step, for -v; Level 2 and 3 are for -vv and -vvv.
	Detail struct {
		Text  string
		Level int
	}
)

// NoAddressError says that the server runs and nobody knows where.
type NoAddressError struct {
	Method RemoteIP
	Host   string
	Err    error // of the resolver; may be nil
}

func (e *NoAddressError) Error() string {
	return fmt.Sprintf("no address for the session with %s (%s): %v", e.Host, e.Method, e.Err)
}

// Unwrap returns the resolver's error.
func (e *NoAddressError) Unwrap() error { return e.Err }

// ErrNotNumeric says that Local was asked for with a host that is no address.
var ErrNotNumeric = errors.New("not a numeric address")

// far is the far machine, reached.
type far struct {
	process launch.Process
	life    *Lifeline
	direct  netip.Addr // what SSH is connected to; invalid if a program or a jump host is in between
}

// reach is keyed by Transport.
var reach = map[Transport]func(context.Context, *Request) (*far, error){
	SSH:     reachSSH,
	Program: reachProgram,
	Local:   reachLocal,
}

// Start starts a server and returns the way to it. The Lifeline is to be closed by
// the caller, once the session no longer needs it; with an error there is none.
func Start(ctx context.Context, req Request) (ticket.Ticket, *Lifeline, error) {
	r := &req
	if r.Now == nil {
		r.Now = time.Now
	}
	r.builds = lookFor(r.Builds)
	defer r.builds.looking.Wait()
	r.straight = r.wonder(ctx)
	defer r.straight.asking.Wait()
	r.Launch.Locate = r.RemoteIP == Told || r.indirect()
	f, err := reach[r.Transport](ctx, r)
	if err != nil {
		return ticket.Ticket{}, nil, err
	}
	return r.wait(ctx, f)
}

// wait waits for the server to say where it listens.
func (r *Request) wait(ctx context.Context, f *far) (ticket.Ticket, *Lifeline, error) {
	f.life.running = launch.Run(f.process)
	started, err := f.life.running.Wait(ctx, r.watch())
	if err != nil {
		return ticket.Ticket{}, nil, errors.Join(err, f.life.Close())
	}
	t, err := r.ticket(ctx, f, started)
	if err == nil {
		err = r.updateKeys(ctx, f.life)
	}
	if err != nil {
		return ticket.Ticket{}, nil, errors.Join(err, f.life.Close())
	}
	f.life.asks(r, started)
	return t, f.life, nil
}

// indirect reports that something stands between us and the host, so that the
// address of our connection is not the host's.
func (r *Request) indirect() bool {
	return r.Transport == Program || r.Transport == SSH && !direct(r.Host)
}

func (r *Request) ticket(ctx context.Context, f *far, s *launch.Started) (ticket.Ticket, error) {
	addrs, err := r.addresses(ctx, f.direct, s.Found)
	if err != nil {
		return ticket.Ticket{}, err
	}
	t := ticket.Ticket{Key: s.Connect.Key}
	for _, a := range addrs {
		t.Addrs = append(t.Addrs, netip.AddrPortFrom(a, s.Connect.Port))
	}
	if server, ok := s.Report.Running(); ok {
		t.Kind = kinds[server.Name]
		r.detail("started %s", server.Path)
		r.instead(s.Report)
	}
	return t, nil
}

// kinds of server by the name that the script found.
var kinds = map[string]ticket.Kind{"gmosh": ticket.Gmosh, "mosh-server": ticket.Mosh}

// detail tells a step, for -v.
func (r *Request) detail(format string, args ...any) {
	r.finer(1, format, args...)
}

// finer tells a step for those who ask for more.
func (r *Request) finer(level int, format string, args ...any) {
	r.UI.Tell(Detail{Text: fmt.Sprintf(format, args...), Level: level})
}
