package server

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgramKnowsWhetherItArrivedWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gmosh")
	if err := os.WriteFile(file, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("program")))
	here := func() (string, error) { return file, nil }
	for _, c := range []struct {
		name, digest string
		executable   func() (string, error)
		status       int
	}{
		{"whole", digest, here, 0},
		{"in capitals", strings.ToUpper(digest), here, 0},
		{"another", strings.Repeat("0", 64), here, 1},
		{"a part of the digest", digest[:16], here, 1},
		{"gone", digest, func() (string, error) { return file + "x", nil }, 1},
		{"unknown", digest, func() (string, error) { return "", errors.New("no") }, 1},
	} {
		var stderr bytes.Buffer
		if status := verify("gmosh server", c.digest, c.executable, &stderr); status != c.status || (stderr.Len() > 0) != (status != 0) {
			t.Errorf("%s: status %d, %q", c.name, status, &stderr)
		}
	}
}
