package app

import (
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommandLines(t *testing.T) {
	cases := []struct {
		line string // words separated by blanks; _ is an empty word, ~ a blank
		want options
	}{
		{"host", options{}},
		{"u@host", options{Destination: "u@host"}},
		{"host -p 60001", options{Ports: "60001"}},
		{"-p60001 host", options{Ports: "60001"}},
		{"-port=60001 host", options{Ports: "60001"}},
		{"-port 60001 host", options{Ports: "60001"}},
		{"--PORT=60001:60010 host", options{Ports: "60001:60010"}},
		{"host ls -la", options{Command: []string{"ls", "-la"}}},
		{"host -n ls -la", options{Predict: "never", Command: []string{"ls", "-la"}}},
		{"host -- ls -la", options{Command: []string{"ls", "-la"}}},
		{"host -a -- -n", options{Predict: "always", Command: []string{"-n"}}},
		{"-- host ls -n", options{Command: []string{"ls", "-n"}}},
		{"-- host -- ls", options{Command: []string{"--", "ls"}}},
		{"-- -n", options{Destination: "-n"}},
		{"host --", options{}},
		{"host -- _ x", options{Command: []string{"", "x"}}},
		{"host - x", options{Command: []string{"-", "x"}}},
		{"-a host -n", options{Predict: "never"}},
		{"-an host", options{Predict: "never"}},
		{"--predict=experimental host", options{Predict: "experimental"}},
		{"--predict always host", options{Predict: "always"}},
		{"-o host", options{Overwrite: true}},
		{"-o -a host", options{Overwrite: true, Predict: "always"}},
		{"--predict-o host", options{Overwrite: true}},
		{"-oUser=x host", options{Overrides: []string{"User=x"}}},
		{"-o User=x host", options{Overrides: []string{"User=x"}}},
		{"-oPort=1 -l me -i k -J a,b -F f host", options{Config: "f",
			Overrides: []string{"Port=1", "User=me", "IdentityFile=k", "ProxyJump=a,b"}}},
		{"--ssh-option=User=x host", options{Overrides: []string{"User=x"}}},
		{"--init host", options{}},
		{"--no-init host", options{NoInit: true}},
		{"--noinit host", options{NoInit: true}},
		{"--noi host", options{NoInit: true}},
		{"--no-ssh-pty host", options{}},
		{"--ssh-pty host", options{PTY: true}},
		{"--nossh-pty --ssh-pty host", options{PTY: true}},
		{"--ssh ssh~-p~22 host", options{SSH: []string{"ssh", "-p", "22"}}},
		{"--ssh=ssh~'a~b' host", options{SSH: []string{"ssh", "a b"}}},
		{"--ssh-port 2222 host", options{SSHPort: 2222}},
		{"-4 host", options{Family: "inet"}},
		{"--fam=prefer-inet6 host", options{Family: "prefer-inet6"}},
		{"--bind=any host", options{Bind: "any"}},
		{"--bind-server=192.0.2.1 host", options{Bind: "192.0.2.1"}},
		{"--exp=remote host", options{RemoteIP: "remote"}},
		{"--se=mosh-server~-v host", options{Server: "mosh-server -v"}},
		{"--cl=x host", options{Client: "x"}},
		{"--lo 127.0.0.1", options{Destination: "127.0.0.1", Local: true}},
		{"-vv host -v", options{Verbose: 3}},
		// Abbreviations mean what they mean to mosh, whatever else we have.
		{"--ve", options{Version: true}},
		{"--he host --bad", options{Help: true}},
		{"--vers", options{Version: true}},
		{"--verb host", options{Verbose: 1}},
	}
	for _, c := range cases {
		got, err := parse(split(c.line))
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if c.want.Destination == "" && !c.want.Help && !c.want.Version {
			c.want.Destination = "host"
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
}

func split(line string) []string {
	words := strings.Fields(line)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "~", " ")
		if words[i] == "_" {
			words[i] = ""
		}
	}
	return words
}

func TestBadCommandLinesSayWhatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		"":                             "no host given",
		"-a":                           "no host given",
		"--":                           "no host given",
		"--bad host":                   "unknown option --bad",
		"host --bad":                   "unknown option --bad",
		"-x host":                      "unknown option -x",
		"-ax host":                     "unknown option -x",
		"--pred=never host":            "option --pred could be --predict or --predict-overwrite",
		"--ss host":                    "option --ss could be --ssh or --ssh-pty",
		"host --port":                  "option --port needs an argument",
		"host -F":                      "option -F needs an argument",
		"--local=yes host":             "option --local: it takes no argument",
		"--predict=sometimes host":     `option --predict: "sometimes" is none of adaptive, always, never, experimental`,
		"-p abc host":                  `option --port: "abc" is not a port from 0 to 65535 or a range LOW:HIGH`,
		"-p 65536 host":                `option --port: "65536" is not a port from 0 to 65535 or a range LOW:HIGH`,
		"-p 2:1 host":                  `option --port: "2:1" is not a range: its first port is 0 or above its last`,
		"-p 0:5 host":                  `option --port: "0:5" is not a range: its first port is 0 or above its last`,
		"--family=ipv4 host":           `option --family: "ipv4" is none of inet, inet6, auto, all, prefer-inet, prefer-inet6`,
		"--bind-server=x host":         `option --bind-server: "x" is neither ssh nor any nor an address`,
		"--experimental-remote-ip=x h": `option --experimental-remote-ip: "x" is none of local, remote, proxy`,
		"--ssh=~ host":                 "option --ssh: it names no program",
		"--ssh='a host":                "option --ssh: a quote is not closed",
		"--ssh-port=0 host":            `option --ssh-port: "0" is not a port from 1 to 65535`,
	} {
		got, err := parse(split(line))
		if err == nil {
			t.Errorf("%q: taken as %+v", line, got)
		} else if err.Error() != want {
			t.Errorf("%q: %q, want %q", line, err, want)
		}
	}
}

