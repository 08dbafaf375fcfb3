package peertest

import (
	"bytes"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"gmosh/protocol/ticket"
)

// Server is a mosh-server, stock or ours, that has detached itself.
type Server struct {
	ticket.Connect
	PID    int    // of the detached process, as it said
	Stdout string // all that the one we started printed
	Stderr string
}

// detachedLine is how a server says who carries on.
var detachedLine = regexp.MustCompile(`\[mosh-server detached, pid = (\d+)\]`)

// StartServer runs a `mosh-server new …` command to its end, as a launcher does,
// and returns what it says of the server that it leaves behind. Of Options, the
// size does not count.
func StartServer(t testing.TB, o Options, argv ...string) Server {
	t.Helper()
	Need(t, argv[0])
	cmd := exec.Command(lookPath(argv[0]), argv[1:]...)
	cmd.Args[0] = argv[0]
	cmd.Env, cmd.Dir = o.environment(t)
	cmd.SysProcAttr = detached(o.User)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%q: %v\n%s%s", argv, err, stdout.Bytes(), stderr.Bytes())
	}
	scan := ticket.NewScanner(nil)
	_, _ = scan.Write(stdout.Bytes())
	if err := scan.Close(); err != nil {
		t.Fatalf("%q: %v\n%s%s", argv, err, stdout.Bytes(), stderr.Bytes())
	}
	s := Server{Connect: *scan.Found().Connect, Stdout: stdout.String(), Stderr: stderr.String()}
	if m := detachedLine.FindStringSubmatch(s.Stderr); m != nil {
		s.PID, _ = strconv.Atoi(m[1])
	}
	return s
}

// ClientEnv is the environment variable a mosh-client is given the key by.
func (s Server) ClientEnv() string { return "MOSH_KEY=" + s.Key.String() }

// PortArg is the port as mosh-client's argument.
func (s Server) PortArg() string { return strconv.Itoa(int(s.Port)) }

// FreeUDPPort returns a UDP port of 127.0.0.1 that nothing has. Another process
// may take it before the caller does, so let servers choose where they can.
func FreeUDPPort(t testing.TB) int {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}
