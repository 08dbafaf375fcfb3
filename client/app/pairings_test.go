package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gmosh/protocol/peertest"
)

// pairing is who is on either side. The reference is neither: the shell itself, in a
// tmux like the others.
type pairing struct {
	name           string
	client, server string // programs; empty: ours
	stock          bool   // one of them is stock mosh
}

const (
	stockClient = "mosh-client"
	stockServer = "mosh-server"
)

var pairings = []pairing{
	{"mosh with mosh", stockClient, stockServer, true},
	{"gmosh with gmosh", "", "", false},
	{"gmosh with mosh-server", "", stockServer, true},
	{"mosh-client with gmosh", stockClient, "", true},
}

// shell is what runs over there: a bash that shows nothing of the machine.
var shell = []string{"bash", "--norc", "--noprofile", "-i"}

// shellEnv makes the shell look the same with and without a mosh around it.
var shellEnv = []string{`PS1=\#$ `, "LANG=C.UTF-8", "HISTFILE=", "NCURSES_NO_UTF8_ACS=1"}

// desk is a tmux with a session of a pairing in it, or with the shell itself.
type desk struct {
	*peertest.Tmux
	t        *testing.T
	name     string
	commands int // number in the last prompt that was seen
}

// direct starts the shell without any mosh.
func direct(t *testing.T) *desk {
	argv := append([]string{"env", "TERM=xterm-256color"}, shell...)
	d := &desk{peertest.StartTmux(t, peertest.TmuxOptions{Env: shellEnv}, argv...), t, "direct", 0}
	d.prompt()
	return d
}

// start starts a session of a pairing and waits for the shell's prompt. Server and
// client are the only things of the test's that are running then.
func (p pairing) start(t *testing.T) *desk {
	t.Helper()
	server := p.server
	client := p.client
	if server == "" {
		server = filepath.Join(peertest.Gmosh(t), "mosh-server")
	}
	if client == "" {
		client = filepath.Join(peertest.Gmosh(t), "mosh-client")
	}
	argv := append([]string{server, "new", "-i", "127.0.0.1", "-p", "0", "-c", "256", "--"}, shell...)
	s := peertest.StartServer(t, peertest.Options{Env: shellEnv}, argv...)
	env := []string{s.ClientEnv(), "MOSH_TITLE_NOPREFIX=", "MOSH_PREDICTION_DISPLAY=never"}
	d := &desk{peertest.StartTmux(t, peertest.TmuxOptions{Env: env}, client, "127.0.0.1", s.PortArg()), t, p.name, 0}
	d.prompt()
	return d
}

// prompt waits until the shell waits for the next command: its prompt has a number, and
// the one before may still be on the screen.
func (d *desk) prompt() {
	d.t.Helper()
	d.WaitFor("the next prompt of "+d.name, func(lines []string) bool {
		line := d.cursorLine(lines)
		n, err := strconv.Atoi(strings.TrimSuffix(line, "$"))
		if err != nil || n <= d.commands || d.Query("#{cursor_x}") != strconv.Itoa(len(line)+1) {
			return false
		}
		d.commands = n
		return true
	})
}

func (d *desk) cursorLine(lines []string) string {
	var y int
	fmt.Sscan(d.Query("#{cursor_y}"), &y)
	if y >= len(lines) {
		return ""
	}
	return lines[y]
}

// picture is a screen at a checkpoint.
type picture struct {
	rows   []string // with renditions
	cursor string
}

// difference tells where a picture is not the wanted one.
func (p picture) difference(want picture) string {
	var b strings.Builder
	if p.cursor != want.cursor {
		fmt.Fprintf(&b, "cursor at %s, want %s\n", p.cursor, want.cursor)
	}
	for i := range max(len(p.rows), len(want.rows)) {
		if got, wanted := row(p.rows, i), row(want.rows, i); got != wanted {
			fmt.Fprintf(&b, "row %d: %q\n  want: %q\n", i, got, wanted)
		}
	}
	return b.String()
}

func row(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return "(none)"
}

