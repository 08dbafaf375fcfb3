package datagram

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestKeyTextIsUnpaddedBase64(t *testing.T) {
	k, err := NewKey(strings.NewReader("\x00\x10\x83\x10Q\x87 \x92\x8b0\xd3\x8fA\x14\x93Q"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "ABCDEFGHIJKLMNOPQRSTUQ"
	if k.String() != want {
		t.Errorf("text %q, want %q", k, want)
	}
	if back, err := ParseKey(want); err != nil || back != k {
		t.Errorf("parsed %x, %v", back[:], err)
	}
}

func TestOnlyTheCanonicalTextOfAKeyIsTaken(t *testing.T) {
	bad := map[string]string{
		"spare bits set":       "ABCDEFGHIJKLMNOPQRSTUR",
		"other spare bits set": "ABCDEFGHIJKLMNOPQRSTUY",
		"padded":               "ABCDEFGHIJKLMNOPQRSTUQ==",
		"short":                "ABCDEFGHIJKLMNOPQRSTU",
		"long":                 "ABCDEFGHIJKLMNOPQRSTUQA",
		"empty":                "",
		"URL alphabet":         "-BCDEFGHIJKLMNOPQRSTUQ",
		"a line break inside":  "ABCDEFGHIJKLMNOPQRSTU\n",
		"two line breaks":      "ABCDEFGHIJ\r\nMNOPQRSTUQ",
		"a blank":              " BCDEFGHIJKLMNOPQRSTUQ",
		"a padding character":  "ABCDEFGHIJKLMNOPQRSTU=",
		"not ASCII":            "ÀBCDEFGHIJKLMNOPQRSTU",
	}
	for what, text := range bad {
		k, err := ParseKey(text)
		if !errors.Is(err, ErrKey) || k != (Key{}) {
			t.Errorf("%s: %x, %v", what, k[:], err)
		} else if len(text) > 8 && strings.Contains(err.Error(), text[:8]) {
			t.Errorf("%s: the error quotes the key: %v", what, err)
		}
	}
}

func TestKeyNeedsSixteenRandomBytes(t *testing.T) {
	if _, err := NewKey(strings.NewReader("too short")); err == nil {
		t.Error("a key of 9 bytes was made")
	}
}

func TestKeyIsNotInItsGoSyntax(t *testing.T) {
	k, _ := NewKey(strings.NewReader("sixteen bytes..."))
	if s := fmt.Sprintf("%#v", k); strings.Contains(s, "0x") || strings.Contains(s, k.String()) {
		t.Errorf("%%#v shows %s", s)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{
		"ABCDEFGHIJKLMNOPQRSTUQ", "ABCDEFGHIJKLMNOPQRSTUR", "4NeCCgvZFe2RnPgrcU1PQw",
		"////////////////////+w", "\n\n\n\n", "ABCDEFGHIJKLMNOPQRST\r\n", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKey(s)
		if err != nil {
			if !errors.Is(err, ErrKey) || k != (Key{}) {
				t.Fatalf("%q: %x, %v", s, k[:], err)
			}
			return
		}
		if k.String() != s {
			t.Fatalf("%q reads as the key of %q", s, k)
		}
	})
}
