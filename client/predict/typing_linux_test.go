package predict_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"gmosh/client/predict"
	"gmosh/protocol/peertest"
	"gmosh/protocol/terminal"
)

// The benchmark of typing types scripts (scripts_test.go) as a person does to real
// programs: directly, through stock mosh, and through gmosh over the same link. It
// notes everything that each screen shows, and when; the direct run says what would
// have been right.
//
//	make bench, or: go test ./client/predict -run Typing -typing -v [-links 300ms,1s] [-scripts bash,zsh]
var (
	benchmark      = flag.Bool("typing", false, "type all scripts over all links, through stock mosh as well")
	onLinks        = flag.String("links", "300ms,1s", "round trips of the benchmark's links")
	recordSessions = flag.Bool("record", false, "write testdata/recorded anew, instead of any comparison")
	scripted       = flag.String("scripts", "", "only these scripts")
)

const (
	screenCols, screenRows = 80, 24

	// atOnce is how long after a key the screen is looked at.
	atOnce = 5 * time.Millisecond
	// settled is how long a program says nothing when it is done with a key.
	settled = 60 * time.Millisecond
	// speechless is how long a program is waited for that may have nothing to say.
	speechless = 500 * time.Millisecond
	// humane is how long a person looks at a new screen before typing on.
	humane = 300 * time.Millisecond
	// patience bounds the wait for a screen that should come.
	patience = 4 * time.Second
	// starting bounds the wait for a program to begin, which a busy machine takes its
	// time for.
	starting = 60 * time.Second
)

// moment is what a screen showed from a time on.
type moment struct {
	at    time.Time
	frame terminal.Frame
}

// recording is a terminal with a program, and all that it has shown.
type recording struct {
	tty *os.File
	cmd *exec.Cmd

	mu      sync.Mutex
	emu     *terminal.Emulator
	moments []moment
	output  []byte // all of it
	fine    bool   // every screen on the way is noted, not only what each read ends with
	changed chan struct{}
	work    sync.WaitGroup
}

func record(t *testing.T, dir string, env []string, argv ...string) *recording {
	t.Helper()
	return recordAs(t, &recording{}, dir, env, argv...)
}

func recordAs(t *testing.T, r *recording, dir string, env []string, argv ...string) *recording {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(append(peertest.Env(t), "HOME="+dir, "TMUX_TMPDIR="+dir, "USER=user"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: screenCols, Rows: screenRows})
	if err != nil {
		t.Fatal(err)
	}
	r.tty, r.cmd, r.changed = master, cmd, make(chan struct{}, 1)
	r.emu = terminal.New(screenCols, screenRows, terminal.Options{})
	r.moments = []moment{{time.Now(), r.emu.Frame()}}
	r.work.Go(r.read)
	t.Cleanup(r.close)
	return r
}

func (r *recording) close() {
	r.tty.Close()
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.work.Wait()
}

func (r *recording) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.tty.Read(buf)
		at := time.Now()
		r.mu.Lock()
		r.output = append(r.output, buf[:n]...)
		rest := buf[:n]
		for ; r.fine && len(rest) > 1; rest = rest[1:] {
			r.emu.Write(rest[:1])
			if f := r.emu.Frame(); !sameRows(&f, &r.moments[len(r.moments)-1].frame) {
				r.moments = append(r.moments, moment{at, f})
			}
		}
		r.emu.Write(rest)
		answers := r.emu.TakeAnswers()
		r.moments = append(r.moments, moment{at, r.emu.Frame()})
		r.mu.Unlock()
		select {
		case r.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
		_, _ = r.tty.Write(answers)
	}
}

func (r *recording) now() terminal.Frame {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.moments[len(r.moments)-1].frame
}

func (r *recording) typ(key string) time.Time {
	at := time.Now()
	_, _ = r.tty.WriteString(key)
	return at
}

// quiet waits until nothing has come for so long.
func (r *recording) quiet(d time.Duration) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	still := time.NewTimer(d)
	defer still.Stop()
	for {
		select {
		case <-r.changed:
			still.Reset(d)
		case <-still.C:
			return
		case <-limit.C:
			return
		}
	}
}