func (d *desk) picture() picture {
	return picture{renditions(d.Styled()), d.Query("#{cursor_x},#{cursor_y}")}
}

// renditions rewrites rows as tmux captures them, where a rendition is what changes since
// the cell before, even from row to row and even at cells that show nothing, so that
// every run of cells stands behind its whole rendition.
// Line drawing characters are the same in either of their encodings.
func renditions(rows []string) []string {
	var fg, bg, attrs string
	drawing := false
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for j, run := range strings.Split(row, "\x1b[") {
			text := run
			if j > 0 {
				var sgr string
				sgr, text, _ = strings.Cut(run, "m")
				switch code, _, _ := strings.Cut(sgr, ";"); {
				case sgr == "0" || sgr == "":
					fg, bg, attrs = "", "", ""
				case code == "39":
					fg = ""
				case code == "49":
					bg = ""
				case code == "38" || code[0] == '3' && len(code) == 2 || code[0] == '9' && len(code) == 2:
					fg = sgr
				case code == "48" || code[0] == '4' && len(code) == 2 || code[0] == '1' && len(code) == 3:
					bg = sgr
				default:
					attrs += "+" + sgr
				}
			}
			if text = lineDrawing(text, &drawing); text != "" {
				fmt.Fprintf(&b, "<%s %s %s>%s", attrs, fg, bg, text)
			}
		}
		out[i] = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(b.String(), " "), "<  >"), " ")
	}
	return out
}

// lineDrawing turns what stands between SO and SI into Unicode's line drawing
// characters. drawing is carried on from text to text.
func lineDrawing(text string, drawing *bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\x0e' || r == '\x0f':
			*drawing = r == '\x0e'
			return -1
		case *drawing && 'j' <= r && r <= 'x':
			return []rune("┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│")[r-'j']
		}
		return r
	}, text)
}

func (p picture) equal(o picture) bool { return p.cursor == o.cursor && slices.Equal(p.rows, o.rows) }

// await waits until the screen is one of the accepted pictures.
func (d *desk) await(what string, accepted ...picture) {
	d.t.Helper()
	var now picture
	defer func() {
		if d.t.Failed() {
			d.t.Logf("%s: %s", what, now.difference(accepted[0]))
		}
	}()
	d.WaitFor(what+": the shell's screen", func([]string) bool {
		now = d.picture()
		return slices.ContainsFunc(accepted, func(want picture) bool { return now.equal(want) })
	})
}

// step is one thing a user does, or waits for.
type step func(d *desk)

func typ(text string) step     { return func(d *desk) { d.Type(text) } }
func key(names ...string) step { return func(d *desk) { d.Keys(names...) } }
func see(text string) step     { return func(d *desk) { d.t.Helper(); d.WaitText(text) } }
func gone(text string) step {
	return func(d *desk) {
		d.t.Helper()
		d.WaitFor(text+" to go", func(lines []string) bool { return !strings.Contains(strings.Join(lines, "\n"), text) })
	}
}
func prompt() step       { return func(d *desk) { d.t.Helper(); d.prompt() } }
func size(c, r int) step { return func(d *desk) { d.Resize(c, r) } }

// enter types a command line on a cleared screen and waits for the next prompt.
func enter(command string) step {
	return func(d *desk) {
		d.t.Helper()
		d.Type("clear; " + command)
		d.Keys("Enter")
		d.prompt()
	}
}

// resized changes the size and waits until the shell's terminal has it: a key may else
// overtake the signal.
func resized(cols, rows int) step {
	return func(d *desk) {
		d.t.Helper()
		d.Resize(cols, rows)
		enter(fmt.Sprintf(`until [ "$(stty size)" = "%d %d" ]; do :; done`, rows, cols))(d)
	}
}

// checkpoint is a step that compares the screen with the reference.
type checkpoint struct {
	// differs is why stock mosh with itself shows something else than the shell
	// alone; empty: it does not. Pairings with a stock half may then show either.
	differs string
}

// script is something that a user does in a shell: steps, and checkpoints between them.
type script struct {
	name  string
	steps []any
}

