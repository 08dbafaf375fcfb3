package terminal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// The conformance table is what ECMA-48, the VT420 and VT510 manuals and xterm's
// ctlseqs say of each control function, as something that can be seen from outside: on
// the screen, in the cursor's place, in answers. Every case is put to this emulator and
// to a real xterm, so that the table is known to be neither ours alone nor a wish. The
// files in testdata/conformance hold one case after the other, on a blank screen of
// 20x6:
//
//	== CUP: without parameters it goes home
//	letters                   written: abcde to uvwxy in the first five rows
//	in \e[3;3H\e[Hx           written; Go's escapes, and \e
//	| x                       a row of the screen, from the top; rows that are not
//	                          given are blank. Blanks at the end are not written
//	cursor 1,2                as CPR tells it
//	style 1,1 0;1;31          a cell's rendition as XTREPORTSGR tells it
//	title text | icon text
//	answers \e[0n             what was answered
//	answering \e\[[0-9]+n     a regular expression for it
//
// A case that one of the two does not keep says so, and why; that it does not keep it
// is a part of the table and must be true:
//
//	refused WHY               ours does not, by design
//	lacks WHY                 ours does not
//	xterm WHY                 xterm 379 does not
type conformanceCase struct {
	where, class, name string
	in                 string
	rows               []string
	claims             []conformanceClaim
	ours, refused      string // why not
	xterm              string
}

type conformanceClaim struct {
	line string
	kind string
	arg  string // of style
	want func(string) bool
}

const tableCols, tableRows = 20, 6

func readConformance(t *testing.T) []*conformanceCase {
	t.Helper()
	files, err := filepath.Glob("testdata/conformance/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	var all []*conformanceCase
	names := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c *conformanceCase
		for i, line := range strings.Split(string(data), "\n") {
			where := fmt.Sprintf("%s:%d", file, i+1)
			switch name, isName := strings.CutPrefix(line, "== "); {
			case line == "" || line[0] == '#':
			case isName:
				if names[name] != "" {
					t.Fatalf("%s: %q is at %s too", where, name, names[name])
				}
				class, _, ok := strings.Cut(name, ":")
				if !ok {
					t.Fatalf("%s: %q names no function", where, name)
				}
				c = &conformanceCase{where: where, class: class, name: name}
				names[name] = where
				all = append(all, c)
			case c == nil || !c.add(line):
				t.Fatalf("%s: %q means nothing", where, line)
			}
		}
	}
	for _, c := range all {
		if c.in == "" || c.rows == nil && len(c.claims) == 0 {
			t.Fatalf("%s: %q shows nothing", c.where, c.name)
		}
	}
	return all
}

// add takes one line of a case.
func (c *conformanceCase) add(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	text, err := terminal.Unescape(rest)
	claim := conformanceClaim{line: line, kind: word, want: func(got string) bool { return got == text }}
	switch word {
	case "in":
		c.in += text
	case "letters":
		c.in += "abcde\r\nfghij\r\nklmno\r\npqrst\r\nuvwxy"
		return rest == ""
	case "|":
		c.rows = append(c.rows, text)
	case "refused":
		c.refused = rest
	case "lacks":
		c.ours = rest
	case "xterm":
		c.xterm = rest
	case "answering":
		re, bad := regexp.Compile(`\A(?:` + strings.ReplaceAll(rest, `\e`, `\x1b`) + `)\z`)
		if bad != nil {
			return false
		}
		claim.kind, claim.want, err = "answers", re.MatchString, nil
		c.claims = append(c.claims, claim)
	case "style":
		place, sgr, _ := strings.Cut(rest, " ")
		claim.arg, text = place, place+" "+sortedSGR(sgr)
		c.claims = append(c.claims, claim)
	case "cursor", "answers", "title", "icon":
		c.claims = append(c.claims, claim)
	default:
		return false
	}
	return err == nil && (rest != "" || word == "|" || word == "answers" || word == "title" || word == "icon")
}

