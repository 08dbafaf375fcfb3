package predict

import (
	"bufio"
	"embed"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gmosh/protocol/wire"
)

// recordings are what real programs printed for typed keys, key by key; see
// TestRecord for how they are made.
//
//go:embed testdata/recorded/*.txt
var recordings embed.FS

// replay is a recorded program: it prints for each key what that one did.
type replay struct {
	first, outputs []string // outputs by key
	words          []string // of the line discipline; one more than keys
	keys           []string
	pauses         map[int]bool // after how many keys it was waited for the screen
	cols, rows     int
	next           int
}

func recorded(t testing.TB, name string) *replay {
	t.Helper()
	file, err := recordings.Open("testdata/recorded/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := &replay{pauses: make(map[int]bool)}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.SplitN(lines.Text(), " ", 4)
		switch words[0] {
		case "size":
			r.cols, _ = strconv.Atoi(words[1])
			r.rows, _ = strconv.Atoi(words[2])
		case "start":
			r.words = append(r.words, words[1])
			r.first = append(r.first, unquote(t, strings.SplitN(lines.Text(), " ", 3)[2]))
		case "key":
			key, err := strconv.QuotedPrefix(lines.Text()[len("key "):])
			if err != nil {
				t.Fatal(err)
			}
			rest := strings.SplitN(lines.Text()[len("key "+key+" "):], " ", 2)
			r.keys = append(r.keys, unquote(t, key))
			r.words = append(r.words, rest[0])
			r.outputs = append(r.outputs, unquote(t, rest[1]))
		case "pause":
			r.pauses[len(r.keys)] = true
		}
	}
	return r
}

func unquote(t testing.TB, s string) string {
	t.Helper()
	text, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return text
}

func (r *replay) start(f *far) { f.print(r.first[0]) }

func (r *replay) input(f *far, keys string) {
	for len(keys) > 0 && r.next < len(r.keys) && strings.HasPrefix(keys, r.keys[r.next]) {
		keys = keys[len(r.keys[r.next]):]
		r.next++
		f.print(r.outputs[r.next-1])
	}
}

func (r *replay) discipline() wire.Discipline {
	word := r.words[r.next]
	return wire.Discipline{Canonical: word != "raw", Echo: word == "canonical", Signals: true}
}

// humane is how long a person looks at a new screen before typing on.
const humane = 300 * time.Millisecond

// typeTo types a recording to a predictor, as a person does who waits for each screen.
func (r *replay) typeTo(t testing.TB, p predictor, rtt time.Duration, reports bool) scores {
	c := conditions{cols: r.cols, rows: r.rows, rtt: rtt, reports: reports, stock: !reports}
	w := newWorld(t, c, p, func() program { twin := *r; return &twin })
	for i, key := range r.keys {
		before := w.scores
		w.typ(key)
		if os.Getenv("MISSES") != "" && w.scores.echoes > before.echoes && w.scores.soon == before.soon {
			t.Logf("%v reports %v: key %d %q is not shown: %q, %q", rtt, reports, i, key, w.cursorRow(), w.truths[len(w.truths)-1].Text()[w.shown.Cursor.Row])
		}
		wrong := w.scores.wrong
		w.run(60*time.Millisecond + time.Duration(i*7919%200)*time.Millisecond)
		if os.Getenv("MISSES") != "" && w.scores.wrong > wrong {
			t.Logf("%v reports %v: key %d %q: wrong for %v, %q", rtt, reports, i, key, w.scores.wrong-wrong, w.cursorRow())
		}
		if r.pauses[i+1] {
			w.await()
			w.run(humane)
		}
	}
	w.settle()
	if truth := &w.truths[len(w.truths)-1]; !sameScreen(&w.shown, truth) {
		t.Errorf("at the end:\n%s\ninstead of\n%s", strings.Join(w.shown.Text(), "\n"), strings.Join(truth.Text(), "\n"))
	}
	return w.scores
}

// What is shown at once of real programs' echoes, and what is shown wrongly, is
// compared with prediction as the spec has it. A row of this table fails when a
// change makes typing in that program worse than it was.
func TestRecordedPrograms(t *testing.T) {
	for _, tt := range []struct {
		name   string
		shares [3]float64 // of the keys that are echoed, shown at once; at 20 ms, 300 ms, 1 s, with reports
	}{
		{"bash", [3]float64{0.99, 0.98, 0.96}},
		{"cat", [3]float64{1, 1, 1}},
		{"cjk", [3]float64{1, 1, 1}},
		{"emacs", [3]float64{0.87, 0.75, 0.48}},
		{"fish", [3]float64{0.99, 0.98, 0.96}},
		{"less", [3]float64{}},
		{"menu", [3]float64{}},
		{"nano", [3]float64{0.85, 0.68, 0.32}},
		{"password", [3]float64{0.99, 0.99, 0.99}},
		{"python", [3]float64{1, 1, 1}},
		{"tmux", [3]float64{0.98, 0.94, 0.88}},
		{"tmux-split", [3]float64{0.97, 0.92, 0.85}},
		{"vim-code", [3]float64{0.95, 0.78, 0.38}},
		{"vim-insert", [3]float64{0.99, 0.97, 0.94}},
		{"vim-normal", [3]float64{}},
		{"wrap", [3]float64{1, 1, 1}},
		{"zsh", [3]float64{1, 0.97, 0.97}},
		{"zsh-right", [3]float64{1, 0.98, 0.97}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for i, rtt := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, time.Second} {
				spec := recorded(t, tt.name).typeTo(t, newReference(), rtt, false)
				stock := recorded(t, tt.name).typeTo(t, New(Options{}), rtt, false)
				ours := recorded(t, tt.name).typeTo(t, New(Options{}), rtt, true)
				t.Logf("%4d ms: as specified %3d, to a stock server %3d, with reports %3d of %3d shown at once; wrong cells for %v, %v, %v",
					rtt.Milliseconds(), spec.soon, stock.soon, ours.soon, ours.echoes, spec.wrong, stock.wrong, ours.wrong)
				if share := float64(ours.soon) / float64(max(ours.echoes, 1)); share < tt.shares[i] {
					t.Errorf("at %v %.3f of the keys are shown at once", rtt, share)
				}
				if ours.soon < stock.soon || tt.shares[i] > 0 && stock.soon < spec.soon {
					t.Errorf("at %v fewer are shown than as specified", rtt)
				}
				if max(stock.wrong, ours.wrong) > spec.wrong {
					t.Errorf("at %v more is wrong than as specified", rtt)
				}
				if tt.shares[i] == 0 && stock.ahead+ours.ahead > 0 {
					t.Errorf("at %v something is shown ahead of a program with keys of its own", rtt)
				}
			}
		})
	}
}
