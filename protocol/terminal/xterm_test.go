//go:build unix

package terminal_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// xterm is the other opinion on what tmux has not, or reads otherwise: margins,
// rectangles, protection, tabs, character sets. It tells what stands in each cell
// (DECRQCRA, with extensions that leave characters and attributes as they are) and
// where the cursor is, and so does ours: the answers are compared byte by byte.

const xtermCols, xtermRows = tableCols, tableRows

var xtermSeeds = flag.Int("xterm-seeds", 300, "random programs that xterm and the emulator must agree about")

// xterm is a running xterm whose program copies a pipe to the screen, and what the
// terminal answers to another pipe.
type xterm struct {
	t       *testing.T
	in, out *os.File
}

func startXterm(t *testing.T) *xterm {
	t.Helper()
	peertest.Need(t, "xterm", "Xvfb")
	in, out, program := pipes(t)
	dir := t.TempDir()
	display := startXvfb(t)
	cmd := exec.Command("xterm", append([]string{"-u8", "-fn", "fixed", "-geometry", fmt.Sprintf("%dx%d", xtermCols, xtermRows),
		"-xrm", "XTerm*allowWindowOps: true", "-xrm", "XTerm*disallowedWindowOps:", "-xrm", "XTerm*decTerminalID: 420", "-xrm", "XTerm*allowTcapOps: true",
		"-xrm", "XTerm*boldColors: false",
		"-e"}, program...)...)
	cmd.Env = append(os.Environ(), "DISPLAY=:"+display, "LC_ALL=C.UTF-8", "HOME="+dir, "XAPPLRESDIR="+dir)
	run(t, cmd)
	return &xterm{t: t, in: in, out: out}
}

// pipes returns a program for a terminal: it copies what is written to one pipe to the
// screen, and what the terminal answers to another.
func pipes(t *testing.T) (in, out *os.File, program []string) {
	t.Helper()
	dir := t.TempDir()
	var ends [2]*os.File
	for i, name := range []string{"in", "out"} {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		ends[i] = f
	}
	return ends[0], ends[1], []string{"sh", "-c", `stty raw -echo; cat <"$1" & exec cat >"$2"`, "sh",
		filepath.Join(dir, "in"), filepath.Join(dir, "out")}
}

// startXvfb starts an X server without a screen and returns its number.
func startXvfb(t *testing.T) (display string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	run(t, cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	return strings.TrimSpace(number)
}

// run starts a program that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

var endOfAnswers = []byte("\x1b[0n")

// answers returns what xterm answers to in. The last thing asked is for its status.
func (x *xterm) answers(in string) string {
	x.t.Helper()
	if _, err := x.in.WriteString(in + "\x1b[5n"); err != nil {
		x.t.Fatal(err)
	}
	x.out.SetReadDeadline(time.Now().Add(30 * time.Second))
	var all []byte
	for buf := make([]byte, 64<<10); !bytes.HasSuffix(all, endOfAnswers); {
		n, err := x.out.Read(buf)
		if err != nil && !errors.Is(err, io.EOF) {
			x.t.Fatalf("xterm answered %q, then: %v", all, err)
		}
		all = append(all, buf[:n]...)
	}
	return string(bytes.TrimSuffix(all, endOfAnswers))
}

// inspect asks for all that can be seen: cells, cursor, margins, tab stops, protection,
// rendition.
var inspect = func() string {
	var b strings.Builder
	b.WriteString("\x1b[6n\x1b[2$w\x1bP$q\"q\x1b\\\x1bP$qm\x1b\\\x1bP$qr\x1b\\\x1bP$qs\x1b\\\x1b[?6l\x1b[21#y")
	for y := range xtermRows {
		for x := range xtermCols {
			fmt.Fprintf(&b, "\x1b[%d;1;%d;%d;%d;%d*y", y*xtermCols+x, y+1, x+1, y+1, x+1)
		}
	}
	return b.String()
}()

// xtermReset is RIS and what RIS leaves in xterm.
const xtermReset = "\x1b[?41l\x1b[?1049h\x1b[2J\x1b[?1049l\x1b[!p\x1bc\x1b[?1l\x1b[H\x1b7"

// pick returns a function that picks one of some strings.
func pick(all ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return all[r.IntN(len(all))] }
}

