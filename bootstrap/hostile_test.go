package bootstrap

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/probe"
	"gmosh/bootstrap/sshauth"
	"gmosh/protocol/ticket"
	"gmosh/sshconf"
)

// These tests log in to SSH servers that are made for the purpose, over a pipe and
// in virtual time.

// hostile is a server.
type hostile struct {
	greeting []byte // sent in place of SSH; then the connection is held open
	hangUp   bool   // or closed
	config   func(*ssh.ServerConfig)
	noExec   bool // refuses the command
	silent   bool // takes the command and says nothing
	session  func(io.Writer)
	status   uint32 // of the command; over 255: none, the connection breaks off
}

// serve speaks to one client until the connection ends.
func (h *hostile) serve(t *testing.T, conn net.Conn) {
	defer conn.Close()
	if h.greeting != nil || h.hangUp {

		conn.Write(h.greeting)
		if !h.hangUp {
			<-t.Context().Done()
		}
		return
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	if h.config != nil {
		config.NoClientAuth = false
		h.config(config)
	}
	config.AddHostKey(newSigner(t))
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			if r.Type != "exec" {
				r.Reply(false, nil)
				continue
			}
			r.Reply(!h.noExec, nil)
			if !h.noExec && !h.silent {
				go h.run(server, channel)
			}
		}
	}
}

func (h *hostile) run(server ssh.Conn, channel ssh.Channel) {
	h.session(channel)
	if h.status > 255 {
		server.Close()
		return
	}
	channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{h.status}))
	channel.Close()
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// meet starts a session with a hostile server, in a bubble, and returns what came
// of it and how long it took.
func meet(t *testing.T, h *hostile, p *person) (tk ticket.Ticket, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := newPipe()
		served := make(chan struct{})
		go func() { defer close(served); h.serve(t, theirs) }()

		host := bare("host", 22, "me")
		host.StrictHostKeyChecking = sshconf.StrictAcceptNew
		host.IdentityAgent.Off = true
		r := &Request{Host: host, UI: p, Launch: launch.Spec{Colors: 8}, Now: time.Now}
		begin := time.Now()
		tk, err = startOver(t, r, ours)
		took = time.Since(begin)
		theirs.Close()
		if h.greeting == nil || h.hangUp {
			<-served
		}
	})
	return tk, took, err
}

// startOver is Start for a connection that is there.
func startOver(t *testing.T, r *Request, conn net.Conn) (ticket.Ticket, error) {
	r.builds, r.straight = lookFor(nil), &straight{}
	d := &dialer{Request: r, life: &Lifeline{}}
	client, g, err := d.login(t.Context(), r.Host, conn)
	if err != nil {
		return ticket.Ticket{}, errors.Join(err, d.life.Close())
	}
	f, err := d.run(client, g, r.Host)
	if err != nil {
		return ticket.Ticket{}, errors.Join(err, d.life.Close())
	}
	f.direct = netip.IPv6Loopback()
	tk, life, err := r.wait(t.Context(), f)
	if err == nil {
		err = life.Close()
	}
	return tk, err
}

func TestServersThatAreNone(t *testing.T) {
	for _, c := range []struct {
		name   string
		server hostile
		check  func(*HandshakeError) bool
		within time.Duration
	}{
		{"says nothing", hostile{greeting: []byte{}}, func(e *HandshakeError) bool { return e.Silent && !e.Greeted }, greetingLimit},
		{"hangs up", hostile{hangUp: true}, func(e *HandshakeError) bool { return !e.Silent && !e.Greeted && errors.Is(e, io.EOF) }, 0},
		{"is a web server", hostile{greeting: []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), hangUp: true},
			func(e *HandshakeError) bool { return !e.Silent && !e.Greeted }, 0},
		{"never ends its greeting", hostile{greeting: bytes.Repeat([]byte("x"), 1<<20), hangUp: true},
			func(e *HandshakeError) bool { return !e.Silent && !e.Greeted }, 0},
		{"greets and then rambles", hostile{greeting: append([]byte("SSH-2.0-x\r\n"), bytes.Repeat([]byte{0xff}, 1<<16)...), hangUp: true},
			func(e *HandshakeError) bool { return !e.Silent && !e.Greeted }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, took, err := meet(t, &c.server, &person{})
			failed, ok := errors.AsType[*HandshakeError](err)
			if !ok || !c.check(failed) || took != c.within {
				t.Errorf("after %v: %#v", took, err)
			}
		})
	}
}

func TestServersThatStopDuringTheLogin(t *testing.T) {
	_, took, err := meet(t, &hostile{config: func(c *ssh.ServerConfig) {
		c.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			<-time.After(2 * loginLimit)
			return nil, nil
		}
	}}, &person{})
	if failed, ok := errors.AsType[*HandshakeError](err); !ok || !failed.Silent || !failed.Greeted || took != loginLimit {
		t.Errorf("after %v: %v", took, err)
	}
	_, _, err = meet(t, &hostile{config: func(c *ssh.ServerConfig) {
		c.MaxAuthTries = 1
		c.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errors.New("no") }
	}}, &person{})
	if failed, ok := errors.AsType[*sshauth.FailedError](err); !ok || failed.Passwords != 1 {
		t.Errorf("error %v", err)
	}
}

