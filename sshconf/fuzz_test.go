package sshconf_test

import (
	"io/fs"
	"net/netip"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"gmosh/sshconf"
)

// paper is a machine on which nothing is but one file.
type paper struct{ text []byte }

func (p paper) ReadFile(name string) (sshconf.Source, error) {
	if name != "/config" && name != "/home/me/.ssh/again" {
		return sshconf.Source{}, fs.ErrNotExist
	}
	return sshconf.Source{Data: p.text}, nil
}

func (paper) ReadDir(string) []string           { return []string{"again"} }
func (paper) Exists(string) bool                { return true }
func (paper) Getenv(name string) (string, bool) { return "/" + name, name == "HOME" }
func (paper) HomeOf(string) (string, bool)      { return "/home/other", true }
func (paper) Hostname() string                  { return "here.example" }
func (paper) Shell(string) (int, error)         { return 0, nil }
func (paper) ServicePort(string) (int, bool)    { return 22, true }
func (paper) LocalAddrs() ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}
func (paper) LocalUser() sshconf.LocalUser {
	return sshconf.LocalUser{Name: "me", ID: "1", Home: "/home/me"}
}
func (paper) Places() sshconf.Places {
	return sshconf.Places{UserFolder: "~/.ssh", SystemFolder: "/etc/ssh", Apple: true}
}
func (paper) LookupHost(name string, _ sshconf.AddressFamily) (string, bool) { return name, true }

// Whatever the file says, the answer is a configuration or faults.
func FuzzResolve(f *testing.F) {
	files, err := filepath.Glob("testdata/hand/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no hand-made files", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			f.Add(part.Data)
		}
	}
	f.Add([]byte("Include again\nMatch exec x\nProxyJump a,b\nKnownHostsCommand /x %H %K\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := sshconf.Resolve(paper{text}, sshconf.Query{Host: "host", ConfigFile: "/config"})
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v, error %v", c, err)
		}
		if err != nil {
			return
		}
		if err := c.Print(devNull{}); err != nil {
			t.Error(err)
		}
		for range 20 {
			if _, more := c.Via(); !more {
				break
			}
		}
		if words, err := c.KnownHostsArgs(sshconf.HostKeyQuery{Reason: "ORDER", Name: "host"}); err == nil && !filepath.IsAbs(words[0]) {
			t.Errorf("words %q", words)
		}
	})
}

type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }
