package bootstrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"gmosh/bootstrap/hostkey"
	"gmosh/bootstrap/launch"
	"gmosh/bootstrap/sshauth"
	"gmosh/bootstrap/sshdial"
	"gmosh/sshconf"
)

// version is how we introduce ourselves to SSH servers (RFC 4253 section 4.2).
const version = "SSH-2.0-gmosh"

// maxHops bounds a chain of jump hosts, which configurations can make circular.
const maxHops = 16

// HandshakeError says that something answered and no SSH connection came about.
// Refusals of the key, of the login and of the algorithms have types of their own.
type HandshakeError struct {
	Host string
	Port int
	// Greeted: the other side is an SSH server and has shown its host key.
	Greeted bool
	// Silent: it did not answer in time, rather than badly.
	Silent bool
	Err    error
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("SSH with %s: %v", net.JoinHostPort(e.Host, strconv.Itoa(e.Port)), e.Err)
}

// Unwrap returns the reason.
func (e *HandshakeError) Unwrap() error { return e.Err }

// JumpError says that a jump host on the way could not be passed.
type JumpError struct {
	Host string // the jump host
	Err  error
}

func (e *JumpError) Error() string { return "jump host " + e.Host + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *JumpError) Unwrap() error { return e.Err }

// ErrTooManyHops says that the jump hosts lead to each other.
var ErrTooManyHops = errors.New("more than 16 jump hosts, one after the other")

