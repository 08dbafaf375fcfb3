//go:build unix

package terminal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
	"gmosh/protocol/terminal/width"
)

// tmux is another emulator's opinion on the functions that both have and mean
// alike. What tmux 3.3a does otherwise is not in tmuxPieces: it counts a pending
// wrap as a column of its own, which motions start from; IL and DL keep the
// column, and work outside the scroll region; DECSTBM homes without regard to
// origin mode; REP ends at the last column; insert mode ends with a wrap; mode
// 1049 has a saved cursor of its own and does not clear an alternate screen that
// is shown already; wide characters that are cut leave other remains; line
// drawing is not in what it tells. It has no left and right margins.

const tmuxCols, tmuxRows = 30, 8

var tmuxPieces = []func(*rand.Rand) string{
	func(r *rand.Rand) string { return strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(12)) },
	func(r *rand.Rand) string { return strings.Repeat(string(rune('A'+r.IntN(26))), 1+r.IntN(70)) + "\r" },
	func(r *rand.Rand) string { return []string{"é", "e\u0301", "ñø"}[r.IntN(3)] },
	func(r *rand.Rand) string { return strings.Repeat("\r\n", 1+r.IntN(3)) },
	func(r *rand.Rand) string { return "\r" + strings.Repeat("\t", r.IntN(3)) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[%d;%d%c", r.IntN(tmuxRows+2), r.IntN(tmuxCols+2), "Hf"[r.IntN(2)])
	},
	func(r *rand.Rand) string { return fmt.Sprintf("\r\x1b[%d%c", r.IntN(6), "ABCDEFG`d"[r.IntN(9)]) },
	func(r *rand.Rand) string { return fmt.Sprintf("\r\x1b[%d%c", r.IntN(3), "JK"[r.IntN(2)]) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("\x1b[2;7r\x1b[%d;1H\x1b[%d%c\r\x1b[r", 2+r.IntN(6), r.IntN(5), "LM"[r.IntN(2)])
	},
	func(r *rand.Rand) string { return fmt.Sprintf("\r\x1b[%d%c", 1+r.IntN(3), "ST"[r.IntN(2)]) },
	func(r *rand.Rand) string {
		top := 1 + r.IntN(tmuxRows-1)
		return fmt.Sprintf("\x1b[%d;%dr", top, top+1+r.IntN(tmuxRows-top))
	},
	func(*rand.Rand) string { return "\x1b[r" },
	func(r *rand.Rand) string {
		return []string{"\r\x1bD", "\r\x1bM", "\x1bE", "\x1b7\x1b[5;5Hs\x1b8"}[r.IntN(4)]
	},
	func(r *rand.Rand) string { return fmt.Sprintf("\rx\x1b[%db", 1+r.IntN(9)) },
	func(r *rand.Rand) string { return "\x1b[4h\r" + strings.Repeat("i", r.IntN(6)) + "\x1b[4l" },
	func(r *rand.Rand) string { return "\x1b[?1049hx\x1b[Hyyy\r\n\x1b[?1049l" },
	func(r *rand.Rand) string { return fmt.Sprintf("\x1b[?6h\x1b[%d;3Ho\x1b[9Ap\x1b[?6l", 1+r.IntN(9)) },
	func(r *rand.Rand) string { return fmt.Sprintf("\x1b[1;%d%cab\b\bc", 1+r.IntN(9), "Hf"[r.IntN(2)]) },
}

func TestAgreesWithTmux(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "tmux")
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	x := peertest.StartTmux(t, peertest.TmuxOptions{Cols: tmuxCols, Rows: tmuxRows}, "sh", "-c", "stty raw -echo; exec cat "+fifo)
	pipe, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 0))
		var in strings.Builder
		for range 4 + r.IntN(30) {
			in.WriteString(tmuxPieces[r.IntN(len(tmuxPieces))](r))
		}
		title := fmt.Sprintf("case %d", seed)
		// RIS leaves tmux's alternate screen shown, and DECSC's cursor.
		reset := "\x1b[?1049l\x1bc\x1b[H\x1b7"
		if _, err := pipe.WriteString(reset + in.String() + "\x1b]2;" + title + "\a"); err != nil {
			t.Fatal(err)
		}
		x.WaitFor(title, func([]string) bool { return x.Query("#{pane_title}") == title })

		e := terminal.New(tmuxCols, tmuxRows, terminal.Options{Widths: width.Glibc236})
		e.Write([]byte(in.String()))
		f := e.Frame()
		want := x.Lines()
		if got := f.Text(); !slices.Equal(got, want) {
			t.Errorf("seed %d: %q\nours\n|%s\ntmux\n|%s", seed, in.String(), strings.Join(got, "\n|"), strings.Join(want, "\n|"))
		}
	}
}
