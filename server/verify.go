package server

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
)

// verifyWord asks for verify, with one argument and nothing else.
const verifyWord = "--verify"

// verify is `gmosh server --verify DIGEST`: whether this program's file has a
// SHA-256 digest, in hexadecimal. It is for a program that was just copied to a
// machine that has nothing else to check it with.
func verify(name, wanted string, executable func() (string, error), stderr io.Writer) (status int) {
	got, err := ownDigest(executable)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
	case !strings.EqualFold(got, wanted):
		fmt.Fprintf(stderr, "%s: this program's digest is %s, not %q\n", name, got, wanted)
	default:
		return 0
	}
	return 1
}

func ownDigest(executable func() (string, error)) (string, error) {
	path, err := executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