// begin waits until the program has begun, and asks for keys. Some say nothing then.
func (r *recording) begin(t *testing.T, s script) {
	t.Helper()
	said, limit := ready[s.name], patience
	if said != "" {
		limit = starting
	}
	timeout := time.NewTimer(limit)
	defer timeout.Stop()
	for begun := false; !begun; {
		select {
		case <-r.changed:
			f := r.now()
			begun = strings.Contains(strings.Join(f.Text(), "\n"), said)
		case <-timeout.C:
			if said != "" {
				f := r.now()
				t.Fatalf("%s has not begun:\n%s", s.name, text(&f))
			}
			begun = true
		}
	}
	r.quiet(20 * settled)
}

// react waits until the program has said something to a key, and then for quiet.
// Some keys are answered by nothing.
func (r *recording) react(d time.Duration) {
	limit := time.NewTimer(speechless)
	defer limit.Stop()
	select {
	case <-r.changed:
	case <-limit.C:
	}
	r.quiet(d)
}

// shows waits until the screen is f, and reports whether it came to that in time.
func (r *recording) shows(f *terminal.Frame, patience time.Duration) bool {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if now := r.now(); sameScreen(&now, f) {
			return true
		}
		select {
		case <-r.changed:
		case <-limit.C:
			return false
		}
	}
}

// truth is the direct run: what the screen is after each key, the first before any,
// and everything it was on the way.
type truth struct {
	frames  []terminal.Frame // settled; one more than keys
	stream  []terminal.Frame
	reached []int // for each of frames, how many of stream had been shown
}

// direct types a script to its program without a link, and waits after each key.
func direct(t *testing.T, s script) truth {
	r := recordAs(t, &recording{fine: true}, s.prepare(t), s.env, s.argv...)
	told := r.discard
	if *recordSessions {
		w := &writer{r: r}
		told = w.told
		defer w.save(t, s)
	}
	var tr truth
	note := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		last := len(r.moments) - 1
		tr.frames = append(tr.frames, r.moments[last].frame)
		tr.reached = append(tr.reached, last+1)
	}
	r.begin(t, s)
	note()
	told("")
	for _, piece := range s.keys {
		keys := predict.SplitKeys(piece)
		for i, key := range keys {
			r.typ(key)
			if i == len(keys)-1 {
				r.react(5 * settled)
			} else {
				r.react(settled)
			}
			note()
			told(key)
			if i == len(keys)-1 {
				told(pauseMark)
			}
		}
	}
	for _, m := range r.moments {
		tr.stream = append(tr.stream, m.frame)
	}
	return tr
}

// typed is a run through a link.
type typed struct {
	at      []time.Time // of each key
	moments []moment
	end     terminal.Frame
}

// pair is a client and a server.
type pair struct{ name, client, server string }

func stockPair() pair { return pair{"mosh", "mosh-client", "mosh-server"} }

func ourPair(t *testing.T) pair {
	dir := peertest.Gmosh(t)
	return pair{"gmosh", filepath.Join(dir, "mosh-client"), filepath.Join(dir, "mosh-server")}
}

// through types a script through a pair over a link. At the end of each piece it
// waits for the screen that the direct run had there.
func (p pair) through(t *testing.T, s script, rtt time.Duration, tr truth) typed {
	dir := s.prepare(t)
	server := s.serve(t, p, dir)
	relay := peertest.StartRelay(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), server.Port), peertest.Conditions{Delay: rtt / 2}, 1)
	addr := relay.Addr()
	r := record(t, dir, []string{server.ClientEnv(), "MOSH_TITLE_NOPREFIX=", "MOSH_ESCAPE_KEY="},
		p.client, addr.Addr().String(), fmt.Sprint(addr.Port()))
	if !r.shows(&tr.frames[0], starting) {
		got := r.now()
		t.Logf("%s, %s: begins with\n%s\ninstead of\n%s", p.name, s.name, text(&got), text(&tr.frames[0]))
	}
	r.quiet(rtt + 200*time.Millisecond) // the round trip has been measured
	random := rand.New(rand.NewPCG(1, 2))
	rhythm := time.NewTimer(0)
	<-rhythm.C
	var run typed
	for _, piece := range s.keys {
		for _, key := range predict.SplitKeys(piece) {
			run.at = append(run.at, r.typ(key))
			rhythm.Reset(interval(random))
			<-rhythm.C
		}
		if !r.shows(&tr.frames[len(run.at)], patience) && os.Getenv("MISSES") != "" {
			got := r.now()
			t.Logf("%s, %s: after %q\n%s\ninstead of\n%s", p.name, s.name, piece, text(&got), text(&tr.frames[len(run.at)]))
		}
		r.quiet(humane)
	}
	r.quiet(rtt + time.Second)
	r.mu.Lock()
	defer r.mu.Unlock()
	run.moments, run.end = slices.Clone(r.moments), r.moments[len(r.moments)-1].frame
	return run
}

