package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"gmosh/bootstrap/probe"
	"gmosh/protocol/sanitize"
	"gmosh/protocol/ticket"
)

// Limit is how long Wait waits for a server to start: long enough for a login
// that mounts folders and reads slow start-up files.
const Limit = 2 * time.Minute

// SlowAfter is when the user is told that it takes long.
const SlowAfter = 10 * time.Second

// linger is how long output may still come after the process has ended. A daemon
// that it left behind may hold the other end for ever.
const linger = time.Second

// settle is how long what was said on standard error before MOSH CONNECT may take
// to come out of the other stream.
const settle = 5 * time.Millisecond

const (
	maxLine = 4096 // bytes of one line of standard error
	maxKept = 40   // lines kept for an error
	maxTold = 1000 // lines of standard error shown
)

// Process is a text running over there or here. Stdout and Stderr are read by one
// goroutine each.
type Process interface {
	Stdout() io.Reader
	Stderr() io.Reader // nil if it comes with Stdout
	// Stdin is what it reads; nil if there is nothing for it. Only what an upload
	// is sent over needs it.
	Stdin() io.WriteCloser
	// Wait blocks until the process has ended or Close was called.
	Wait() (Exit, error)
	// Close ends it, as far as it can be ended from here. Reads and Wait return then.
	Close() error
}

// Exit is how a process ended.
type Exit struct {
	Status int
	Signal string // without SIG; "" if it was none
}

// Watch is what Wait tells while it waits. The functions may be nil; they are
// called from the goroutine of Wait.
type Watch struct {
	Line func(line string) // a line meant for the user, fit to be printed
	Slow func()            // SlowAfter has passed

	// Upload returns what the script wants to be sent. Nothing is sent if there is
	// an error, and the script does without.
	Upload func(probe.Send) ([]byte, error)
	// Sent is called while it is sent, and at the end of it.
	Sent func(bytes, of int)
}

// Started is a server that runs.
type Started struct {
	Connect ticket.Connect
	Found   ticket.Found // and what was said about addresses
	Report  probe.Report
}

// FailedError says that the process ended, or broke off, without MOSH CONNECT.
type FailedError struct {
	Exit   Exit
	Report probe.Report
	Lines  []string // the last ones that were printed, fit to be shown; shown already
	Err    error    // why: wraps ticket.ErrNoConnect, or says how the connection broke
}

func (e *FailedError) Error() string {
	if e.Exit.Signal != "" {
		return fmt.Sprintf("the server did not start (signal %s): %v", e.Exit.Signal, e.Err)
	}
	return fmt.Sprintf("the server did not start (exit status %d): %v", e.Exit.Status, e.Err)
}

// Unwrap returns the reason.
func (e *FailedError) Unwrap() error { return e.Err }

// SilentError says that no MOSH CONNECT came within Limit.
type SilentError struct {
	After  time.Duration
	Report probe.Report
	Lines  []string // what came instead; may be empty
}

func (e *SilentError) Error() string { return fmt.Sprintf("no MOSH CONNECT within %v", e.After) }

// Running is a process whose output is being read.
type Running struct {
	process Process
	events  chan event
	stop    chan struct{}
	readers sync.WaitGroup
	closing sync.Once
	err     error

	packets chan []byte // what the server sends before there is a path to it

	mu      sync.Mutex
	out     *output       // what was read; Wait's until it returns
	changed chan struct{} // closed, and replaced, when out changes after that
}

// event is something that happened to the process: bytes from one of its streams,
// the end of that stream, bytes sent to it, or its own end.
type event struct {
	from int
	data []byte // nil: the end
	sent int    // bytes so far
	exit Exit
	err  error
}

const (
	fromStdout = iota
	fromStderr
	fromProcess
	fromUpload
)

// pieceSize is how much of an upload is sent between two looks at how far it is:
// what SSH takes in one packet.
const pieceSize = 32 << 10

// upload sends a build, and says so.
func (r *Running) upload(data []byte) {
	to := r.process.Stdin()
	defer to.Close() // the script reads to the end; what became of it, it says
	for sent := 0; sent < len(data); {
		n, err := to.Write(data[sent:min(sent+pieceSize, len(data))])
		sent += n
		if err != nil || !r.send(event{from: fromUpload, sent: sent}) {
			return
		}
	}
}

// maxPackets is how many packets wait for the session; more are lost, as packets may
// be.
const maxPackets = 32

