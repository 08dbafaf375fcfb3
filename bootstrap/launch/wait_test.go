package launch

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gmosh/bootstrap/probe"
	"gmosh/protocol/ticket"
)

const connect = "MOSH CONNECT 60001 4NeCCgvZFe2RnPgrcU1PQw"

// fake is a Process whose streams the test writes.
type fake struct {
	outR, errR *io.PipeReader
	out, err   *io.PipeWriter
	exit       chan Exit
	closed     chan struct{}
	inR        *io.PipeReader
	in         *io.PipeWriter
}

func newFake() *fake {
	f := &fake{exit: make(chan Exit, 1), closed: make(chan struct{})}
	f.outR, f.out = io.Pipe()
	f.errR, f.err = io.Pipe()
	f.inR, f.in = io.Pipe()
	return f
}

func (f *fake) Stdout() io.Reader { return f.outR }
func (f *fake) Stderr() io.Reader { return f.errR }

func (f *fake) Stdin() io.WriteCloser { return f.in }

func (f *fake) Wait() (Exit, error) {
	select {
	case e := <-f.exit:
		return e, nil
	case <-f.closed:
		return Exit{}, io.ErrUnexpectedEOF
	}
}

func (f *fake) Close() error {
	close(f.closed)
	return errors.Join(f.outR.Close(), f.errR.Close(), f.inR.Close())
}

// end ends the process as one does: streams first.
func (f *fake) end(status int) {
	f.out.Close()
	f.err.Close()
	f.exit <- Exit{Status: status}
}

// waited is what came of one Wait.
type waited struct {
	started *Started
	err     error
	lines   []string
	slow    int
	took    time.Duration
}

// wait runs Wait on a process that does what script says, in a bubble with its own
// clock.
func wait(t *testing.T, script func(f *fake)) waited {
	t.Helper()
	var w waited
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		done := make(chan struct{})
		go func() { defer close(done); script(f) }()
		r := Run(f)
		begin := time.Now()
		w.started, w.err = r.Wait(t.Context(), Watch{
			Line: func(line string) { w.lines = append(w.lines, line) },
			Slow: func() { w.slow++ },
		})
		w.took = time.Since(begin)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return w
}

func TestServerIsFoundAmongOtherOutput(t *testing.T) {
	text := "Welcome!\r\n\r\n\x1b[31mred\x1b[0m\nGMOSH FOUND mosh-server /usr/bin/mosh-server\n" +
		"MOSH SSH_CONNECTION 192.0.2.1 22222 192.0.2.2 22\n\r\n" + connect + "\r\nafter\n"
	for _, size := range []int{len(text), 7, 1} {
		w := wait(t, func(f *fake) {
			for piece := range slices.Chunk([]byte(text), size) {
				if _, err := f.out.Write(piece); err != nil {
					return // closed: the line was found
				}
			}
		})
		if w.err != nil {
			t.Fatal(w.err)
		}
		if w.started.Connect.Port != 60001 || w.started.Found.SSHConnection == nil {
			t.Errorf("found %+v", w.started.Found)
		}
		if s, ok := w.started.Report.Running(); !ok || s.Path != "/usr/bin/mosh-server" {
			t.Errorf("report %+v", w.started.Report)
		}
		if want := []string{"Welcome!", "", `\x1b[31mred\x1b[0m`}; !slices.Equal(w.lines, want) {
			t.Errorf("shown %q, want %q", w.lines, want)
		}
	}
}

func TestServersWordsAboutThemselvesAreNotShown(t *testing.T) {
	w := wait(t, func(f *fake) {
		io.WriteString(f.err, "\nmosh-server (mosh 1.4.0) [build mosh 1.4.0]\nCopyright 2012 Keith Winstein <mosh-devel@mit.edu>\n"+
			"License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>.\n"+
			"This is free software: you are free to change and redistribute it.\n"+
			"There is NO WARRANTY, to the extent permitted by law.\n\n[mosh-server detached, pid = 12]\nWarning: something else\n")
		io.WriteString(f.out, connect+"\n")
	})
	if w.err != nil || !slices.Equal(w.lines, []string{"Warning: something else"}) {
		t.Errorf("error %v, shown %q", w.err, w.lines)
	}
}

func TestLastLineWithoutItsEndCounts(t *testing.T) {
	w := wait(t, func(f *fake) { io.WriteString(f.out, connect); f.end(0) })
	if w.err != nil || w.started.Connect.Port != 60001 {
		t.Errorf("error %v", w.err)
	}
}

