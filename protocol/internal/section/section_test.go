package section

import (
	"os"
	"path/filepath"
	"testing"
)

const document = "# Title\n\n<!-- begin a -->\n\n| x | y | 1 |\n| xx | y | 2 |\n| x | z | 3 |\n\n<!-- end a -->\n\n<!-- begin b -->\n\nold\n\n<!-- end b -->\nlast\n"

func write(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOnlyTheSectionIsReplaced(t *testing.T) {
	file := write(t)
	if err := Replace(file, "a", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	want := "# Title\n\n<!-- begin a -->\n\nnew\n\n<!-- end a -->\n\n<!-- begin b -->\n\nold\n\n<!-- end b -->\nlast\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRowsAreThoseOfTheGivenCells(t *testing.T) {
	file := write(t)
	for cells, want := range map[string]string{
		"x":     "| x | y | 1 |\n| x | z | 3 |\n",
		"x | y": "| x | y | 1 |\n",
		"q":     "",
	} {
		if got, err := Rows(file, "a", cells); got != want || err != nil {
			t.Errorf("%s: %q, %v", cells, got, err)
		}
	}
}

func TestASectionThatIsNotThereIsAnErrorAndChangesNothing(t *testing.T) {
	file := write(t)
	if err := Replace(file, "c", "new"); err == nil {
		t.Error("it was replaced")
	}
	if _, err := Rows(file, "c", "x"); err == nil {
		t.Error("it has rows")
	}
	if got, _ := os.ReadFile(file); string(got) != document {
		t.Errorf("the document is %q", got)
	}
	if err := Replace(file+".none", "a", "new"); err == nil {
		t.Error("a document that is not there was written")
	}
}