// reachSSH logs in and runs the launch there.
func reachSSH(ctx context.Context, r *Request) (*far, error) {
	if err := r.Host.Err(); err != nil {
		return nil, err
	}
	d := &dialer{Request: r, life: &Lifeline{}}
	f, err := d.start(ctx)
	if err != nil {
		if closed := d.life.Close(); closed != nil {
			r.detail("closing: %v", closed)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return f, nil
}

// dialer is the making of one SSH connection and of those below it.
type dialer struct {
	*Request
	life *Lifeline // of all the connections made so far
	hops int
}

func (d *dialer) start(ctx context.Context) (*far, error) {
	host := d.Host
	if d.RemoteIP == Resolved {
		// "This option ignores any configuration in ssh_config for the same
		// hostname", says mosh(1): the name as typed is what is dialled.
		renamed := *host
		renamed.HostName = host.Alias
		host = &renamed
	}
	conn, g, err := d.connect(ctx, host)
	if err != nil {
		return nil, err
	}
	f, err := d.run(conn, g, host)
	if err != nil {
		return nil, err
	}
	if remote, err := netip.ParseAddrPort(g.RemoteAddr().String()); err == nil && !d.indirect() {
		f.direct = remote.Addr().Unmap()
	}
	return f, nil
}

// run runs the launch over a connection.
func (d *dialer) run(conn ssh.Conn, g *guard, host *sshconf.Config) (*far, error) {
	d.complete()
	d.straight.told(d.Request)
	line := d.Launch.CommandLine()
	d.detail("running %s", line)
	env := environment(host, d.Environ)
	for _, e := range env {
		d.finer(3, "passing on %s=%s", e.Name, e.Value)
	}
	process, err := launch.StartSSH(conn, launch.Exec{
		Line: line, Env: env, PTY: d.PTY, Open: d.Launch.Uploads(),
	})
	if err != nil {
		return nil, &HandshakeError{Host: host.HostName, Port: host.Port, Greeted: true, Silent: g.gaveUp(), Err: err}
	}
	g.pause()
	d.life.asking.start = throughSSH(conn, env)
	return &far{process: process, life: d.life}, nil
}

// connect logs in to a host, over its jump hosts if it has any.
func (d *dialer) connect(ctx context.Context, host *sshconf.Config) (ssh.Conn, *guard, error) {
	conn, err := d.transport(ctx, host)
	if err != nil {
		return nil, nil, err
	}
	return d.login(ctx, host, conn)
}

// transport opens what SSH with a host is spoken over.
func (d *dialer) transport(ctx context.Context, host *sshconf.Config) (net.Conn, error) {
	switch {
	case len(host.ProxyJump) > 0:
		return d.jump(ctx, host)
	case host.ProxyCommand != "":
		d.detail("running the ProxyCommand %s", host.ProxyCommand)
		// Not bound to ctx: Close ends it.
		return sshdial.Start(sshdial.ProxyCommand(context.WithoutCancel(ctx), d.Shell, host.ProxyCommand))
	}
	d.detail("connecting to %s port %d", host.HostName, host.Port)
	conn, err := sshdial.Dial(ctx, sshdial.Target{
		Host: host.HostName, Port: host.Port, Family: d.family(host), Timeout: host.ConnectTimeout,
		Attempts: host.ConnectionAttempts, KeepAlive: host.TCPKeepAlive, Class: host.IPQoSInteractive.Value,
		From: host.BindAddress, Interface: host.BindInterface,
	})
	if err == nil {
		d.detail("connected to %s", conn.RemoteAddr())
	}
	return conn, err
}

// family is --family, else what the configuration says.
func (d *dialer) family(host *sshconf.Config) sshdial.Family {
	if d.Family != "" || host.AddressFamily == sshconf.AnyFamily {
		return d.Family
	}
	return sshdial.Family(host.AddressFamily)
}

// jump logs in to the last of a host's jump hosts, which is reached over the ones
// before it, and returns a connection from there to the host.
func (d *dialer) jump(ctx context.Context, host *sshconf.Config) (net.Conn, error) {
	query, _ := host.Via()
	if d.hops++; d.hops > maxHops {
		return nil, &JumpError{Host: query.Host, Err: ErrTooManyHops}
	}
	config, err := d.Jump(query)
	if err == nil {
		err = config.Err()
	}
	if err != nil {
		return nil, &JumpError{Host: query.Host, Err: err}
	}
	d.detail("jumping over %s", query.Host)
	below, g, err := d.connect(ctx, config)
	if err != nil {
		return nil, &JumpError{Host: query.Host, Err: err}
	}
	g.pause() // what is awaited from now on is awaited on top of it
	return d.forward(below, host)
}

// handshake is one SSH connection in the making.
type handshake struct {
	*dialer
	host  *sshconf.Config
	guard *guard
	keys  *hostkey.Verifier
	login *sshauth.Login

	key    []byte // the host's, once it was shown
	keyErr error  // what was wrong with it
}

// login makes an authenticated SSH connection over conn.
func (d *dialer) login(ctx context.Context, host *sshconf.Config, conn net.Conn) (ssh.Conn, *guard, error) {
	h := &handshake{dialer: d, host: host, guard: &guard{Conn: conn}}
	d.life.conns = append(d.life.conns, h.guard)
	stop := context.AfterFunc(ctx, func() { h.guard.Close() })
	defer stop()
	h.keys = d.verifier(ctx, host, h.guard)
	login, done := d.authentication(host, h.guard, h.keys)
	defer done()
	h.login = login

	config, err := h.config()
	if err != nil {
		return nil, nil, err
	}
	h.guard.expect(limitOf(host))
	address := net.JoinHostPort(host.HostName, strconv.Itoa(host.Port))
	client, channels, requests, err := ssh.NewClientConn(h.guard, address, config)
	switch {
	case err == nil:
		h.guard.expect(loginLimit) // until a command runs
		h.serve(client, channels, requests)
		return client, h.guard, nil
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case h.keyErr != nil:
		err = h.keyErr
	case h.guard.gaveUp() || !login.Begun():
		err = h.failed(err)
	default:
		err = login.Fail(err)
	}
	return nil, nil, err
}

// serve looks after the connection for as long as it lives.
func (h *handshake) serve(conn ssh.Conn, channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	life, host := h.life, h.host
	life.serve(channels)
	u := &updater{conn: conn, keys: h.keys, mode: host.UpdateHostKeys, updates: &life.updates}
	if host.BatchMode && u.mode == sshconf.Ask {
		u.mode = sshconf.No // nobody may be asked
	}
	life.services.Go(func() { u.serve(requests) })
	life.services.Go(func() { keepAlive(conn, h.guard, host.ServerAliveInterval, host.ServerAliveCountMax) })
}

func (h *handshake) failed(err error) error {
	return &HandshakeError{
		Host: h.host.HostName, Port: h.host.Port, Greeted: h.key != nil, Silent: h.guard.gaveUp(), Err: err,
	}
}

func (h *handshake) config() (*ssh.ClientConfig, error) {
	algorithms, err := hostKeyAlgorithms(h.host, h.keys)
	if err != nil {
		return nil, err
	}
	config := &ssh.ClientConfig{
		User:              h.host.User,
		ClientVersion:     version,
		HostKeyAlgorithms: algorithms,
		HostKeyCallback:   h.verify,
		BannerCallback:    func(text string) error { h.UI.Tell(Banner{text}); return nil },
		AuthCallback: func(state *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
			h.guard.expect(loginLimit)
			if !h.login.Begun() {
				h.tellAgreed(state)
			}
			return h.login.Next(state)
		},
	}
	// Names that the library does not know are left out by it.
	supported, insecure := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	config.KeyExchanges = configured(h.host.KexAlgorithms, supported.KeyExchanges, insecure.KeyExchanges)
	config.Ciphers = configured(h.host.Ciphers, supported.Ciphers, insecure.Ciphers)
	config.MACs = configured(h.host.MACs, supported.MACs, insecure.MACs)
	if limit := h.host.RekeyLimit.Bytes; limit > 0 {
		config.RekeyThreshold = max(limit, minRekey)
	}
	h.finer(2, "host keys are looked up as %s in %s", hostkey.Name(h.keys.Host, h.keys.Port),
		strings.Join(slices.Concat(h.host.UserKnownHostsFiles, h.host.GlobalKnownHostsFiles), ", "))
	h.tellOffer(config)
	return config, nil
}

// minRekey is the library's own lower bound of RekeyLimit, in bytes.
const minRekey = 256

// tellOffer says what is offered to the server, for -vv.
func (h *handshake) tellOffer(config *ssh.ClientConfig) {
	told := *config
	told.SetDefaults()
	for _, list := range []struct {
		what  string
		names []string
	}{
		{"key exchanges", told.KeyExchanges}, {"host key algorithms", told.HostKeyAlgorithms},
		{"ciphers", told.Ciphers}, {"MACs", told.MACs},
	} {
		h.finer(2, "offering the %s %s", list.what, strings.Join(list.names, ","))
	}
}

// tellAgreed says what was agreed on, for -v.
func (h *handshake) tellAgreed(state *ssh.ClientAuthContext) {
	a := state.Algorithms
	h.detail("the server is %s", state.Metadata.ServerVersion())
	h.detail("agreed on %s, %s, %s to the server and %s from it", a.KeyExchange, a.HostKey,
		strings.TrimSpace(a.Write.Cipher+" "+a.Write.MAC), strings.TrimSpace(a.Read.Cipher+" "+a.Read.MAC))
}

// verify is called at every key exchange; the user is asked at the first.
func (h *handshake) verify(name string, remote net.Addr, key ssh.PublicKey) error {
	if h.key != nil {
		if !bytes.Equal(h.key, key.Marshal()) {
			return errors.New("the server changed its host key during the connection")
		}
		return h.keyErr
	}
	h.key = key.Marshal()
	h.UI.Tell(Reached{})
	h.detail("host key %s %s", key.Type(), h.keys.Fingerprint(key))
	if h.keyErr = sshauth.CheckRSASize(key, h.host.RequiredRSASize); h.keyErr == nil {
		h.keyErr = h.keys.Verify(name, remote, key)
	}
	h.guard.expect(loginLimit)
	return h.keyErr
}

// limitOf is how long a host may take until its key is there.
func limitOf(host *sshconf.Config) time.Duration {
	if host.ConnectTimeout > 0 {
		return host.ConnectTimeout
	}
	return greetingLimit
}