func TestFailureSaysHowItEndedAndWhatWasSaid(t *testing.T) {
	w := wait(t, func(f *fake) {
		io.WriteString(f.out, "GMOSH FOUND gmosh /x\nhello\n")
		synctest.Wait()                      // two streams have no order but that of their reading
		io.WriteString(f.err, "cannot bind") // no line feed
		f.end(1)
	})
	failed, ok := errors.AsType[*FailedError](w.err)
	if !ok || failed.Exit != (Exit{Status: 1}) || !errors.Is(failed, ticket.ErrNoConnect) {
		t.Fatalf("error %+v", w.err)
	}
	if !slices.Equal(failed.Lines, []string{"hello", "cannot bind"}) || !slices.Equal(w.lines, failed.Lines) {
		t.Errorf("kept %q, shown %q", failed.Lines, w.lines)
	}
	if want := []probe.Server{{Name: "gmosh", Path: "/x"}}; !slices.Equal(failed.Report.Servers, want) {
		t.Errorf("report %v", failed.Report)
	}
}

// withUpload is a process that wants a build, and reports what it got.
func withUpload(t *testing.T, data []byte, w Watch, read func(io.Reader)) (*Started, error) {
	t.Helper()
	var started *Started
	var err error
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := Run(f)
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.WriteString(f.out, "GMOSH SEND plain linux-amd64 /x\nGMOSH SEND plain linux-386 /y\n")
			read(f.inR)
			io.WriteString(f.out, connect+"\n")
		}()
		w.Upload = func(s probe.Send) ([]byte, error) {
			if s.Platform != "linux-amd64" {
				t.Errorf("asked for %+v", s)
			}
			if data == nil {
				return nil, io.ErrNoProgress
			}
			return data, nil
		}
		started, err = r.Wait(t.Context(), w)
		r.Close()
		<-done
	})
	return started, err
}

func TestBuildIsSentOnceAndToItsEnd(t *testing.T) {
	data := []byte(strings.Repeat("build", 50_000))
	var sent []int
	started, err := withUpload(t, data, Watch{Sent: func(n, of int) { sent = append(sent, n); sent[0] = min(sent[0], of) }}, func(r io.Reader) {
		if got, err := io.ReadAll(r); err != nil || !slices.Equal(got, data) {
			t.Errorf("%d bytes arrived, %v", len(got), err)
		}
	})
	if err != nil || started.Report.Send == nil || len(sent) < 5 || sent[len(sent)-1] != len(data) || !slices.IsSorted(sent) {
		t.Errorf("error %v, sent %v", err, sent)
	}
}

func TestSlowUploadIsWaitedFor(t *testing.T) {
	slow := 0
	_, err := withUpload(t, make([]byte, 10*pieceSize), Watch{Slow: func() { slow++ }}, func(r io.Reader) {
		for piece := make([]byte, pieceSize); ; <-time.After(Limit / 2) {
			if _, err := io.ReadFull(r, piece); err != nil {
				return
			}
		}
	})
	if err != nil || slow > 0 {
		t.Errorf("error %v, slow %d times", err, slow)
	}
}

func TestUploadThatStopsIsGivenUp(t *testing.T) {
	_, err := withUpload(t, make([]byte, 10*pieceSize), Watch{}, func(r io.Reader) {
		io.ReadFull(r, make([]byte, pieceSize))
		<-time.After(2 * Limit)
	})
	if silent, ok := errors.AsType[*SilentError](err); !ok || silent.Report.Send == nil {
		t.Errorf("error %v", err)
	}
}

func TestWithoutABuildTheScriptGetsNothing(t *testing.T) {
	_, err := withUpload(t, nil, Watch{}, func(r io.Reader) {
		if got, err := io.ReadAll(r); err != nil || len(got) > 0 {
			t.Errorf("%d bytes arrived, %v", len(got), err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOutputHeldOpenByALeftoverDoesNotHang(t *testing.T) {
	w := wait(t, func(f *fake) { f.exit <- Exit{Status: 3} })
	failed, ok := errors.AsType[*FailedError](w.err)
	if !ok || failed.Exit.Status != 3 || w.took != linger {
		t.Errorf("after %v: %v", w.took, w.err)
	}
}

func TestOutputThatComesAfterTheEndIsRead(t *testing.T) {
	w := wait(t, func(f *fake) {
		f.exit <- Exit{}
		synctest.Wait()
		io.WriteString(f.out, connect+"\n")
	})
	if w.err != nil {
		t.Error(w.err)
	}
}

func TestSilenceEndsAtTheLimit(t *testing.T) {
	w := wait(t, func(f *fake) { io.WriteString(f.out, "still\n") })
	silent, ok := errors.AsType[*SilentError](w.err)
	if !ok || silent.After != Limit || w.took != Limit || !slices.Equal(silent.Lines, []string{"still"}) || w.slow != 1 {
		t.Errorf("after %v, told %d times: %+v", w.took, w.slow, w.err)
	}
}

// Without an end on standard output is ticket.Scanner's affair.
func TestMuchOnStandardErrorIsBounded(t *testing.T) {
	w := wait(t, func(f *fake) {
		for range 2 * maxTold {
			io.WriteString(f.err, "no server here\n")
		}
		f.end(0)
	})
	failed, ok := errors.AsType[*FailedError](w.err)
	if !ok || len(failed.Lines) != maxKept || len(w.lines) != maxTold {
		t.Errorf("%d lines shown, error %v", len(w.lines), w.err)
	}
}

func TestCancellingEndsTheWait(t *testing.T) {
	cause := errors.New("the user pressed Ctrl-C")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := Run(newFake())
		go cancel(cause)
		if _, err := r.Wait(ctx, Watch{}); err != cause {
			t.Errorf("error %v", err)
		}
		r.Close()
	})
}

func TestCommandOfThisMachine(t *testing.T) {
	for _, c := range []struct {
		script string
		stdin  Input
		check  func(*Started, error) bool
	}{
		{"cat; exit 4", Input{Text: connect + "\n"}, func(s *Started, err error) bool { return err == nil && s.Connect.Port == 60001 }},
		{"cat >&2; exit 4", Input{Text: "why\n"}, func(s *Started, err error) bool {
			failed, ok := errors.AsType[*FailedError](err)
			return ok && failed.Exit.Status == 4 && slices.Equal(failed.Lines, []string{"why"})
		}},
		{"cat; exit 4", Input{}, func(s *Started, err error) bool { return err != nil }},
		{"kill -TERM $$", Input{}, func(s *Started, err error) bool {
			failed, ok := errors.AsType[*FailedError](err)
			return ok && failed.Exit.Signal == "TERM"
		}},
	} {
		process, err := StartCommand(exec.Command("/bin/sh", "-c", c.script), c.stdin)
		if err != nil {
			t.Fatal(err)
		}
		r := Run(process)
		started, err := r.Wait(t.Context(), Watch{})
		if !c.check(started, err) {
			t.Errorf("%s: %+v, %v", c.script, started, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: closing: %v", c.script, err)
		}
	}
}

func TestPacketsBehindMoshConnectArePassedOn(t *testing.T) {
	first, second := []byte("first packet"), []byte("second packet")
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := Run(f)
		defer r.Close()
		go func() {
			f.out.Write([]byte(connect + "\n" + ticket.FormatPacket(first) + "\r\nGMOSH PACKET !\nnoise\n"))
			for _, b := range []byte(ticket.FormatPacket(second) + "\n") {
				f.out.Write([]byte{b})
			}
			for range 2 * maxRest / 8 {
				f.out.Write([]byte("garbage\n"))
			}
			f.end(0)
		}()
		lines := 0
		if _, err := r.Wait(t.Context(), Watch{Line: func(string) { lines++ }}); err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]byte{first, second} {
			if got := <-r.Packets(); string(got) != string(want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
		synctest.Wait()
		if n := len(r.Packets()); n != 0 || lines != 0 {
			t.Errorf("%d packets more, %d lines shown", n, lines)
		}
	})
}

func TestPacketsThatNobodyTakesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := Run(f)
		defer r.Close()
		go func() {
			f.out.Write([]byte(connect + "\n"))
			for range 4 * maxPackets {
				f.out.Write([]byte(ticket.FormatPacket([]byte("packet")) + "\n"))
			}
			f.end(0)
		}()
		if _, err := r.Wait(t.Context(), Watch{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(r.Packets()); n != maxPackets {
			t.Errorf("%d packets are kept", n)
		}
	})
}