// csi returns a function that writes a sequence with parameters below most.
func csi(final string, params, most int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteString("\x1b[")
		for i := range r.IntN(params + 1) {
			if i > 0 {
				b.WriteByte(';')
			}
			if n := r.IntN(most); n > 0 {
				fmt.Fprint(&b, n)
			}
		}
		return b.String() + final
	}
}

var xtermPieces = []func(*rand.Rand) string{
	func(r *rand.Rand) string { return strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(8)) },
	func(r *rand.Rand) string {
		return strings.Repeat(string(rune('A'+r.IntN(26))), 1+r.IntN(3*xtermCols))
	},
	pick("\r", "\n", "\r\n", "\b", "\t", "\v", "\x0e", "\x0f"),
	pick("é", "日", "日本語", "q\u0323", "ñ"),
	csi("H", 2, 22), csi("f", 2, 22), csi("A", 1, 6), csi("B", 1, 6), csi("C", 1, 20), csi("D", 1, 20),
	csi("E", 1, 6), csi("F", 1, 6), csi("G", 1, 22), csi("d", 1, 8), csi("`", 1, 22), csi("a", 1, 9), csi("e", 1, 5),
	csi("J", 1, 3), csi("K", 1, 3), csi("X", 1, 9),
	func(r *rand.Rand) string {
		return "\x1b[m\x1b[2J\x1b[2;2Habc\x1b[1\"qdefghi\x1b[\"qjkl\b\b\b\b\b" + csi(pick("?J", "?K")(r), 1, 3)(r)
	},
	csi("@", 1, 9), csi("P", 1, 9), csi("L", 1, 4), csi("M", 1, 4), csi("S", 1, 4), csi("T", 1, 4),
	func(r *rand.Rand) string {
		return "\x1b[2J" + strings.Repeat("s", 30) + csi(pick(" @", " A")(r), 1, 4)(r)
	},
	func(r *rand.Rand) string {
		return "\x1b[2J" + strings.Repeat("c", 30) + csi(pick("'}", "'~")(r), 1, 4)(r)
	},
	csi("I", 1, 4), func(r *rand.Rand) string { return "\r\t" + csi("Z", 1, 4)(r) }, csi("g", 1, 4), func(r *rand.Rand) string { return "r" + csi("b", 1, 12)(r) },
	csi("r", 2, 8), csi("r", 2, 8), csi("s", 2, 22), csi("s", 2, 22), pick("\x1b[?69h", "\x1b[?69h", "\x1b[?69l"),
	func(r *rand.Rand) string { return "\x1b[m" + csi("$z", 4, 12)(r) },
	csi("${", 4, 12), csi("$v", 8, 8), pick("\x1b[0*x", "\x1b[1*x", "\x1b[2*x"),
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[%d;%d;%d;%d;%d$x", 33+r.IntN(90), r.IntN(6), r.IntN(20), r.IntN(8), r.IntN(22))
	},
	func(r *rand.Rand) string {
		left := r.IntN(20)
		return fmt.Sprintf("\x1b[89;;;;$x\x1b[%d;%d;%d;%d;%d%s", r.IntN(6), left, r.IntN(8), max(left, 1)+r.IntN(10), []int{1, 4, 5, 7}[r.IntN(4)], pick("$r", "$t")(r))
	},
	pick("\x1b[1\"q", "\x1b[\"q", "\r\x1bVspa\x1bW"),
	pick("\x1bD", "\x1bE", "\x1bM", "\x1bH", "\x1b6", "\x1b9", "\x1b7", "\x1b8", "\x1b#8"),
	pick("\x1b[?6h", "\x1b[?6l", "\x1b[?7l", "\x1b[?7h", "\x1b[?45h\x1b[4;3H\x1b[9D\x1b[?45l", "\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[20l", "\x1b[?41h", "\x1b[?41l"),
	pick("\x1b[m", "\x1b[1m", "\x1b[4m", "\x1b[7m", "\x1b[5m", "\x1b[22m", "\x1b[24m", "\x1b[27m", "\x1b[25m", "\x1b[1;7m"),
	pick("\x1b(0", "\x1b(B", "\x1b)0", "a\x1b*0\x1bNqq\x1b*B", "a\x1b+0\x1bOxx\x1b+B", "a\x1b+0\x1bolq\x0f\x1b+B"),
	pick("\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l", "\x1b[?1047h", "\x1b[?1047l", "\x1b[?1048h", "\x1b[?1048l"),
	pick("\x1b[!p", "\x1b[#{", "\x1b[#}", "\x1b[?6s\x1b[?6h\x1b[3;3H\x1b[?6r", "\x1b[s", "\x1b[u"),
}

