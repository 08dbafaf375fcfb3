//go:build unix

package terminal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// A real mosh-server interprets what an application writes with the emulator
// that a real mosh-client has too, and that client shows the outcome: so the
// pair is an oracle for Options.Stock.

const moshCols, moshRows = 20, 6

// moshPair is a mosh session whose application writes what the test wants.
type moshPair struct {
	t      *testing.T
	pty    *os.File // a pipe to the application
	client *peertest.Terminal
	cases  int
}

func startMoshPair(t *testing.T) *moshPair {
	peertest.Need(t, "mosh-server", "mosh-client")
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	server := peertest.StartServer(t, peertest.Options{}, "mosh-server", "new", "-i", "127.0.0.1", "-p", "0", "-c", "256",
		"--", "sh", "-c", "stty raw -echo; exec cat "+fifo)
	client := peertest.Start(t, peertest.Options{
		Cols: moshCols, Rows: moshRows,
		Env:      []string{server.ClientEnv(), "MOSH_TITLE_NOPREFIX=1", "MOSH_PREDICTION_DISPLAY=never"},
		Terminal: terminal.Options{Widths: width.Glibc236},
	}, "mosh-client", "127.0.0.1", server.PortArg())
	pipe, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	return &moshPair{t: t, pty: pipe, client: client}
}

// show returns what the client shows after in was written to a blank terminal.
// Titles say when that is: with one comes its frame, and before the next all of
// that has been drawn. The terminal is blanked on its own first, since a stock
// client does not know what a real one leaves of the right half of a wide
// character that it overwrites.
func (m *moshPair) show(in string) terminal.Frame {
	m.cases++
	for i, text := range []string{"\x1bc", in, ""} {
		title := fmt.Sprintf("%d.%d", m.cases, i)
		if _, err := m.pty.WriteString(text + "\x1b]0;" + title + "\a"); err != nil {
			m.t.Fatal(err)
		}
		m.client.WaitFor("title "+title, func(s *peertest.Screen) bool { return s.Frame.Title() == title })
	}
	return m.client.Screen().Frame
}

// shown is what a stock client draws of a frame: the column after a wide
// character is not looked at.
func shown(f *terminal.Frame) string {
	var out strings.Builder
	for y := range moshRows {
		r := f.Row(y)
		var line strings.Builder
		last := ""
		for x := 0; x < moshCols; x++ {
			s := r.Rendition(x)
			if style := fmt.Sprintf("{%x %x %x}", s.FG, s.BG, s.Attr); style != last {
				line.WriteString(style)
				last = style
			}
			line.Write(r.Text(nil, x))
			if r.Cell(x).Wide() {
				x++
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	fmt.Fprintf(&out, "cursor %d,%d visible %v reverse %v paste %v focus %v mouse %d %d", f.Cursor.Row, f.Cursor.Col,
		f.Cursor.Visible, f.ReverseVideo, f.BracketedPaste, f.FocusEvents, f.Mouse, f.MouseEncoding)
	return out.String()
}

func (m *moshPair) compare(in string) {
	m.t.Helper()
	e := terminal.New(moshCols, moshRows, terminal.Options{Stock: true, Widths: width.Glibc236})
	e.Write([]byte(in))
	ours, theirs := e.Frame(), m.show(in)
	if got, want := shown(&ours), shown(&theirs); got != want {
		m.t.Errorf("%q\nours\n%s\na stock client's\n%s", in, got, want)
	}
}

func TestStockDialectAgreesWithMosh(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/mosh.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := startMoshPair(t)
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		in, err := strconv.Unquote(`"` + line + `"`)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		m.compare(in)
	}
}

// What a stock server sends must be applied exactly: random sequences of it.
func TestStockServersBytesAreAppliedAsMoshDoes(t *testing.T) {
	t.Parallel()
	m := startMoshPair(t)
	for seed := range uint64(40) {
		m.compare(hostBytes(rand.New(rand.NewPCG(seed, 0))))
	}
}

// hostPieces are the last paragraph of spec section 9.
var hostPieces = []func(*rand.Rand) string{
	func(r *rand.Rand) string { return strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(12)) },
	func(r *rand.Rand) string {
		return []string{"日本", "é", "e\u0301", "\u00a0\u0301", "ｱ", "语e\u0302"}[r.IntN(6)]
	},
	func(r *rand.Rand) string { return fmt.Sprintf("\x1b[%d;%dH", 1+r.IntN(moshRows), 1+r.IntN(moshCols)) },
	func(r *rand.Rand) string { return "\r" + strings.Repeat("\n", r.IntN(3)) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[0;%d;%dm", []int{1, 3, 4, 5, 7}[r.IntN(5)], 30+r.IntN(8))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[0;38;5;%d;48;2;%d;2;3m", r.IntN(256), r.IntN(256))
	},
	func(r *rand.Rand) string { return "\x1b[0m" },
	func(r *rand.Rand) string { return fmt.Sprintf("\x1b[%dX", 1+r.IntN(9)) },
	func(r *rand.Rand) string { return "\x1b[K" },
	func(r *rand.Rand) string { return "\x1b[H\x1b[2J" },
	func(r *rand.Rand) string {
		top := 1 + r.IntN(moshRows-1)
		bottom := top + 1 + r.IntN(moshRows-top)
		return fmt.Sprintf("\x1b[%d;%dr\x1b[%d;1H%s\x1b[r", top, bottom, bottom, strings.Repeat("\n", 1+r.IntN(3)))
	},
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[?%d%c", []int{5, 25, 2004, 1000, 1002, 1004, 1006}[r.IntN(7)], "hl"[r.IntN(2)])
	},
	func(r *rand.Rand) string { return "\x1b[3;20Hx12345" }, // wraps
}

// hostBytes ends with a motion: a stock client miscounts the cursor in the bottom
// right cell (spec section 9, the fault that stockBackspace is about).
func hostBytes(r *rand.Rand) string {
	var out strings.Builder
	for range 4 + r.IntN(25) {
		out.WriteString(hostPieces[r.IntN(len(hostPieces))](r))
	}
	return out.String() + fmt.Sprintf("\x1b[%d;%dH", 1+r.IntN(moshRows), 1+r.IntN(moshCols))
}