// Run starts to read a process. The caller calls Wait once, and Close.
func Run(p Process) *Running {
	r := &Running{
		process: p, events: make(chan event), stop: make(chan struct{}),
		packets: make(chan []byte, maxPackets), changed: make(chan struct{}),
	}
	r.readers.Go(func() { r.read(fromStdout, p.Stdout()) })
	if stderr := p.Stderr(); stderr != nil {
		r.readers.Go(func() { r.read(fromStderr, stderr) })
	}
	r.readers.Go(func() {
		exit, err := p.Wait()
		r.send(event{from: fromProcess, exit: exit, err: err})
	})
	return r
}

// Close ends the process and waits for the goroutines that read it.
func (r *Running) Close() error {
	r.closing.Do(func() {
		close(r.stop)
		r.err = r.process.Close()
		r.readers.Wait()
	})
	return r.err
}

func (r *Running) read(from int, stream io.Reader) {
	for {
		buf := make([]byte, 4096)
		n, err := stream.Read(buf)
		if n > 0 && !r.send(event{from: from, data: buf[:n]}) {
			return
		}
		if err != nil {
			r.send(event{from: from, err: err})
			return
		}
	}
}

func (r *Running) send(e event) bool {
	select {
	case r.events <- e:
		return true
	case <-r.stop:
		return false
	}
}

