package width

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// dumps are what wcwidth(3) of each version said; see testdata/dump.c.
var dumps = map[Version]string{
	Glibc236: "testdata/glibc236.txt",
	Glibc241: "testdata/glibc241.txt",
}

func TestRuneAgreesWithTheDumpOfEachVersion(t *testing.T) {
	for v, name := range dumps {
		checked := rune(0)
		for _, line := range lines(t, name) {
			var first, last rune
			var want int
			if _, err := fmt.Sscanf(line, "%X %X %d", &first, &last, &want); err != nil {
				t.Fatalf("%s: %q: %v", name, line, err)
			}
			for r := first; r <= last; r++ {
				if got := v.Rune(r); got != want {
					t.Fatalf("version %d: Rune(%U) = %d, want %d", v, r, got, want)
				}
			}
			checked += last - first + 1
		}
		if checked != unicode.MaxRune+1 {
			t.Fatalf("%s covers %d code points", name, checked)
		}
	}
}

// The dump is made anew where there is a C compiler and a C library of a
// version that has a table, so that a checked-in list cannot be wrong for long.
func TestDumpAgreesWithTheCLibraryOfThisMachine(t *testing.T) {
	cc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("no gcc")
	}
	release, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output()
	if err != nil {
		t.Skip("no glibc")
	}
	name := "testdata/" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(string(release)), ".", ""), " ", "") + ".txt"
	want, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		t.Skipf("no table of %s", release)
	}
	bin := filepath.Join(t.TempDir(), "dump")
	if out, err := exec.Command(cc, "-o", bin, "testdata/dump.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	got, err := exec.Command(bin).Output()
	if err != nil {
		t.Skipf("no C.UTF-8 locale: %v", err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s is not what wcwidth(3) says here", name)
	}
}

func TestRuneIsMinusOneOutsideUnicode(t *testing.T) {
	for _, r := range []rune{-1, unicode.MaxRune + 1, 1<<31 - 1} {
		if got := Latest.Rune(r); got != -1 {
			t.Errorf("Rune(%d) = %d, want -1", r, got)
		}
		if Latest.Ambiguous(r) {
			t.Errorf("Ambiguous(%d)", r)
		}
	}
}

func TestUnknownVersionsAreLatest(t *testing.T) {
	const changed = '\u2630' // wide since Unicode 16
	if Glibc236.Rune(changed) != 1 || Glibc241.Rune(changed) != 2 {
		t.Fatal("U+2630 no longer tells the tables apart")
	}
	for _, v := range []Version{0, 999} {
		if v.Rune(changed) != Latest.Rune(changed) {
			t.Errorf("version %d is not Latest", v)
		}
	}
	if Version(999).Known() || !Version(0).Known() || !Glibc236.Known() {
		t.Error("Known is wrong")
	}
}

func TestString(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "a\x1bb": 2, "\xff": 1} {
		if got := Latest.String(s); got != want {
			t.Errorf("String(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestAmbiguousNamesTheKnownQuarrels(t *testing.T) {
	for _, r := range "§é─А\u00ad\ufe0f\u200d❤😀🇩🏽\u1160\u0903\u2630\ue0b0" {
		if !Latest.Ambiguous(r) {
			t.Errorf("%U is not ambiguous", r)
		}
	}
	for _, r := range "a~ 0漢ばア한\u0301ö" {
		if Latest.Ambiguous(r) {
			t.Errorf("%U is ambiguous", r)
		}
	}
	if !VersionDependent('\u2630') || VersionDependent('é') {
		t.Error("VersionDependent is wrong")
	}
}

func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

func BenchmarkRune(b *testing.B) {
	const text = "The quick 日本語 ❤️ é"
	for b.Loop() {
		for _, r := range text {
			Latest.Rune(r)
		}
	}
}
