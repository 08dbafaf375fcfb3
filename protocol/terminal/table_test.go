package terminal

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The page for people and the tables that the parser dispatches from must name the
// same functions: what docs/terminal.md says is supported is, and nothing else.
func TestThePageAboutTheTerminalIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/terminal.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{} // name: supported
	section := ""
	for line := range strings.SplitSeq(string(page), "\n") {
		if s, ok := strings.CutPrefix(line, "## "); ok {
			section = s
		}
		fields := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(fields) != 7 || !strings.Contains(fields[1], "`") {
			continue
		}
		name := strings.TrimSpace(fields[1])
		quote := name[:len(name)-len(strings.TrimLeft(name, "`"))]
		name = strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(name[len(quote):], quote)), "\x00", "|")
		if section == "ANSI modes" || section == "Private modes" {
			name = "mode " + name
		}
		name = strings.ReplaceAll(name, "SP ", " ")
		supported := !strings.HasPrefix(strings.TrimSpace(fields[3]), "no")
		if was, twice := documented[name]; twice {
			t.Errorf("%q stands twice on the page (%v)", name, was)
		}
		documented[name] = supported
	}
	have := dispatched()
	for _, name := range have {
		if !documented[name] {
			t.Errorf("%q is interpreted, but the page does not say so", name)
		}
	}
	for name, supported := range documented {
		if supported && !slices.Contains(have, name) {
			t.Errorf("the page says that %q is interpreted", name)
		}
	}
}

// parsed are the control characters and strings that the parser itself handles.
var parsed = []string{"0x18", "0x1A", "0x1B"}

// dispatched returns the names of all functions that there are.
func dispatched() []string {
	out := slices.Clone(parsed)
	for b := range fullC0 {
		out = append(out, fmt.Sprintf("0x%02X", b))
	}
	for name := range fullESC {
		if strings.Contains("()*+-./", name[:1]) {
			name = name[:1] + "F"
		}
		out = append(out, "ESC "+name)
	}
	for name := range fullCSI {
		out = append(out, "CSI "+name)
	}
	for n := range ansiModes {
		out = append(out, "mode "+strconv.Itoa(n))
	}
	for n := range privateModes {
		out = append(out, "mode ?"+strconv.Itoa(n))
	}
	for n := range fullSGR {
		out = append(out, "SGR "+strconv.Itoa(n))
	}
	out = append(out, "SGR 0")
	for n := range commands {
		out = append(out, strings.TrimSpace("OSC "+n))
	}
	for _, d := range devices {
		out = append(out, "DCS "+d.intro)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
