package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// allNames are all that can be typed and is worth telling of, demo's included.
func allNames() []string {
	var names []string
	eachOption(append(slices.Clone(groups), demoGroup), func(o option) {
		if o.help != nil {
			names = append(names, o.names()...)
		}
	})
	return names
}

func TestManualListsEveryOptionAndWord(t *testing.T) {
	var b strings.Builder
	if err := manual(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(b.String(), `\-`, "-")
	for _, name := range allNames() {
		if !strings.Contains(text, `\fB`+name+`\fR`) {
			t.Errorf("the manual lacks %s", name)
		}
	}
	for _, w := range commandWords {
		if !strings.Contains(text, "\n.B "+w.word+"\n") {
			t.Errorf("the manual lacks the word %s", w.word)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "@") {
			t.Errorf("something was not filled in: %s", line)
		}
	}
}

func TestManualIsGoodRoff(t *testing.T) {
	peertest.Need(t, "groff")
	var b strings.Builder
	if err := manual(&b); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("groff", "-man", "-Tutf8", "-ww", "-rLL=78n")
	cmd.Stdin = strings.NewReader(b.String())
	var complaints strings.Builder
	cmd.Stderr = &complaints
	if out, err := cmd.Output(); err != nil || complaints.Len() > 0 || !strings.Contains(string(out), "remote terminal") {
		t.Errorf("%v\n%s", err, complaints.String())
	}
}

// completing is a home with hosts to complete, and gmosh in PATH.
func completing(t *testing.T) (env []string, dir string) {
	t.Helper()
	u := peertest.PublicDir(t)
	bin := peertest.Gmosh(t)
	return []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + u, "LANG=C.UTF-8", "TERM=xterm-256color"}, u
}

func run(t *testing.T, env []string, argv ...string) string {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

func TestBashCompletes(t *testing.T) {
	peertest.Need(t, "bash")
	env, dir := completing(t)
	script := filepath.Join(dir, "complete")
	// The hosts are the test's: those of the account's home are none of its business.
	text := bashCompletion() + `
gmosh() { printf 'alpha.example\nbeta\n'; }
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gmosh "$1" 2>/dev/null; echo "${COMPREPLY[*]}"; }
`
	for _, c := range []struct{ words, want string }{
		{"gmosh --predict-o", "--predict-overwrite"},
		{"gmosh --fam", "--family="},
		{"gmosh --predict = a", "adaptive always"},
		{"gmosh --predict =", "adaptive always never experimental"},
		{"mosh --bind-server = ''", "ssh any"},
		{"gmosh al", "alpha.example"},
		{"gmosh me@b", "me@beta"},
		{"gmosh dem", "demo"},
		{"mosh dem", ""},
		{"gmosh -p 60001 be", "beta"},
		{"gmosh -p ''", ""},
		{"gmosh --port = 60001 be", "beta"},
		{"gmosh help z", "zsh"},
		{"gmosh doctor al", "alpha.example"},
		{"gmosh doctor --js", "--json"},
		{"gmosh demo --rt", "--rtt="},
		{"gmosh demo --rtt = 1s compop", "compopt"},
		{"mosh demo --predict-", "--predict-overwrite"},
		{"gmosh version ''", ""},
	} {
		if err := os.WriteFile(script, []byte(text+"try "+c.words+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(run(t, env, "bash", "--norc", script)); got != c.want {
			t.Errorf("%s: %q, want %q", c.words, got, c.want)
		}
	}
}

func TestFishCompletes(t *testing.T) {
	peertest.Need(t, "fish")
	env, dir := completing(t)
	script := filepath.Join(dir, "complete.fish")
	stub := "\nfunction gmosh; printf 'alpha.example\\nbeta\\n'; end\n"
	if err := os.WriteFile(script, []byte(fishCompletion()+stub), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"gmosh --predict-o", "--predict-overwrite"},
		{"gmosh --predict=al", "--predict=always"},
		{"gmosh al", "alpha.example"},
		{"gmosh me@b", "me@beta"},
		{"gmosh dem", "demo"},
		{"mosh --print-c", "--print-command"},
		{"gmosh -p 60001 be", "beta"},
		{"gmosh alpha.example be", ""},
		{"gmosh help z", "zsh"},
		{"gmosh doctor al", "alpha.example"},
		{"gmosh doctor --js", "--json"},
		{"gmosh demo --rt", "--rtt"},
		{"gmosh demo al", ""},
		{"gmosh version al", ""},
	} {
		out := run(t, env, "fish", "--no-config", "-c", "source "+script+"; complete -C '"+c.line+"'")
		word, _, _ := strings.Cut(strings.TrimSpace(out), "\t")
		if word != c.want {
			t.Errorf("%s: %q, want %q", c.line, out, c.want)
		}
	}
}

func TestZshCompletes(t *testing.T) {
	peertest.Need(t, "zsh")
	env, dir := completing(t)
	script := filepath.Join(dir, "complete.zsh")
	setup := "autoload -U compinit; compinit -u -D\nPS1='$ '\nzstyle ':completion:*' list-colors ''\n"
	stub := "\ngmosh() { printf 'alpha.example\\nbeta\\n'; }\n"
	if err := os.WriteFile(script, []byte(setup+zshCompletion()+stub), 0o600); err != nil {
		t.Fatal(err)
	}
	x := peertest.Start(t, peertest.Options{Env: env}, "zsh", "-f", "-i")
	x.Send("source " + script + "; clear\r")
	x.WaitFor("a clear screen", func(s *peertest.Screen) bool { return s.Line(0) == "$" })
	for _, c := range []struct{ typed, want string }{
		{"gmosh --predict-o\t", "gmosh --predict-overwrite"},
		{"gmosh --predict=al\t", "gmosh --predict=always"},
		{"gmosh al\t", "gmosh alpha.example"},
		{"gmosh me@b\t", "gmosh me@beta"},
		{"mosh --print-c\t", "mosh --print-command"},
		{"gmosh doctor al\t", "gmosh doctor alpha.example"},
		{"gmosh doctor --js\t", "gmosh doctor --json"},
		{"gmosh demo --rt\t", "gmosh demo --rtt="},
		{"gmosh help z\t", "gmosh help zsh"},
	} {
		x.Send("\x15" + c.typed)
		x.WaitFor(c.want, func(s *peertest.Screen) bool { return s.CursorLine() == "$ "+c.want })
	}
}

func TestKnownHostsAreNames(t *testing.T) {
	const key = " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHgBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	text := "one,192.0.2.1" + key + "\n[two]:2222" + key + "\n*.example" + key + "\n# three" + key +
		"\n@revoked four" + key + "\n|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA=" + key + "\nbad line\n"
	want := []string{"one", "192.0.2.1", "two"}
	if got := knownNames([]byte(text)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
