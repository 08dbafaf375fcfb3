package sshconf_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"gmosh/sshconf"
)

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
		m := machine{files: map[string]string{"/config": string(text), "/home/me/.ssh/again": string(text)}, apple: true}
		c, err := sshconf.Resolve(m, sshconf.Query{Host: "host", ConfigFile: "/config"})
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