// serve starts a server with the script's program, and ends it with the test.
func (s script) serve(t *testing.T, p pair, dir string) peertest.Server {
	// A stock server prints an empty line first.
	argv := append([]string{p.server, "new", "-i", "127.0.0.1", "-p", "0", "-c", "256", "--",
		"sh", "-c", `printf '\033[H\033[2J'; exec "$@"`, "sh", "env"}, s.env...)
	server := peertest.StartServer(t, peertest.Options{Home: dir, Env: []string{"TMUX_TMPDIR=" + dir, "USER=user"}}, append(argv, s.argv...)...)
	t.Cleanup(func() { _ = syscall.Kill(server.PID, syscall.SIGTERM) })
	return server
}

// interval is how long a person takes for a key: 30 to 400 ms, mostly short.
func interval(random *rand.Rand) time.Duration {
	ms := 30 * math.Exp(random.Float64()*math.Log(400.0/30))
	return time.Duration(ms * float64(time.Millisecond))
}

// score is how a run compares with the direct one.
type score struct {
	keys    int             // that were echoed
	atOnce  int             // of these, shown at once
	soon    int             // within 50 ms, which a busy machine has, too
	delays  []time.Duration // until they were shown
	other   int             // keys that were not echoed
	painted int             // of these, that were shown ahead of the link
	wrong   float64         // cells that show what was not there, times ms
	same    bool            // the screen at the end is the right one
}

func (s score) String() string {
	share, soon, p99 := 0.0, 0.0, time.Duration(0)
	if s.keys > 0 {
		share = 100 * float64(s.atOnce) / float64(s.keys)
		soon = 100 * float64(s.soon) / float64(s.keys)
		slices.Sort(s.delays)
		p99 = s.delays[min(len(s.delays)*99/100, len(s.delays)-1)]
	}
	return fmt.Sprintf("%5.1f %% of %3d at once, %5.1f %% in 50 ms, p99 %5d ms, wrong %7.0f cell ms, painted %d of %d others, end %s",
		share, s.keys, soon, p99.Milliseconds(), s.wrong, s.painted, s.other, map[bool]string{true: "right", false: "WRONG"}[s.same])
}

func (run *typed) score(s script, tr truth, rtt time.Duration) score {
	sc := score{same: sameScreen(&run.end, &tr.frames[len(tr.frames)-1])}
	n := 0
	for _, piece := range s.keys {
		for _, key := range predict.SplitKeys(piece) {
			before, after, at := &tr.frames[n], &tr.frames[n+1], run.at[n]
			n++
			if !predict.Echoes(key, before, after) {
				sc.other++
				if run.ahead(tr, at.Add(atOnce), rtt) > run.ahead(tr, at, rtt) {
					sc.painted++
				}
				continue
			}
			sc.keys++
			delay := run.delay(tr, n-1)
			sc.delays = append(sc.delays, delay)
			if delay <= atOnce {
				sc.atOnce++
			}
			if delay <= 10*atOnce {
				sc.soon++
			} else if testing.Verbose() && os.Getenv("MISSES") != "" {
				fmt.Printf("%s: key %d %q of %q after %v\n", s.name, n, key, piece, delay)
			}
		}
	}
	sc.wrong = run.wrong(tr, rtt)
	return sc
}

// shown is what the screen showed at a time.
func (run *typed) shown(at time.Time) terminal.Frame {
	i, _ := slices.BinarySearchFunc(run.moments, at, func(m moment, at time.Time) int {
		if m.at.After(at) {
			return 1
		}
		return -1
	})
	return run.moments[max(i-1, 0)].frame
}

