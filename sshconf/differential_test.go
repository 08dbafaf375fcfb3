package sshconf_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"gmosh/protocol/peertest"
	"gmosh/sshconf"
	"gmosh/sshconf/system"
)

// The real `ssh -G` is the oracle: what it prints must be what we print, line by
// line, and where it refuses a file we refuse it, for the same lines.

// tolerated are the only differences: by release, lines that begin with one of
// these keywords are left out on both sides.
var tolerated = map[string][]struct{ keyword, why string }{
	"9.2": {},
	"10.0": {
		{"obscurekeystroketiming", "printed by default; 9.2 lacks it, and we print it if it is set"},
		{"channeltimeout", "the same"},
		{"setenv", "10.0 prints it expanded, 9.2 as written"},
		{"revokedhostkeys", "the same"},
		{"versionaddendum", "9.2 lacks it; 10.0 prints it expanded, and an empty one for none"},
	},
}

// lost are algorithms that a release no longer has: patterns stand for them in the
// other.
var lost = map[string][]string{
	"9.2":  {},
	"10.0": {"ssh-dss", "ssh-dss-cert-v01@openssh.com"},
}

// oracle is one installed ssh.
type oracle struct {
	path, release string
}

// outcome is what a program made of a configuration.
type outcome struct {
	Refused bool
	Lines   []string // of -G
	Places  []string // "file:line" of what is wrong, each once
	// Unlocated: what stopped the program in the end is not among Places.
	Unlocated bool
}

// input is a configuration in a folder, and how it is asked for.
type input struct {
	name, folder string
	args         []string // as for ssh, without -F
	record       string   // what came of it, if it is kept in the archive
}

// recordName is the file of an archive that keeps what the oracle made of it: the
// lines that an empty configuration does not give, or the places of what is wrong.
// So the files are a test also where that oracle is not installed.
const recordName = "want"

func (in input) recorded(out, empty outcome) string {
	lines := slices.DeleteFunc(slices.Clone(out.Lines), func(line string) bool { return slices.Contains(empty.Lines, line) })
	if out.Refused {
		lines = append([]string{"refused"}, out.Places...)
	}
	return strings.ReplaceAll(strings.Join(append(lines, ""), "\n"), in.folder, "@DIR@")
}

func (in input) config() string { return filepath.Join(in.folder, "config") }

// text is all that was written, for a failure's message.
func (in input) text() string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(in.folder, "*"))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			fmt.Fprintf(&b, "%s:\n", file)
			for i, line := range strings.SplitAfter(string(data), "\n") {
				fmt.Fprintf(&b, "%4d %q\n", i+1, line)
			}
		}
	}
	return b.String()
}

// located is a message about a line that stops the program. "Unsupported option"
// with a capital is about old keywords, and only that.
var located = regexp.MustCompile(`(?m)^(\S*[^:\s]):? line (\d+): (.*)$`)

