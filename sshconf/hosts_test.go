package sshconf

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// filesEnv is an Environment of files only.
type filesEnv struct {
	Environment // what Hosts must not ask for
	files       map[string]string
}

func (e filesEnv) ReadFile(path string) (Source, error) {
	text, ok := e.files[path]
	if !ok {
		return Source{}, fs.ErrNotExist
	}
	return Source{Data: []byte(text)}, nil
}

func (e filesEnv) ReadDir(path string) (names []string) {
	for name := range e.files {
		if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(path, "/")+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (e filesEnv) Exists(path string) bool {
	_, ok := e.files[path]
	return ok || len(e.ReadDir(path)) > 0
}

func (e filesEnv) LocalUser() LocalUser { return LocalUser{Home: "/home/me"} }

func (e filesEnv) HomeOf(string) (string, bool) { return "", false }

func (e filesEnv) Places() Places {
	return Places{UserConfig: "/home/me/.ssh/config", UserFolder: "/home/me/.ssh", SystemConfig: "/etc/ssh/ssh_config", SystemFolder: "/etc/ssh"}
}

func TestHostsAreTheNamesThatBlocksStandFor(t *testing.T) {
	env := filesEnv{files: map[string]string{
		"/home/me/.ssh/config": "Host one *.example.com two !three\n  Port 5\nHOST=\"four\" one\n" +
			"Include more.d/* ~/other /nowhere config\nMatch host five\n# Host six\nHost \"unfinished\n",
		"/home/me/.ssh/more.d/a": "Host a1\n",
		"/home/me/.ssh/more.d/b": "Include more.d/a\nHost b1 b?\n",
		"/home/me/other":         "Host other\n",
		"/etc/ssh/ssh_config":    "Host one system\nInclude drop.d/*\n",
		"/etc/ssh/drop.d/x":      "Host dropped\n",
	}}
	want := []string{"one", "two", "four", "a1", "b1", "other", "system", "dropped"}
	if got := Hosts(env); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
