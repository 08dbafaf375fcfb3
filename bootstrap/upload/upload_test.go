package upload

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gmosh/bootstrap/probe"
)

// packed is a compressed build with some contents, and its name.
func packed(t *testing.T, platform, version, contents string) (name string, data []byte) {
	t.Helper()
	data, err := pack([]byte(contents))
	if err != nil {
		t.Fatal(err)
	}
	return FileName(probe.Build{Platform: platform, Version: version, Digest: digest([]byte(contents))}), data
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFirstPlaceWithABuildOfOurVersionCounts(t *testing.T) {
	bundle := make(fstest.MapFS)
	name, data := packed(t, "linux-arm64", "v2", "bundled")
	bundle[name] = &fstest.MapFile{Data: data}
	bundle["README"] = &fstest.MapFile{Data: []byte("no build")}
	beside, other := t.TempDir(), t.TempDir()
	for _, f := range []struct{ dir, platform, version, contents string }{
		{beside, "linux-arm64", "v2", "not this"}, {beside, "linux-arm", "v1", "old"}, {other, "linux-arm", "v2", "ours"},
		{other, "freebsd-amd64", "v1", "better than nothing"},
	} {
		name, data := packed(t, f.platform, f.version, f.contents)
		write(t, f.dir, name, data)
	}
	self := write(t, t.TempDir(), "gmosh", []byte("self"))
	s := Find(Options{Version: "v2", Platform: "linux-amd64", Self: self, Bundle: bundle, Folders: []string{"/nowhere", beside, other}})
	var got []string
	for _, b := range s.Builds() {
		for _, encoding := range []probe.Encoding{probe.Plain, probe.Gzip} {
			data, err := s.Pack(b.Platform, encoding)
			if err == nil && encoding == probe.Gzip {
				data, err = unpack(data, b.Size)
			}
			if err != nil || int64(len(data)) != b.Size || digest(data) != b.Digest {
				t.Errorf("%s: %v, %q", b.Platform, err, data)
			}
			if encoding == probe.Plain {
				got = append(got, b.Platform+" "+b.Version+" "+string(data))
			}
		}
	}
	want := []string{"freebsd-amd64 v1 better than nothing", "linux-amd64 v2 self", "linux-arm v2 ours", "linux-arm64 v2 bundled"}
	if !slices.Equal(got, want) || len(s.Unfit) > 0 {
		t.Errorf("got %q, want %q; unfit: %v", got, want, s.Unfit)
	}
	if _, err := s.Pack("plan9-mips", probe.Plain); !errors.Is(err, ErrNone) {
		t.Errorf("a platform without a build: %v", err)
	}
}

func TestProgramThatHasChangedIsNotSent(t *testing.T) {
	self := write(t, t.TempDir(), "gmosh", []byte("before"))
	dir := t.TempDir()
	name, _ := packed(t, "linux-arm64", "v1", "what the name says")
	_, data := packed(t, "linux-arm64", "v1", "what it is")
	write(t, dir, name, data)
	write(t, dir, strings.Replace(name, "arm64", "arm", 1), []byte("x"))
	s := Find(Options{Version: "v1", Platform: "linux-amd64", Self: self, Folders: []string{dir}})
	write(t, filepath.Dir(self), "gmosh", []byte("after"))
	for _, platform := range []string{"linux-amd64", "linux-arm64"} {
		if _, err := s.Pack(platform, probe.Gzip); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", platform, err)
		}
	}
	if len(s.Unfit) != 1 {
		t.Errorf("unfit: %v", s.Unfit)
	}
}

// A program that needs this machine's libraries says so over there, if at all, in
// words that nobody understands.
func TestProgramsAreLookedInto(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("makes ELF files")
	}
	dir := t.TempDir()
	write(t, dir, "main.go", []byte("package main\n\nfunc main() {}\n"))
	write(t, dir, "go.mod", []byte("module gmosh\n"))
	program := filepath.Join(dir, "gmosh-linux-riscv64")
	compile := exec.Command("go", "build", "-o", program, ".")
	compile.Dir = dir
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "gmosh-linux-arm", shell)
	write(t, dir, "gmosh-linux-386", []byte("text"))
	s := Find(Options{Folders: []string{dir}})
	if b := s.Builds(); len(b) != 1 || b[0].Platform != "linux-riscv64" || b[0].Version != "devel" {
		t.Errorf("found %v", b)
	}
	if len(s.Unfit) != 2 || !slices.ContainsFunc(s.Unfit, func(err error) bool { return errors.Is(err, errDynamic) }) {
		t.Errorf("unfit: %v", s.Unfit)
	}
}

func TestNamesOfBuilds(t *testing.T) {
	whole := FileName(probe.Build{Platform: "linux-arm64", Version: "v0.0.0-2026+dirty", Digest: strings.Repeat("0a", 32)})
	if b, ok := parseName(whole); !ok || b.Platform != "linux-arm64" || b.Version != "v0.0.0-2026+dirty" {
		t.Errorf("%q: %v, %v", whole, b, ok)
	}
	for _, name := range []string{
		"", "gmosh", strings.TrimSuffix(whole, ".gz"), "x" + whole, strings.Replace(whole, "0a0a", "0A0a", 1),
		strings.Replace(whole, "0a0a", "0a", 1), strings.Replace(whole, "_", "_x_", 1),
	} {
		if b, ok := parseName(name); ok {
			t.Errorf("%q: %v", name, b)
		}
	}
}

func TestPackingDoesNotGoOnForEver(t *testing.T) {
	bomb, err := pack(bytes.Repeat([]byte{0}, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := unpack(bomb, 10); err != nil || len(data) > 11 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
