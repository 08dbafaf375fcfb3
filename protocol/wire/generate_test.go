package wire

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// versions is the part of a generated file's head that says which protoc wrote it:
// its code does not depend on that.
var versions = regexp.MustCompile(`(?m)^//\s+protoc\s.*\n`)

func TestGeneratedCodeIsThatOfTheDefinition(t *testing.T) {
	if _, err := exec.LookPath("protoc"); err != nil {
		if os.Getenv("GMOSH_REQUIRE_PEERS") == "1" {
			t.Fatal("protoc is required: apt-get install protobuf-compiler")
		}
		t.Skip("no protoc: apt-get install protobuf-compiler")
	}
	out := t.TempDir()
	if b, err := exec.Command("sh", "generate.sh", out).CombinedOutput(); err != nil {
		t.Fatalf("generate.sh: %v\n%s", err, b)
	}
	fresh := generatedFiles(t, out)
	kept := generatedFiles(t, ".")
	for name, code := range fresh {
		if !bytes.Equal(code, kept[name]) {
			t.Errorf("%s is not what `make generate` writes", name)
		}
		delete(kept, name)
	}
	for name := range kept {
		t.Errorf("`make generate` does not write %s", name)
	}
}

func generatedFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "internal", "*", "*.pb.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d generated files in %s, %v", len(names), dir, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		files[rel] = versions.ReplaceAll(b, nil)
	}
	return files
}