// Every option of mosh's manual is there, under its name and its letter.
func TestEveryOptionOfMoshIsKnown(t *testing.T) {
	want := []string{"client", "server", "predict", "predict-overwrite", "o", "a", "n", "4", "6", "family", "p", "port",
		"bind-server", "ssh", "ssh-pty", "no-ssh-pty", "init", "no-init", "local", "experimental-remote-ip", "help", "version"}
	var have []string
	eachOption(groups, func(o option) { have = append(have, o.long, o.short) })
	for _, name := range want {
		if !slices.Contains(have, name) {
			t.Errorf("%s is not there", name)
		}
	}
}

func TestUsageNamesEveryOption(t *testing.T) {
	text := usage("gmosh")
	eachOption(groups, func(o option) {
		if o.long == "init" {
			return // the default; its opposite is named
		}
		if o.long != "" && !strings.Contains(text, "--"+o.long) || o.short != "" && !strings.Contains(text, "-"+o.short) {
			t.Errorf("the usage lacks %s %s", o.long, o.short)
		}
	})
	for line := range strings.Lines(text) {
		if n := len(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestWordsAreSplitAsTheShellDoes(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"  ssh   -p 22\t", []string{"ssh", "-p", "22"}},
		{`ssh -o "A B" 'C  D'`, []string{"ssh", "-o", "A B", "C  D"}},
		{`a\ b c\"d "e\"f\\g\h" 'i\j'`, []string{"a b", `c"d`, `e"f\g\h`, `i\j`}},
		{`a""b '' ""`, []string{"ab", "", ""}},
		{"a\\\nb \"c\\\nd\"", []string{"ab", "cd"}},
	} {
		got, err := splitWords(c.text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q, %v; want %q", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{`'`, `a "b`, `a\`, `"\"`} {
		if got, err := splitWords(text); err == nil {
			t.Errorf("%q: taken as %q", text, got)
		}
	}
}

// FuzzSplitWords compares with a real sh.
func FuzzSplitWords(f *testing.F) {
	for _, text := range []string{`ssh -o "A B" 'C  D'`, `a\ b`, `""`, "a\\\nb", `'`, `x"\$"y`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// What sh does beyond quoting is not ours.
		if strings.ContainsAny(text, "$`*?[]{}~#&;|<>()!=\x00\x01\r\v\f\n") || !isASCII(text) {
			return
		}
		out, err := exec.Command("sh", "-c", `printf '%s\001' `+text).Output()
		got, gotErr := splitWords(text)
		if gotErr != nil || err != nil {
			return // sh has its own opinion of what is not finished
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\x01"), "\x01")
		if got == nil {
			got = []string{""} // printf prints its format once all the same
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %q, sh has %q", text, got, want)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' })
}