func TestUserMayTakeTheirTimeAndTheServerMayNot(t *testing.T) {
	slow := &thinking{person: &person{password: "pw"}, pause: time.Hour}
	h := &hostile{
		config: func(c *ssh.ServerConfig) {
			c.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
				return nil, nil
			}
		},
		session: func(w io.Writer) { io.WriteString(w, connectLine+"\n") },
	}
	var took time.Duration
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := newPipe()
		go h.serve(t, theirs)
		host := bare("host", 22, "me")
		host.StrictHostKeyChecking = sshconf.StrictAcceptNew
		host.IdentityAgent.Off = true
		begin := time.Now()
		_, err := startOver(t, &Request{Host: host, UI: slow, Now: time.Now}, ours)
		took = time.Since(begin)
		if err != nil {
			t.Error(err)
		}
		theirs.Close()
	})
	if took < time.Hour || took > time.Hour+time.Second {
		t.Errorf("took %v", took)
	}
}

// thinking takes its time for a password.
type thinking struct {
	*person
	pause time.Duration
}

func (s *thinking) Password(user, host string, attempt int) (string, error) {
	<-time.After(s.pause)
	return s.person.Password(user, host, attempt)
}

func TestServersThatRunTheWrongThing(t *testing.T) {
	write := func(text string) func(io.Writer) { return func(w io.Writer) { io.WriteString(w, text) } }
	for _, c := range []struct {
		name   string
		server hostile
		check  func(error) bool
		took   time.Duration
	}{
		{"refuses", hostile{noExec: true}, func(err error) bool { return errors.Is(err, launch.ErrRefused) }, 0},
		{"says nothing", hostile{silent: true}, as[*launch.SilentError], launch.Limit},
		{"garbage", hostile{session: write(strings.Repeat("\x1b[2J\x00\xff garbage\n", 10))}, as[*launch.FailedError], 0},
		{"endless garbage", hostile{session: func(w io.Writer) {
			for block := bytes.Repeat([]byte{0xff}, 32<<10); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}}, func(err error) bool { return errors.Is(err, ticket.ErrTooMuch) }, 0},
		{"a bad key", hostile{session: write("MOSH CONNECT 60001 short\n")}, func(err error) bool {
			return errors.Is(err, ticket.ErrMalformed)
		}, 0},
		{"a bad port", hostile{session: write("MOSH CONNECT 0 4NeCCgvZFe2RnPgrcU1PQw\n")}, func(err error) bool {
			return errors.Is(err, ticket.ErrMalformed)
		}, 0},
		{"breaks off", hostile{session: write("MOSH CONN"), status: 1000}, func(err error) bool {
			return as[*launch.FailedError](err) && errors.Is(err, io.ErrUnexpectedEOF)
		}, 0},
		{"fails", hostile{session: write("no\n"), status: 9}, func(err error) bool {
			failed, ok := errors.AsType[*launch.FailedError](err)
			return ok && failed.Exit.Status == 9
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &person{}
			_, took, err := meet(t, &c.server, p)
			if err == nil || !c.check(err) || took != c.took {
				t.Errorf("after %v: %v", took, err)
			}
			for _, line := range p.lines() {
				if !utf8.ValidString(line) || strings.ContainsAny(line, "\x1b\x00") {
					t.Fatalf("not fit to be shown: %q", line)
				}
			}
		})
	}
}

// What the far side says in the script's name is no more to be trusted than the rest.
func TestServersThatSpeakForTheScript(t *testing.T) {
	many := strings.Repeat("GMOSH FOUND gmosh /\x1b[2J\nGMOSH SKIP room /\x1b[2J\nGMOSH SEND gzip linux-amd64 /\x1b[2J\n", 1000)
	for _, c := range []struct {
		name, text string
		check      func(probe.Report) bool
	}{
		{"much", many, func(r probe.Report) bool { return len(r.Servers) <= 16 && len(r.Skipped) <= 16 }},
		{"what does not fit together", "GMOSH STORED /x\nGMOSH FAILED sum\nGMOSH BROKEN 1 /x\nGMOSH SEND zip a b\n",
			func(r probe.Report) bool { return r.Stored == "" && r.Failed == nil && r.Send == nil }},
		{"control characters", "GMOSH SYSTEM \x1b]0;evil\a x\nGMOSH NONE \x1b[31m\n",
			func(r probe.Report) bool { return !strings.ContainsAny(r.System+r.Platform, "\x1b\a") }},
	} {
		p := &person{}
		h := &hostile{session: func(w io.Writer) { io.WriteString(w, c.text) }, status: 1}
		_, _, err := meet(t, h, p)
		failed, ok := errors.AsType[*launch.FailedError](err)
		if !ok || !c.check(failed.Report) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if text := fmt.Sprintf("%+v %q", failed.Report, p.lines()); strings.Contains(text, "\x1b") {
			t.Errorf("%s: not fit to be shown: %s", c.name, text)
		}
		if sent := told[Uploading](p); len(sent) > 0 {
			t.Errorf("%s: something was sent that was not offered", c.name)
		}
	}
}

func TestServerIsFoundWhateverIsAroundIt(t *testing.T) {
	text := "GMOSH FOUND mosh-server /x\nMOSH CONNECT nonsense\n" + strings.Repeat("\x1b]0;title\a\r\n", 100) + connectLine + "\r\nMOSH CONNECT 1 x\n"
	for _, size := range []int{1, 7, len(text)} {
		h := &hostile{session: func(w io.Writer) {
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				if _, err := io.WriteString(w, rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
		}}
		tk, _, err := meet(t, h, &person{})
		if err != nil || tk.Addrs[0].Port() != 60001 || tk.Kind != ticket.Mosh {
			t.Errorf("pieces of %d: %v, %v", size, tk.Addrs, err)
		}
	}
}
