package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse reads a command line as mosh-server's, with an environment.
func parse(env map[string]string, args ...string) parsed {
	return parseArgs("mosh-server", args, func(name string) string { return env[name] })
}

func TestCommandLinesThatAreTaken(t *testing.T) {
	standard := options{PortLow: 60001, PortHigh: 60999}
	with := func(change func(*options)) options {
		o := standard
		change(&o)
		return o
	}
	for _, row := range []struct {
		args string
		want options
	}{
		{"", standard},
		{"new", standard},
		{"192.0.2.1", with(func(o *options) { o.Host = "192.0.2.1" })},
		{"192.0.2.1 60009", with(func(o *options) { o.Host, o.PortLow, o.PortHigh = "192.0.2.1", 60009, 60009 })},
		{"new -p 0", with(func(o *options) { o.PortLow, o.PortHigh = 0, 0 })},
		{"new -p 7", with(func(o *options) { o.PortLow, o.PortHigh = 7, 7 })},
		{"new -p7:9", with(func(o *options) { o.PortLow, o.PortHigh = 7, 9 })},
		{"new -p 65535:65535", with(func(o *options) { o.PortLow, o.PortHigh = 65535, 65535 })},
		{"new -p +60003", with(func(o *options) { o.PortLow, o.PortHigh = 60003, 60003 })},
		{"new -i ::1 -c 256", with(func(o *options) { o.Host, o.Colors = "::1", 256 })},
		{"new -c -5", with(func(o *options) { o.Colors = -5 })},
		{"new -vv", with(func(o *options) { o.Verbose = 2 })},
		{"new -l A=b -lC=d -l nothing", with(func(o *options) { o.Locale = []string{"A=b", "C=d", "nothing"} })},
		{"new -@ -p -@foo word", standard},
		{"new words count -c 8 for nothing", with(func(o *options) { o.Colors = 8 })},
		{"new -- vi -p -h --version", with(func(o *options) { o.Command = []string{"vi", "-p", "-h", "--version"} })},
		{"new -c 8 -- a -- b", with(func(o *options) { o.Colors, o.Command = 8, []string{"a", "--", "b"} })},
		{"new --", standard},
		{"new -", standard},
	} {
		got := parse(nil, strings.Fields(row.args)...)
		if got.request != serve || len(got.complaints) > 0 {
			t.Errorf("%s: request %d, %q", row.args, got.request, got.complaints)
		}
		if d := cmp.Diff(row.want, got.options); d != "" {
			t.Errorf("%s (-want +got):\n%s", row.args, d)
		}
	}
	if got := parse(nil, "new", "-p", "", "-c", ""); got.request != serve || got.PortLow != 0 || got.Colors != 0 {
		t.Errorf("empty numbers are 0: %+v", got)
	}
	if got := parse(nil, "new", "-p", " 60003"); got.PortLow != 60003 {
		t.Errorf("blanks in front do not matter: %+v", got)
	}
}