// seenAfter is what can be seen of a terminal after a case.
type seenAfter struct {
	rows   []string
	claims []string // what each claim is about
}

// fails says what of a case is not so, "" if all is.
func (c *conformanceCase) fails(got seenAfter, err error) string {
	if err != nil {
		return err.Error()
	}
	var out []string
	want := make([]string, tableRows)
	copy(want, c.rows)
	if c.rows != nil && !slices.Equal(got.rows, want) {
		out = append(out, "the screen is\n|"+strings.Join(got.rows, "\n|")+"\nwant\n|"+strings.Join(want, "\n|"))
	}
	for i, claim := range c.claims {
		if !claim.want(got.claims[i]) {
			out = append(out, fmt.Sprintf("%s: got %q", claim.line, got.claims[i]))
		}
	}
	return strings.Join(out, "\n")
}

// asked is what a case ends with: S7C1T and, between marks, a question for each thing
// that it claims. titles says that titles can be asked for.
func (c *conformanceCase) asked(titles bool) string {
	out := c.in + "\x1b F" + mark + "\x1b[?6l"
	for _, claim := range c.claims {
		switch claim.kind {
		case "style":
			row, col, _ := strings.Cut(claim.arg, ",")
			out += fmt.Sprintf("\x1b[%s;%s;%s;%s#|", row, col, row, col)
		case "title":
			if titles {
				out += "\x1b[21t"
			}
		case "icon":
			if titles {
				out += "\x1b[20t"
			}
		}
		out += mark
	}
	if c.rows != nil {
		out += askCells
	}
	return out + mark
}

// mark is answered by what no case is answered by, and tells the cursor.
const mark = "\x1b[5n\x1b[6n\x1b[5n"

var (
	markAnswer = regexp.MustCompile("\x1b\\[0n\x1b\\[(\\d+);(\\d+)R\x1b\\[0n")
	cellAnswer = regexp.MustCompile("\x1bP\\d+!~([0-9A-F]{4})\x1b\\\\")
)

// marks is how many marks a case asks for.
func (c *conformanceCase) marks() int { return len(c.claims) + 2 }

// askCells asks for the character of each cell.
var askCells = func() string {
	var b strings.Builder
	b.WriteString("\x1b[23#y")
	for y := range tableRows {
		for x := range tableCols {
			fmt.Fprintf(&b, "\x1b[%d;1;%d;%d;%d;%d*y", y*tableCols+x, y+1, x+1, y+1, x+1)
		}
	}
	return b.String()
}()

// seen reads the answers to asked.
func (c *conformanceCase) seen(answers string) (seenAfter, error) {
	at := markAnswer.FindAllStringSubmatchIndex(answers, -1)
	if len(at) != c.marks() {
		return seenAfter{}, fmt.Errorf("%d marks answered, not %d: %q", len(at), c.marks(), answers)
	}
	var s seenAfter
	cursor := answers[at[0][2]:at[0][3]] + "," + answers[at[0][4]:at[0][5]]
	for i, claim := range c.claims {
		between := answers[at[i][1]:at[i+1][0]]
		switch claim.kind {
		case "cursor":
			between = cursor
		case "answers":
			between = answers[:at[0][0]]
		case "style":
			between = claim.arg + " " + sortedSGR(strings.TrimSuffix(strings.TrimPrefix(between, "\x1b["), "m"))
		case "title":
			between = strings.TrimSuffix(strings.TrimPrefix(between, "\x1b]l"), "\x1b\\")
		case "icon":
			between = strings.TrimSuffix(strings.TrimPrefix(between, "\x1b]L"), "\x1b\\")
		}
		s.claims = append(s.claims, between)
	}
	if c.rows == nil {
		return s, nil
	}
	cells := cellAnswer.FindAllStringSubmatch(answers[at[len(at)-2][1]:], -1)
	if len(cells) != tableCols*tableRows {
		return s, fmt.Errorf("%d cells answered", len(cells))
	}
	for y := range tableRows {
		row := ""
		for _, cell := range cells[y*tableCols : (y+1)*tableCols] {
			var ch rune
			fmt.Sscanf(cell[1], "%x", &ch)
			switch ch {
			case 0xffff: // the right half of a wide character
			case 0: // a cell of xterm's that nothing was drawn in
				row += " "
			default:
				row += string(ch)
			}
		}
		s.rows = append(s.rows, strings.TrimRight(row, " "))
	}
	return s, nil
}