func TestAgreesWithXterm(t *testing.T) {
	t.Parallel()
	x := startXterm(t)
	for seed := range uint64(*xtermSeeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		var pieces []string
		for range 3 + r.IntN(20) {
			pieces = append(pieces, xtermPieces[r.IntN(len(xtermPieces))](r))
		}
		if same(x, pieces) {
			continue
		}
		pieces = shrunk(x, pieces)
		want, got := x.answers(xtermReset+strings.Join(pieces, "")+inspect), ours(pieces)
		t.Errorf("seed %d: %q\nours  %s\nxterm %s", seed, strings.Join(pieces, ""), readable(got), readable(want))
	}
}

// same reports whether both end up alike.
func same(x *xterm, pieces []string) bool {
	return seen(x.answers(xtermReset+strings.Join(pieces, "")+inspect)) == seen(ours(pieces))
}

// seen is what of the answers can be seen: in xterm a cell that nothing was drawn in
// may be a zero.
func seen(answers string) string { return strings.ReplaceAll(answers, "!~0000", "!~0020") }

func ours(pieces []string) string {
	e := terminal.New(xtermCols, xtermRows, terminal.Options{Widths: width.Glibc236})
	e.Write([]byte(strings.Join(pieces, "") + inspect))
	return string(e.TakeAnswers())
}

// shrunk leaves out what makes no difference to there being one.
func shrunk(x *xterm, pieces []string) []string {
	for i := 0; i < len(pieces); {
		less := append(append([]string(nil), pieces[:i]...), pieces[i+1:]...)
		if same(x, less) {
			i++
		} else {
			pieces = less
		}
	}
	return pieces
}

// Left out is what xterm 379 does otherwise than the standards, or in a way of its
// own: it makes one character of a letter and its accent; XTRESTORE resets what was
// not saved; DECERA leaves the current rendition, DECSED and DECSEL none, where the
// manuals say none and what was there; DECRARA 0 does nothing; a stream of DECCARA
// has to be a rectangle too; REP needs its character right before it; G2 is read in
// the right half of UTF-8; SL, SR, DECIC and DECDC cut wide characters that they
// move; CBT leaves a wrap pending; reverse wrap ends at the top of the screen; what
// was protected is no longer where the screen has scrolled, and SPA counts from EPA.

// readable turns answers into cursor, margins and a screen.
func readable(answers string) string {
	answers = strings.NewReplacer("\x1b[", "CSI ", "\x1bP1$r", " DECRQSS ", "\x1b\\", "", "\x1bP", " ").Replace(answers)
	var b strings.Builder
	n := 0
	for _, f := range strings.Fields(answers) {
		_, sum, ok := strings.Cut(f, "!~")
		if !ok {
			b.WriteString(f + " ")
			continue
		}
		if n%xtermCols == 0 {
			b.WriteString("\n|")
		}
		n++
		var c int
		fmt.Sscanf(sum, "%x", &c)
		switch {
		case c == 0xffff:
		case c > 0x20 && c < 0x7f || c >= 0x200:
			b.WriteRune(rune(c))
		case c == 0x20:
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, "<%x>", c)
		}
	}
	return b.String()
}
