package sshconf_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gmosh/sshconf"
)

var updateFlag = flag.Bool("update", false, "write the table of keywords in docs/ssh_config.md anew")

const (
	docs      = "../docs/ssh_config.md"
	tableHead = "| Keyword | gmosh | |\n| --- | --- | --- |\n"
)

// keywordTable is the table as the documentation has it.
func keywordTable() string {
	var lines []string
	for _, row := range sshconf.Keywords() {
		lines = append(lines, fmt.Sprintf("| %s | %s | %s |\n", row[0], row[1], row[2]))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return tableHead + strings.Join(lines, "")
}

func TestDocumentationSaysWhatBecomesOfEveryKeyword(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	before, table, found := strings.Cut(string(text), tableHead)
	if !found {
		t.Fatalf("%s has no table of keywords", docs)
	}
	_, after, _ := strings.Cut(table, "\n\n")
	want := before + keywordTable() + "\n" + after
	if *updateFlag {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is not what the table in keywords.go says; go test ./sshconf -run Documentation -update writes it (-want +got):\n%s", docs, diff)
	}
}