// sortedSGR is an SGR's parameters in one order: xterm has its own.
func sortedSGR(sgr string) string {
	params := strings.Split(sgr, ";")
	slices.Sort(params)
	return strings.Join(params, ";")
}

// ourConformance puts a case to this emulator.
func ourConformance(c *conformanceCase) (seenAfter, error) {
	e := terminal.New(tableCols, tableRows, terminal.Options{Widths: width.Glibc236})
	e.SetOuter(terminal.ToldOuter())
	e.Write([]byte(c.asked(false)))
	s, err := c.seen(string(e.TakeAnswers()))
	f := e.Frame()
	for i, claim := range c.claims {
		switch {
		case err != nil:
		case claim.kind == "title":
			s.claims[i] = f.Title()
		case claim.kind == "icon":
			s.claims[i] = f.Icon()
		}
	}
	return s, err
}

func TestConformsToTheTable(t *testing.T) {
	all := readConformance(t)
	passed, refused := 0, 0
	for _, c := range all {
		bad := c.fails(ourConformance(c))
		switch why := c.ours + c.refused; {
		case bad == "" && why != "":
			t.Errorf("%s: %s: it is so, though the table says %q", c.where, c.name, why)
		case bad != "" && why == "":
			t.Errorf("%s: %s: %s", c.where, c.name, bad)
		case c.refused != "":
			refused++
		case bad == "":
			passed++
		}
	}
	t.Logf("%d cases: %d pass, %d are refused, %d fail", len(all), passed, refused, len(all)-passed-refused)
}

// A mosh client's emulator, as this package has it and a real one proves it (mosh_test.go),
// is no yardstick either.
func TestWhatMoshHasOfTheTableIsNotMissing(t *testing.T) {
	all := readConformance(t)
	passed := 0
	for _, c := range all {
		e := terminal.New(tableCols, tableRows, terminal.Options{Stock: true})
		e.Write([]byte(c.in))
		f := e.Frame()
		s := seenAfter{rows: f.Text(), claims: make([]string, len(c.claims))}
		for i, claim := range c.claims {
			switch claim.kind {
			case "answers":
				s.claims[i] = string(e.TakeAnswers())
			case "cursor":
				s.claims[i] = fmt.Sprintf("%d,%d", f.Cursor.Row+1, f.Cursor.Col+1)
			case "title":
				s.claims[i] = f.Title()
			case "icon":
				s.claims[i] = f.Icon()
			case "style":
				s.claims[i] = styleIn(terminal.Resume(f, terminal.Options{}), claim.arg)
			}
		}
		if c.fails(s, nil) != "" {
			continue
		}
		if passed++; c.ours != "" {
			t.Errorf("%s: %s: mosh has it, though the table says that ours has not: %q", c.where, c.name, c.ours)
		}
	}
	t.Logf("%d cases: mosh passes %d", len(all), passed)
}

// styleIn is what a claim about a cell's rendition is about.
func styleIn(e *terminal.Emulator, place string) string {
	row, col, _ := strings.Cut(place, ",")
	e.Write(fmt.Appendf(nil, "\x1b[%s;%s;%s;%s#|", row, col, row, col))
	return place + " " + sortedSGR(strings.TrimSuffix(strings.TrimPrefix(string(e.TakeAnswers()), "\x1b["), "m"))
}
