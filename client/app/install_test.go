package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLinksAreMadeWhereThereIsAFolder(t *testing.T) {
	dir := t.TempDir()
	self := func() (string, error) { return os.Executable() }
	var out, complaint strings.Builder
	missing := filepath.Join(dir, "bin")
	if status := installLinks([]string{missing}, self, &out, &complaint); status != statusFailed || !strings.Contains(complaint.String(), "mkdir -p "+missing) {
		t.Errorf("without the folder: status %d, %q", status, complaint.String())
	}
	if err := os.Mkdir(missing, 0o755); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(missing, "mosh")
	if err := os.WriteFile(taken, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	complaint.Reset()
	if status := installLinks([]string{missing}, self, &out, &complaint); status != statusFailed || !strings.Contains(complaint.String(), "another file of that name") {
		t.Errorf("where somebody's mosh is: status %d, %q", status, complaint.String())
	}
	if err := os.Remove(taken); err != nil {
		t.Fatal(err)
	}
	if status := installLinks([]string{missing}, self, &out, &complaint); status != 0 {
		t.Errorf("status %d, %q", status, complaint.String())
	}
	for _, name := range linkNames {
		if _, err := os.Stat(filepath.Join(missing, name)); err != nil {
			t.Error(err)
		}
	}
}
