package predict

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"gmosh/protocol/terminal/width"
	"gmosh/protocol/wire"
)

// tty is a program behind a line discipline in canonical mode, as cat is.
type tty struct {
	prompt string
	echo   bool
	line   []rune
	lines  func(f *far, line string) // what is done with a line
}

func (p *tty) start(f *far) { f.print(p.prompt) }

func (p *tty) discipline() wire.Discipline {
	return wire.Discipline{Canonical: true, Echo: p.echo, Signals: true}
}

func (p *tty) input(f *far, keys string) {
	for _, r := range keys {
		p.key(f, r)
	}
}

func (p *tty) key(f *far, r rune) {
	show := func(s string) {
		if p.echo {
			f.print(s)
		}
	}
	switch {
	case r == '\r' || r == '\n':
		line := string(p.line)
		p.line = nil
		show("\r\n")
		p.lines(f, line)
	case r == 0x7f:
		p.rub(show, 1)
	case r == 0x15:
		p.rub(show, len(p.line))
	case r == 0x17:
		n := len(p.line)
		word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
		for n > 0 && !word(p.line[n-1]) {
			n--
		}
		for n > 0 && word(p.line[n-1]) {
			n--
		}
		p.rub(show, len(p.line)-n)
	case r < 0x20:
		p.line = append(p.line, r)
		show("^" + string(r+'@'))
	default:
		p.line = append(p.line, r)
		show(string(r))
	}
}

func (p *tty) rub(show func(string), n int) {
	for range min(n, len(p.line)) {
		last := p.line[len(p.line)-1]
		p.line = p.line[:len(p.line)-1]
		show("\b \b")
		if last < 0x20 {
			show("\b \b")
		}
	}
}

// shell is one with a line editor, which starts other programs.
type shell struct {
	prompt, right string        // prompts; the right one is at the right edge
	suggest       string        // what it suggests, in grey, while a line is its beginning
	delay         time.Duration // until it echoes
	after         string        // printed by commands it does not know
	line          []rune
	pos           int
	history       []string
	child         program // what runs now, nil: the shell waits for a line
	rows, row     int     // that the line takes, and the cursor's in it
}

func newShell() program { return &shell{prompt: "$ ", after: "ok\r\n"} }

func (p *shell) start(f *far) { p.ask(f) }

func (p *shell) ask(f *far) {
	p.child, p.line, p.pos = nil, nil, 0
	f.print("\x1b[?2004h")
	p.rows, p.row = 1, 0
	p.show(f)
}

func (p *shell) discipline() wire.Discipline {
	if p.child != nil {
		return p.child.discipline()
	}
	return wire.Discipline{}
}

func (p *shell) input(f *far, keys string) {
	f.later(p.delay, func() {
		for _, k := range SplitKeys(keys) {
			p.key(f, k)
		}
	})
}

func (p *shell) key(f *far, k string) {
	if p.child != nil {
		if k == "\x03" {
			f.print("^C\r\n")
			p.ask(f)
			return
		}
		p.child.input(f, k)
		return
	}
	n := len(p.line)
	switch k {
	case "\r":
		p.pos = n
		p.suggest, k = "", p.suggest
		p.show(f)
		p.suggest = k
		f.print("\x1b[?2004l\r\n")
		p.run(f, string(p.line))
		return
	case "\x03":
		f.print("^C\r\n")
		p.ask(f)
		return
	case "\x7f":
		if p.pos > 0 {
			p.cut(p.pos-1, p.pos)
		}
	case "\x1b[D", "\x1bOD", "\x02":
		p.pos = max(p.pos-1, 0)
	case "\x1b[C", "\x1bOC", "\x06":
		p.pos = min(p.pos+1, n)
	case "\x1b[H", "\x01":
		p.pos = 0
	case "\x1b[F", "\x05":
		p.pos = n
	case "\x1b[3~", "\x04":
		if p.pos < n {
			p.cut(p.pos, p.pos+1)
		}
	case "\x1b[A":
		if len(p.history) > 0 {
			p.line = []rune(p.history[len(p.history)-1])
			p.pos = len(p.line)
		}
	case "\x15":
		p.cut(0, p.pos)
	case "\x0b":
		p.cut(p.pos, n)
	case "\x17":
		from := p.pos
		for from > 0 && p.line[from-1] == ' ' {
			from--
		}
		for from > 0 && p.line[from-1] != ' ' {
			from--
		}
		p.cut(from, p.pos)
	case "\t":
		p.insert("completed ")
	default:
		if r := []rune(k); r[0] >= ' ' {
			p.insert(k)
		}
	}
	p.show(f)
}

func (p *shell) insert(s string) {
	r := []rune(s)
	p.line = append(p.line[:p.pos:p.pos], append(r, p.line[p.pos:]...)...)
	p.pos += len(r)
}

func (p *shell) cut(from, to int) {
	p.line = append(p.line[:from:from], p.line[to:]...)
	p.pos = from
}