// run does a script's steps and calls look for the i-th checkpoint.
func (s script) run(d *desk, look func(i int, c checkpoint)) {
	d.t.Helper()
	checks := 0
	for _, do := range s.steps {
		switch do := do.(type) {
		case step:
			do(d)
		case checkpoint:
			look(checks, do)
			checks++
		}
	}
}

// TestPairingsShowWhatTheShellShows runs all scripts in all pairings of gmosh and stock
// mosh 1.4.0, one session each, and compares what tmux shows of it.
func TestPairingsShowWhatTheShellShows(t *testing.T) {
	peertest.Need(t, "tmux", "bash", "vim", "less", stockClient, stockServer)
	scripts := makeScripts(t)
	reference := map[string][]picture{}
	t.Run("direct", func(t *testing.T) {
		d := direct(t)
		for _, s := range scripts {
			s.run(d, func(int, checkpoint) { reference[s.name] = append(reference[s.name], d.picture()) })
		}
	})
	if t.Failed() {
		return
	}
	stock := map[string][]picture{}
	t.Run(pairings[0].name, func(t *testing.T) { stock = recordStock(t, scripts, reference) })
	if t.Failed() {
		return
	}
	for _, p := range pairings[1:] {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			d := p.start(t)
			for _, s := range scripts {
				compare(d, p, s, reference[s.name], stock[s.name])
			}
			d.Type("exit")
			d.Keys("Enter")
			d.WaitDead()
			peertest.NothingLeft(t, processesNamed(t, "tmux")...)
		})
	}
}

// recordStock runs the scripts with stock mosh on both sides. Where it is said to be
// as the shell alone, it must be; else its screen is taken when it stands still, which
// is when a prompt or what the step before waited for is there.
func recordStock(t *testing.T, scripts []script, reference map[string][]picture) map[string][]picture {
	d := pairings[0].start(t)
	out := map[string][]picture{}
	for _, s := range scripts {
		s.run(d, func(i int, c checkpoint) {
			if c.differs == "" {
				d.await(fmt.Sprintf("%s, checkpoint %d", s.name, i), reference[s.name][i])
			}
			out[s.name] = append(out[s.name], d.picture())
		})
	}
	return out
}

// compare runs one script in a pairing.
func compare(d *desk, p pairing, s script, reference, stock []picture) {
	d.t.Helper()
	s.run(d, func(i int, c checkpoint) {
		d.t.Helper()
		accepted := []picture{reference[i]}
		if p.stock && c.differs != "" {
			accepted = append(accepted, stock[i])
		}
		d.await(fmt.Sprintf("%s, checkpoint %d", s.name, i), accepted...)
	})
}

// processesNamed are the test's own processes of a program, such as the tmux around a
// session, which is no part of it.
func processesNamed(t *testing.T, program string) (pids []int) {
	for _, p := range peertest.Processes(t) {
		if filepath.Base(p.Args[0]) == program {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// TestTheEscapeKeyEndsEveryPairing quits with Ctrl-^ and a dot, with a program running.
func TestTheEscapeKeyEndsEveryPairing(t *testing.T) {
	peertest.Need(t, "tmux", "bash", stockClient, stockServer)
	for _, p := range pairings {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			d := p.start(t)
			d.Type("echo rea''dy; cat") // what is typed before readline gives the terminal back is no line to cat
			d.Keys("Enter")
			d.WaitText("ready")
			d.Type("hello")
			d.Keys("Enter")
			d.WaitFor("an echo and an answer", func(lines []string) bool {
				return strings.Count(strings.Join(lines, "\n"), "hello") == 2
			})
			d.Keys("C-^")
			d.Type(".")
			d.WaitDead()
			peertest.NothingLeft(t, processesNamed(t, "tmux")...)
		})
	}
}

// writeFixtures writes the files that the scripts show.
func writeFixtures(t *testing.T) (dir string) {
	dir = peertest.PublicDir(t)
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("text", numbered(300))
	write("big", numbered(bigLines))
	write("top", []byte(topScript))
	write("wide", []byte(wideText))
	write("colours", []byte(colourText()))
	write("regions", []byte(regionText))
	return dir
}
