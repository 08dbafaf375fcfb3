package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gmosh/protocol/peertest"
)

// Programs that write down how they are called, each call a paragraph of lines.
// ssh runs the command it is given, on this machine, and says which address it is
// connected to if it is called with a ProxyCommand, which would.
var recorders = map[string]string{
	"ssh": `#!/bin/sh
record ssh "$@"
host= ip=
while [ $# -gt 0 ]; do
	case $1 in
	--) shift; break;;
	-o) case $2 in ProxyCommand=*) ip=yes;; esac; shift;;
	-S|-p) shift;;
	-*) ;;
	*) host=${1#*@};;
	esac
	shift
done
[ -n "$ip" ] && echo "MOSH IP $host"
SSH_CONNECTION="192.0.2.7 1000 $host 22" exec sh -c "$*"
`,
	"mosh-server": `#!/bin/sh
record mosh-server "$@"
printf '\r\nMOSH CONNECT 60001 4NeCCgvZFe2RnPgrcU1PQw\r\n'
`,
	"mosh-client": `#!/bin/sh
[ "$1" = -c ] && exec /usr/bin/mosh-client -c
record mosh-client "$@"
env | grep '^MOSH' | grep -v MOSH_CLIENT_PID | sort >> "$RECORD"
`,
	"record": `#!/bin/sh
echo >> "$RECORD"
printf '<%s>\n' "$@" >> "$RECORD"
`,
}