func (o oracle) run(t *testing.T, in input) outcome {
	t.Helper()
	cmd := exec.Command(o.path, append([]string{"-G", "-F", in.config()}, in.args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil {
		last := stderr.String()[strings.LastIndexByte(strings.TrimSpace(stderr.String()), '\n')+1:]
		summary := strings.Contains(last, ": terminating, ")
		return outcome{
			Refused: true, Places: placesIn(stderr.String()),
			Unlocated: !summary && len(placesIn(last)) == 0,
		}
	}
	return outcome{Lines: o.lines(stdout.String())}
}

func placesIn(text string) []string {
	var places []string
	for _, m := range located.FindAllStringSubmatch(text, -1) {
		if place := m[1] + ":" + m[2]; !strings.HasPrefix(m[3], "Unsupported option") && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

func (o oracle) lines(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if keyword, list, _ := strings.Cut(line, " "); strings.HasSuffix(keyword, "algorithms") {
			names := slices.DeleteFunc(strings.Split(list, ","), func(name string) bool { return slices.Contains(lost[o.release], name) })
			lines[i] = keyword + " " + strings.Join(names, ",")
		}
	}
	return slices.DeleteFunc(lines, func(line string) bool {
		keyword, _, _ := strings.Cut(line, " ")
		for _, skip := range tolerated[o.release] {
			if keyword == skip.keyword {
				return true
			}
		}
		return false
	})
}

// ours is what we make of it, printed as the oracle's release does.
func (o oracle) ours(t *testing.T, in input) outcome {
	t.Helper()
	env := environment(t)
	config, err := resolve(env, in)
	var refusal *sshconf.Error
	switch {
	case errors.As(err, &refusal):
		out := outcome{Refused: true}
		for _, f := range refusal.Faults {
			if place := fmt.Sprint(f.File, ":", f.Line); f.File != "" && !slices.Contains(out.Places, place) {
				out.Places = append(out.Places, place)
			}
		}
		return out
	case err != nil:
		return outcome{Refused: true}
	}
	if o.release == "10.0" {
		return outcome{Lines: o.lines(config.PrintRelease10())}
	}
	var b bytes.Buffer
	if err := config.Print(&b); err != nil {
		t.Fatal(err)
	}
	return outcome{Lines: o.lines(b.String())}
}

func environment(t *testing.T) sshconf.Environment {
	t.Helper()
	env, err := system.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func resolve(env sshconf.Environment, in input) (*sshconf.Config, error) {
	q := sshconf.Query{ConfigFile: in.config()}
	args := in.args
	for ; len(args) > 1; args = args[2:] {
		switch args[0] {
		case "-o":
			q.Overrides = append(q.Overrides, args[1])
		case "-P":
			q.Overrides = append(q.Overrides, "Tag="+args[1])
		}
	}
	var err error
	if q.User, q.Host, q.Port, err = sshconf.ParseDestination(env, args[0]); err != nil {
		return nil, err
	}
	return sshconf.Resolve(env, q)
}

// compare fails the test unless both make the same of it, and says whether the
// oracle refused it.
func (o oracle) compare(t *testing.T, in input) (refused bool) {
	t.Helper()
	want, got := o.run(t, in), o.ours(t, in)
	switch { // it does not say where; we may
	case want.Unlocated && len(want.Places) == 0:
		got.Places = nil
	case want.Unlocated && len(got.Places) == len(want.Places)+1:
		got.Places = got.Places[:len(want.Places)]
	}
	got.Unlocated = want.Unlocated
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s (-ssh %s +ours):\n%s\nargs %q\n%s", in.name, o.path, o.release, diff, in.args, in.text())
	}
	return want.Refused
}

// installed is the ssh of the system, which must be 9.2: other releases differ in
// what they know and what their defaults are.
func installed(t *testing.T) oracle {
	t.Helper()
	peertest.Need(t, "ssh")
	out, err := exec.Command("ssh", "-V").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "OpenSSH_9.2") {
		t.Skipf("SKIP-PEER: ssh is %s, not 9.2", strings.TrimSpace(string(out)))
	}
	return oracle{path: "ssh", release: "9.2"}
}

// newest is an OpenSSH 10.0 where there is one: GMOSH_SSH10 names it.
func newest(t *testing.T) oracle {
	t.Helper()
	path := os.Getenv("GMOSH_SSH10")
	if path == "" {
		t.Skip("GMOSH_SSH10 names no ssh of OpenSSH 10.0")
	}
	return oracle{path: path, release: "10.0"}
}

// unpack makes the input of an archive: its comment holds "args: …", its files
// are the configuration and what it includes; @DIR@ is the folder they are in.
func unpack(t *testing.T, name string, archive *txtar.Archive) input {
	t.Helper()
	in := input{name: name, folder: t.TempDir()}
	args, ok := strings.CutPrefix(strings.TrimSpace(string(archive.Comment)), "args: ")
	if !ok {
		t.Fatalf("%s: no line of arguments", name)
	}
	in.args = strings.Fields(args)
	for _, file := range archive.Files {
		if file.Name == recordName {
			in.record = string(file.Data)
			continue
		}
		path := filepath.Join(in.folder, filepath.FromSlash(file.Name))
		text := bytes.ReplaceAll(file.Data, []byte("@DIR@"), []byte(in.folder))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func eachArchive(t *testing.T, pattern string, atLeast int, test func(t *testing.T, in input)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < atLeast {
		t.Fatalf("%s: %d files, at least %d are wanted (%v)", pattern, len(files), atLeast, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			test(t, unpack(t, name, archive))
		})
	}
}

func TestHandMadeFilesMeanWhatTheyMeanToSSH(t *testing.T) {
	o := installed(t)
	eachArchive(t, "testdata/hand/*.txtar", 150, func(t *testing.T, in input) { o.compare(t, in) })
}

func TestNewerFilesMeanWhatTheyMeanToSSH10(t *testing.T) {
	o := oracle{path: os.Getenv("GMOSH_SSH10"), release: "10.0"}
	eachArchive(t, "testdata/newer/*.txtar", 20, func(t *testing.T, in input) {
		empty := input{folder: t.TempDir(), args: in.args}
		if err := os.WriteFile(empty.config(), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if o.path != "" {
			o.compare(t, in)
			if got := in.recorded(o.run(t, in), o.run(t, empty)); *updateFlag {
				keep(t, in.name, got)
			} else if got != in.record {
				t.Errorf("%s no longer gives what was recorded:\n%s\nbut\n%s", o.path, in.record, got)
			}
			return
		}
		if got := in.recorded(o.ours(t, in), o.ours(t, empty)); got != in.record {
			t.Errorf("gives\n%s\nOpenSSH 10.0 gave\n%s", got, in.record)
		}
	})
}

// keep writes the record of an archive.
func keep(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata/newer", name+".txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == recordName })
	archive.Files = append(archive.Files, txtar.File{Name: recordName, Data: []byte(text)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// differs10 are hand-made files whose meaning changed after 9.2; we follow 9.2.
var differs10 = map[string]string{
	"alg-key-all":       "ssh-dss is gone",
	"alg-key-patterns":  "ssh-dss is gone",
	"jump-none":         "`ProxyJump none` keeps a later ProxyCommand out",
	"match-empty-ends":  "an empty word no longer ends a Match",
	"match-equals":      "no more spaces around = in a Match",
	"old-aliases-2":     "SetupTimeOut has become ConnectTimeout",
	"qos-numbers":       "no octal numbers",
	"time-more":         "no spaces and signs inside a time",
	"tok-escape-other":  "User may hold no quotes, backslashes and dollar signs",
	"tok-escapes":       "User may hold no quotes, backslashes and dollar signs",
	"tok-single-quotes": "User may hold no quotes, backslashes and dollar signs",
	"user-config-shell": "User may hold no quotes, backslashes and dollar signs",
	"whole-laptop":      "%C covers ProxyJump",
}

func TestHandMadeFilesMeanTheSameToSSH10(t *testing.T) {
	o := newest(t)
	eachArchive(t, "testdata/hand/*.txtar", 150, func(t *testing.T, in input) {
		if why, ok := differs10[in.name]; ok {
			t.Skip(why)
		}
		o.compare(t, in)
	})
}