// delay is how long it took until the n-th key showed its effect, or a later one did.
func (run *typed) delay(tr truth, n int) time.Duration {
	for i, m := range run.moments {
		if i+1 < len(run.moments) && !run.moments[i+1].at.After(run.at[n]) {
			continue
		}
		for later := n; later < max(run.typedBy(m.at), n+1); later++ {
			if predict.Shows(&m.frame, &tr.frames[later], &tr.frames[later+1]) {
				return max(m.at.Sub(run.at[n]), 0)
			}
		}
	}
	return patience
}

// wrong adds up the cells that show what none of the screens had that could be there
// at the time: from the one that a round trip ago was certain to be there, to that
// of the newest key.
func (run *typed) wrong(tr truth, rtt time.Duration) (sum float64) {
	for i, m := range run.moments[:len(run.moments)-1] {
		if m.at.Before(run.at[0]) {
			continue // the bar may say that nothing has come yet
		}
		lasted := run.moments[i+1].at.Sub(m.at)
		newest := run.typedBy(run.moments[i+1].at)
		n := impossible(&m.frame, run.possible(tr, m.at.Add(-rtt), run.moments[i+1].at))
		sum += float64(n) * float64(lasted) / float64(time.Millisecond)
		if n > 0 && os.Getenv("MISSES") != "" {
			fmt.Printf("%d wrong cells for %v after key %d:\n%s\n", n, lasted, newest, text(&m.frame))
		}
	}
	return sum
}

// ahead counts the cells that show at a time what the link cannot have brought yet.
func (run *typed) ahead(tr truth, at time.Time, rtt time.Duration) int {
	f := run.shown(at)
	return impossible(&f, run.possible(tr, at.Add(-rtt), at.Add(-rtt)))
}

// possible returns the screens that there can have been between two times, by the
// keys that were typed until then.
func (run *typed) possible(tr truth, from, to time.Time) []terminal.Frame {
	const slack = 1500 * time.Millisecond // pacing, slow programs
	newest, oldest := run.typedBy(to), run.typedBy(from.Add(-slack))
	frames := append(slices.Clone(tr.stream[max(tr.reached[oldest]-1, 0):tr.reached[newest]]), tr.frames[newest])
	if oldest == 0 {
		frames = append(frames, terminal.NewFrame(screenCols, screenRows))
	}
	return frames
}

func (run *typed) typedBy(at time.Time) int {
	n := 0
	for n < len(run.at) && !run.at[n].After(at) {
		n++
	}
	return n
}

// impossible counts the cells of f that are as in none of the frames.
func impossible(f *terminal.Frame, frames []terminal.Frame) (n int) {
	last := &frames[len(frames)-1]
	for row := range screenRows {
	cells:
		for col := range screenCols {
			here := predict.CellText(f, row, col)
			if here == predict.CellText(last, row, col) {
				continue
			}
			for i := range frames {
				if here == predict.CellText(&frames[i], row, col) {
					continue cells
				}
			}
			n++
		}
	}
	return n
}

func text(f *terminal.Frame) string {
	return fmt.Sprintf("%s\ncursor %d,%d", strings.Join(f.Text(), "\n"), f.Cursor.Row, f.Cursor.Col)
}

// sameRows reports whether no row was written to between two frames.
func sameRows(a, b *terminal.Frame) bool {
	for row := range screenRows {
		if a.Row(row) != b.Row(row) {
			return false
		}
	}
	return true
}

func sameScreen(a, b *terminal.Frame) bool {
	return predict.SameCursor(a, b) && slices.Equal(a.Text(), b.Text())
}

// TestTypingIsShownAheadOfALink is one short pass in every test run. It does not ask
// for milliseconds, which a busy machine may not have, but for keys that are on the
// screen before the link could have brought their echo.
func TestTypingIsShownAheadOfALink(t *testing.T) {
	if *benchmark {
		t.Skip("the benchmark runs")
	}
	const rtt = 400 * time.Millisecond
	for _, s := range short {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.need(t)
			tr := direct(t, s)
			run := ourPair(t).through(t, s, rtt, tr)
			sc := run.score(s, tr, rtt)
			t.Log(sc)
			ahead := 0
			for _, d := range sc.delays {
				if d < rtt {
					ahead++
				}
			}
			if share := float64(ahead) / float64(max(sc.keys, 1)); share < 0.5 || !sc.same {
				t.Errorf("%d of %d keys were shown ahead of their echo; the screen at the end:\n%s\ninstead of\n%s",
					ahead, sc.keys, text(&run.end), text(&tr.frames[len(tr.frames)-1]))
			}
		})
	}
}