// Wait reads until the server has said where it listens. The error is a
// *FailedError, a *SilentError or ctx's.
func (r *Running) Wait(ctx context.Context, w Watch) (*Started, error) {
	out := newOutput(w, r.process.Stderr() != nil)
	r.out = out
	slow, limit := time.NewTimer(SlowAfter), time.NewTimer(Limit)
	defer slow.Stop()
	defer limit.Stop()
	var lingering <-chan time.Time // nil until the process has ended
	var up uploading
	for {
		select {
		case e := <-r.events:
			switch e.from {
			case fromUpload:
				limit.Reset(Limit) // it goes on
				up.tell(w, e.sent)
			case fromProcess:
				lingering = time.After(linger)
			}
			out.take(e)
			if up.begin(r, w, out.report.Send) {
				slow.Stop()
				limit.Reset(Limit)
			}
		case <-lingering:
			out.open = [2]bool{}
		case <-slow.C:
			if w.Slow != nil {
				w.Slow()
			}
		case <-limit.C:
			return nil, &SilentError{After: Limit, Report: out.report, Lines: out.lines}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if out.connected() {
			r.settle(out)
			started, err := out.result()
			r.readers.Go(r.follow)
			return started, err
		}
		if out.over() {
			return out.result()
		}
	}
}

// Packets are those that the server sends before there is a path to it, as sealed as
// any other. The channel is never closed. It is called after Wait.
func (r *Running) Packets() <-chan []byte { return r.packets }

// follow is the goroutine that takes in what comes after Wait.
func (r *Running) follow() {
	r.mu.Lock()
	r.out.watch = Watch{} // nobody reads lines any more
	r.pass(r.out)
	r.mu.Unlock()
	for {
		select {
		case e := <-r.events:
			r.mu.Lock()
			r.out.take(e)
			r.pass(r.out)
			close(r.changed)
			r.changed = make(chan struct{})
			r.mu.Unlock()
		case <-r.stop:
			return
		}
	}
}

// pass gives the packets that have come to the session.
func (r *Running) pass(out *output) {
	for _, p := range out.rest.packets {
		select {
		case r.packets <- p:
		default:
		}
	}
	out.rest.packets = nil
}

// uploading is an upload under way.
type uploading struct {
	begun bool
	size  int
}

// begin begins it, if the script has asked now.
func (u *uploading) begin(r *Running, w Watch, wanted *probe.Send) bool {
	if wanted == nil || u.begun || r.process.Stdin() == nil {
		return false
	}
	u.begun = true
	var data []byte
	if w.Upload != nil {
		if d, err := w.Upload(*wanted); err == nil {
			data = d
		}
	}
	u.size = len(data)
	r.readers.Go(func() { r.upload(data) })
	return true
}

func (u *uploading) tell(w Watch, sent int) {
	if w.Sent != nil {
		w.Sent(sent, u.size)
	}
}

// settle takes what is still on its way.
func (r *Running) settle(out *output) {
	for quiet := time.After(settle); ; {
		select {
		case e := <-r.events:
			out.take(e)
		case <-quiet:
			return
		}
	}
}

// output is what has been read of a process.
type output struct {
	watch   Watch
	scanner *ticket.Scanner
	report  probe.Report
	lines   []string // the last maxKept
	blanks  int      // empty lines not shown yet: at the end they are not
	shown   bool

	stderr []byte // an unfinished line
	told   int    // lines of standard error shown

	detached Detached
	rest     rest // of stdout, behind MOSH CONNECT

	open [2]bool // stdout and stderr: not at their end
	end  *event  // of the process
	err  error   // the scanner gave up
}

func newOutput(w Watch, stderr bool) *output {
	o := &output{watch: w, open: [2]bool{fromStdout: true, fromStderr: stderr}}
	o.scanner = ticket.NewScanner(o.line)
	return o
}

// take takes in one event.
func (o *output) take(e event) {
	switch {
	case e.from == fromUpload:
	case e.from == fromProcess:
		o.end = &e
	case e.data == nil:
		o.open[e.from] = false
		if e.from == fromStderr {
			o.stderrLine()
		}
	case e.from == fromStdout:
		if _, err := o.scanner.Write(e.data); err != nil {
			o.err = err
		}
		o.rest.write(o.scanner.Rest())
	default:
		o.stderrBytes(e.data)
	}
}

// rest is what is read of stdout behind MOSH CONNECT: packets, and nothing else.
type rest struct {
	line    []byte // an unfinished one
	seen    int
	packets [][]byte
}

// maxRest is how much of it is looked at, in bytes.
const maxRest = 64 << 10

func (r *rest) write(data []byte) {
	data = data[:min(len(data), maxRest-r.seen)]
	r.seen += len(data)
	for _, c := range data {
		if c != '\n' {
			r.line = append(r.line, c)
			continue
		}
		if p, ok := ticket.ParsePacket(string(r.line)); ok {
			r.packets = append(r.packets, p)
		}
		r.line = r.line[:0]
	}
}

func (o *output) stderrBytes(data []byte) {
	for _, c := range data {
		switch {
		case c == '\n':
			o.stderrLine()
		case len(o.stderr) < maxLine:
			o.stderr = append(o.stderr, c)
		}
	}
}

func (o *output) stderrLine() {
	text := sanitize.Line(string(o.stderr), maxLine)
	o.stderr = o.stderr[:0]
	if o.told < maxTold {
		o.told++
		o.line(text)
	}
}

// line takes one line that is not mosh's: the script's own is noted, what servers
// say about themselves dropped, the rest shown.
func (o *output) line(text string) {
	if o.detached.line(text) || o.report.Line(text) || boilerplate(text) {
		return
	}
	if text == "" {
		o.blanks++
		return
	}
	if o.shown {
		for range min(o.blanks, 2) {
			o.show("")
		}
	}
	o.blanks = 0
	o.show(text)
}

func (o *output) show(text string) {
	o.shown = true
	o.lines = append(o.lines, text)
	if len(o.lines) > maxKept {
		o.lines = slices.Delete(o.lines, 0, 1)
	}
	if o.watch.Line != nil {
		o.watch.Line(text)
	}
}

// connected reports that the server has said where it listens.
func (o *output) connected() bool { return o.scanner.Found().Connect != nil }

// over reports that nothing can come any more.
func (o *output) over() bool {
	return o.err != nil || o.end != nil && o.open == [2]bool{}
}

// result is what has come of it. A last line without its end is taken in now: it
// may be the one.
func (o *output) result() (*Started, error) {
	err := o.scanner.Close()
	found := o.scanner.Found()
	if err == nil {
		return &Started{Connect: *found.Connect, Found: found, Report: o.report}, nil
	}
	failed := &FailedError{Report: o.report, Lines: o.lines, Err: errors.Join(o.err, err)}
	if o.end != nil {
		failed.Exit = o.end.exit
		if o.end.err != nil {
			failed.Err = o.end.err
		}
	}
	return nil, failed
}

// boilerplates begin the lines in which servers say what they are.
var boilerplates = []string{
	"mosh-server (mosh ", "Copyright 2012 Keith Winstein", "License GPLv3+: GNU GPL version 3",
	"This is free software: you are free to change and redistribute it.", "There is NO WARRANTY, to the extent permitted by law.",
	"[mosh-server detached, pid = ", "gmosh-server (", "[gmosh-server detached, pid = ",
}

// boilerplate reports whether every server says this line when all is well.
func boilerplate(line string) bool {
	return slices.ContainsFunc(boilerplates, func(b string) bool { return strings.HasPrefix(line, b) })
}
