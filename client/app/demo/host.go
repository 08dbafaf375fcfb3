package demo

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Name is what the machine is called in the configuration that Host writes.
const Name = "demo"

// Options are what a Host is started with.
type Options struct {
	User    string   // the user's name; only shown
	Shell   string   // runs the commands
	Environ []string // of this process; see environment
	Program string   // this program's file, to be found as gmosh over there

	RTT time.Duration // how far away it is
}

// Host is an SSH server on loopback that lets one throw-away key in and runs
// commands as this process's user. All it leaves on disk is a folder that only
// this user may enter, with a configuration for that login; Close removes it.
type Host struct {
	Options
	dir      string
	listener net.Listener
	config   *ssh.ServerConfig

	work   sync.WaitGroup
	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool
}

// Start starts a host.
func Start(o Options) (*Host, error) {
	dir, err := os.MkdirTemp("", "gmosh-demo-")
	if err != nil {
		return nil, err
	}
	h := &Host{Options: o, dir: dir, conns: make(map[net.Conn]bool)}
	if err := h.start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	h.work.Go(h.accept)
	return h, nil
}

func (h *Host) start() error {
	if err := os.Mkdir(h.bin(), 0o700); err != nil {
		return err
	}
	if err := os.Symlink(h.Program, filepath.Join(h.bin(), "gmosh")); err != nil {
		return err
	}
	hostKey, err := newSigner(nil)
	if err != nil {
		return err
	}
	userKey, err := newSigner(func(pem []byte) error { return os.WriteFile(h.path("key"), pem, 0o600) })
	if err != nil {
		return err
	}
	h.config = &ssh.ServerConfig{PublicKeyCallback: onlyKey(userKey.PublicKey()), ServerVersion: "SSH-2.0-gmosh-demo"}
	h.config.AddHostKey(hostKey)
	if h.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	return h.writeConfig(hostKey.PublicKey())
}

// newSigner makes a key; keep is given its private half as OpenSSH writes it.
func newSigner(keep func([]byte) error) (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if keep != nil {
		block, err := ssh.MarshalPrivateKey(private, "gmosh demo")
		if err == nil {
			err = keep(pem.EncodeToMemory(block))
		}
		if err != nil {
			return nil, err
		}
	}
	return ssh.NewSignerFromKey(private)
}

// onlyKey lets one key in, by whatever name: the port is open to all users of this
// machine.
func onlyKey(key ssh.PublicKey) func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
	return func(_ ssh.ConnMetadata, offered ssh.PublicKey) (*ssh.Permissions, error) {
		if string(offered.Marshal()) != string(key.Marshal()) {
			return nil, errors.New("not the demo's key")
		}
		return nil, nil
	}
}

// writeConfig writes the ssh_config of a login here, and the known_hosts for it.
func (h *Host) writeConfig(key ssh.PublicKey) error {
	addr := h.listener.Addr().(*net.TCPAddr)
	known := knownhosts.Line([]string{addr.String()}, key) + "\n"
	if err := os.WriteFile(h.path("known_hosts"), []byte(known), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf(`Host %s
HostName %s
Port %d
User %s
IdentityFile %s
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile %s
GlobalKnownHostsFile none
StrictHostKeyChecking yes
`, Name, addr.IP, addr.Port, quoted(h.User), quoted(h.path("key")), quoted(h.path("known_hosts")))
	return os.WriteFile(h.Config(), []byte(text), 0o600)
}

// quoted writes an argument of ssh_config, where % begins a token.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`%`, `%%`, `\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func (h *Host) path(name string) string { return filepath.Join(h.dir, name) }

// bin is a folder in PATH over there, with nothing but this program in it.
func (h *Host) bin() string { return h.path("bin") }

// Config is the ssh_config file with which Name is this host.
func (h *Host) Config() string { return h.path("config") }

// Close ends all connections and commands, and removes the folder.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	for c := range h.conns {
		c.Close()
	}
	h.mu.Unlock()
	h.listener.Close()
	h.work.Wait()
	return os.RemoveAll(h.dir)
}

func (h *Host) accept() {
	for {
		accepted, err := h.listener.Accept()
		if err != nil {
			return // closed; a broken one can only end the login, which says so
		}
		conn := newDistant(accepted, h.RTT/2)
		if h.keep(conn) {
			h.work.Go(func() {
				h.serve(conn)
				h.forget(conn)
			})
		}
	}
}

// keep notes a connection for Close; false: it is too late.
func (h *Host) keep(conn net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		conn.Close()
		return false
	}
	h.conns[conn] = true
	return true
}

func (h *Host) forget(conn net.Conn) {
	conn.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, conn)
}

// serve is one connection, until it is closed by either side.
func (h *Host) serve(conn *distant) {
	if !conn.settle() {
		return
	}
	_, channels, requests, err := ssh.NewServerConn(conn, h.config)
	if err != nil {
		return // the other side was told
	}
	h.work.Go(func() { ssh.DiscardRequests(requests) })
	for c := range channels {
		if c.ChannelType() != "session" {
			_ = c.Reject(ssh.UnknownChannelType, "the demo runs commands only") // fails only if the connection is gone
			continue
		}
		if ch, requests, err := c.Accept(); err == nil {
			h.work.Go(func() { h.session(conn, ch, requests) })
		}
	}
}