// wrappers is a folder with the recorders, for both wrappers to find.
func wrappers(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range recorders {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// recording is what a wrapper has made the programs do.
type recording struct {
	SSH     []string // the arguments of ssh
	Remote  string   // the last of them: the command over there
	Server  []string
	Client  []string // arguments, then environment
	Status  int
	printed string
}

// call runs a wrapper and returns the recording. The wrapper's output is run as a
// command if it is told to print one.
func call(t *testing.T, dir string, env []string, argv ...string) recording {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	record := filepath.Join(t.TempDir(), "record")
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(slices.Clone(env), "PATH="+dir+":/usr/bin:/bin", "RECORD="+record, "HOME="+dir, "SHELL=/bin/sh")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil && slices.Contains(argv, "--print-command") {
		run := exec.CommandContext(ctx, "sh", "-c", stdout.String())
		run.Env = append(slices.Clone(env), "PATH="+dir+":/usr/bin:/bin", "RECORD="+record)
		run.Stderr = &stderr
		err = run.Run()
	}
	r := recording{printed: stdout.String() + stderr.String(), Status: cmd.ProcessState.ExitCode()}
	if err != nil && r.Status == 0 {
		t.Fatalf("%v: %v\n%s", argv, err, r.printed)
	}
	text, err := os.ReadFile(record)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, paragraph := range strings.Split(string(text), "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		switch lines[0] {
		case "<ssh>":
			r.SSH, r.Remote = lines[1:], lines[len(lines)-1]
		case "<mosh-server>":
			r.Server = lines[1:]
		case "<mosh-client>":
			r.Client = lines[1:]
		}
	}
	return r
}

// TestMoshScriptsWorkUnchanged gives every option of mosh's manual to mosh's own
// launcher and to gmosh by the name mosh, and compares what they have run over there
// and what they start here.
func TestMoshScriptsWorkUnchanged(t *testing.T) {
	peertest.Need(t, "mosh", "mosh-client")
	dir := wrappers(t)
	ours := filepath.Join(peertest.Gmosh(t), "mosh")
	const v4, v6 = "127.0.0.1", "::1"
	cases := []struct {
		name string
		args string // words by blanks; ~ is a blank within one
		host string // "" is v4
		env  []string
	}{
		{name: "nothing"},
		{name: "a command", args: "HOST ls a~b"},
		{name: "a command behind --", args: "-- HOST tmux~attach -d"},
		{name: "quotes", args: `HOST -- echo it's "$HOME" a\b`},
		{name: "options behind the host", args: "HOST -p 60010 --predict=never"},
		{name: "a user", host: "me@" + v4},
		{name: "--client", args: "--client=" + dir + "/mosh-client HOST"},
		{name: "--server", args: "--server=env~A=~mosh-server HOST"},
		{name: "--server with a path", args: "--server=" + dir + "/mosh-server HOST x"},
		{name: "--ssh with options", args: "--ssh=" + dir + "/ssh~-p~2222 HOST"},
		{name: "--ssh-pty", args: "--ssh-pty HOST"},
		{name: "--no-ssh-pty", args: "--no-ssh-pty HOST"},
		{name: "--predict=adaptive", args: "--predict=adaptive HOST"},
		{name: "--predict=always", args: "--predict=always HOST"},
		{name: "--predict=never", args: "--predict=never HOST"},
		{name: "--predict=experimental", args: "--predict experimental HOST"},
		{name: "MOSH_PREDICTION_DISPLAY", env: []string{"MOSH_PREDICTION_DISPLAY=always"}},
		{name: "MOSH_PREDICTION_DISPLAY and an option", args: "-n HOST", env: []string{"MOSH_PREDICTION_DISPLAY=always"}},
		{name: "-a", args: "-a HOST"},
		{name: "-n", args: "-n HOST"},
		{name: "--predict-overwrite", args: "--predict-overwrite HOST"},
		{name: "-o", args: "-o HOST"},
		{name: "MOSH_PREDICTION_OVERWRITE", env: []string{"MOSH_PREDICTION_OVERWRITE=yes"}},
		{name: "--family=inet", args: "--family=inet HOST"},
		{name: "--family=inet6", args: "--family=inet6 HOST", host: v6},
		{name: "--family=auto", args: "--family=auto HOST"},
		{name: "--family=all", args: "--family=all HOST"},
		{name: "--family=prefer-inet", args: "--family=prefer-inet HOST"},
		{name: "--family=prefer-inet6", args: "--family=prefer-inet6 HOST", host: v6},
		{name: "-4", args: "-4 HOST"},
		{name: "-6", args: "-6 HOST", host: v6},
		{name: "-p", args: "-p 60005 HOST"},
		{name: "-p 0", args: "-p 0 HOST"},
		{name: "--port with a range", args: "--port=60005:60010 HOST"},
		{name: "--bind-server=ssh", args: "--bind-server=ssh HOST"},
		{name: "--bind-server=any", args: "--bind-server=any HOST"},
		{name: "--bind-server=IP", args: "--bind-server=192.0.2.1 HOST"},
		{name: "--no-init", args: "--no-init HOST"},
		{name: "--init", args: "--init HOST"},
		{name: "MOSH_NO_TERM_INIT", env: []string{"MOSH_NO_TERM_INIT=1"}},
		{name: "--local", args: "--local HOST"},
		{name: "--local with options", args: "--local -p 60007 HOST -- top -d~1"},
		{name: "--experimental-remote-ip=proxy", args: "--experimental-remote-ip=proxy HOST"},
		{name: "--experimental-remote-ip=local", args: "--experimental-remote-ip=local HOST"},
		{name: "--experimental-remote-ip=remote", args: "--experimental-remote-ip=remote HOST"},
		{name: "an abbreviation", args: "--no-in --bind=any HOST"},
		{name: "one dash", args: "-port=60005 HOST"},
		{name: "a locale of many variables", env: []string{"LANG=de_DE.UTF-8", "LC_CTYPE=C.UTF-8", "LC_ALL=C.UTF-8", "LC_TIME=C", "LANGUAGE=de:en"}},
		{name: "eight colours", env: []string{"TERM=xterm"}},
		{name: "no colours", env: []string{"TERM=vt100"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			host := v4
			if c.host != "" {
				host = c.host
			}
			// Each is told which ssh and which server: else ours would log in by
			// itself, and look for a server of its own.
			var args []string
			if !strings.Contains(c.args, "--ssh=") {
				args = append(args, "--ssh="+dir+"/ssh")
			}
			if !strings.Contains(c.args, "--server=") {
				args = append(args, "--server=mosh-server")
			}
			if c.args == "" {
				c.args = "HOST"
			}
			for _, word := range strings.Fields(c.args) {
				word = strings.ReplaceAll(word, "~", " ")
				if word == "HOST" {
					word = host
				}
				args = append(args, word)
			}
			env := append([]string{"LANG=C.UTF-8", "TERM=xterm-256color"}, c.env...)
			stock := call(t, dir, env, append([]string{"/usr/bin/mosh"}, args...)...)
			gmosh := call(t, dir, env, append([]string{ours, "--print-command"}, args...)...)
			if stock.Status != 0 || gmosh.Status != 0 || stock.Server == nil || stock.Client == nil {
				t.Fatalf("exit status %d and %d; mosh says\n%s\ngmosh says\n%s", stock.Status, gmosh.Status, stock.printed, gmosh.printed)
			}
			for what, both := range map[string][2]any{
				"command over there":                         {stock.Remote, unlocated(gmosh.Remote, stock.Remote)},
				"arguments of mosh-server":                   {stock.Server, gmosh.Server},
				"arguments and environment of mosh-client":   {stock.Client, gmosh.Client},
				"destination, and what --ssh says before it": {own(stock.SSH), own(gmosh.SSH)},
			} {
				if diff := cmp.Diff(both[0], both[1]); diff != "" {
					t.Errorf("%s, mosh's (-) and ours (+):\n%s", what, diff)
				}
			}
		})
	}
}

// locate is what mosh puts in front of the server with --experimental-remote-ip=remote.
const locate = `sh -c '[ -n "$SSH_CONNECTION" ] && printf "\nMOSH SSH_CONNECTION %s\n" "$SSH_CONNECTION"' ; `

// unlocated is our command without locate, if mosh's has none: we ask where we are
// whenever it is not our own SSH that is connected.
func unlocated(ours, stock string) string {
	if strings.HasPrefix(stock, "<"+locate) {
		return ours
	}
	return strings.Replace(ours, "<"+locate, "<", 1)
}

// own is what of ssh's arguments is not the launcher's own: the two have different
// ways of keeping ssh from using a terminal and of learning the address.
func own(args []string) []string {
	var out []string
	for i := 0; i < len(args)-1; i++ {
		switch {
		case slices.Contains([]string{"<-n>", "<-tt>", "<-T>", "<-->"}, args[i]):
		case args[i] == "<-S>" || args[i] == "<-o>":
			i++
		default:
			out = append(out, args[i])
		}
	}
	return out
}

func TestMoshScriptsThatAskForHelpGetIt(t *testing.T) {
	peertest.Need(t, "mosh")
	dir := wrappers(t)
	ours := filepath.Join(peertest.Gmosh(t), "mosh")
	for _, args := range [][]string{{"--help"}, {"--version"}, {"--bogus", "host"}, {}} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			stock := call(t, dir, nil, append([]string{"/usr/bin/mosh"}, args...)...)
			gmosh := call(t, dir, nil, append([]string{ours}, args...)...)
			if (stock.Status == 0) != (gmosh.Status == 0) || gmosh.printed == "" {
				t.Errorf("exit status %d and %d; gmosh says\n%s", stock.Status, gmosh.Status, gmosh.printed)
			}
		})
	}
}