// show draws the line anew, as a line editor does: what wraps is finished with a
// blank, so that the cursor stands in the next row.
func (p *shell) show(f *far) {
	var b strings.Builder
	if p.row > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", p.row)
	}
	b.WriteString("\r\x1b[J")
	all := p.prompt + string(p.line)
	b.WriteString(all)
	cols := f.w.cols
	end := columns(all, cols)
	if end > 0 && end%cols == 0 {
		b.WriteString(" \r")
	}
	if rest, ok := strings.CutPrefix(p.suggest, string(p.line)); ok && p.pos == len(p.line) && p.pos > 0 {
		fmt.Fprintf(&b, "\x1b[90m%s\x1b[m\x1b[%dD", rest, max(len(rest), 1))
		if rest == "" {
			b.WriteString("\x1b[C")
		}
	}
	if p.right != "" && end+len(p.right) < cols-1 {
		fmt.Fprintf(&b, "\x1b7\x1b[%dG%s\x1b8", cols-len(p.right), p.right)
	}
	at := columns(p.prompt+string(p.line[:p.pos]), cols)
	if up := end/cols - at/cols; up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	if p.pos < len(p.line) {
		fmt.Fprintf(&b, "\x1b[%dG", at%cols+1)
	}
	p.row = at / cols
	f.print(b.String())
}

// columns returns how far a text reaches, row after row; a wide character that does
// not fit into a row leaves its last column empty.
func columns(s string, cols int) int {
	n := 0
	for _, r := range s {
		w := max(width.Latest.Rune(r), 0)
		if w == 2 && n%cols == cols-1 {
			n++
		}
		n += w
	}
	return n
}

func (p *shell) run(f *far, line string) {
	p.history = append(p.history, line)
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "cat":
		p.child = &tty{echo: true, lines: func(f *far, line string) {
			if line == "end" {
				p.ask(f)
				return
			}
			f.print(line + "\r\n")
		}}
	case "sudo":
		p.child = &tty{prompt: "Password: ", lines: func(f *far, line string) {
			f.print("\r\nwelcome\r\n")
			p.ask(f)
		}}
		p.child.start(f)
	case "read": // what read -s does: it says nothing
		p.child = &tty{lines: func(f *far, line string) { p.ask(f) }}
	case "vi":
		p.child = &vi{quit: func() { f.print("\x1b[H\x1b[2J"); p.ask(f) }, text: []string{"axxx xxxx", "hello there", "jjj lll"}}
		p.child.start(f)
	case "":
		p.ask(f)
	case "echo":
		f.print(rest + "\r\n")
		p.ask(f)
	default:
		f.print(p.after)
		p.ask(f)
	}
}

// vi is an editor with modes. Its screen is drawn anew after each key.
type vi struct {
	text     []string
	row, col int
	insert   bool
	caption  bool // it says which mode it is in
	quit     func()
}

func newVi() program {
	return &vi{text: []string{"axxx xxxx", "hello there", "jjj lll"}, caption: true, quit: func() {}}
}

func (p *vi) start(f *far)                { p.draw(f) }
func (p *vi) discipline() wire.Discipline { return wire.Discipline{} }

func (p *vi) input(f *far, keys string) {
	for _, k := range SplitKeys(keys) {
		if p.insert {
			p.inserting(k)
		} else if !p.command(k) {
			p.quit()
			return
		}
	}
	p.draw(f)
}

func (p *vi) inserting(k string) {
	line := p.text[p.row]
	switch {
	case k == "\x1b":
		p.insert = false
		p.col = max(p.col-1, 0)
	case k == "\r":
		p.text[p.row] = line[:p.col]
		p.text = append(p.text[:p.row+1:p.row+1], append([]string{line[p.col:]}, p.text[p.row+1:]...)...)
		p.row, p.col = p.row+1, 0
	case k == "\x7f":
		if p.col > 0 {
			p.text[p.row] = line[:p.col-1] + line[p.col:]
			p.col--
		}
	case k == "Q": // a key that is a command in this mode, too
	case k[0] >= ' ':
		p.text[p.row] = line[:p.col] + k + line[p.col:]
		p.col += len(k)
	}
}

func (p *vi) command(k string) bool {
	line := p.text[p.row]
	switch k {
	case "h":
		p.col--
	case "l", " ":
		p.col++
	case "j":
		p.row++
	case "k":
		p.row--
	case "i":
		p.insert = true
	case "a":
		p.insert = true
		p.col = min(p.col+1, len(line))
	case "A":
		p.insert = true
		p.col = len(line)
	case "x":
		if p.col < len(line) {
			p.text[p.row] = line[:p.col] + line[p.col+1:]
		}
	case "Z":
		return false
	}
	p.row = min(max(p.row, 0), len(p.text)-1)
	limit := len(p.text[p.row])
	if !p.insert {
		limit--
	}
	p.col = max(min(p.col, limit), 0)
	return true
}

func (p *vi) draw(f *far) {
	var b strings.Builder
	b.WriteString("\x1b[H\x1b[J")
	for i, line := range p.text {
		fmt.Fprintf(&b, "\x1b[%dH%s", i+1, line)
	}
	if p.caption && p.insert {
		fmt.Fprintf(&b, "\x1b[%dH-- INSERT --", f.w.rows)
	}
	fmt.Fprintf(&b, "\x1b[%d;%dH", p.row+1, p.col+1)
	f.print(b.String())
}