// TestRecord writes what the programs print, key by key, for TestRecordedPrograms.
func TestRecord(t *testing.T) {
	if !*recordSessions {
		t.Skip("only with -record")
	}
	for _, s := range scripts {
		if *scripted != "" && !slices.Contains(strings.Split(*scripted, ","), s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.need(t)
			direct(t, s)
		})
	}
}

func (r *recording) discard(string) {}

// writer makes a file of a recording: each key with the state of the line discipline
// after it and the output since the key before.
type writer struct {
	r    *recording
	seen int
	out  bytes.Buffer
}

// pauseMark is told instead of a key at the end of each piece.
const pauseMark = "pause"

func (w *writer) told(key string) {
	if key == pauseMark {
		fmt.Fprintln(&w.out, pauseMark)
		return
	}
	if key != "" {
		fmt.Fprintf(&w.out, "key %s ", strconv.QuoteToASCII(key))
	} else {
		fmt.Fprintf(&w.out, "size %d %d\nstart ", screenCols, screenRows)
	}
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	word := "raw"
	if modes, err := unix.IoctlGetTermios(int(w.r.tty.Fd()), unix.TCGETS); err == nil && modes.Lflag&unix.ICANON != 0 {
		word = "canonical"
		if modes.Lflag&unix.ECHO == 0 {
			word = "silent"
		}
	}
	fmt.Fprintf(&w.out, "%s %s\n", word, strconv.QuoteToASCII(string(w.r.output[w.seen:])))
	w.seen = len(w.r.output)
}

func (w *writer) save(t *testing.T, s script) {
	if err := os.WriteFile(filepath.Join("testdata", "recorded", s.name+".txt"), w.out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTypingBenchmark(t *testing.T) {
	if !*benchmark {
		t.Skip("only with -typing (make bench)")
	}
	for _, link := range strings.Split(*onLinks, ",") {
		rtt, err := time.ParseDuration(link)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scripts {
			if *scripted != "" && !slices.Contains(strings.Split(*scripted, ","), s.name) {
				continue
			}
			t.Run(s.name+" "+link, func(t *testing.T) {
				t.Parallel()
				s.compare(t, rtt)
			})
		}
	}
}

// compare types a script through both pairs.
func (s script) compare(t *testing.T, rtt time.Duration) {
	peertest.Need(t, "mosh-client", "mosh-server")
	s.need(t)
	tr := direct(t, s)
	for _, p := range []pair{stockPair(), ourPair(t)} {
		run := p.through(t, s, rtt, tr)
		sc := run.score(s, tr, rtt)
		t.Logf("%-10s %5v %-5s %v", s.name, rtt, p.name, sc)
		if !sc.same {
			t.Logf("the screen at the end:\n%s\ninstead of\n%s", text(&run.end), text(&tr.frames[len(tr.frames)-1]))
		}
	}
}

// prepare makes the folder that a script's program starts in.
func (s script) prepare(t *testing.T) string {
	dir := t.TempDir()
	err := errors.Join(
		os.WriteFile(filepath.Join(dir, "story.txt"), []byte(story()), 0o644),
		os.WriteFile(filepath.Join(dir, "main.c"), []byte(code), 0o644),
		os.WriteFile(filepath.Join(dir, "greeting"), []byte("hello\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "tmux.conf"), []byte("set -g status-right ''\nset -s escape-time 0\nset -g automatic-rename off\n"), 0o644),
	)
	if err != nil {
		t.Fatal(err)
	}
	if s.argv[0] == "tmux" {
		t.Cleanup(func() {
			stop := exec.Command("tmux", "-L", "typing", "kill-server")
			stop.Env = append(os.Environ(), "TMUX_TMPDIR="+dir)
			_ = stop.Run() // it may have ended already
		})
	}
	return dir
}

func (s script) need(t *testing.T) { peertest.Need(t, s.argv[0]) }
