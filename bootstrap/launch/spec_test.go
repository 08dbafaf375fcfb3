package launch

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the launcher of mosh 1.4.0 asks for, recorded with a program in ssh's
// place: every case is the text after the host's "--".
func TestCommandLineIsTheMoshLaunchers(t *testing.T) {
	locale := []string{"LANG=C.UTF-8", "LC_ALL=C.UTF-8"}
	const l = ` '-l' 'LANG=C.UTF-8' '-l' 'LC_ALL=C.UTF-8'`
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{}, `mosh-server 'new' '-c' '8' '-s'` + l},
		{Spec{Ports: "60001:60010"}, `mosh-server 'new' '-c' '8' '-s' '-p' '60001:60010'` + l},
		{Spec{Command: []string{"ls", "-la"}}, `mosh-server 'new' '-c' '8' '-s'` + l + ` '--' 'ls' '-la'`},
		{Spec{Command: []string{"", "x"}}, `mosh-server 'new' '-c' '8' '-s'` + l + ` '--' '' 'x'`},
		{Spec{Bind: BindAny, Command: []string{"it's", "a b"}}, `mosh-server 'new' '-c' '8'` + l + ` '--' 'it'\''s' 'a b'`},
		{Spec{Bind: "1.2.3.4"}, `mosh-server 'new' '-c' '8' '-i' '1.2.3.4'` + l},
		{Spec{Server: "LC_ALL=x moo"}, `LC_ALL=x moo 'new' '-c' '8' '-s'` + l},
		{Spec{Locate: true}, `sh -c '[ -n "$SSH_CONNECTION" ] && printf "\nMOSH SSH_CONNECTION %s\n" "$SSH_CONNECTION"' ; ` +
			`mosh-server 'new' '-c' '8' '-s'` + l},
	} {
		c.spec.Colors, c.spec.Locale = 8, locale
		if c.spec.Server == "" {
			c.spec.Server = "mosh-server"
		}
		if got := c.spec.CommandLine(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// listing writes programs called gmosh and mosh-server that print their arguments,
// each ended by an unlikely byte, and returns their folder.
func listing(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"gmosh", "mosh-server"} {
		body := "#!/bin/sh\nprintf '%s\\001' \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// loginShells are the shells of this machine that a user may have over there.
func loginShells(t testing.TB) []string {
	var found []string
	for _, name := range []string{"dash", "bash", "fish", "zsh", "tcsh", "csh", "ksh"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if found == nil {
		t.Skip("no shell by a name we know")
	}
	return found
}

// runAsSSHD runs a command line as sshd does, by the login shell, and returns the
// words that the program was given.
func runAsSSHD(t testing.TB, shell, line, dir string) []string {
	t.Helper()
	cmd := exec.Command(shell, "-c", line)
	cmd.Env = []string{"HOME=" + dir, "PATH=" + dir + ":/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s\n%s", shell, err, out, line)
	}
	text := string(out)
	if i := strings.Index(text, "GMOSH FOUND"); i >= 0 {
		_, text, _ = strings.Cut(text[i:], "\n")
	}
	return strings.Split(strings.TrimSuffix(text, "\x01"), "\x01")
}

// strange are words that one shell or another makes something else of.
var strange = []string{
	"plain", "a b", "", "it's", `"`, `\`, `\\`, `a\nb`, "$HOME", "`id`", "!x", "!!", "a\nb", "\n", "end\n\n", "*", "~", "#", "%s", "%%",
	"&&", ";", "|", "<", ">", "(", "[a]", "{a,b}", "ünïcode ✓", "\t", "-n", "--", "=ls", "a=b", "\x7f", "\xff\xfe",
}

func TestWordsArriveUnchangedThroughEveryLoginShell(t *testing.T) {
	dir := listing(t)
	spec := Spec{Colors: 256, Locale: []string{"LC_ALL=a b'c"}, Ports: "60001:60999", Command: strange}
	want := append([]string{"server"}, spec.Args()...)
	for _, shell := range loginShells(t) {
		t.Run(filepath.Base(shell), func(t *testing.T) {
			if got := runAsSSHD(t, shell, spec.CommandLine(), dir); !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestScriptLeavesTheEnvironmentAlone(t *testing.T) {
	dir := t.TempDir()
	body := "#!/bin/sh\nprintf '%s|%s|%s|' \"$PATH\" \"$x\" \"$gmosh_word\"\n"
	if err := os.WriteFile(filepath.Join(dir, "gmosh"), []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", Spec{Command: []string{"a b"}}.Script())
	path := dir + ":/usr/bin:/bin"
	cmd.Env = []string{"HOME=" + dir, "PATH=" + path, "x=mine"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := path + "|mine||"; !strings.HasSuffix(string(out), want) {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestScriptSaysOverWhichAddressesSSHCame(t *testing.T) {
	dir := listing(t)
	for _, line := range []string{
		Spec{Locate: true}.CommandLine(), Spec{Locate: true, Server: "mosh-server"}.CommandLine(),
	} {
		for _, value := range []string{"192.0.2.1 22222 192.0.2.2 22", ""} {
			cmd := exec.Command("/bin/sh", "-c", line)
			cmd.Env = []string{"HOME=" + dir, "PATH=" + dir + ":/usr/bin:/bin", "SSH_CONNECTION=" + value}
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Contains(string(out), "\nMOSH SSH_CONNECTION "+value+"\n")
			if said != (value != "") || strings.Contains(string(out), "SSH_CONNECTION") != (value != "") {
				t.Errorf("SSH_CONNECTION=%q: printed %q", value, out)
			}
		}
	}
}

// FuzzQuoting gives words to a real sh, both ways.
func FuzzQuoting(f *testing.F) {
	for _, word := range strange {
		f.Add(word)
	}
	dir := listing(f)
	f.Fuzz(func(t *testing.T, word string) {
		if strings.ContainsAny(word, "\x00\x01") {
			return // cannot be in an argument; ends a word in the listing
		}
		for _, spec := range []Spec{{Command: []string{word}}, {Command: []string{word}, Server: "mosh-server"}} {
			got := runAsSSHD(t, "/bin/sh", spec.CommandLine(), dir)
			if last := got[len(got)-1]; last != word {
				t.Fatalf("%q arrived as %q by %s", word, last, spec.CommandLine())
			}
		}
	})
}
