package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// examined is what `gmosh doctor --json` says.
type examined struct {
	Host   string
	OK     bool
	Checks []struct{ Check, Verdict, Text string }
}

// of returns one check.
func (e examined) of(t *testing.T, name string) (verdict, text string) {
	t.Helper()
	for _, c := range e.Checks {
		if c.Check == name {
			return c.Verdict, c.Text
		}
	}
	t.Errorf("there is no check called %q", name)
	return "", ""
}

// doctor starts gmosh doctor towards f, on a terminal.
func (f *farHost) doctor(options ...string) *peertest.Terminal {
	f.t.Helper()
	argv := append([]string{filepath.Join(peertest.Gmosh(f.t), "gmosh"), "doctor", "--json", "-F", f.config()}, options...)
	return peertest.Start(f.t, peertest.Options{Home: f.home, Cols: 200, Rows: 50}, append(argv, "far")...)
}

// diagnosis is the outcome of a doctor that has ended.
func diagnosis(t *testing.T, x *peertest.Terminal) (e examined, status int) {
	t.Helper()
	status = x.Wait()
	text := string(x.Output())
	begin := strings.Index(text, "{")
	if begin < 0 {
		t.Fatalf("no JSON (exit status %d):\n%s", status, text)
	}
	if err := json.Unmarshal([]byte(text[begin:]), &e); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return e, status
}

var allChecks = []string{"terminal", "config", "name", "dial", "host key", "auth", "far shell", "server", "locale", "logind", "clock",
	"udp", "udp there", "udp back", "mtu"}

func TestDoctorFindsAHealthyHostHealthy(t *testing.T) {
	t.Parallel()
	f := newFarHost(t, "LC_ALL=C.UTF-8")
	e, status := diagnosis(t, f.doctor())
	if status != 0 || !e.OK || e.Host != "far" || len(e.Checks) != len(allChecks) {
		t.Errorf("exit status %d, %+v", status, e)
	}
	for _, name := range allChecks {
		if verdict, text := e.of(t, name); verdict != "ok" {
			t.Errorf("%s: %s: %s", name, verdict, text)
		}
	}
	f.sshd.WaitClosed()
	peertest.NothingLeft(t)
}

// The check that fails is named, what comes before it went well, and what comes
// behind it was not reached.
func TestDoctorSaysWhereItFails(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, check, says string
		options           []string
		change            func(t *testing.T, f *farHost)
	}{
		{name: "a configuration that cannot be read", check: "config", says: "config", change: func(t *testing.T, f *farHost) {
			f.appendConfig(t, "\tNonsense yes\n")
		}},
		{name: "nobody listens", check: "dial", says: "refused the connection", options: []string{"--ssh-port=1"}},
		{name: "a key that changed", check: "host key", says: "REMOTE HOST IDENTIFICATION HAS CHANGED", change: func(t *testing.T, f *farHost) {
			other := peertest.NewKey(t, filepath.Join(t.TempDir(), "other"), peertest.ED25519, "")
			known, err := os.ReadFile(f.sshd.KnownHosts)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(string(known), " ")
			peertest.WriteFile(t, f.sshd.KnownHosts, name+" "+other.Line()+"\n")
		}},
		{name: "no key that fits", check: "auth", says: "keys it was offered", change: func(t *testing.T, f *farHost) {
			other := peertest.NewKey(t, filepath.Join(t.TempDir(), "other"), peertest.ED25519, "")
			text, err := os.ReadFile(f.config())
			if err != nil {
				t.Fatal(err)
			}
			peertest.WriteFile(t, f.config(), strings.ReplaceAll(string(text), f.sshd.Key.Path, other.Path))
		}},
		{name: "no server", check: "server", says: "/nowhere/mosh-server", options: []string{"--server=/nowhere/mosh-server"}},
	}
	for _, c := range cases {
		f := newFarHost(t)
		if c.change != nil {
			c.change(t, f)
		}
		e, status := diagnosis(t, f.doctor(c.options...))
		if status != 1 || e.OK {
			t.Errorf("%s: exit status %d", c.name, status)
		}
		want := "ok"
		for _, name := range allChecks[1:] {
			verdict, text := e.of(t, name)
			switch {
			case name == c.check && (verdict != "failed" || !strings.Contains(text, c.says)):
				t.Errorf("%s: %s is %s: %s", c.name, name, verdict, text)
			case name != c.check && verdict != want:
				t.Errorf("%s: %s is %s: %s", c.name, name, verdict, text)
			}
			if name == c.check {
				want = "skipped"
			}
		}
	}
}

func (f *farHost) appendConfig(t *testing.T, text string) {
	t.Helper()
	file, err := os.OpenFile(f.config(), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteString(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
}

// The same failures, the same sentences.
func TestDoctorSaysWhyUDPDoesNotArrive(t *testing.T) {
	t.Parallel()
	for _, r := range staged(t, func(f *farHost, options []string) *peertest.Terminal { return f.doctor(options...) }) {
		e, status := diagnosis(t, r.Terminal)
		verdict, text := e.of(t, "udp")
		if status != 1 || verdict != "failed" || steady(text)+"\n" != r.says {
			t.Errorf("%s: exit status %d, udp is %s:\n%s\nwant:\n%s", r.failure.name, status, verdict, steady(text), r.says)
		}
	}
}

func TestDoctorForPeopleShowsAllChecks(t *testing.T) {
	t.Parallel()
	f := newFarHost(t)
	argv := []string{filepath.Join(peertest.Gmosh(t), "gmosh"), "doctor", "-F", f.config(), "--ssh-port=1", "far"}
	x := peertest.Start(t, peertest.Options{Home: f.home, Cols: 120, Rows: 40}, argv...)
	if status := x.Wait(); status != 1 {
		t.Errorf("exit status %d", status)
	}
	text := strings.ReplaceAll(string(x.Output()), "\r\n", "\n")
	for _, want := range []string{"ok       config     far is 127.0.0.1, port 1, user ", "failed   dial       127.0.0.1 port 1 refused the connection",
		"skipped  mtu        not reached\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}
