package probe

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSearchPassesThroughAnyLoginShellAsOneWord(t *testing.T) {
	script := Search{Version: "it's", Builds: []Build{{Platform: "!", Version: "\n", Digest: `\\`}}}.Script()
	for _, bad := range []string{"'", "!", "\n", `\\`, `\'`} {
		if strings.Contains(script, bad) {
			t.Errorf("the script holds %q", bad)
		}
	}
}

// run runs the script with args in a home folder, and returns its lines, but for
// the platform's and the one before older servers, and its status.
func run(t *testing.T, shell, home, path string, args ...string) ([]string, int) {
	t.Helper()
	cmd := exec.Command(shell, append([]string{"-c", Search{temporary: []string{home}}.Script(), "sh"}, args...)...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + path}
	out, err := cmd.Output()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	system, rest, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if !strings.HasPrefix(system, "GMOSH SYSTEM linux-") {
		t.Errorf("the first line is %q", system)
	}
	lines := slices.DeleteFunc(strings.Split(rest, "\n"), func(line string) bool { return line == "GMOSH INSTEAD" })
	return lines, cmd.ProcessState.ExitCode()
}

// program writes an executable script that prints its name and arguments.
func program(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestSearchFindsAndRunsTheFirstServerThatRuns(t *testing.T) {
	const prints = "#!/bin/sh\nfor a in \"$@\"; do printf '[%s]' \"$a\"; done; echo; exit 5\n"
	cases := []struct {
		name   string
		files  map[string]string // by path in the home folder
		path   string            // PATH, with ~ for the home folder
		want   []string          // lines, with ~ likewise
		status int
	}{
		{"gmosh in PATH", map[string]string{"p/gmosh": prints, "p/mosh-server": prints}, "~/p",
			[]string{"GMOSH FOUND gmosh ~/p/gmosh", "[server][new][a b]"}, 5},
		{"mosh-server in PATH", map[string]string{"p/mosh-server": prints}, "~/p",
			[]string{"GMOSH FOUND mosh-server ~/p/mosh-server", "[new][a b]"}, 5},
		{"not in PATH", map[string]string{"go/bin/gmosh": prints, "p/mosh-server": prints}, "~/p",
			[]string{"GMOSH FOUND gmosh ~/go/bin/gmosh", "[server][new][a b]"}, 5},
		{"in a folder with blanks", map[string]string{".local/bin/gmosh": prints}, "~/p q",
			[]string{"GMOSH FOUND gmosh ~/.local/bin/gmosh", "[server][new][a b]"}, 5},
		{"no PATH", map[string]string{"bin/gmosh": prints}, "",
			[]string{"GMOSH FOUND gmosh ~/bin/gmosh", "[server][new][a b]"}, 5},
		{"cannot be run", map[string]string{"bin/gmosh": "#!/no/such/shell\n", "bin/mosh-server": prints}, "~/p",
			[]string{"GMOSH FOUND gmosh ~/bin/gmosh", "GMOSH BROKEN * ~/bin/gmosh",
				"GMOSH FOUND mosh-server ~/bin/mosh-server", "[new][a b]"}, 5},
		{"nothing", nil, "~/p", []string{"GMOSH NONE *"}, 127},
	}
	for _, shell := range shells(t) {
		for _, c := range cases {
			t.Run(filepath.Base(shell)+" "+c.name, func(t *testing.T) {
				if _, err := os.Stat("/usr/local/bin/gmosh"); err == nil && c.name == "nothing" {
					t.Skip("/usr/local/bin/gmosh is searched too, and is there")
				}
				home := filepath.Join(t.TempDir(), "h o m e")
				for name, body := range c.files {
					program(t, filepath.Join(home, name), body)
				}
				got, status := run(t, shell, home, strings.ReplaceAll(c.path, "~", home), "new", "a b")
				var want []string
				for _, line := range c.want {
					want = append(want, strings.ReplaceAll(line, "~", home))
				}
				if status != c.status || !matchLines(got, want) {
					t.Errorf("status %d, lines %q; want %d, %q", status, got, c.status, want)
				}
			})
		}
	}
}

// matchLines compares, a * in want standing for one word.
func matchLines(got, want []string) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		before, after, star := strings.Cut(w, "*")
		return g == w || star && strings.HasPrefix(g, before) && strings.HasSuffix(g, after)
	})
}

// shells are the POSIX shells of this machine.
func shells(t *testing.T) []string {
	var found []string
	for _, name := range []string{"dash", "bash", "busybox", "ksh", "mksh"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if name == "busybox" {
			link := filepath.Join(t.TempDir(), "sh")
			if err := os.Symlink(path, link); err != nil {
				t.Fatal(err)
			}
			path = link
		}
		found = append(found, path)
	}
	if found == nil {
		t.Skip("no POSIX shell by a name we know")
	}
	return found
}

func TestReportReadsWhatTheScriptSays(t *testing.T) {
	var r Report
	for _, line := range []string{
		"GMOSH FOUND gmosh /home/u/bin/gmosh\r", "GMOSH BROKEN 126 /home/u/bin/gmosh",
		"GMOSH FOUND mosh-server /usr/bin/mosh server",
	} {
		if !r.Line(line) {
			t.Errorf("%q was not taken", line)
		}
	}
	want := []Server{{"gmosh", "/home/u/bin/gmosh", 126}, {"mosh-server", "/usr/bin/mosh server", 0}}
	if !slices.Equal(r.Servers, want) {
		t.Errorf("servers %v, want %v", r.Servers, want)
	}
	if s, ok := r.Running(); !ok || s != want[1] {
		t.Errorf("running %v, %v", s, ok)
	}
	if !r.Line("GMOSH NONE Linux x86_64") || r.System != "Linux x86_64" {
		t.Errorf("system %q", r.System)
	}
	if _, ok := r.Running(); ok {
		t.Error("a server runs where none is left")
	}
}

func TestOtherLinesAreLeftToTheUser(t *testing.T) {
	var r Report
	for _, line := range []string{
		"", "GMOSH", "GMOSH ", "GMOSH what", "GMOSH FOUND", "GMOSH FOUND gmosh", "GMOSH BROKEN 126 /x", "gmosh FOUND a b",
		"Welcome GMOSH FOUND a b",
	} {
		if r.Line(line) {
			t.Errorf("%q was taken", line)
		}
	}
	if len(r.Servers) > 0 || r.None {
		t.Errorf("report %+v", r)
	}
}

func FuzzReport(f *testing.F) {
	for _, s := range []string{"GMOSH FOUND gmosh /x\nGMOSH BROKEN 126 /x\nGMOSH NONE Linux", "GMOSH BROKEN 9999 /x", "GMOSH FOUND  "} {
		f.Add(s)
	}
	f.Add(strings.Repeat("GMOSH FOUND a b\n", 100))
	f.Fuzz(func(t *testing.T, output string) {
		var r Report
		for line := range strings.Lines(output) {
			r.Line(line)
		}
		if len(r.Servers) > maxKept {
			t.Fatalf("%d servers kept", len(r.Servers))
		}
		for _, s := range r.Servers {
			if s.Name == "" || s.Path == "" || s.Status < 0 || s.Status > 255 {
				t.Fatal(fmt.Sprint(s))
			}
		}
	})
}
