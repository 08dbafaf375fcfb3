// Package section rewrites a part of a document that measurements fill: what stands
// between <!-- begin NAME --> and <!-- end NAME -->. Only tests call it.
package section

import (
	"fmt"
	"os"
	"strings"
)

// cut returns what a document has before a section, in it and after it.
func cut(file, name string) (before, text, after string, err error) {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	all, err := os.ReadFile(file)
	if err != nil {
		return "", "", "", err
	}
	before, rest, ok := strings.Cut(string(all), begin)
	text, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", "", "", fmt.Errorf("%s has no section %q", file, name)
	}
	return before + begin, text, end + after, nil
}

// Replace puts text into a section, an empty line around it.
func Replace(file, name, text string) error {
	before, _, after, err := cut(file, name)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+"\n"+text+"\n"+after), 0o644)
}

// Rows returns the rows of a section's tables whose first cells are the given ones.
func Rows(file, name, cells string) (rows string, err error) {
	_, text, _, err := cut(file, name)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| "+cells+" |") {
			rows += line
		}
	}
	return rows, err
}
