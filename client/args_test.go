package client

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	there := netip.MustParseAddrPort("192.0.2.1:60001")
	tests := []struct {
		args      string
		request   request
		verbose   bool
		complaint string
	}{
		{"192.0.2.1 60001", connect, false, ""},
		{"-v 192.0.2.1 60001", connect, true, ""},
		{"192.0.2.1 60001 -v", connect, true, ""},
		{"192.0.2.1 -v 60001", connect, true, ""},
		{"-- 192.0.2.1 60001", connect, false, ""},
		{"-#x 192.0.2.1 60001", connect, false, ""},
		{"-# x 192.0.2.1 60001", connect, false, ""},
		{"-v# -z 192.0.2.1 60001", connect, true, ""},
		{"-c", showColors, false, ""},
		{"-vc", showColors, true, ""},
		{"-c a b c", showColors, false, ""},
		{"--help", showHelp, false, ""},
		{"192.0.2.1 60001 --version", showVersion, false, ""},
		{"", refuse, false, ""},
		{"192.0.2.1", refuse, false, ""},
		{"192.0.2.1 60001 x", refuse, false, ""},
		{"-- --help", refuse, false, ""},
		{"-z", refuse, false, "unknown option -z"},
		{"--foo", refuse, false, "unknown option --"},
		{"-h", refuse, false, "unknown option -h"},
		{"-#", refuse, false, "needs an argument"},
		{"example.org 60001", refuse, false, `bad IP address "example.org"`},
		{"192.0.2.1 6x", refuse, false, `bad UDP port "6x"`},
		{"192.0.2.1 +60001", refuse, false, "bad UDP port"},
		{"192.0.2.1 0", refuse, false, "bad UDP port"},
		{"192.0.2.1 65536", refuse, false, "bad UDP port"},
	}
	for _, tt := range tests {
		a := parseArgs(strings.Fields(tt.args))
		if a.request != tt.request || a.verbose != tt.verbose || !strings.Contains(a.complaint, tt.complaint) {
			t.Errorf("%q: %+v", tt.args, a)
		}
		if a.request == connect && a.server != there {
			t.Errorf("%q: server %v", tt.args, a.server)
		}
		if (a.complaint == "") != (tt.complaint == "") {
			t.Errorf("%q: complaint %q", tt.args, a.complaint)
		}
	}
}

// The launcher of mosh passes its own arguments as one, for ps.
func TestLaunchersArgumentIsIgnored(t *testing.T) {
	a := parseArgs([]string{"-# --help -c host | ", "::1", "60001"})
	if a.request != connect || a.server != netip.MustParseAddrPort("[::1]:60001") {
		t.Errorf("%+v", a)
	}
}

func TestLocaleIsUTF8(t *testing.T) {
	for locale, want := range map[string]bool{
		"C.UTF-8": true, "en_US.utf8": true, "de_DE.UTF-8@euro": true, "UTF-8": true, "en_IN": true,
		"": false, "C": false, "POSIX": false, "en_US.ISO-8859-1": false, "de_DE@euro": false, "ja_JP.eucJP": false,
	} {
		if got := isUTF8(locale); got != want {
			t.Errorf("%q: %v", locale, got)
		}
	}
}

func TestLocaleVariablesHaveTheirRank(t *testing.T) {
	if !hasLocales {
		t.Skip("no locales here")
	}
	tests := []struct {
		env  map[string]string
		want string // in the error; empty: none
	}{
		{map[string]string{"LANG": "C.UTF-8"}, ""},
		{map[string]string{"LC_ALL": "C", "LANG": "C.UTF-8"}, "LC_ALL=C"},
		{map[string]string{"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, ""},
		{map[string]string{"LC_CTYPE": "POSIX", "LANG": "C.UTF-8"}, "LC_CTYPE=POSIX"},
		{nil, "no locale is set"},
	}
	for _, tt := range tests {
		err := checkLocale(func(name string) string { return tt.env[name] })
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v", tt.env, err)
		}
	}
}

// runProgram runs mosh-client as far as it goes without key and terminal.
func runProgram(env map[string]string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := program{name: "mosh-client", stdout: &out, stderr: &errs, lookup: func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}}
	return p.run(args), out.String(), errs.String()
}

func TestWhatIsPrintedWithoutASession(t *testing.T) {
	tests := []struct {
		name           string
		env            map[string]string
		args           string
		status         int
		stdout, stderr string
	}{
		{"help", nil, "--help", 0, "Usage: mosh-client [-v]", ""},
		{"version", nil, "--version", 0, "gmosh-client (gmosh ", ""},
		{"nothing", nil, "", 1, "", "Usage: mosh-client [-v]"},
		{"a bad port", nil, "192.0.2.1 x", 1, "", `bad UDP port "x"`},
		{"no key", nil, "192.0.2.1 60001", 1, "", "MOSH_KEY is not set"},
		{"colours of xterm-256color", map[string]string{"TERM": "xterm-256color"}, "-c", 0, "256\n", ""},
		{"colours of xterm", map[string]string{"TERM": "xterm"}, "-c", 0, "8\n", ""},
		{"colours of linux", map[string]string{"TERM": "linux"}, "-c", 0, "8\n", ""},
		{"colours of screen", map[string]string{"TERM": "screen"}, "-c", 0, "8\n", ""},
		{"colours of tmux", map[string]string{"TERM": "tmux"}, "-c", 0, "256\n", ""}, // stock: 8, as terminfo says; tmux shows 256
		{"truecolor counts as 256", map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "-c", 0, "256\n", ""},
		{"colours of vt100", map[string]string{"TERM": "vt100"}, "-c", 0, "-1\n", ""},
		{"colours of nothing", nil, "-c", 1, "", "TERM"},
		{"colours of dumb", map[string]string{"TERM": "dumb"}, "-c", 1, "", "dumb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := runProgram(tt.env, strings.Fields(tt.args)...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
			}
			if (stdout == "") != (tt.stdout == "") || (stderr == "") != (tt.stderr == "") {
				t.Errorf("the wrong stream: stdout %q, stderr %q", stdout, stderr)
			}
		})
	}
}