func TestCommandLinesThatAreRefusedOrComplainedAbout(t *testing.T) {
	for _, row := range []struct {
		args    string
		request request
		says    []string // in the complaints, in this order
	}{
		{"new -p 99999", refuse, []string{"Bad UDP port range (99999)", "Usage:"}},
		{"new -p -3", refuse, []string{"Bad UDP port range (-3)", "Usage:"}},
		{"new -p abc", refuse, []string{"Bad UDP port range (abc)", "Usage:"}},
		{"new -p 0xea63", refuse, []string{"Bad UDP port range (0xea63)"}},
		{"new -p 1.5", refuse, []string{"Bad UDP port range (1.5)"}},
		{"new -p 60001:60000", refuse, []string{"Bad UDP port range (60001:60000)"}},
		{"new -p 0:5", refuse, []string{"Bad UDP port range (0:5)"}},
		{"new -p :5", refuse, []string{"Bad UDP port range (:5)"}},
		{"new -p 5:", refuse, []string{"Bad UDP port range (5:)"}},
		{"new -p 1:2:3", refuse, []string{"Bad UDP port range (1:2:3)"}},
		{"new -p 65535:65536", refuse, []string{"Bad UDP port range (65535:65536)"}},
		{"127.0.0.1 abc", refuse, []string{"Bad UDP port range (abc)"}},
		{"-Z new", refuse, []string{"Bad UDP port range (new)"}},
		{"127.0.0.1 1 2", refuse, []string{"Usage:"}},
		{"new -c abc", refuse, []string{"Bad number of colors (abc)", "Usage:"}},
		{"new -c 256x", refuse, []string{"Bad number of colors (256x)"}},
		{"new -c 99999999999999999999", refuse, []string{"Bad number of colors"}},
		{"new -Z", serve, []string{"unknown option -Z", "Usage:"}},
		{"new -vZs", serve, []string{"unknown option -Z", "Usage:", "SSH_CONNECTION"}},
		{"new --foo", serve, []string{"unknown option --foo", "Usage:"}},
		{"new -p", serve, []string{"option -p needs an argument", "Usage:"}},
		{"new -i", serve, []string{"option -i needs an argument", "Usage:"}},
		{"new -s", serve, []string{"warning: SSH_CONNECTION is not set"}},
		{"--help", showHelp, nil},
		{"-h", showHelp, nil},
		{"new -p --help", showHelp, nil},
		{"new -c abc --version", showVersion, nil},
	} {
		got := parse(nil, strings.Fields(row.args)...)
		if got.request != row.request {
			t.Errorf("%s: request %d, want %d", row.args, got.request, row.request)
		}
		rest := strings.Join(got.complaints, "\n")
		if row.says == nil && rest != "" {
			t.Errorf("%s: complains %q", row.args, rest)
		}
		for _, want := range row.says {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: no %q in its place in %q", row.args, want, got.complaints)
			}
			rest = after
		}
		if n := strings.Count(strings.Join(got.complaints, "\n"), "Usage:"); n > 1 {
			t.Errorf("%s: the usage was shown %d times", row.args, n)
		}
	}
}

func TestBindingToTheAddressOfTheSSHConnection(t *testing.T) {
	for _, row := range []struct {
		connection, want string
		warns            bool
	}{
		{"192.0.2.9 50000 192.0.2.1 22", "192.0.2.1", false},
		{"2001:db8::9 50000 2001:db8::1 22", "2001:db8::1", false},
		{"x 1 ::FFFF:192.0.2.1 22", "192.0.2.1", false},
		{"x 1 ::ffff:192.0.2.1 22", "192.0.2.1", false},
		{"x 1 fe80::1%eth0 22", "fe80::1%eth0", false},
		{"", "", true},
		{"a b", "", true},
		{"a b c d", "", true},
	} {
		got := parse(map[string]string{"SSH_CONNECTION": row.connection}, "new", "-s")
		if got.Host != row.want || (len(got.complaints) > 0) != row.warns {
			t.Errorf("%q: host %q, %q", row.connection, got.Host, got.complaints)
		}
	}
}

func TestTimeoutsComeFromTheEnvironment(t *testing.T) {
	for _, row := range []struct {
		value    string
		want     time.Duration
		complain bool
	}{
		{"", 0, false},
		{"0", 0, false},
		{"600", 600 * time.Second, false},
		{" 5", 5 * time.Second, false},
		{"99999999999999999999", 9223372036 * time.Second, false},
		{"-99999999999999999999", 0, true},
		{"-3", 0, true},
		{"3x", 0, true},
		{"abc", 0, true},
	} {
		for _, name := range []string{"MOSH_SERVER_NETWORK_TMOUT", "MOSH_SERVER_SIGNAL_TMOUT"} {
			got := parse(map[string]string{name: row.value}, "new")
			timeout := got.NetworkTimeout
			if name == "MOSH_SERVER_SIGNAL_TMOUT" {
				timeout = got.SignalTimeout
			}
			complained := slices.ContainsFunc(got.complaints, func(s string) bool { return strings.Contains(s, name) })
			if timeout != row.want || complained != row.complain || got.request != serve {
				t.Errorf("%s=%q: %v, %q", name, row.value, timeout, got.complaints)
			}
		}
	}
}

func FuzzParseArgs(f *testing.F) {
	for _, seed := range []string{"", "new -p 60001:60010 -c 256 -l A=b -- vi x", "192.0.2.1 7", "new -@ x -sv --foo -", "--help"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := parse(map[string]string{"SSH_CONNECTION": line}, strings.Split(line, " ")...)
		if got.PortLow > got.PortHigh {
			t.Errorf("ports %d to %d", got.PortLow, got.PortHigh)
		}
		if got.request == refuse && len(got.complaints) == 0 {
			t.Error("refused in silence")
		}
	})
}
