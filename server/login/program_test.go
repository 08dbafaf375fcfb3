package login

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestALoginShellHasADashAndStartsAtHome(t *testing.T) {
	home := t.TempDir()
	c, notice := Program(Account{Shell: "/bin/other"}, Options{
		Environ: []string{"HOME=" + home, "SHELL=/usr/bin/fish", "STY=1.pts", "PWD=/old", "X=y"},
		Colors:  256,
	})
	want := []string{"HOME=" + home, "SHELL=/usr/bin/fish", "PWD=" + home, "X=y", "TERM=xterm-256color", "NCURSES_NO_UTF8_ACS=1"}
	if d := cmp.Diff(want, c.Env); d != "" {
		t.Errorf("environment (-want +got):\n%s", d)
	}
	if c.Path != "/usr/bin/fish" || !slices.Equal(c.Args, []string{"-fish"}) || c.Dir != home {
		t.Errorf("starts %s %q in %s", c.Path, c.Args, c.Dir)
	}
	if strings.Contains(string(notice), "cannot start") {
		t.Errorf("notice %q", notice)
	}
}

func TestTheShellIsTheEnvironmentsThenTheAccountsThenSh(t *testing.T) {
	for _, row := range []struct{ env, account, want string }{
		{"/bin/zsh", "/bin/bash", "/bin/zsh"},
		{"", "/bin/bash", "/bin/bash"},
		{"", "", defaultShell},
	} {
		c, _ := Program(Account{Shell: row.account}, Options{Environ: []string{"SHELL=" + row.env}})
		if c.Path != row.want {
			t.Errorf("$SHELL=%q, account %q: %s, want %s", row.env, row.account, c.Path, row.want)
		}
	}
}

func TestACommandRunsAsGivenAndWithoutAMessageOfTheDay(t *testing.T) {
	c, notice := Program(Account{Home: "/"}, Options{Command: []string{"vi", "a b"}})
	if c.Path != "vi" || !slices.Equal(c.Args, []string{"vi", "a b"}) || c.Dir != "/" || len(notice) > 0 {
		t.Errorf("starts %s %q in %s, notice %q", c.Path, c.Args, c.Dir, notice)
	}
	if !slices.Contains(c.Env, "HOME=/") {
		t.Errorf("HOME is not set from the account: %q", c.Env)
	}
}

func TestTERMAndCOLORTERMFollowWhatTheClientSaid(t *testing.T) {
	for _, row := range []struct {
		colors int
		tc     Truecolor
		want   []string
	}{
		{256, TruecolorUnknown, []string{"TERM=xterm-256color", "COLORTERM=inherited"}},
		{8, TruecolorNo, []string{"TERM=xterm"}},
		{0, TruecolorYes, []string{"TERM=xterm", "COLORTERM=truecolor"}},
		{257, TruecolorUnknown, []string{"TERM=xterm", "COLORTERM=inherited"}},
	} {
		c, _ := Program(Account{}, Options{Command: []string{"x"}, Environ: []string{"TERM=vt100", "COLORTERM=inherited"}, Colors: row.colors, Truecolor: row.tc})
		var got []string
		for _, v := range c.Env {
			if strings.Contains(v, "TERM=") {
				got = append(got, v)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("-c %d, truecolor %d: %q, want %q", row.colors, row.tc, got, row.want)
		}
	}
}

func TestAHomeThatCannotBeEnteredIsSaidAndNotFatal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for home, want := range map[string]string{filepath.Join(dir, "gone"): dir, file: dir, dir: dir} {
		c, notice := Program(Account{}, Options{Command: []string{"x"}, Environ: []string{"HOME=" + home}, Dir: dir})
		if c.Dir != want || !slices.Contains(c.Env, "PWD="+want) {
			t.Errorf("home %s: starts in %s", home, c.Dir)
		}
		if said := strings.Contains(string(notice), home); said != (home != dir) {
			t.Errorf("home %s: notice %q", home, notice)
		}
	}
}

func TestMotdIsTheDynamicThenTheStaticOneUnlessHushed(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, row := range []struct {
		name string
		fs   fstest.MapFS
		want string
	}{
		{"both", fstest.MapFS{"run/motd.dynamic": file("dyn\n"), "var/run/motd.dynamic": file("no\n"), "etc/motd": file("static\n")}, "dyn\nstatic\n"},
		{"old place", fstest.MapFS{"var/run/motd.dynamic": file("dyn\n")}, "dyn\n"},
		{"none", fstest.MapFS{}, ""},
		{"hushed", fstest.MapFS{"etc/motd": file("static\n"), "home/u/.hushlogin": file("")}, ""},
	} {
		if got := string(motd(row.fs, "/home/u")); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestFindAccountReadsPasswd(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\n" +
		"toor:x:0:0::/root2:/bin/csh\n" +
		"# a comment\nshort:x:5\nu:x:1000:1000:U,,,:/home/u:\n"
	for _, row := range []struct {
		uid, name string
		want      Account
		ok        bool
	}{
		{"0", "", Account{"root", "/root", "/bin/bash"}, true},
		{"0", "toor", Account{"toor", "/root2", "/bin/csh"}, true},
		{"1000", "", Account{"u", "/home/u", ""}, true},
		{"5", "", Account{}, false},
		{"10", "", Account{}, false},
	} {
		got, ok := findAccount(strings.NewReader(passwd), row.uid, row.name)
		if got != row.want || ok != row.ok {
			t.Errorf("uid %s name %q: %+v %v", row.uid, row.name, got, ok)
		}
	}
}

func TestCurrentAccountAsksTheSystemOnlyForWhatTheEnvironmentLacks(t *testing.T) {
	full := []string{"USER=u", "HOME=/h", "SHELL=/s"}
	if got := CurrentAccount(full, -2); got != (Account{"u", "/h", "/s"}) {
		t.Errorf("from the environment: %+v", got)
	}
	if os.Getuid() < 0 {
		return // no user numbers here
	}
	got := CurrentAccount([]string{"HOME=/h"}, 0)
	if got.Name == "" || got.Home != "/h" || got.Shell == "" {
		t.Errorf("user 0: %+v", got)
	}
}

func TestParseDscl(t *testing.T) {
	got := parseDscl("u", "NFSHomeDirectory: /Users/u\nUserShell: /bin/zsh\n")
	if got != (Account{"u", "/Users/u", "/bin/zsh"}) {
		t.Errorf("%+v", got)
	}
}
