package peertest

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// SSHDOptions are what an SSHD is started with. The zero value lets in whoever
// has Key.
type SSHDOptions struct {
	Keys     []Key      // that may log in, besides SSHD.Key
	HostKeys []KeyType  // of the server; ED25519
	Password bool       // let passwords in, and nothing else unless Keys are given
	PAM      bool       // UsePAM: keyboard-interactive then asks for the password
	Config   []string   // further lines of sshd_config, ahead of all others: the first one counts
	Env      []string   // NAME=VALUE for the sessions; those of the tests' own account have a HOME of their own
	Listen   netip.Addr // 127.0.0.1
}

// SSHD is a real sshd on a loopback port of its own, with a host key, an
// authorized_keys and a configuration of its own. It lets root and every account
// in, and with a test that is not root only the test's own.
//
// It owns the listening socket and runs an `sshd -i` for each connection, so the
// port is open when StartSSHD returns and connections can be counted.
type SSHD struct {
	Addr       netip.AddrPort
	HostKeys   []Key  // what the server identifies itself with
	Key        Key    // may log in
	KnownHosts string // a known_hosts file that knows the server

	t        testing.TB
	config   string // sshd_config
	log      string // what sshd says
	listener *net.TCPListener
	work     sync.WaitGroup

	mu      sync.Mutex
	live    map[*exec.Cmd]bool
	total   int
	changed chan struct{} // closed, and replaced, when live changes
}

// StartSSHD starts one and ends it, with its connections, when the test ends.
func StartSSHD(t testing.TB, o SSHDOptions) *SSHD {
	t.Helper()
	Need(t, "sshd")
	if os.Geteuid() == 0 {
		// Debian makes it at boot, and in containers nothing does.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := PublicDir(t)
	s := &SSHD{
		t:          t,
		Key:        NewKey(t, filepath.Join(dir, "key", "id_ed25519"), ED25519, ""),
		KnownHosts: filepath.Join(dir, "known_hosts"),
		config:     filepath.Join(dir, "sshd_config"),
		log:        filepath.Join(dir, "sshd.log"),
		live:       make(map[*exec.Cmd]bool),
		changed:    make(chan struct{}),
	}
	kinds := o.HostKeys
	if len(kinds) == 0 {
		kinds = []KeyType{ED25519}
	}
	for _, kind := range kinds {
		s.HostKeys = append(s.HostKeys, NewKey(t, filepath.Join(dir, "host_"+string(kind)), kind, ""))
	}
	if !o.Listen.IsValid() {
		o.Listen = netip.MustParseAddr("127.0.0.1")
	}
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(o.Listen, 0)))
	if err != nil {
		t.Fatal(err)
	}
	s.listener = listener
	s.Addr = listener.Addr().(*net.TCPAddr).AddrPort()
	s.writeFiles(o, dir)
	t.Cleanup(func() { killLeft(t) })
	s.work.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

func (s *SSHD) writeFiles(o SSHDOptions, dir string) {
	s.t.Helper()
	if err := os.Mkdir(filepath.Join(dir, "home"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	var authorized, known strings.Builder
	for _, k := range append([]Key{s.Key}, o.Keys...) {
		fmt.Fprintln(&authorized, k.Line())
	}
	for _, k := range s.HostKeys {
		fmt.Fprintf(&known, "[%s]:%d %s\n", s.Addr.Addr(), s.Addr.Port(), k.Line())
	}
	WriteFile(s.t, filepath.Join(dir, "authorized_keys"), authorized.String())
	WriteFile(s.t, s.KnownHosts, known.String())
	WriteFile(s.t, s.config, strings.Join(s.configLines(o, dir), "\n")+"\n")
	for _, name := range []string{"authorized_keys", "known_hosts"} { // read as the user that logs in
		if err := os.Chmod(filepath.Join(dir, name), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *SSHD) configLines(o SSHDOptions, dir string) []string {
	lines := append([]string(nil), o.Config...)
	lines = append(lines,
		"StrictModes no", // the folder is below a world-writable one
		"PermitRootLogin yes",
		"AuthorizedKeysFile "+filepath.Join(dir, "authorized_keys"),
		"PasswordAuthentication "+yesNo(o.Password && !o.PAM),
		"KbdInteractiveAuthentication "+yesNo(o.Password && o.PAM),
		"PubkeyAuthentication "+yesNo(!o.Password || len(o.Keys) > 0),
		"UsePAM "+yesNo(o.PAM),
		"PidFile none",
		"PrintMotd no", "PrintLastLog no",
		"LogLevel VERBOSE",
		setEnvLine(Mark(s.t), o.Env),
	)
	for _, k := range s.HostKeys {
		lines = append(lines, "HostKey "+k.Path)
	}
	// Whoever runs the tests has start-up files, which may do anything: wait for
	// each other, print, or be killed by a test and leave something behind.
	if me, err := user.Current(); err == nil {
		env := append(slices.Clip(o.Env), "HOME="+filepath.Join(dir, "home"))
		lines = append(lines, "Match User "+me.Username, setEnvLine(Mark(s.t), env))
	}
	return lines
}

// setEnvLine sets the variables of a session; the first of a name counts.
func setEnvLine(mark string, env []string) string {
	return "SetEnv " + strings.Join(append([]string{mark}, env...), " ")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// accept runs an sshd for each connection, until the listener is closed.
func (s *SSHD) accept() {
	for {
		conn, err := s.listener.AcceptTCP()
		if err != nil {
			return
		}
		s.serve(conn)
	}
}

// serve hands a connection to an sshd; only that has it then.
func (s *SSHD) serve(conn *net.TCPConn) {
	defer conn.Close()
	file, err := conn.File()
	if err != nil {
		return
	}
	defer file.Close()
	cmd := exec.Command(lookPath("sshd"), "-i", "-f", s.config, "-E", s.log)
	cmd.Stdin, cmd.Stdout = file, file
	cmd.Env = Env(s.t)
	if err := cmd.Start(); err != nil {
		return
	}
	s.mu.Lock()
	s.live[cmd] = true
	s.total++
	s.mu.Unlock()
	s.work.Go(func() {
		_ = cmd.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, cmd)
		close(s.changed)
		s.changed = make(chan struct{})
	})
}

// Connections returns how many connections are open and how many there were in
// all. One is open as long as its sshd lives.
func (s *SSHD) Connections() (open, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live), s.total
}

// WaitClosed waits until no connection is open.
func (s *SSHD) WaitClosed() {
	s.t.Helper()
	timeout := newTimeout(s.t)
	for {
		s.mu.Lock()
		open, changed := len(s.live), s.changed
		s.mu.Unlock()
		if open == 0 {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("%d SSH connections are still open\n%s", open, s.Log())
		}
	}
}

// Log is what sshd has said.
func (s *SSHD) Log() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Config is what ~/.ssh/config needs for a host of that name to be this server:
// address, port and known_hosts file.
func (s *SSHD) Config(host string) string {
	return fmt.Sprintf("Host %s\n\tHostName %s\n\tPort %d\n\tUserKnownHostsFile %s\n",
		host, s.Addr.Addr(), s.Addr.Port(), s.KnownHosts)
}

func (s *SSHD) close() {
	s.listener.Close()
	s.mu.Lock()
	for cmd := range s.live {
		cmd.Process.Kill() // its sessions lose the connection and end
	}
	s.mu.Unlock()
	s.work.Wait()
	if s.t.Failed() {
		s.t.Logf("sshd's log:\n%s", s.Log())
	}
}
